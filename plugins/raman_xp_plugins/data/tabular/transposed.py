"""The transposed layout: a column a spectrum, its class in the header; wavenumbers in the first column."""

from __future__ import annotations

import numpy as np

from raman_xp.spectra import Block
from raman_xp_plugins.data.tabular.axis import ascending, axis_faults
from raman_xp_plugins.data.tabular.body import read_body
from raman_xp_plugins.data.tabular.faults import Faults
from raman_xp_plugins.data.tabular.reading import Reading, flat, note_classes, samples_of
from raman_xp_plugins.data.tabular.table import Body, Table, Wanted
from raman_xp_plugins.data.tabular.words import words_of


def read_transposed(table: Table) -> Reading:
    """Read spectra that stand in columns.

    Raises:
        DataError: everything that is wrong with the file.
    """
    faults = Faults(table.file.path)
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
    samples = samples_of(labels, titles[1:])
    axis, intensity = ascending(body.exact[:, 0], body.intensity.T)
    turned = body.exact[0, 0] > body.exact[-1, 0]
    notes = ("the axis descends in the file and was turned round",) if turned else ()
    return Reading("transposed", (Block(axis, intensity, np.arange(len(samples))),), samples, notes)


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
