"""Decides whether 1,798 is 1.798 or 1798, from the axis and the intensities alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from raman_xp_plugins.data.tabular.columns import listed
from raman_xp_plugins.data.tabular.dialect import Dialect, thousands_name
from raman_xp_plugins.data.tabular.faults import Faults
from raman_xp_plugins.data.tabular.reading import Reading
from raman_xp_plugins.data.tabular.table import Table

_NAMES = {",": "comma", ".": "point"}
_ANY = re.compile(r"[0-9]{1,3}(([,.'’ \u00a0\u202f])[0-9]{3})+")
_WHOLE = 0.01
"""Share of whole intensities above which a mark in all others looks like a thousands separator."""
_HIGHEST = 20_000.0
"""Wavenumber in cm⁻¹ above which no axis goes: a mark that would lead there marks decimals."""
_ENOUGH = 500_000
"""Largest number of cells that are examined for evidence."""


def note_header(names: Sequence[str], table: Table, faults: Faults) -> None:
    """Note wavenumbers in a header that may be written with thousands separators."""
    if table.thousands_stated:
        return
    dialect = table.dialect
    foreign = [name for name in names if (found := _ANY.fullmatch(name)) and found[2] != dialect.decimal]
    if foreign:
        mark = thousands_name(foreign[0])
        faults.add(
            f"the header cells {listed(foreign[:3])} look like wavenumbers with thousands separators. "
            f"State `thousands: {mark}`, or `thousands: none` if they name other columns",
            line=table.header_line,
        )
    elif example := _axis_example(filter(dialect.is_number, names), dialect):
        _ask(example, "wavenumber", dialect, faults, table.header_line)


def note_axis(table: Table, column: int, faults: Faults) -> None:
    """Note wavenumbers in a column that may be written with thousands separators."""
    if table.thousands_stated or _decided(table, [column]) or not _has_three_digits(table):
        return
    cells = (cell for row in _rows(table, [column]) for cell in row)
    if example := _axis_example(filter(table.dialect.is_number, cells), table.dialect):
        _ask(example, "wavenumber", table.dialect, faults, table.header_line)


def intensity_warnings(table: Table, reading: Reading) -> tuple[str, ...]:
    """Warn where every decimal mark in the intensities could be a thousands separator.

    Raises:
        DataError: some intensities have no mark, so that they would be mixed up; the user must decide.
    """
    columns = reading.intensity_columns
    if table.thousands_stated or _decided(table, columns) or not _has_three_digits(table):
        return ()
    example, unmarked = _intensity_example(table, columns)
    if not example:
        return ()
    mark = _NAMES[table.dialect.decimal]
    total = sum(block.intensity.size for block in reading.blocks)
    whole = sum(int((np.rint(block.intensity) == block.intensity).sum()) for block in reading.blocks)
    if (unmarked or whole > _WHOLE * total) and not table.decimal_stated:
        faults = Faults(table.file.path)
        _ask(example, "intensity", table.dialect, faults)
        raise faults.error()
    return (
        f'"{example}" was read with a decimal {mark}; exactly three digits follow every {mark} of the '
        f"intensities. State `thousands: {mark}` if it separates thousands, or `thousands: none`.",
    )


def _ask(example: str, what: str, dialect: Dialect, faults: Faults, line: int = 0) -> None:
    mark = _NAMES[dialect.decimal]
    faults.add(
        f'is the {mark} in the {what} "{example}" a thousands separator or a decimal {mark}? Exactly three '
        f"digits follow every {mark}. State `thousands: {mark}` or `thousands: none`",
        line=line,
    )


def _axis_example(numbers: Iterable[str], dialect: Dialect) -> str:
    """A wavenumber with a mark that may separate thousands; empty where some wavenumber decides."""
    example = ""
    for number in numbers:
        decides, marked = _evidence(number, dialect)
        if decides or (marked and 1000 * abs(dialect.value(number)) > _HIGHEST):
            return ""
        if marked:
            example = example or number
    return example


def _intensity_example(table: Table, columns: Sequence[int]) -> tuple[str, bool]:
    """An intensity with a mark that may separate thousands, and whether others have no mark."""
    example, unmarked, seen = "", False, 0
    for row in _rows(table, columns):
        for cell in row:
            decides, marked = _evidence(cell, table.dialect)
            if decides:
                return "", False
            example = example or (cell if marked else "")
            unmarked |= not marked
        seen += len(row)
        if seen > _ENOUGH:
            break
    return example, unmarked


def _evidence(number: str, dialect: Dialect) -> tuple[bool, bool]:
    """Whether a number shows that its mark is a decimal one, and whether the mark may separate thousands."""
    whole, *parts = number.lstrip("+-").split(dialect.decimal)
    if not parts:
        return len(whole) > 3 and whole.isdecimal(), False
    groups = all(len(part) == 3 and part.isdecimal() for part in parts)
    return not groups or len(whole) > 3 or whole.startswith("0") or not whole, groups


def _decided(table: Table, columns: Sequence[int]) -> bool:
    """Whether the first rows show already that the decimal mark is one; most files are done here."""
    return any(
        _evidence(cell, table.dialect)[0]
        for column in columns
        for cell in table.examples(column)
        if table.dialect.decimal in cell and table.dialect.is_number(cell)
    )


def _rows(table: Table, columns: Sequence[int]) -> Iterator[list[str]]:
    """Some cells of each row; rows that are too short are left out."""
    last = max(columns)
    for index in range(1, len(table.file.lines)):
        cells = table.dialect.cells(table.file.record(index))
        if last < len(cells):
            yield [cells[column] for column in columns]


def _has_three_digits(table: Table) -> bool:
    """Whether three digits follow a decimal mark anywhere; a fast look at the whole text."""
    mark = re.escape(table.dialect.decimal.encode())
    body = memoryview(table.file.data)[int(table.file.starts[1]) :]
    return re.search(mark + rb"[0-9]{3}(?![0-9])", body) is not None
