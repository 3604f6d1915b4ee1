"""Whatever stands in a table, it is described, or refused in words: nothing breaks, hangs or is written."""

from __future__ import annotations

import io
import random
import re
from pathlib import Path

import pyarrow.parquet as pq
from hypothesis import given
from hypothesis import strategies as st

from box.data.random_tables import random_table
from fuzzing.test_fuzzed_specs import CONTROL, fixtures_are_kept
from raman_xp.testing import Project

PIECES = (
    *(
        b"",
        b"\x00",
        b"\xff\xfe",
        b"\xef\xbb\xbf",
        b"\xc3",
        b"\r",
        b"\n",
        b"\n\n",
        b'"',
        b"'",
        b",",
        b";",
        b"\t",
        b" ",
    ),
    *(
        b"nan",
        b"inf",
        b"-",
        b"1e999",
        b"1e-999",
        b"#",
        b"=1+1",
        b"\x1b[31m",
        b"\xe2\x80\xae",
        b"9" * 400,
        b"1,5",
        b"1 000",
    ),
)
SPEC = """\
data: {{use: {source}, path: {path}{more}}}
split: {{use: stratified, test: 0.4, folds: null}}
model: {{use: pca_svm, components: 1, C: 1}}
"""
ABOUT = """\
title: Four medicines
simulated: true
unit: cm⁻¹
truth: truth.csv
bands: bands.csv
description: |
  Measured on a Monday.
licence: MIT
source: {lab: ours}
"""


def damaged(draw: random.Random, content: bytes) -> bytes:
    """Return content with a few places replaced, doubled, dropped or cut off."""
    for _ in range(draw.choice((0, 1, 1, 2, 5))):
        at = draw.randrange(len(content) + 1)
        end = min(at + draw.choice((0, 1, 1, 2, 10, 100)), len(content))
        lines = content.split(b"\n")
        line = draw.randrange(len(lines))
        match draw.randrange(6):
            case 0 | 1 | 2:
                content = content[:at] + draw.choice(PIECES) + content[end:]
            case 3:
                content = b"\n".join([*lines[:line], *lines[line : line + 1] * 2, *lines[line + 1 :]])
            case 4:
                content = b"\n".join(lines[:line] + lines[line + 1 :])
            case 5:
                content = content[:at]
    return content


def _assert_described_or_refused(project: Project, source: str, path: str, more: str = "") -> int:
    Path("tiny.yaml").write_text(SPEC.format(source=source, path=path, more=more), "utf-8")
    before = sorted(Path().rglob("*"))
    ran = project.check("tiny.yaml")
    assert ran.exit_code in (0, 2), f"exit code {ran.exit_code}\n{ran.output}\n{ran.exception!r}"
    assert not CONTROL.search(ran.output), repr(ran.output)
    if ran.exit_code:
        assert re.search(r"^Error: \S", ran.stderr), ran.output
    assert sorted(Path().rglob("*")) == before
    return ran.exit_code


@fixtures_are_kept
@given(st.integers(0, 2**64))
def test_a_damaged_csv_table_is_described_or_refused(project: Project, seed: int):
    draw = random.Random(seed)
    table = random_table(draw, plain=draw.random() < 0.5)
    Path("table.csv").write_bytes(damaged(draw, table.content))
    label = draw.choice(("", "", ", label: species", ", group: null", ", label: '0', group: sample"))
    _assert_described_or_refused(project, "pharma_csv", "table.csv", label)


@fixtures_are_kept
@given(st.integers(0, 2**64))
def test_a_damaged_parquet_file_is_described_or_refused(project: Project, seed: int):
    draw = random.Random(seed)
    table = random_table(draw, plain=True, parquet=True)
    buffer = io.BytesIO()
    pq.write_table(table.content, buffer)
    Path("table.parquet").write_bytes(damaged(draw, buffer.getvalue()))
    _assert_described_or_refused(project, "parquet", "table.parquet")


@fixtures_are_kept
@given(st.integers(0, 2**64))
def test_a_damaged_description_is_refused_in_words(project: Project, seed: int):
    """The file that says what the data are lies beside them, and comes from whoever made them."""
    draw = random.Random(seed)
    Path("tiny.about.yaml").write_bytes(damaged(draw, ABOUT.encode()))
    _assert_described_or_refused(project, "pharma_csv", "tiny.csv")


def test_some_damaged_tables_are_read_and_some_are_refused(project: Project):
    """The tests above would pass on tables of one kind alone."""
    codes = []
    for seed in range(40):
        draw = random.Random(seed)
        Path("table.csv").write_bytes(damaged(draw, random_table(draw, plain=True).content))
        codes.append(_assert_described_or_refused(project, "pharma_csv", "table.csv"))
    assert 4 < codes.count(0) < 36
