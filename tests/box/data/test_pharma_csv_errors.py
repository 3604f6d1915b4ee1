"""What the CSV reader says of files that it cannot use: where, what, and what would work."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from box.data.conftest import LONG, failure


class TestFiles:
    def test_missing(self, tmp_path: Path) -> None:
        (tmp_path / "pharma.csv").touch()
        (tmp_path / "cheese.csv").touch()
        assert failure(tmp_path / "farma.csv") == (
            f"farma.csv: no such file in {tmp_path}; did you mean pharma.csv?"
        )

    def test_missing_with_its_folder(self, tmp_path: Path) -> None:
        assert failure(tmp_path / "dta" / "pharma.csv") == (
            f"pharma.csv: no such file: there is no folder {tmp_path / 'dta'}"
        )

    def test_a_folder(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").touch()
        assert failure(tmp_path) == f"{tmp_path.name}: is a folder; name one file: a.csv"

    def test_a_pipe(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe.csv")
        assert failure(tmp_path / "pipe.csv") == (
            "pipe.csv: is a pipe or a device, which cannot be read again; copy what it gives into a file"
        )

    @pytest.mark.parametrize("content", ["", "\n\r\n", "\ufeff", "\ufeff\n"])
    def test_empty(self, message: Any, content: str) -> None:
        assert message(content) == "pharma.csv: the file is empty"

    def test_header_only(self, message: Any) -> None:
        assert message("\nlabel,400,401,402\n\n") == (
            "pharma.csv:2: only a header: no row follows the first line"
        )

    def test_binary(self, message: Any) -> None:
        assert message(b"label,400\0\x01\xff") == (
            "pharma.csv: a binary file, not text; export the spectra as CSV"
        )

    def test_utf_16(self, message: Any) -> None:
        assert message("label,400\na,1\n".encode("utf-16")) == (
            "pharma.csv: UTF-16 text; save the file as CSV UTF-8"
        )

    def test_another_encoding(self, message: Any) -> None:
        assert message("label,400,401,402\na,1,2,3\nStärke,3,2,1\n".encode("latin-1")) == (
            "pharma.csv:3: not UTF-8 text; save the file as CSV UTF-8"
        )

    def test_a_real_binary_file_with_a_text_name(self) -> None:
        path = Path(__file__).parents[3] / ".." / "shared" / "data" / "cdph" / "WhitePowders" / "Amylose.txt"
        if not path.is_file():
            pytest.skip("needs the folder of measured spectra beside the checkout")
        assert failure(path) == "Amylose.txt: a binary file, not text; export the spectra as CSV"


class TestHeaders:
    def test_no_separator(self, message: Any) -> None:
        assert message("spectra\n1 2 3\n") == (
            "pharma.csv:1: no comma, semicolon or tab in the first line, so there are no columns; "
            "blanks seem to separate the columns: replace them by tabs or commas"
        )

    def test_another_separator_than_stated(self, message: Any) -> None:
        assert message("label;400;401;402\na;1;2;3\nb;3;2;1\n", separator="tab") == (
            "pharma.csv:1: no tab in the first line, so there are no columns; it looks semicolon-separated"
        )

    def test_no_layout_fits(self, message: Any) -> None:
        assert message("label,first,second\na,1,2\nb,2,1\n") == (
            "pharma.csv:1: no layout fits: the header holds no wavenumbers (wide), the first column none "
            "(transposed), and there are no columns wavenumber and intensity (long); the header is label, "
            "first, second. State `layout` to see what that layout lacks"
        )

    def test_wide_without_numbers(self, message: Any) -> None:
        assert message("label,first,second\na,1,2\nb,2,1\n", layout="wide") == (
            "pharma.csv:1: the wide layout needs wavenumbers in the header, and none of its cells is a "
            "number: label, first, second"
        )

    def test_no_header(self, message: Any) -> None:
        assert message("400\t1\n401\t2\n402\t1\n") == (
            "pharma.csv:1: no header: the first line holds only numbers; one file must hold all spectra, "
            "and its first line name the columns. If it does, and a number names the column of the class, "
            'state it, such as `label: "1"`'
        )

    def test_no_label_column(self, message: Any) -> None:
        assert message("drug,session,400,401,402\na,x,1,2,3\nb,x,3,2,1\n") == (
            "pharma.csv:1: no label column: the columns are drug, session; name it, such as `label: drug`"
        )

    def test_no_name_for_the_label_column(self, message: Any) -> None:
        assert message(",400,401,402\na,1,2,3\nb,3,2,1\n") == (
            "pharma.csv:1: no label column: no column but the wavenumbers has a name; "
            "call it label in this line, or state `label: COLUMN` if a number names it"
        )

    def test_no_such_column(self, message: Any) -> None:
        assert message("drug,session,400,401,402\na,x,1,2,3\nb,x,3,2,1\n", label="drog", group="batch") == (
            "pharma.csv:1: no column \"drog\" for `label`; did you mean 'drug'? (there are: drug, session)\n"
            'pharma.csv:1: no column "batch" for `group`; there are: drug, session'
        )

    def test_a_column_name_that_stands_twice(self, message: Any) -> None:
        assert message("label,400,401,402,label\na,1,2,3,a\nb,3,2,1,b\n") == (
            'pharma.csv:1: columns 1 and 5 are both called "label"; only one can be the label'
        )

    def test_a_column_of_another_layout(self, message: Any) -> None:
        assert message("label,400,401,402\na,1,2,3\n", layout="wide", spectrum="id") == (
            "pharma.csv: `spectrum: id` names a column, but the layout is wide: only the long layout "
            "has this column"
        )
        assert message("wavenumber,a,b\n1,1,2\n2,2,1\n3,3,3\n", label="a") == (
            "pharma.csv: `label: a` names a column, but the layout is transposed: "
            "the header holds the classes"
        )

    def test_long_without_its_columns(self, message: Any) -> None:
        assert message("drug,wavenumber,intensity\na,1,2\n").splitlines() == [
            "pharma.csv:1: no spectrum column: the columns are drug, wavenumber, intensity; name it, such as "
            "`spectrum: drug`",
            "pharma.csv:1: no label column: the columns are drug, wavenumber, intensity; name it, such as "
            "`label: drug`",
        ]

    def test_transposed_without_a_class(self, message: Any) -> None:
        assert message("wavenumber,a,,b\n1,1,2,3\n2,2,1,1\n3,3,3,2\n") == (
            "pharma.csv:1: column 3: the header gives no class"
        )


class TestAxes:
    def test_repeats(self, message: Any) -> None:
        assert message("label,400,401,401,402,400.0\na,1,2,3,4,5\nb,3,2,1,4,5\n").splitlines()[:2] == [
            "pharma.csv:1: column 401: the wavenumber 401 is in column 3 already. "
            "If a number names other data, state `ignore: [COLUMN]`",
            "pharma.csv:1: column 400.0: the wavenumber 400 is in column 2 already. "
            "If a number names other data, state `ignore: [COLUMN]`",
        ]

    def test_repeats_in_a_column(self, message: Any) -> None:
        assert message("wavenumber,a,b\n1,1,2\n\n2,2,1\n2,3,3\n3,1,1\n") == (
            "pharma.csv:5: column wavenumber: the wavenumber 2 is in line 4 already"
        )

    def test_out_of_order(self, message: Any) -> None:
        assert message("label,400,403,402,404,401,405\na,1,2,3,4,5,6\nb,3,2,1,4,5,6\n") == (
            "pharma.csv:1: column 402: the axis is not in order: 403 in column 3 is followed by 402 in "
            "column 4 (2 such places in all); sort it, ascending or descending. "
            "If a number names other data, state `ignore: [COLUMN]`"
        )

    def test_too_few_channels(self, message: Any) -> None:
        assert message("label,400,401\na,1,2\nb,2,1\n") == (
            "pharma.csv:1: column 400: 2 channels; at least 3 are needed. If the table is not wide, "
            "state `layout`"
        )
        assert message("wavenumber,a,b\n1,1,2\n2,2,1\n") == (
            "pharma.csv:2: column wavenumber: 2 channels; at least 3 are needed"
        )

    def test_cut_at_decimal_commas(self, message: Any) -> None:
        assert message("label,400,5,401,5,402,5\na,1,5,2,5,3,5\nb,3,5,2,5,1,5\n") == (
            "pharma.csv:1: the wavenumbers seem to be cut at decimal commas; "
            "these need columns separated by semicolons or tabs"
        )


class TestCells:
    @pytest.mark.parametrize(
        ("cell", "what"),
        [
            ("abc", 'not a number: "abc"'),
            ("nan", 'not a number: "nan"'),
            ("NA", 'not a number: "NA"'),
            ("inf", 'not a number: "inf"'),
            ("-Infinity", 'not a number: "-Infinity"'),
            ("0x10", 'not a number: "0x10"'),
            ("", "empty; every spectrum needs a number in every channel"),
            ('""', "empty; every spectrum needs a number in every channel"),
            ("1e39", 'too large a number: "1e39"'),
            ('"1,234.5"', 'not a number: "1,234.5"; if this separates thousands, state `thousands: comma`'),
            ('"1,5"', 'not a number: "1,5"; decimal commas need columns separated by semicolons or tabs'),
            ("x" * 50, f'not a number: "{"x" * 39}…"'),
        ],
    )
    def test_no_number(self, message: Any, cell: str, what: str) -> None:
        text = f"label,400,1606.5,1700\r\na,1,2,3\r\n\r\nb,3,{cell},1\r\n"
        assert message(text) == f"pharma.csv:4: column 1606.5: {what}"

    def test_decimals_written_in_two_ways(self, message: Any) -> None:
        assert message("label;400;401;402\na;1.5;2.5;3\nb;3,5;1;2.5\n") == (
            'pharma.csv:3: column 400: not a number: "3,5"; '
            "if all decimals are written so, state `decimal: comma`"
        )
        assert message("label;400;401;402\na;1,5;2,5;3\nb;3.5;1;2,5\n") == (
            'pharma.csv:3: column 400: not a number: "3.5"; '
            "if all decimals are written so, state `decimal: point`"
        )

    @pytest.mark.parametrize("cell", ["1\u202f234", "1 234 567"])
    def test_spaces_between_thousands_after_many_plain_rows(self, message: Any, cell: str) -> None:
        text = "label,400,401,402\n" + "a,1,2,3\nb,3,2,1\n" * 10 + f"b,3,{cell},1\n"
        assert message(text) == (
            f'pharma.csv:22: column 401: not a number: "{cell}"; if this separates thousands, '
            "state `thousands: space`"
        )

    def test_thousands_with_decimal_commas(self, message: Any) -> None:
        assert message("label;400;401;402\na;1,5;2,5;3\nb;1.234,5;1;2,5\n") == (
            'pharma.csv:3: column 400: not a number: "1.234,5"; '
            "if this separates thousands, state `thousands: point`"
        )

    def test_in_a_column_that_is_a_spectrum(self, message: Any) -> None:
        assert message("wavenumber,a,b\n1,1,2\n2,x,1\ny,3,3\n4,1,1\n").splitlines() == [
            'pharma.csv:3: column 2 (a): not a number: "x"',
            'pharma.csv:4: column wavenumber: not a number: "y"',
        ]

    def test_in_a_point(self, message: Any) -> None:
        rows = "".join(f"{name},{name},{at},{at}\n" for name in "ab" for at in (1, 2, 3))
        assert message(LONG + rows + "c,c,1,x\nc,c,y,2\nc,c,3,\nc,c,4,1\n").splitlines() == [
            'pharma.csv:8: column intensity: not a number: "x"',
            'pharma.csv:9: column wavenumber: not a number: "y"',
            "pharma.csv:10: column intensity: empty; every spectrum needs a number in every channel",
        ]

    def test_lines_count_from_the_top_of_the_file(self, message: Any) -> None:
        text = '\ufeff\r\nlabel,note,400,401,402\r\na,"two\r\nlines",1,2,3\r\n\r\n"b",ok,1,x,3\r\n'
        assert message(text) == 'pharma.csv:6: column 401: not a number: "x"'


class TestRows:
    def test_of_the_wrong_length(self, message: Any) -> None:
        assert message("label;400;401;402\na;1;2;3\n\nb;1;2\nc;1;2;3;4\nd;3;2;1\n").splitlines() == [
            "pharma.csv:4: 3 cells, but the header has 4",
            "pharma.csv:5: 5 cells, but the header has 4",
        ]

    def test_decimal_commas_in_a_comma_separated_file(self, message: Any) -> None:
        assert message("label,400,401,402\na,1,5,2,5,3,5\nb,3,2,1\nc,1,2,3\n") == (
            "pharma.csv:2: 7 cells, but the header has 4; decimal commas or thousands separators need "
            "columns separated by semicolons or tabs"
        )

    def test_all_of_them(self, message: Any) -> None:
        text = "label,400,401,402\n" + "a,1,2,3,\n" * 1500
        assert message(text) == (
            "pharma.csv:1: every row ends with a separator, but the header does not; "
            "end the header with one, or no row"
        )
        assert message(text.replace("3,", "3,4")) == (
            "pharma.csv:2: 5 cells, but the header has 4; decimal commas or thousands separators need "
            "columns separated by semicolons or tabs; 1500 rows in all are not as long as the header"
        )

    def test_without_a_label_group_or_role(self, message: Any) -> None:
        text = "label,group,role,400,401,402\na,g,train,1,2,3\n,g,train,1,2,3\nb, ,test,3,2,1\nb,g,,1,2,3\n"
        assert message(text).splitlines() == [
            "pharma.csv:3: column label: empty; every row needs one. Fill it, or state `label: COLUMN`",
            "pharma.csv:4: column group: empty; every row needs one. Fill it, or state `group: null`",
            "pharma.csv:5: column role: empty; every row needs one. Fill it, or state `role: null`",
        ]

    def test_with_an_unknown_role(self, message: Any) -> None:
        text = "label,role,400,401,402\na,Train,1,2,3\nb,valid,1,2,3\nb,valid,3,2,1\nb,TEST,1,2,3\n"
        assert message(text) == (
            'pharma.csv:3: column role: "valid" (2 rows) is not a role. Write train or test, or state '
            "`role: null`"
        )

    def test_flat_spectra(self, message: Any) -> None:
        assert message("label,400,401,402\na,1,2,3\nb,0,0,0\nc,7.5,7.5,7.5\n").splitlines() == [
            "pharma.csv:3: a flat spectrum: every intensity is zero. Remove it",
            "pharma.csv:4: a flat spectrum: every intensity is 7.5. Remove it",
        ]

    def test_flat_columns(self, message: Any) -> None:
        assert message("wavenumber,a,b\n1,1,2\n2,1,1\n3,1,3\n") == (
            "pharma.csv:1: column 2 (a): a flat spectrum: every intensity is 1. Remove it"
        )

    @pytest.mark.parametrize(
        ("text", "place"),
        [
            ("label,400,401,402\na,1,2,3\na,3,2,1\n", "pharma.csv"),
            ("wavenumber,a,a\n1,1,2\n2,2,1\n3,1,3\n", "pharma.csv:1"),
            (LONG + "s,a,1,1\ns,a,2,2\ns,a,3,1\n", "pharma.csv"),
        ],
    )
    def test_of_one_class_only(self, message: Any, text: str, place: str) -> None:
        assert message(text) == f'{place}: only one class, "a"; at least two are needed'

    def test_quotation_marks_that_do_not_pair_up(self, message: Any) -> None:
        assert message('label,400,401,402\na,1,2,3\n"b,3,2,1\n') == (
            'pharma.csv:3: a quotation mark (") is never closed; the last one of the file is here'
        )
        assert message('label,400,401,402\n5" pipe,1,2,3\n6" pipe,3,2,1\n') == (
            'pharma.csv: the rows cannot be separated: some quotation marks (") do not enclose whole '
            "cells. Remove them"
        )
