"""Text of strangers: shown on a terminal, held by a CSV file, part of a Markdown page."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raman_xp.text.plain_text import cell, in_markdown, one_line, printable, text_of_cell
from raman_xp.text.tables import csv_text, read_csv

NASTY = st.text(
    st.sampled_from("=+-@\t\r\n'\"|,;aä1.e ＝＠\x1b\x9b\u202e\u2066<b>`[x](y)\\_*~:/"), max_size=12
)
ANY = st.one_of(NASTY, st.text(st.characters(exclude_categories=["Cs"]), max_size=12))


@given(ANY)
def test_printable_text_steers_no_terminal_and_reorders_nothing(text):
    shown = printable(text)
    unsafe = {c for c in shown if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp")} - {"\n", "\t"}
    assert not unsafe
    assert not {c for c in shown if unicodedata.bidirectional(c) in {"LRE", "RLE", "LRO", "RLO", "PDF"}}
    assert not {c for c in shown if unicodedata.bidirectional(c) in {"LRI", "RLI", "FSI", "PDI"}}
    assert printable(shown) == shown


@given(ANY)
def test_a_name_is_shown_in_one_line(text):
    assert len(one_line(text).splitlines()) <= 1
    assert "\t" not in one_line(text)


@pytest.mark.parametrize("text", ["Äthanol α", "a − b × 10⁻¹ cm⁻¹", "苯", "نمک", "a\u200cb", "[/cm]", "\\n"])
def test_words_of_any_language_are_shown_as_they_are(text):
    assert printable(text) == one_line(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        ("\x9b2J", "\\x9b2J"),
        ("a\rb", "a\\rb"),
        ("a\u202eb", "a\\u202eb"),
        ("a\udcc3", "a\\udcc3"),
        ("a\U000e0041", "a\\U000e0041"),
    ],
)
def test_what_steers_a_terminal_becomes_an_escape(text, shown):
    assert printable(text) == shown


@given(st.lists(st.lists(ANY, min_size=2, max_size=2), max_size=4))
def test_a_table_gives_every_text_back_and_holds_no_formula(rows):
    text = csv_text(["=name", "other"], rows)
    assert [list(row.values()) for row in read_csv(text.encode())] == rows
    assert [list(row) for row in read_csv(text.encode())] == [["=name", "other"]] * len(rows)
    for value in (value for row in rows for value in row):
        assert text_of_cell(cell(value)) == value
        assert str(cell(value))[:1] not in {*"=@\t\r\n＝＋－＠"}


@pytest.mark.parametrize("value", ["-12.5", "+1e-4", "-inf", -3, -0.5, "A", "'", "'A", ""])
def test_numbers_and_plain_texts_stay_as_they_are_in_a_table(value):
    assert cell(value) == value


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "＝1+1"])
def test_a_text_like_a_formula_begins_with_an_apostrophe(text):
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a|b", "a\\|b"),
        ("a\nb", "a\\\\nb"),
        ("<script>", "&lt;script&gt;"),
        ("`x`", "\\`x\\`"),
        ("[a](http://b)", "\\[a\\](http&#58;//b)"),
        ("zone_mass", "zone\\_mass"),
    ],
)
def test_a_name_means_nothing_in_markdown(text, written):
    assert in_markdown(text) == written
