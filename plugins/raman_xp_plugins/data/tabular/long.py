"""The long layout: a row a point, with its spectrum, label, wavenumber and intensity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from raman_xp.spectra import Block, Floats, Ints
from raman_xp.text.wording import counted
from raman_xp_plugins.data.tabular.axis import FEWEST_CHANNELS, assumed_unit
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
from raman_xp_plugins.data.tabular.thousands import note_axis
from raman_xp_plugins.data.tabular.words import Words, joined

ONLY = ("spectrum", "wavenumber", "intensity")
"""Parts that no other layout has."""
_RUN = 5
"""Points in order after which an axis that goes back is said to start again."""
NEEDED = ("spectrum", "label", "wavenumber", "intensity")
PARTS = (*NEEDED, "group", "role")


@dataclass(frozen=True)
class _Points:
    """All points, ordered by spectrum (the first in the file first), then by wavenumber.

    Args:
        names: the spectra.
        starts: (spectra,) int64, the first point of each.
        counts: (spectra,) int64, how many points each has.
        rows: (points,) int64, the row of each point in the table.
        first_rows: (spectra,) int64, the row in which each spectrum begins.
    """

    names: tuple[str, ...]
    starts: Ints
    counts: Ints
    rows: Ints
    first_rows: Ints


def read_long(
    table: Table, stated: Mapping[str, str | None], *, several: Sequence[str] = (), as_written: bool = False
) -> Reading:
    """Read spectra whose points are rows, in any order.

    Args:
        stated: part → name of its column, where the user gave it.
        several: Names of columns that together differ for every spectrum, instead of one such column.
        as_written: Whether to accept an axis that does not look like that of a spectrum.

    Raises:
        DataError: everything that is wrong with the file.
    """
    faults = Faults(table.file.path)
    if len(table.header) == 2 and not any(stated.values()):
        faults.add(
            "a file of two columns holds one spectrum. Put all spectra into one file, such as with the "
            "columns spectrum, label, wavenumber and intensity (long)",
            line=table.header_line,
        )
        raise faults.error()
    columns = Columns(table.header, range(len(table.header)), stated, faults, table.header_line)
    apart = columns.several("spectrum", several)
    parts = [part for part in PARTS if not (several and part == "spectrum")]
    places = {
        part: place for part in parts if (place := columns.find(part, needed=part in NEEDED)) is not None
    }
    for part in ("wavenumber", "intensity"):
        if places.get(part) in apart:
            columns.fault(
                f'`spectrum` names column "{table.header[places[part]]}", which holds the {part}. State '
                f"other columns for `spectrum`, or another one for `{part}`"
            )
    if faults:
        raise faults.error()
    note_axis(table, places["wavenumber"], faults)
    for part in ("wavenumber", "intensity"):
        if example := table.only_word(places[part]):
            name = table.header[places[part]]
            faults.add(
                f'column "{name}" holds "{example}", not numbers. To use another column, state '
                f"`{part}: COLUMN`; for another way to write numbers, state `decimal` and `thousands`",
                line=table.header_line,
            )
    if faults:
        raise faults.error()
    grouping = columns.like_groups()
    settled = bool(several) or "spectrum" in stated
    repeating = [] if settled else [at for at in columns.ignored_places() if _repeats(table.examples(at))]
    titles = tuple(f"column {name}" if name else f"column {at}" for at, name in enumerate(table.header, 1))
    worded = {part: place for part, place in places.items() if part not in ("wavenumber", "intensity")}
    words_at = tuple(dict.fromkeys((*worded.values(), *apart, *grouping, *repeating)))
    wanted = Wanted((places["intensity"],), words_at, (places["wavenumber"],), titles)
    body = read_body(table, wanted, faults)
    words = {part: body.words[place] for part, place in worded.items()}
    if several:
        words["spectrum"] = joined([body.words[place] for place in apart])
    titles_of = {part: titles[place] for part, place in worded.items()}
    titles_of.setdefault("spectrum", f"columns {', '.join(several)}")
    note_words(words, body.lines, titles_of, faults)
    note_classes(words["label"], faults)
    if not len(body.lines):
        raise faults.error()
    if not settled and not faults:
        others = {at: body.words[at] for at in (*repeating, *grouping)}
        _note_further(columns, places["spectrum"], words["spectrum"], others)
        if faults:
            raise faults.error()
    points = _in_order(words["spectrum"], body.exact[:, 0])
    axis, intensity = body.exact[points.rows, 0], body.intensity[points.rows, 0]
    for part in ("label", "group", "role"):
        if part in words:
            _note_mixed(part, words[part], words["spectrum"], points, body.lines, faults)
    _note_axes(points, axis, body.lines, faults)
    if not as_written:
        _note_restarts(words["spectrum"], body.exact[:, 0], points, body.lines, faults)
    lowest, highest = (of.reduceat(intensity, points.starts) for of in (np.minimum, np.maximum))
    for spectrum, what in flat(lowest, highest):
        if points.counts[spectrum] > 1:
            _note(spectrum, what, points, body.lines, faults)
    if faults:
        raise faults.error()
    per_spectrum = {part: column.take(points.first_rows) for part, column in words.items()}
    samples = samples_of(
        per_spectrum["label"], points.names, per_spectrum.get("group"), per_spectrum.get("role")
    )
    columns.warn_of_groups(
        {place: body.words[place].take(points.first_rows) for place in grouping}, len(samples)
    )
    unit, reason = assumed_unit(
        table.header[places["wavenumber"]], axis[: points.counts[0]], as_written=as_written
    )
    warnings = (*columns.warnings, *quantity(words["label"]))
    notes = list(columns.notes)
    if ignored := columns.ignored():
        notes.append(f"ignored columns: {listed(ignored)}")
    return Reading(
        "long",
        _blocks(points, axis, intensity),
        samples,
        tuple(notes),
        warnings,
        unit,
        reason,
        axis_columns=(places["wavenumber"],),
        intensity_columns=(places["intensity"],),
    )


def _repeats(cells: Sequence[str]) -> bool:
    """Whether a column may describe whole spectra: its cells are not all different."""
    return len(set(cells) - {""}) in range(1, len(cells))


def _note_further(columns: Columns, place: int, spectrum: Words, others: Mapping[int, Words]) -> None:
    """Note columns that divide the points of a spectrum into several whole spectra.

    Args:
        place: Place of the column that names the spectra.
        others: place → words of a column without a use.
    """
    name = columns.header[place]
    for at, other in others.items():
        both = spectrum.codes * np.int64(len(other.values)) + other.codes
        pairs, counts = np.unique(both, return_counts=True)
        if columns.header[at] and pairs.size > len(spectrum.values) and counts.min() >= FEWEST_CHANNELS:
            columns.fault(
                f'does column "{name}" alone identify a spectrum? Column "{columns.header[at]}" divides its '
                f"{counted(len(spectrum.values), 'spectrum', 'spectra')} into {pairs.size}. "
                f"State `spectrum: [{columns.header[at]}, {name}]` or `spectrum: {name}`"
            )


def _note_restarts(spectrum: Words, axis: Floats, points: _Points, lines: Ints, faults: Faults) -> None:
    """Note spectra whose axis starts again: several spectra under one name would be mixed into one."""
    order = np.argsort(spectrum.codes, kind="stable")
    starts = np.searchsorted(spectrum.codes[order], np.arange(len(spectrum.values) + 1))
    for code, name in enumerate(spectrum.values):
        rows = order[starts[code] : starts[code + 1]]
        steps = np.diff(axis[rows])
        back = np.flatnonzero(steps * np.sign(np.sum(np.sign(steps)) or 1) < 0) + 1
        runs = np.diff(np.concatenate([[0], back, [rows.size]]))
        if back.size and runs.min() >= _RUN:
            faults.add(
                "the wavenumbers start again here. If several spectra have this name, state the columns that "
                "differ for every spectrum, such as `spectrum: [COLUMN, COLUMN]`; if it is one spectrum, "
                "state `axis: as_written`",
                line=int(lines[rows[back[0]]]),
                where=f"spectrum {name}",
            )


def _in_order(spectrum: Words, axis: Floats) -> _Points:
    first = np.empty(len(spectrum.values), dtype=np.int64)
    # Of several values assigned to one place the last one stays: here, that of the earliest row.
    first[spectrum.codes[::-1]] = np.arange(spectrum.codes.size)[::-1]
    by_appearance = np.argsort(first)
    rank = np.empty(by_appearance.size, dtype=np.int32)
    rank[by_appearance] = np.arange(rank.size)
    number = rank[spectrum.codes]
    counts = np.bincount(number)
    return _Points(
        names=tuple(spectrum.values[code] for code in by_appearance),
        starts=np.cumsum(counts) - counts,
        counts=counts,
        rows=np.lexsort((axis, number)),
        first_rows=first[by_appearance],
    )


def _note(spectrum: int, what: str, points: _Points, lines: Ints, faults: Faults) -> None:
    line = int(lines[points.first_rows[spectrum]])
    faults.add(what, line=line, where=f"spectrum {points.names[spectrum]}")


def _note_mixed(
    part: str, words: Words, spectrum: Words, points: _Points, lines: Ints, faults: Faults
) -> None:
    """Note spectra with two labels, groups or roles, once each."""
    expected = np.repeat(words.codes[points.first_rows], points.counts)
    differs = np.flatnonzero(words.codes[points.rows] != expected)
    rows = points.rows[differs]
    firsts = points.first_rows[np.searchsorted(points.starts, differs, side="right") - 1]
    for one in np.unique(firsts, return_index=True)[1]:
        before, after = (words.values[words.codes[row]] for row in (firsts[one], rows[one]))
        if before and after:
            faults.add(
                f'two different values of {part}: "{after}" here, "{before}" in line {lines[firsts[one]]}',
                line=int(lines[rows[one]]),
                where=f"spectrum {spectrum.values[spectrum.codes[rows[one]]]}",
            )


def _note_axes(points: _Points, axis: Floats, lines: Ints, faults: Faults) -> None:
    """Note repeated wavenumbers and spectra that are too short."""
    of = np.repeat(np.arange(points.counts.size), points.counts)
    for again in np.flatnonzero((axis[1:] == axis[:-1]) & (of[1:] == of[:-1])) + 1:
        first, second = sorted(int(lines[row]) for row in points.rows[again - 1 : again + 1])
        what = (
            f"the wavenumber {axis[again]:.10g} is in line {first} already. If several spectra have this "
            "name, state `spectrum`, such as `spectrum: [COLUMN, COLUMN]`"
        )
        faults.add(what, line=second, where=f"spectrum {points.names[of[again]]}")
    for spectrum in np.flatnonzero(points.counts < FEWEST_CHANNELS):
        what = f"{counted(int(points.counts[spectrum]), 'channel')}; at least {FEWEST_CHANNELS} are needed"
        _note(int(spectrum), what, points, lines, faults)


def _blocks(points: _Points, axis: Floats, intensity: Floats) -> tuple[Block, ...]:
    """A block for each different axis, in the order in which they appear."""
    sharing: dict[bytes, list[int]] = {}
    for spectrum, (start, count) in enumerate(zip(points.starts, points.counts, strict=True)):
        sharing.setdefault(axis[start : start + count].tobytes(), []).append(spectrum)
    blocks = []
    for spectra in map(np.array, sharing.values()):
        channels = points.starts[spectra][:, None] + np.arange(points.counts[spectra[0]])
        blocks.append(Block(axis[channels[0]], intensity[channels], spectra))
    return tuple(blocks)
