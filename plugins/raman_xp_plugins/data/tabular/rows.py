"""The rows of a text table as bytes: how many cells each has, and pieces of rows for Arrow.

Arrow reads in threads of its own. A thread that needs the interpreter when the process ends aborts it, so
Arrow receives nothing of Python: no callback for rows of the wrong length, which are found here before, and
no memory that Python owns.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from raman_xp.spectra import Ints
from raman_xp_plugins.data.tabular.text_file import TextFile

_PIECE = 1 << 26
"""Bytes of rows that are copied for Arrow at once."""
_COUNTED = 1 << 23
"""Bytes in which separators are counted at once."""
_LONG = 500
"""Bytes of a row from which it is faster to count separators row by row."""


def row_widths(file: TextFile, separator: str) -> Ints:
    """Return how many cells each record has, (records,) int64; separators in quotes do not count."""
    mark = separator.encode()
    quoted = b'"' in file.data
    if not quoted and file.ends[-1] - file.starts[0] > _LONG * len(file.lines):
        spans = zip(file.starts.tolist(), file.ends.tolist(), strict=True)
        return np.array([file.data.count(mark, *span) + 1 for span in spans], np.int64)
    text = np.frombuffer(file.data, np.uint8)
    widths = np.empty(len(file.lines), np.int64)
    for first, last in _groups(file, _COUNTED):
        begin, end = file.starts[first], file.ends[last - 1]
        marks = text[begin:end] == ord(mark)
        if quoted:
            # The sum wraps around at 256, which leaves its last bit as it is.
            marks &= (np.cumsum(text[begin:end] == ord('"'), dtype=np.uint8) & 1) == 0
        widths[first:last] = np.add.reduceat(marks, file.starts[first:last] - begin, dtype=np.int64) + 1
    return widths


def pieces(file: TextFile, without: Ints) -> Iterator[Any]:
    """Yield the records after the header as Arrow buffers of whole records.

    Args:
        without: Records to leave out.
    """
    text = np.frombuffer(file.data, np.uint8)
    kept = np.ones(len(file.lines), bool)
    kept[0] = kept[without] = False
    nexts = np.append(file.starts[1:], file.ends[-1])
    for first, last in _groups(file, _PIECE):
        # Runs of records that are kept, each as (first, after the last).
        edges = np.flatnonzero(np.diff(np.concatenate([[False], kept[first:last], [False]]))) + first
        runs = [(file.starts[begin], nexts[end - 1]) for begin, end in edges.reshape(-1, 2)]
        if not runs:
            continue
        buffer = pa.allocate_buffer(int(sum(end - begin for begin, end in runs)))
        target = np.frombuffer(buffer, np.uint8)
        at = 0
        for begin, end in runs:
            target[at : at + end - begin] = text[begin:end]
            at += end - begin
        yield buffer


def _groups(file: TextFile, size: int) -> Iterator[tuple[int, int]]:
    """Ranges of consecutive records, each as (first, after the last), of about this many bytes."""
    first = 0
    while first < len(file.lines):
        last = max(first + 1, int(np.searchsorted(file.ends, file.starts[first] + size)))
        yield first, last
        first = last
