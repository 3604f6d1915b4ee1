"""The transposed layout: a column a spectrum, its class in the header; wavenumbers in the first column."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from raman_xp.spectra import Block, Ints
from raman_xp_plugins.data.tabular.axis import ascending, axis_faults, is_index, unit_in
from raman_xp_plugins.data.tabular.body import read_body
from raman_xp_plugins.data.tabular.columns import listed, spells
from raman_xp_plugins.data.tabular.faults import Faults
from raman_xp_plugins.data.tabular.reading import Reading, flat, note_classes, quantity, samples_of
from raman_xp_plugins.data.tabular.table import Body, Table, Wanted
from raman_xp_plugins.data.tabular.words import words_of


def read_transposed(table: Table, *, as_written: bool = False) -> Reading:
    """Read spectra that stand in columns.

    Args:
        as_written: accept an axis that does not look like one of a spectrum.

    Raises:
        DataError: everything that is wrong with the file.
    """
    faults = Faults(table.file.path)
    for column, name in enumerate(table.header[1:], 2):
        if spells(name, "wavenumber"):
            faults.add(
                f'column {column} is called "{name}", like an axis. The axis must be the first column, and '
                "the only one: remove row numbers before it and every further axis, or use the long layout",
                line=table.header_line,
            )
    numbered = [name for name in table.header[1:] if _numbered(name, table.header)]
    if numbered and not as_written:
        faults.add(
            f"are {listed(numbered)} classes of their own? They look like repeats of one class, "
            "numbered by pandas. Write the class alone into the header (names may repeat); "
            "if these are classes, state `axis: as_written`",
            line=table.header_line,
        )
    if faults:
        raise faults.error()
    while len(table.header) > 2 and not table.header[-1] and _empty_column(table, len(table.header) - 1):
        table = table.without_last()
    labels = words_of(table.header[1:])
    titles = _titles(table)
    for column in labels.rows(""):
        faults.add("the header gives no class", line=table.header_line, where=titles[column + 1])
    note_classes(labels, faults, table.header_line)
    body = read_curves(table, faults)
    if len(body.lines) > 1:
        for column, what in flat(body.intensity.min(axis=0), body.intensity.max(axis=0)):
            faults.add(what, line=table.header_line, where=titles[column + 1])
    if faults:
        raise faults.error()
    if not as_written:
        if is_index(body.exact[:, 0]):
            faults.add(
                "does the first column hold wavenumbers? It looks like row numbers. If so, remove it; "
                "if it is the axis, state `axis: as_written` and its `unit`",
                line=table.header_line,
            )
        for column in _like_axis(body):
            faults.add(
                "is this a second axis? Its values run as those of an axis do. Remove it, or use "
                "the long layout for spectra with axes of their own; "
                "if it is a spectrum, state `axis: as_written`",
                line=table.header_line,
                where=titles[column + 1],
            )
    if faults:
        raise faults.error()
    samples = samples_of(labels, titles[1:])
    axis, intensity = ascending(body.exact[:, 0], body.intensity.T)
    turned = body.exact[0, 0] > body.exact[-1, 0]
    notes = ("the axis descends in the file and was turned round",) if turned else ()
    block = Block(axis, intensity, np.arange(len(samples)))
    return Reading("transposed", (block,), samples, notes, tuple(quantity(labels)), *unit_in(table.header[0]))


def _numbered(name: str, header: Sequence[str]) -> bool:
    """Whether pandas may have numbered a repeated header: ``aspirin.1`` beside ``aspirin``."""
    stem, dot, number = name.rpartition(".")
    return bool(dot and stem) and number.isdecimal() and stem in header and not stem.isdecimal()


def _empty_column(table: Table, column: int) -> bool:
    """Whether no row has anything in a column."""
    body = read_body(table, Wanted((), (column,), (), _titles(table)), Faults(table.file.path))
    return not any(body.words[column].values)


def _like_axis(body: Body) -> Ints:
    """Columns that run close to the axis, or in even steps, as no spectrum does, (k,) int64."""
    axis = body.exact[:, :1]
    if len(axis) < 5:
        return np.zeros(0, np.int64)
    near = np.abs(body.intensity - axis).max(axis=0) <= 0.1 * np.ptp(axis)
    forward = np.sign(axis[-1, 0] - axis[0, 0]) * np.diff(body.intensity, axis=0) > 0
    steps = np.diff(body.intensity, axis=0)
    even = (steps != 0).all(axis=0) & (np.ptp(steps, axis=0) <= 1e-3 * np.abs(steps).mean(axis=0))
    return np.flatnonzero((near & forward.all(axis=0)) | even)


def read_curves(table: Table, faults: Faults) -> Body:
    """Wavenumbers and all other columns; what is wrong with numbers or axis is added to the faults."""
    titles = _titles(table)
    columns = tuple(range(1, len(table.header)))
    body = read_body(table, Wanted(columns, (), (0,), titles), faults)
    if len(body.lines):
        for row, what in axis_faults(body.exact[:, 0], lambda at: f"line {body.lines[at]}"):
            faults.add(what, line=int(body.lines[row]), where=titles[0])
    return body


def _titles(table: Table) -> tuple[str, ...]:
    return (
        f"column {table.header[0] or 1}",
        *(f"column {at} ({name})" if name else f"column {at}" for at, name in enumerate(table.header[1:], 2)),
    )
