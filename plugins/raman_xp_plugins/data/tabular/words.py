"""A column of words, each kept once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from raman_xp.spectra import Ints


@dataclass(frozen=True)
class Words:
    """A column of words.

    Args:
        codes: (rows,) int32, index into ``values``; half of what int64 takes where rows are points.
        values: the different words, without surrounding blanks, each in use.
    """

    codes: NDArray[np.int32]
    values: tuple[str, ...]

    def take(self, rows: Ints) -> Words:
        """Only these rows, in this order."""
        used, codes = np.unique(self.codes[rows], return_inverse=True)
        return Words(codes.astype(np.int32), tuple(self.values[code] for code in used))

    def rows(self, value: str) -> Ints:
        """The rows that hold a word."""
        if value not in self.values:
            return np.zeros(0, np.int64)
        return np.flatnonzero(self.codes == self.values.index(value))

    def counts(self) -> dict[str, int]:
        """The number of rows of each word."""
        return dict(
            zip(self.values, np.bincount(self.codes, minlength=len(self.values)).tolist(), strict=True)
        )

    def each(self) -> tuple[str, ...]:
        """The word of every row."""
        return tuple(self.values[code] for code in self.codes)


def words_of(cells: Sequence[str]) -> Words:
    """Words from a plain sequence."""
    values, codes = np.unique([cell.strip() for cell in cells], return_inverse=True)
    return Words(codes.astype(np.int32), tuple(values.tolist()))


def joined(columns: Sequence[Words]) -> Words:
    """The words of several columns of one table as one: ``A / 1``."""
    codes = np.zeros(columns[0].codes.size, np.int64)
    for column in columns:
        codes = codes * len(column.values) + column.codes
    used, firsts, inverse = np.unique(codes, return_index=True, return_inverse=True)
    parts = ([column.values[column.codes[row]] for column in columns] for row in firsts)
    # An empty part leaves the whole empty, as a spectrum without a name.
    values = tuple(" / ".join(part) if all(part) else "" for part in parts)
    return Words(inverse.astype(np.int32), values) if used.size else columns[0]


def words_from_arrow(chunks: Sequence[Any]) -> Words:
    """Words from the Arrow arrays, dictionary-encoded strings, of one column."""
    column = pa.chunked_array(chunks, pa.dictionary(pa.int32(), pa.string())).unify_dictionaries()
    known = words_of(column.chunk(0).dictionary.to_pylist()) if column.num_chunks else words_of(())
    codes = [chunk.indices.to_numpy() for chunk in column.chunks]
    return Words(known.codes[np.concatenate([*codes, np.zeros(0, np.int32)])], known.values)
