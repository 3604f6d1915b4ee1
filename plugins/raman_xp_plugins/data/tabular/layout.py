"""Which of the layouts a table has, and reading it so."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

import numpy as np

from raman_xp_plugins.data.tabular import long, wide
from raman_xp_plugins.data.tabular.axis import FEWEST_CHANNELS
from raman_xp_plugins.data.tabular.columns import listed, spells
from raman_xp_plugins.data.tabular.dialect import Dialect
from raman_xp_plugins.data.tabular.faults import Faults
from raman_xp_plugins.data.tabular.long import read_long
from raman_xp_plugins.data.tabular.reading import Reading
from raman_xp_plugins.data.tabular.table import Table
from raman_xp_plugins.data.tabular.transposed import read_transposed
from raman_xp_plugins.data.tabular.wide import read_wide

LayoutName = Literal["auto", "wide", "transposed", "long"]

_PARTS = {"wide": wide.PARTS, "transposed": (), "long": long.PARTS}


def read_layout(
    table: Table, layout: LayoutName, stated: Mapping[str, str | None], *, as_written: bool = False
) -> Reading:
    """Read the spectra of a table.

    Args:
        layout: the layout, or ``auto`` to tell by the header and the first rows.
        stated: part (label, group, …) → name of its column, where the user gave it.
        as_written: accept an axis that does not look like one of a spectrum.

    Raises:
        DataError: everything that is wrong with the file.
    """
    faults = Faults(table.file.path)
    chosen = _likely(table, stated) if layout == "auto" else layout
    if not any(stated.values()) and all(map(table.dialect.is_number, table.header)):
        faults.add(
            "no header: the first line holds only numbers; one file must hold all spectra, and its first "
            "line name the columns. If it does, and a number names the column of the class, state it, such "
            f'as `label: "{table.header[-1]}"`',
            line=table.header_line,
        )
        raise faults.error()
    if other := _other_decimals(table):
        faults.add(
            f"the header writes decimals in another way than the rows ({listed(other[:3])} in the header, "
            f"a decimal {'comma' if table.dialect.decimal == ',' else 'point'} in the rows); write one mark",
            line=table.header_line,
        )
        raise faults.error()
    if layout == "auto" and (cells := _disguised(table)):
        faults.add(
            f"the header cells {listed(cells[:4])} … look like wavenumbers with a prefix or a unit; "
            "write only the numbers into the header",
            line=table.header_line,
        )
        raise faults.error()
    if chosen == "both":
        faults.add(
            "wide or long? The header holds wavenumbers, and names columns of wavenumbers and of intensities "
            "as well; state `layout: wide` or `layout: long`",
            line=table.header_line,
        )
        raise faults.error()
    if chosen is None and _axis_below(table):
        faults.add(
            "the axis seems to be in this line, below the header; remove the header line above it, "
            "and name the class column in this line",
            line=int(table.file.lines[1]),
        )
        raise faults.error()
    if chosen is None:
        faults.add(
            "no layout fits: the header holds no wavenumbers (wide), the first column none (transposed), and "
            f"there are no columns wavenumber and intensity (long); the header is {listed(table.header)}; "
            "say `layout: …` to learn what that layout lacks",
            line=table.header_line,
        )
        raise faults.error()
    for part in stated:
        if part not in _PARTS[chosen] and stated[part] is not None:
            why = (
                "its classes stand in the header" if chosen == "transposed" else "only the long one has that"
            )
            faults.add(f"`{part}: {stated[part]}` names a column, but the layout is {chosen}: {why}")
    if faults:
        raise faults.error()
    if chosen == "wide":
        return read_wide(table, stated, as_written=as_written)
    if chosen == "transposed":
        return read_transposed(table, as_written=as_written)
    return read_long(table, stated, as_written=as_written)


def _likely(table: Table, stated: Mapping[str, str | None]) -> str | None:
    named = any(part in stated for part in long.ONLY)
    channels = sum(map(table.dialect.is_number, table.header))
    points = [[name for name in table.header if spells(name, part)] for part in ("wavenumber", "intensity")]
    if named or (all(points) and channels < FEWEST_CHANNELS):
        return "long"
    # Maps name the place of a spectrum x and y: beside wavenumbers in the header, these decide nothing.
    if all(any(name.casefold() not in ("x", "y") for name in names) for names in points):
        return "both"
    numbers_in_header = channels > 0
    if _axis_in_first_column(table) and (
        (spells(table.header[0], "wavenumber") and not _labels_last(table)) or not numbers_in_header
    ):
        return "transposed"
    return "wide" if numbers_in_header else None


def _labels_last(table: Table) -> bool:
    """Whether wavenumbers fill the header, in order, and a column beside them is called like a class."""
    numbers = [table.dialect.value(name) for name in table.header if table.dialect.is_number(name)]
    steps = np.diff(numbers)
    in_order = steps.size > 1 and bool((steps > 0).all() or (steps < 0).all())
    return in_order and any(spells(name, "label") for name in table.header)


def _other_decimals(table: Table) -> list[str]:
    """Header cells that are numbers only with the decimal mark that the rows do not use."""
    other = Dialect("", "." if table.dialect.decimal == "," else ",")
    cells = [name for name in table.header if not table.dialect.is_number(name) and other.is_number(name)]
    return (
        []
        if len(cells) < 3 or any(re.fullmatch(r"[0-9]{1,3}[.,][0-9]{3}", name) for name in cells)
        else cells
    )


def _disguised(table: Table) -> list[str]:
    """Header cells such as X400, w400 or 400 cm-1, if most of the header is written so, in order."""
    pattern = re.compile(r"[^\W\d]{0,12}[ _.]?([0-9]+(?:[.,][0-9]+)?)\s*(?:[\[(]?(?:cm.{0,4}|1/cm)[\])]?)?")
    found = [(name, match[1]) for name in table.header if (match := pattern.fullmatch(name))]
    cells = [name for name, _ in found]
    if len(found) < 5 or 2 * len(found) < len(table.header) or any(map(table.dialect.is_number, cells)):
        return []
    steps = np.diff([float(number.replace(",", ".")) for _, number in found])
    ordered = bool((steps > 0).all() or (steps < 0).all())
    # A running number, as in sample1, sample2, is no wavenumber.
    counts = bool((np.abs(steps) == 1).all()) and float(found[0][1].replace(",", ".")) < 50
    return cells if ordered and not counts else []


def _axis_below(table: Table) -> bool:
    """Whether the first row holds numbers in order, as an axis does, where the header holds none."""
    cells = [cell for cell in table.sample[0] if table.dialect.is_number(cell)]
    steps = np.diff([table.dialect.value(cell) for cell in cells])
    return steps.size > 5 and bool((steps > 0).all() or (steps < 0).all())


def _axis_in_first_column(table: Table) -> bool:
    """Whether the first column holds different numbers; whole-number labels would repeat."""
    cells = [row[0] for row in table.sample if row]
    numbers = {cell for cell in cells if table.dialect.is_number(cell)}
    return not table.dialect.is_number(table.header[0]) and 2 * len(numbers) > len(cells)
