"""The wide layout: a row a spectrum, the wavenumbers in the header."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np

from raman_xp.spectra import Block, Floats
from raman_xp_plugins.data.tabular.axis import ascending, axis_faults, index_unit, lone_channels
from raman_xp_plugins.data.tabular.body import read_body
from raman_xp_plugins.data.tabular.columns import Columns, listed
from raman_xp_plugins.data.tabular.faults import Faults
from raman_xp_plugins.data.tabular.reading import (
    Reading,
    flat,
    note_classes,
    note_words,
    quantity,
    samples_of,
)
from raman_xp_plugins.data.tabular.table import Table, Wanted

PARTS = ("label", "group", "role")


def read_wide(table: Table, stated: Mapping[str, str | None], *, as_written: bool = False) -> Reading:
    """Read spectra that stand in rows.

    Args:
        stated: part (label, group, role) → name of its column, where the user gave it.
        as_written: accept an axis that does not look like one of a spectrum.

    Raises:
        DataError: everything that is wrong with the file.
    """
    faults = Faults(table.file.path)
    # A column that the user names is no channel, even if its name is a number.
    channels = [
        column
        for column, name in enumerate(table.header)
        if table.dialect.is_number(name) and name not in stated.values()
    ]
    others = sorted(set(range(len(table.header))) - set(channels))
    if not channels:
        faults.add(
            "the wide layout needs wavenumbers in the header, and none of its cells is a number: "
            f"{listed(table.header)}",
            line=table.header_line,
        )
        raise faults.error()
    columns = Columns(table.header, others, stated, faults, table.header_line)
    found = {part: columns.find(part, needed=part == "label") for part in PARTS}
    places = {part: place for part, place in found.items() if place is not None}
    axis = np.array([table.dialect.value(table.header[column]) for column in channels])
    _note_axis(axis, channels, table, faults)
    if not as_written and not faults:
        note_lone(axis, [table.header[column] for column in channels], faults, table.header_line)
    _note_thousands([table.header[place] for place in columns.ignored_places()], table, faults)
    _note_second_header(table, channels, faults)
    if faults:
        raise faults.error()
    grouping = columns.like_groups()
    titles = tuple(f"column {name}" if name else f"column {at}" for at, name in enumerate(table.header, 1))
    body = read_body(table, Wanted(tuple(channels), (*places.values(), *grouping), (), titles), faults)
    words = {part: body.words[place] for part, place in places.items()}
    note_words(words, body.lines, {part: titles[place] for part, place in places.items()}, faults)
    if len(channels) > 1:
        for row, what in flat(body.intensity.min(axis=1), body.intensity.max(axis=1)):
            faults.add(what, line=int(body.lines[row]))
    if "label" in words:
        note_classes(words["label"], faults)
    if faults:
        raise faults.error()
    names = tuple(f"line {line}" for line in body.lines)
    samples = samples_of(words["label"], names, words.get("group"), words.get("role"))
    columns.warn_of_groups({place: len(body.words[place].values) for place in grouping}, len(samples))
    unit, reason = ("", "") if as_written else index_unit(axis)
    warnings = (*columns.warnings, *quantity(words["label"]))
    notes = list(columns.notes)
    if ignored := columns.ignored():
        notes.append(f"ignored columns: {listed(ignored)}")
    if axis[0] > axis[-1]:
        notes.append("the axis descends in the file and was turned round")
    block = Block(*ascending(axis, body.intensity), np.arange(len(samples)))
    return Reading("wide", (block,), samples, tuple(notes), warnings, unit, reason)


def note_lone(axis: Floats, names: list[str], faults: Faults, line: int = 0) -> None:
    """Note channels far from all others: they may be columns of labels that are called by numbers."""
    for at in lone_channels(axis):
        faults.add(
            f'is the column "{names[at]}" a channel? It is far from all other channels. '
            f'If it holds the class, state `label: "{names[at]}"`; if it holds other data, remove it; '
            "if it is a channel, state `axis: as_written`",
            line=line,
        )


def _note_thousands(names: list[str], table: Table, faults: Faults) -> None:
    """Note header cells that hold thousands separators: as channels, they would be lost."""
    if cells := [name for name in names if re.fullmatch(r"[0-9]{1,3}([,.'’ \u00a0\u202f][0-9]{3})+", name)]:
        faults.add(
            f"the header cells {listed(cells)} look like wavenumbers with thousands separators; "
            "state `thousands`, such as `thousands: comma`",
            line=table.header_line,
        )


def _note_second_header(table: Table, channels: list[int], faults: Faults) -> None:
    """Note rows below the header that hold words in every channel, where rows of numbers follow."""
    rows = [[row[at] for at in channels if at < len(row)] for row in table.sample]
    numbers = [any(map(table.dialect.is_number, cells)) for cells in rows]
    if not any(numbers) or numbers[0]:
        return
    count = numbers.index(True)
    if count == 2 and set(rows[0]) <= {"c", "d", "s", "t", "continuous", "discrete", "string", "time"}:
        what = "two more header rows follow, as Orange writes them (types and flags)"
    elif any(filter(None, rows[0])):
        what = f"a second header row follows ({listed(list(dict.fromkeys(rows[0]))[:3])}), such as units"
    else:
        return
    last = int(table.file.lines[count])
    faults.add(
        f"{what}; remove all header rows but the first, up to line {last}", line=int(table.file.lines[1])
    )


def _note_axis(axis: Floats, channels: list[int], table: Table, faults: Faults) -> None:
    line = table.header_line
    if table.dialect.separator == "," and _split_decimals(
        [table.header[column] for column in channels], axis
    ):
        faults.add(
            "the wavenumbers seem to be cut at decimal commas; "
            "these need columns separated by semicolons or tabs",
            line=line,
        )
        return
    for channel, what in axis_faults(axis, lambda at: f"column {channels[at] + 1}"):
        faults.add(what, line=line, where=f"column {table.header[channels[channel]]}")


def _split_decimals(names: list[str], axis: Floats) -> bool:
    """Whether every second cell is the fraction of the number before it."""
    steps = np.diff(axis[::2])
    in_order = (steps > 0).all() or (steps < 0).all()
    return (
        len(names) % 2 == 0
        and len(names) > 4
        and all(name.isdecimal() for name in names)
        and bool(in_order)
        and bool((np.diff(axis) < 0).sum() > len(axis) // 4)
        and bool((np.diff(axis) > 0).any())  # otherwise the axis descends, and nothing is cut
    )
