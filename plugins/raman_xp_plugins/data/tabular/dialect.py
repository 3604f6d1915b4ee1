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
        told = f"{self.separator_name}-separated, decimal {_name(_DECIMALS, self.decimal)}"
        return told + (f", thousands {_name(_THOUSANDS, self.thousands)}" if self.thousands else "")

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
    """The dialect, as stated or else the one in which most cells of the first records are numbers.

    Args:
        records: the first records after the header, or the header where there is nothing else.
    """
    separators = list(_SEPARATORS.values()) if separator == "auto" else [_SEPARATORS[separator]]
    decimals = list(_DECIMALS.values()) if decimal == "auto" else [_DECIMALS[decimal]]
    between = _THOUSANDS.get(thousands, "")
    candidates = [
        Dialect(sep, point, between)
        for sep in separators
        for point in decimals
        if sep != point and point not in between
    ]
    return max(candidates, key=lambda dialect: _fitness(dialect, records))


def _fitness(dialect: Dialect, records: Sequence[str]) -> tuple[float, int]:
    cells = [cell for record in records for cell in dialect.cells(record[:_LOOKED_AT])]
    return sum(map(dialect.is_number, cells)) / max(len(cells), 1), len(cells)


def _name(names: dict[str, str], character: str) -> str:
    return next(name for name, known in names.items() if known == character)
