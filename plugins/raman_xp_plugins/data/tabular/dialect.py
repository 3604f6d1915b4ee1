"""How a table is written: what separates its columns, and how it writes decimals."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

SeparatorName = Literal["auto", "comma", "semicolon", "tab"]
DecimalName = Literal["auto", "point", "comma"]
ThousandsName = Literal["auto", "none", "comma", "point", "space", "apostrophe"]

_SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t"}
_DECIMALS = {"point": ".", "comma": ","}
_THOUSANDS = {"comma": ",", "point": ".", "space": " \u00a0\u202f", "apostrophe": "'’"}
_LOOKED_AT = 20_000
"""Characters of a line that decide; a line of many channels says nothing new after these."""


@dataclass(frozen=True)
class Dialect:
    """Separator, decimal character, and the characters that may separate thousands."""

    separator: str
    decimal: str
    thousands: str = ""

    @property
    def number(self) -> str:
        """Regular expression of a whole cell that holds a number; RE2 and Python read it alike."""
        point = re.escape(self.decimal)
        digits = "[0-9]+"
        if self.thousands:
            digits = rf"([0-9]{{1,3}}([{re.escape(self.thousands)}][0-9]{{3}})+|[0-9]+)"
        return rf"^[+-]?({digits}({point}[0-9]*)?|{point}[0-9]+)([eE][+-]?[0-9]+)?$"

    @property
    def separator_name(self) -> str:
        return _name(_SEPARATORS, self.separator)

    def __str__(self) -> str:
        text = f"{self.separator_name}-separated, decimal {_name(_DECIMALS, self.decimal)}"
        return text + (f", thousands {_name(_THOUSANDS, self.thousands)}" if self.thousands else "")

    def cells(self, record: str) -> list[str]:
        """The cells of one record, without quotes and surrounding blanks."""
        rows = csv.reader(io.StringIO(record, newline=""), delimiter=self.separator)
        return [cell.strip() for cell in next(rows, [])]

    def is_number(self, cell: str) -> bool:
        return re.match(self.number, cell) is not None

    def value(self, cell: str) -> float:
        """The number in a cell."""
        for character in self.thousands:
            cell = cell.replace(character, "")
        return float(cell.replace(self.decimal, "."))


def find_dialect(
    records: Sequence[str],
    separator: SeparatorName,
    decimal: DecimalName,
    thousands: ThousandsName = "auto",
) -> Dialect:
    """Return the dialect, as stated or else the one that fits the first records best.

    A separator fits if all records have as many cells as the first one; a decimal mark fits if many cells
    are numbers.

    Args:
        records: the header and the first records after it.
    """
    separators = list(_SEPARATORS.values()) if separator == "auto" else [_SEPARATORS[separator]]
    decimals = list(_DECIMALS.values()) if decimal == "auto" else [_DECIMALS[decimal]]
    # Spaces and apostrophes in numbers have one meaning; commas and points may mark decimals.
    between = ["", _THOUSANDS["space"], _THOUSANDS["apostrophe"]]
    if thousands != "auto":
        between = [_THOUSANDS.get(thousands, "")]
    candidates = [
        Dialect(sep, point, marks)
        for marks in between
        for sep in separators
        for point in decimals
        if sep != point and point not in marks
    ]
    return max(candidates, key=lambda dialect: _fitness(dialect, records))


def _fitness(dialect: Dialect, records: Sequence[str]) -> tuple[float, float, int]:
    """How well a dialect fits: regular rows of numbers, then any numbers, then many cells."""
    cells = [cell for record in records for cell in dialect.cells(record[:_LOOKED_AT])]
    numbers = sum(map(dialect.is_number, cells)) / max(len(cells), 1)
    width, *widths = [_width(dialect, record) for record in records]
    regular = sum(each == width for each in widths) / max(len(widths), 1) if width > 1 else 0.0
    return regular * numbers, numbers, len(cells)


def _width(dialect: Dialect, record: str) -> int:
    return len(dialect.cells(record)) if '"' in record else record.count(dialect.separator) + 1


def thousands_name(text: str) -> str:
    """The name of the mark that separates the thousands of a number, as the key `thousands` calls it."""
    character = text.lstrip("+-0123456789")[0]
    return next((name for name, characters in _THOUSANDS.items() if character in characters), "space")


def _name(names: dict[str, str], character: str) -> str:
    return next(name for name, known in names.items() if known == character)
