"""Where large arrays live: in memory, or in a temporary file that is mapped into it once memory is taken.

A mapped array is an array like any other, whose pages the system reads when they are looked at, and gives
up when memory is short. Its file has no name and is gone with the last array that shows it.
"""

from __future__ import annotations

import itertools
import os
import tempfile
import weakref
from collections.abc import Iterator, Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from raman_xp.errors import RamanXpError
from raman_xp.system.memory import LIMIT, limit

PIECE = 1 << 20
"""Numbers that are treated at once: what is made of them on the way stays as small."""


_held: dict[int, int] = {}
"""Bytes of every array that `empty` has made in memory and that is still in use."""
_numbers = itertools.count()


def is_large(array: NDArray[Any]) -> bool:
    """Whether it is too large for memory, or for a second copy of it."""
    return array.nbytes > limit()


def empty(shape: Sequence[int], dtype: Any) -> NDArray[Any]:
    """Return an array to be filled: in memory, or mapped where the arrays in use leave no room for it.

    Raises:
        RamanXpError: the disk has no room for it.
    """
    size = prod(shape) * np.dtype(dtype).itemsize
    if size + sum(list(_held.values())) <= limit():
        array = np.empty(shape, dtype)
        number = next(_numbers)
        _held[number] = array.nbytes
        weakref.finalize(array, _held.pop, number)
        return array
    with tempfile.TemporaryFile(prefix="raman-xp-") as file:
        try:
            # Room is taken now: a full disk would be a crash when pages are written.
            os.posix_fallocate(file.fileno(), 0, size) if hasattr(os, "posix_fallocate") else file.truncate(
                size
            )
        except OSError as error:
            raise RamanXpError(
                f"no room for an array of {size / 1e9:.1f} GB in {tempfile.gettempdir()} ({error.strerror}); "
                f"set TMPDIR to a folder on a larger disk, or {LIMIT} to more megabytes of memory"
            ) from error
        return np.memmap(file, dtype, "r+", shape=tuple(shape))


def pieces(array: NDArray[Any], width: int = 0) -> Iterator[slice]:
    """Rows that are treated at once, all of them in order; the same for an array mapped or not.

    Args:
        width: numbers that a row becomes meanwhile, where that is more than it has.
    """
    rows = max(1, PIECE // max(1, width, prod(array.shape[1:])))
    for start in range(0, len(array), rows):
        yield slice(start, min(start + rows, len(array)))


def frozen(array: Any) -> NDArray[Any]:
    """The same array, read-only: who is handed it cannot change what others see."""
    view: NDArray[Any] = np.asanyarray(array).view()  # a mapped array stays one
    view.setflags(write=False)
    return view


def taken(array: NDArray[Any], rows: NDArray[np.int64]) -> NDArray[Any]:
    """These rows of (n, …), in this order, in memory or mapped; read-only."""
    found = empty((len(rows), *array.shape[1:]), array.dtype)
    for piece in pieces(found):
        found[piece] = array[rows[piece]]
    return frozen(found)
