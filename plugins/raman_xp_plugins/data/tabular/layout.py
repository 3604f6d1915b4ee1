"""Which of the layouts a table has, and reading it so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from raman_xp_plugins.data.tabular import long, wide
from raman_xp_plugins.data.tabular.columns import listed, spells
from raman_xp_plugins.data.tabular.faults import Faults
from raman_xp_plugins.data.tabular.long import read_long
from raman_xp_plugins.data.tabular.reading import Reading
from raman_xp_plugins.data.tabular.table import Table
from raman_xp_plugins.data.tabular.transposed import read_transposed
from raman_xp_plugins.data.tabular.wide import read_wide

LayoutName = Literal["auto", "wide", "transposed", "long"]

_PARTS = {"wide": wide.PARTS, "transposed": (), "long": long.PARTS}


def read_layout(table: Table, layout: LayoutName, stated: Mapping[str, str]) -> Reading:
    """Read the spectra of a table.

    Args:
        layout: the layout, or ``auto`` to tell by the header and the first rows.
        stated: part (label, group, …) → name of its column, where the user gave it.

    Raises:
        DataError: everything that is wrong with the file.
    """
    faults = Faults(table.file.path)
    chosen = _likely(table, stated) if layout == "auto" else layout
    if not stated and all(map(table.dialect.is_number, table.header)):
        faults.add(
            "no header: the first line holds only numbers; one file must hold all spectra, and its first "
            "line name the columns",
            line=table.header_line,
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
        if part not in _PARTS[chosen]:
            why = (
                "its classes stand in the header" if chosen == "transposed" else "only the long one has that"
            )
            faults.add(f"`{part}: {stated[part]}` names a column, but the layout is {chosen}: {why}")
    if faults:
        raise faults.error()
    if chosen == "wide":
        return read_wide(table, stated)
    return read_transposed(table) if chosen == "transposed" else read_long(table, stated)


def _likely(table: Table, stated: Mapping[str, str]) -> str | None:
    named = any(part in stated for part in long.ONLY)
    if named or all(any(spells(name, part) for name in table.header) for part in ("wavenumber", "intensity")):
        return "long"
    numbers_in_header = any(map(table.dialect.is_number, table.header))
    if _axis_in_first_column(table) and (spells(table.header[0], "wavenumber") or not numbers_in_header):
        return "transposed"
    return "wide" if numbers_in_header else None


def _axis_in_first_column(table: Table) -> bool:
    """Whether the first column holds different numbers; whole-number labels would repeat."""
    cells = [row[0] for row in table.sample if row]
    numbers = {cell for cell in cells if table.dialect.is_number(cell)}
    return not table.dialect.is_number(table.header[0]) and 2 * len(numbers) > len(cells)
