"""Finds the layout of a table, or refuses with a question, and reads it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from raman_xp_plugins.data.tabular import long, transposed, wide
from raman_xp_plugins.data.tabular.columns import listed
from raman_xp_plugins.data.tabular.dialect import Dialect
from raman_xp_plugins.data.tabular.faults import Faults
from raman_xp_plugins.data.tabular.hypotheses import CLEAR, Layout, axis_column, layouts
from raman_xp_plugins.data.tabular.long import read_long
from raman_xp_plugins.data.tabular.reading import Reading
from raman_xp_plugins.data.tabular.table import Table
from raman_xp_plugins.data.tabular.transposed import read_transposed
from raman_xp_plugins.data.tabular.wide import read_wide

LayoutName = Literal["auto", "wide", "transposed", "long"]

_THOUSANDS = re.compile(r"[0-9]{1,3}[.,][0-9]{3}")
_PARTS = {"wide": wide.PARTS, "transposed": transposed.PARTS, "long": long.PARTS}


@dataclass(frozen=True)
class Options:
    """What the user gave besides the names of single columns.

    Args:
        ignore: Names of columns that are no channels.
        spectrum: Names of columns that together differ for every spectrum.
        as_written: Whether to accept an axis that does not look like that of a spectrum.
    """

    ignore: tuple[str, ...] = ()
    spectrum: tuple[str, ...] = ()
    as_written: bool = False


def read_layout(
    table: Table,
    layout: LayoutName,
    stated: Mapping[str, str | None],
    options: Options,
) -> Reading:
    """Read the spectra of a table.

    Args:
        layout: The layout, or ``auto`` to find it from the header and the first rows.
        stated: part (label, group, …) → name of its column, where the user gave it.
        options: What else the user gave.

    Raises:
        DataError: everything that is wrong with the file.
    """
    faults = Faults(table.file.path)
    _note_header(table, layout, stated, faults)
    if faults:
        raise faults.error()
    chosen = _likeliest(table, stated, options, faults) if layout == "auto" else layout
    for part in stated:
        if part not in _PARTS[chosen] and stated[part] is not None:
            why = (
                "the header holds the classes"
                if chosen == "transposed"
                else "only the long layout has this column"
            )
            faults.add(f"`{part}: {stated[part]}` names a column, but the layout is {chosen}: {why}")
    if options.spectrum and chosen != "long":
        faults.add(f"`spectrum` applies to the long layout, but the layout is {chosen}; remove `spectrum`")
    if options.ignore and chosen != "wide":
        faults.add(f"`ignore` applies to the wide layout, but the layout is {chosen}; remove `ignore`")
    if faults:
        raise faults.error()
    if chosen == "wide":
        return read_wide(table, stated, ignore=options.ignore, as_written=options.as_written)
    if chosen == "transposed":
        return read_transposed(table, axis_column(table, stated), as_written=options.as_written)
    return read_long(table, stated, several=options.spectrum, as_written=options.as_written)


def _likeliest(table: Table, stated: Mapping[str, str | None], options: Options, faults: Faults) -> Layout:
    """The layout with the most evidence, if it leads clearly."""
    if options.spectrum:
        return "long"
    best, *others = [*layouts(table, stated), None]
    if best is None:
        if _axis_below(table):
            faults.add(
                "the axis seems to be in this line, below the header; remove the header line above it, "
                "and name the class column in this line",
                line=int(table.file.lines[1]),
            )
        else:
            faults.add(
                "no layout fits: the header holds no wavenumbers (wide), the first column none (transposed), "
                "and there are no columns wavenumber and intensity (long); the header is "
                f"{listed(table.header)}. State `layout` to see what that layout lacks",
                line=table.header_line,
            )
        raise faults.error()
    second = others[0]
    if second is not None and best.score - second.score < CLEAR:
        readings = "; ".join(f"{each.layout}: {each.reasons}" for each in (best, second))
        faults.add(
            f"{best.layout} or {second.layout}? Both layouts fit ({readings}). "
            f"State `layout: {best.layout}` or `layout: {second.layout}`",
            line=table.header_line,
        )
        raise faults.error()
    return best.layout


def _note_header(table: Table, layout: LayoutName, stated: Mapping[str, str | None], faults: Faults) -> None:
    """Note a header that the layout cannot have."""
    if not any(stated.values()) and all(map(table.dialect.is_number, table.header)):
        faults.add(
            "no header: the first line holds only numbers; one file must hold all spectra, and its first "
            "line name the columns. If it does, and a number names the column of the class, state it, such "
            f'as `label: "{table.header[-1]}"`',
            line=table.header_line,
        )
    elif layout in ("auto", "wide") and (other := _other_decimals(table)):
        faults.add(
            f"the header writes decimals in another way than the rows ({listed(other[:3])} in the header, "
            f"a decimal {'comma' if table.dialect.decimal == ',' else 'point'} in the rows); write one mark, "
            "or state `decimal` if the rows were misunderstood",
            line=table.header_line,
        )
    elif layout == "auto" and (cells := _disguised(table)):
        faults.add(
            f"the header cells {listed(cells[:4])} … look like wavenumbers with a prefix or a unit; "
            "write only the numbers into the header",
            line=table.header_line,
        )


def _other_decimals(table: Table) -> list[str]:
    """Header cells, in order as on an axis, that use the decimal mark that the rows do not use."""
    other = Dialect("", "." if table.dialect.decimal == "," else ",")
    cells = [name for name in table.header if not table.dialect.is_number(name) and other.is_number(name)]
    steps = np.diff([other.value(cell) for cell in cells])
    if len(cells) < 3 or not ((steps > 0).all() or (steps < 0).all()):
        return []
    return [] if any(map(_THOUSANDS.fullmatch, cells)) else cells


def _disguised(table: Table) -> list[str]:
    """Header cells such as X400, w400 or 400 cm-1, if most of the header is written so, in order."""
    pattern = re.compile(r"[^\W\d]{0,12}[ _.]?([0-9]+(?:[.,][0-9]+)?)\s*(?:[\[(]?(?:cm.{0,4}|1/cm)[\])]?)?")
    found = [
        (name, match[1])
        for name in table.header
        if (match := pattern.fullmatch(name)) and not _THOUSANDS.fullmatch(name)
    ]
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
