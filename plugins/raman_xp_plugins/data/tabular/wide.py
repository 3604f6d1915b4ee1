"""The wide layout: a row a spectrum, the wavenumbers in the header."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from raman_xp.spectra import Block, Floats
from raman_xp.text.wording import did_you_mean
from raman_xp_plugins.data.tabular.axis import (
    FEWEST_CHANNELS,
    ascending,
    assumed_unit,
    axis_faults,
    is_outside,
    lone_channels,
    unlike_a_spectrum,
)
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
from raman_xp_plugins.data.tabular.thousands import note_header

PARTS = ("label", "group", "role")


def read_wide(
    table: Table,
    stated: Mapping[str, str | None],
    *,
    ignore: Sequence[str] = (),
    as_written: bool = False,
) -> Reading:
    """Read spectra that are rows.

    Args:
        stated: part (label, group, role) → name of its column, where the user gave it.
        ignore: Names of columns that are no channels.
        as_written: Whether to accept an axis that does not look like that of a spectrum.

    Raises:
        DataError: everything that is wrong with the file.
    """
    faults = Faults(table.file.path)
    # A column that the user names is no channel, even if its name is a number.
    channels = [
        column
        for column, name in enumerate(table.header)
        if table.dialect.is_number(name) and name not in stated.values() and name not in ignore
    ]
    outside = _words_outside(table, channels)
    channels = [column for column in channels if column not in outside]
    for name in ignore:
        if name not in table.header:
            faults.add(
                f'no column "{name}" for `ignore`; {did_you_mean(name, table.header)}', line=table.header_line
            )
    others = sorted(set(range(len(table.header))) - set(channels))
    if not channels:
        faults.add(
            "the wide layout needs wavenumbers in the header, and none of its cells is a number: "
            f"{listed(table.header)}",
            line=table.header_line,
        )
        raise faults.error()
    columns = Columns(table.header, others, stated, faults, table.header_line, table.examples, ignore)
    found = {part: columns.find(part, needed=part == "label") for part in PARTS}
    places = {part: place for part, place in found.items() if place is not None}
    axis = np.array([table.dialect.value(table.header[column]) for column in channels])
    note_header([table.header[place] for place in (*channels, *columns.ignored_places())], table, faults)
    _note_words(table, channels, faults)
    if not faults:
        _note_axis(axis, channels, table, faults)
    if not as_written and not faults:
        note_spacing(axis, [table.header[column] for column in channels], faults, table.header_line)
    _note_second_header(table, channels, faults)
    if faults:
        raise faults.error()
    grouping = columns.may_be_groups()
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
    columns.warn_of_groups({place: body.words[place] for place in grouping}, len(samples))
    unit, reason = assumed_unit("", axis, as_written=as_written)
    warnings = (*columns.warnings, *quantity(words["label"]))
    notes = list(columns.notes)
    if ignored := columns.ignored():
        notes.append(f"ignored columns: {listed(ignored)}")
    if axis[0] > axis[-1]:
        notes.append("the axis descends in the file and was reversed")
    block = Block(*ascending(axis, body.intensity), np.arange(len(samples)))
    return Reading(
        "wide", (block,), samples, tuple(notes), warnings, unit, reason, intensity_columns=tuple(channels)
    )


def _words_outside(table: Table, channels: Sequence[int]) -> set[int]:
    """Columns of words that are named by a number outside the axis."""
    words = {column for column in channels if table.holds_words(column)}
    axis = np.array([table.dialect.value(table.header[column]) for column in channels if column not in words])
    return {column for column in words if is_outside(table.dialect.value(table.header[column]), axis)}


def note_spacing(axis: Floats, names: Sequence[str], faults: Faults, line: int = 0) -> None:
    """Note numbers in a header that may name labels or other data instead of channels.

    Args:
        axis: (channels,) in the order of the names.
    """
    for at in lone_channels(axis):
        name = names[at]
        faults.add(
            f'is the column "{name}" a channel? It is far from all other channels. '
            f'If it holds the class, state `label: "{name}"`; if it holds other data, state '
            f'`ignore: ["{name}"]`; if it is a channel, state `axis: as_written`',
            line=line,
        )
    if not faults and (steps := unlike_a_spectrum(axis)):
        faults.add(
            f"are the {len(names)} numbers in the header wavenumbers? Their spacing is unlike that of a "
            f"spectrum ({steps}). If so, state `axis: as_written`; if some of them name other data, state "
            "`ignore: [COLUMN, …]` or `label: COLUMN`",
            line=line,
        )


def _note_words(table: Table, channels: Sequence[int], faults: Faults) -> None:
    """Note columns that are named by a number and hold words, beside others that hold numbers."""
    words = {at: word for at in channels if (word := table.only_word(at))}
    for column, example in words.items() if len(words) < len(channels) else ():
        name = table.header[column]
        faults.add(
            f'the column holds "{example}", not numbers. If it is no channel, state `ignore: ["{name}"]`',
            line=table.header_line,
            where=f"column {name}",
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
        if len(channels) < FEWEST_CHANNELS:
            what += ". If the table is not wide, state `layout`"
        else:
            what += ". If a number names other data, state `ignore: [COLUMN]`"
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
