"""The wide layout: a row a spectrum, the wavenumbers in the header."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from raman_xp.spectra import Block, Floats
from raman_xp_plugins.data.tabular.axis import ascending, axis_faults
from raman_xp_plugins.data.tabular.body import read_body
from raman_xp_plugins.data.tabular.columns import Columns, listed
from raman_xp_plugins.data.tabular.faults import Faults
from raman_xp_plugins.data.tabular.reading import Reading, flat, note_classes, note_words, samples_of
from raman_xp_plugins.data.tabular.table import Table, Wanted

PARTS = ("label", "group", "role")


def read_wide(table: Table, stated: Mapping[str, str]) -> Reading:
    """Read spectra that stand in rows.

    Args:
        stated: part (label, group, role) → name of its column, where the user gave it.

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
    titles = tuple(f"column {name}" if name else f"column {at}" for at, name in enumerate(table.header, 1))
    body = read_body(table, Wanted(tuple(channels), tuple(places.values()), (), titles), faults)
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
    notes = list(columns.notes)
    if ignored := columns.ignored():
        notes.append(f"ignored columns: {listed(ignored)}")
    if axis[0] > axis[-1]:
        notes.append("the axis descends in the file and was turned round")
    block = Block(*ascending(axis, body.intensity), np.arange(len(samples)))
    return Reading("wide", (block,), samples, tuple(notes))


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
