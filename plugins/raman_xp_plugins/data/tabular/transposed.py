"""The transposed layout: each column is a spectrum with its class in the header; one column is the axis."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from raman_xp.spectra import Block, Ints
from raman_xp_plugins.data.tabular.axis import ascending, assumed_unit, axis_faults, is_index
from raman_xp_plugins.data.tabular.body import read_body
from raman_xp_plugins.data.tabular.columns import listed
from raman_xp_plugins.data.tabular.faults import Faults
from raman_xp_plugins.data.tabular.names import spells
from raman_xp_plugins.data.tabular.reading import Reading, flat, note_classes, quantity, samples_of
from raman_xp_plugins.data.tabular.table import Body, Table, Wanted
from raman_xp_plugins.data.tabular.thousands import note_axis
from raman_xp_plugins.data.tabular.words import words_of

PARTS = ("wavenumber",)
_SECOND_AXIS = (
    "is this a second axis? Its values run as those of an axis do. Remove it, or use the long layout for "
    "spectra with axes of their own; if it is a spectrum, state `axis: as_written`. If it is the axis, state "
    "`wavenumber: COLUMN`"
)
_ROW_NUMBERS = (
    "does this column hold wavenumbers? It looks like row numbers. If another column is the axis, state "
    "`wavenumber: COLUMN`; if this is the axis, state `axis: as_written` and its `unit`"
)


def read_transposed(table: Table, axis: int = 0, *, as_written: bool = False) -> Reading:
    """Read spectra that are columns.

    Args:
        axis: Place of the column of wavenumbers.
        as_written: Whether to accept an axis that does not look like that of a spectrum.

    Raises:
        DataError: everything that is wrong with the file.
    """
    faults = Faults(table.file.path)
    numbered = [name for name in table.header if _numbered(name, table.header)]
    if numbered and not as_written:
        faults.add(
            f"are {listed(numbered)} classes of their own? They look like repeats of one class, "
            "numbered by pandas. Write the class alone into the header (names may repeat); "
            "if these are classes, state `axis: as_written`",
            line=table.header_line,
        )
        raise faults.error()
    while len(table.header) > axis + 2 and not table.header[-1] and _empty_last_column(table):
        table = table.without_last()
    note_axis(table, axis, faults)
    if faults:
        raise faults.error()
    named = spells(table.header[axis], "wavenumber")
    hint = (
        "" if named else ". If this is not the axis, state `wavenumber: COLUMN`, or `layout` if it is another"
    )
    body = read_curves(table, faults, axis, hint)
    if not len(body.lines):
        raise faults.error()
    columns = [column for column in range(len(table.header)) if column != axis]
    notes, copies = _set_aside(table, body, axis, faults)
    curves = np.array([at for at, column in enumerate(columns) if column not in copies], np.int64)
    spectra = [columns[at] for at in curves]
    titles = _titles(table, axis)
    labels = words_of([table.header[column] for column in spectra])
    axes = set() if as_written or faults else set(_like_axis(body, curves).tolist())
    for at in range(len(spectra)):
        if at in axes:
            faults.add(_SECOND_AXIS, line=table.header_line, where=titles[spectra[at]])
        elif not table.header[spectra[at]]:
            faults.add("the header gives no class", line=table.header_line, where=titles[spectra[at]])
    note_classes(labels, faults, table.header_line)
    intensity = body.intensity[:, curves]
    if len(body.lines) > 1:
        for at, what in flat(intensity.min(axis=0), intensity.max(axis=0)):
            faults.add(what, line=table.header_line, where=titles[spectra[at]])
    if not as_written and not faults and is_index(body.exact[:, 0]):
        faults.add(_ROW_NUMBERS, line=table.header_line, where=titles[axis])
    if faults:
        raise faults.error()
    samples = samples_of(labels, tuple(titles[column] for column in spectra))
    wavenumber, intensity = ascending(body.exact[:, 0], intensity.T)
    if body.exact[0, 0] > body.exact[-1, 0]:
        notes.append("the axis descends in the file and was reversed")
    block = Block(wavenumber, intensity, np.arange(len(samples)))
    return Reading(
        "transposed",
        (block,),
        samples,
        tuple(notes),
        tuple(quantity(labels)),
        *assumed_unit(table.header[axis], wavenumber, as_written=as_written),
        axis_columns=(axis,),
        intensity_columns=tuple(spectra),
    )


def _set_aside(table: Table, body: Body, axis: int, faults: Faults) -> tuple[list[str], set[int]]:
    """Columns that are no spectra: row numbers before the axis, and copies of the axis.

    Returns:
        Notes for the user, and the places of the columns.
    """
    notes, aside = [], set()
    name = table.header[axis] or f"column {axis + 1}"
    values = body.exact[:, 0]
    columns = [column for column in range(len(table.header)) if column != axis]
    for at, column in enumerate(columns):
        if column < axis and is_index(body.intensity[:, at]):
            notes.append(f"ignored column {column + 1}: it numbers the rows; the axis is {name}")
        elif column < axis:
            faults.add(
                f"this column precedes the axis, {name}, and does not number the rows. If it is a spectrum, "
                "move it behind the axis; if it is the axis, state `wavenumber: COLUMN`",
                line=table.header_line,
                where=_titles(table, axis)[column],
            )
        elif _called_like_axis(table.header[column], table.header[axis]):
            if np.array_equal(body.intensity[:, at], values.astype(np.float32)):
                notes.append(f"ignored column {column + 1}: it repeats the axis, {name}")
            else:
                faults.add(
                    f'column {column + 1} is called "{table.header[column]}", like an axis. A transposed '
                    "table has one axis: remove every further axis, use the long layout, or state "
                    "`wavenumber: COLUMN` for the right one",
                    line=table.header_line,
                )
        else:
            continue
        aside.add(column)
    return notes, aside


def _called_like_axis(name: str, axis: str) -> bool:
    """Whether a column has the name of an axis; a class may be called x."""
    return spells(name, "wavenumber") and (name == axis or name.casefold() != "x")


def _numbered(name: str, header: Sequence[str]) -> bool:
    """Whether pandas may have numbered a repeated header: ``aspirin.1`` beside ``aspirin``."""
    stem, dot, number = name.rpartition(".")
    return bool(dot and stem) and number.isdecimal() and stem in header and not stem.isdecimal()


def _empty_last_column(table: Table) -> bool:
    """Whether no row has anything in the last column."""
    column = len(table.header) - 1
    body = read_body(table, Wanted((), (column,), (), _titles(table, 0)), Faults(table.file.path))
    return not any(body.words[column].values)


def _like_axis(body: Body, curves: Ints) -> Ints:
    """Spectra that run close to the axis, or in even steps, as no spectrum does, (k,) int64."""
    axis = body.exact[:, :1]
    if len(axis) < 5:
        return np.zeros(0, np.int64)
    intensity = body.intensity[:, curves]
    near = np.abs(intensity - axis).max(axis=0) <= 0.1 * np.ptp(axis)
    steps = np.diff(intensity, axis=0)
    forward = np.sign(axis[-1, 0] - axis[0, 0]) * steps > 0
    even = (steps != 0).all(axis=0) & (np.ptp(steps, axis=0) <= 1e-3 * np.abs(steps).mean(axis=0))
    return np.flatnonzero((near & forward.all(axis=0)) | even)


def read_curves(table: Table, faults: Faults, axis: int = 0, hint: str = "") -> Body:
    """Read the wavenumbers and all other columns; their faults are noted.

    Args:
        axis: Place of the column of wavenumbers.
        hint: End of messages about the axis.
    """
    titles = _titles(table, axis)
    columns = tuple(column for column in range(len(table.header)) if column != axis)
    body = read_body(table, Wanted(columns, (), (axis,), titles), faults)
    if len(body.lines):
        for row, what in axis_faults(body.exact[:, 0], lambda at: f"line {body.lines[at]}"):
            faults.add(what + hint, line=int(body.lines[row]), where=titles[axis])
    return body


def _titles(table: Table, axis: int) -> tuple[str, ...]:
    """How messages call each column."""
    return tuple(
        (f"column {name or at}" if at == axis + 1 else f"column {at} ({name})" if name else f"column {at}")
        for at, name in enumerate(table.header, 1)
    )
