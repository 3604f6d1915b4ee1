"""What the CSV reader says of single points, and of files in which much is wrong."""

from __future__ import annotations

import time
from typing import Any

from box.data.conftest import LONG


class TestPoints:
    def test_a_spectrum_with_two_labels(self, message: Any) -> None:
        text = (
            "id,label,role,x,y\ns,a,train,1,1\ns,b,train,2,2\ns,b,train,3,1\n"
            "t,b,test,1,1\nt,b,train,2,2\nt,b,test,3,1\n"
        )
        assert message(text).splitlines() == [
            'pharma.csv:3: spectrum s: two different values of label: "b" here, "a" in line 2',
            'pharma.csv:6: spectrum t: two different values of role: "train" here, "test" in line 5',
        ]

    def test_a_repeated_wavenumber(self, message: Any) -> None:
        assert message(LONG + "s,a,1,1\nt,b,1,2\ns,a,3,1\ns,a,2,1\nt,b,2,1\nt,b,3,3\ns,a,1.0,2\n") == (
            "pharma.csv:8: spectrum s: the wavenumber 1 is in line 2 already. If several spectra have this "
            "name, state `spectrum`, such as `spectrum: [COLUMN, COLUMN]`"
        )

    def test_a_short_or_flat_spectrum(self, message: Any) -> None:
        text = LONG + "s,a,1,1\ns,a,2,2\nt,b,1,2\nt,b,2,2\nt,b,3,2\n"
        assert message(text).splitlines() == [
            "pharma.csv:2: spectrum s: 2 channels; at least 3 are needed",
            "pharma.csv:4: spectrum t: a flat spectrum: every intensity is 2. Remove it",
        ]

    def test_a_point_of_no_spectrum(self, message: Any) -> None:
        text = LONG + "".join(f"{name},{name},{at},{at}\n" for name in "ab" for at in (1, 2, 3))
        assert (
            "pharma.csv:8: column spectrum: empty; every row needs one. Fill it, or state `spectrum: COLUMN`"
            in message(text + ",a,1,1\n")
        )


class TestMany:
    def test_all_that_is_wrong_is_said_in_the_order_of_lines(self, message: Any) -> None:
        text = "label,role,400,401,402\na,train,1,2,3\nb,dev,1,2,x\n,test,,2,3\nb,test,5,5,5\nb,test,1,2\n"
        assert message(text).splitlines() == [
            'pharma.csv:3: column 402: not a number: "x"',
            'pharma.csv:3: column role: "dev" is not a role. Write train or test, or state `role: null`',
            "pharma.csv:4: column 400: empty; every spectrum needs a number in every channel",
            "pharma.csv:4: column label: empty; every row needs one. Fill it, or state `label: COLUMN`",
            "pharma.csv:5: a flat spectrum: every intensity is 5. Remove it",
            "pharma.csv:6: 4 cells, but the header has 5",
        ]

    def test_the_first_twenty_and_the_count(self, message: Any) -> None:
        lines = message("label,400,401,402\na,1,2,3\nb,3,2,1\n" + "b,1,x,3\n" * 200).splitlines()
        assert lines[0] == 'pharma.csv:4: column 401: not a number: "x"'
        assert lines[19] == 'pharma.csv:23: column 401: not a number: "x"'
        assert lines[20:] == ["… and 180 more (200 problems in all)"]

    def test_thousands_are_summed_up_by_column(self, message: Any) -> None:
        text = "label,400,401,402,403\n" + "a,1,2,3,4\n" + "b,1,2,nan,\n" * 5000
        assert message(text).splitlines() == [
            'pharma.csv:3: column 402: 5000 cells without a number, here the first: not a number: "nan"',
            "pharma.csv:3: column 403: 5000 cells without a number, here the first: "
            "empty; every spectrum needs a number in every channel",
        ]

    def test_or_by_line(self, message: Any) -> None:
        header = ",".join(map(str, range(3000)))
        text = f"label,{header}\na,{header}\n{',' * 3000}\nb,{header}\n"
        assert message(text).splitlines() == [
            "pharma.csv:3: column 0: 3000 cells without a number, here the first: "
            "empty; every spectrum needs a number in every channel",
            "pharma.csv:3: column label: empty; every row needs one. Fill it, or state `label: COLUMN`",
        ]

    def test_a_million_wrong_cells_take_seconds(self, message: Any) -> None:
        text = (
            "label," + ",".join(map(str, range(1000))) + "\n" + ("a," + ",".join(["x"] * 1000) + "\n") * 1000
        )
        begin = time.perf_counter()
        assert "(1001 problems in all)" in message(text)
        assert time.perf_counter() - begin < 10
