"""The columns that a layout asks for, read in one fast pass, or in a careful one where that fails."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from raman_xp_plugins.data.tabular.careful import read_carefully
from raman_xp_plugins.data.tabular.faults import Faults
from raman_xp_plugins.data.tabular.table import Body, Table, Wanted, empty_body
from raman_xp_plugins.data.tabular.words import words_from_arrow


def read_body(table: Table, wanted: Wanted, faults: Faults) -> Body:
    """Read columns; what is wrong with cells and rows is added to the faults.

    Intensities are float32: its 24 bits hold the counts of any detector exactly, and networks read no
    more. Wavenumbers are float64.
    """
    # Arrow knows no thousands separators.
    fast = None if table.dialect.thousands or table.wrong_widths else _read_fast(table, wanted)
    return fast or read_carefully(table, wanted, faults)


def _read_fast(table: Table, wanted: Wanted) -> Body | None:
    """All columns, or nothing where a cell or row is not plainly right."""
    types = dict.fromkeys(wanted.intensity, pa.float32())
    types |= dict.fromkeys(wanted.exact, pa.float64())
    types |= dict.fromkeys(wanted.words, pa.dictionary(pa.int32(), pa.string()))
    intensity, exact = empty_body(table.rows, wanted)
    chunks: dict[int, list[pa.Array]] = {column: [] for column in wanted.words}
    row = 0
    try:
        for batch in table.batches(types):
            end = row + batch.num_rows
            if end > table.rows:
                return None
            for array, columns in ((intensity, wanted.intensity), (exact, wanted.exact)):
                if columns:
                    array[row:end] = batch.select([str(column) for column in columns]).to_tensor().to_numpy()
            for column, chunk in chunks.items():
                chunk.append(batch.column(str(column)))
            row = end
    except pa.ArrowInvalid:
        return None
    # NaN and infinity are numbers to Arrow, and too large a number is infinity.
    if row < table.rows or not (np.isfinite(intensity).all() and np.isfinite(exact).all()):
        return None
    words = {column: words_from_arrow(chunk) for column, chunk in chunks.items()}
    return Body(table.file.lines[1:], intensity, exact, words)
