"""A text file as bytes, and the places of its records."""

from __future__ import annotations

import codecs
import difflib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from raman_xp.errors import DataError, Problem
from raman_xp.spectra import Ints
from raman_xp.system.memory import require_room
from raman_xp_plugins.data.tabular.faults import Faults

_FORMATS = {
    ".npy": "NumPy",
    ".npz": "NumPy",
    ".mat": "MATLAB",
    ".spc": "Galactic SPC",
    ".wdf": "Renishaw WiRE",
    ".xlsx": "Excel",
    ".xls": "Excel",
    ".ods": "spreadsheet",
    ".zip": "compressed",
    ".gz": "compressed",
    ".h5": "HDF5",
    ".hdf5": "HDF5",
}
TEXT = 3
"""Bytes of memory for each byte of a text table: the text, the places of its lines, and its numbers."""
_PIECE = 1 << 23
"""Bytes looked at in one go: marking characters costs as much memory again as the piece."""


@dataclass(frozen=True)
class TextFile:
    """A text file of records; a record is a line, or several where a quoted cell holds line ends.

    Args:
        path: Path of the file.
        data: the whole file, UTF-8.
        starts: (records,) int64, first byte of each record that is not blank.
        ends: (records,) int64, the byte after its last, line end excluded.
        lines: (records,) int64, the physical line on which it begins, from 1.
        quoted_line_ends: whether some record has several lines.
    """

    path: Path
    data: bytes
    starts: Ints
    ends: Ints
    lines: Ints
    quoted_line_ends: bool

    def record(self, index: int) -> str:
        """The text of one record."""
        return self.data[self.starts[index] : self.ends[index]].decode()


def read_text_file(path: Path) -> TextFile:
    """Read a text file whole.

    Raises:
        DataError: there is no such file, or it is no text.
    """
    require_file(path, ".csv")
    if path.suffix.lower() in _FORMATS:
        what = f"a {_FORMATS[path.suffix.lower()]} file ({path.suffix}), not a text table"
        raise DataError(Problem(f"{what}; export the spectra as CSV", place=path.name))
    faults = Faults(path)
    try:
        require_room(
            TEXT * path.stat().st_size,
            f"{path.name}: reading {path.stat().st_size / 1e6:,.0f} MB of text",
            "Convert a table to Parquet, which is read piece by piece (data: {use: parquet})",
        )
        data = path.read_bytes()
    except OSError as error:
        raise DataError(Problem(f"cannot be read: {error.strerror}", place=path.name)) from error
    if what := _not_text(data):
        faults.add(what)
        raise faults.error()
    if line := _first_undecodable(data):
        faults.add("not UTF-8 text; save the file as CSV UTF-8", line=line)
        raise faults.error()
    return _with_records(path, data)


def require_file(path: Path, suffix: str) -> None:
    """Check that there is such a file.

    Args:
        suffix: of the files that are proposed instead.

    Raises:
        DataError: there is none, or it is a folder, a pipe or a device.
    """
    if path.is_dir():
        inside = sorted(entry.name for entry in path.iterdir() if entry.suffix.lower() == suffix)
        what = f"is a folder; name one file{': ' + ', '.join(inside[:5]) if inside else ''}"
        raise DataError(Problem(what, place=path.name))
    if not path.is_file():
        special = "is a pipe or a device, which cannot be read again; copy what it gives into a file"
        raise DataError(Problem(special if path.exists() else _missing(path), place=path.name))


def _missing(path: Path) -> str:
    if not path.parent.is_dir():
        return f"no such file: there is no folder {path.parent}"
    names = [entry.name for entry in path.parent.iterdir() if entry.is_file()]
    close = difflib.get_close_matches(path.name, names, n=3, cutoff=0.6)
    hint = f"; did you mean {' or '.join(close)}?" if close else ""
    return f"no such file in {path.parent}{hint}"


def _not_text(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "UTF-16 text; save the file as CSV UTF-8"
    if b"\0" in data:
        return "a binary file, not text; export the spectra as CSV"
    if not data.removeprefix(codecs.BOM_UTF8).strip():
        return "the file is empty"
    return ""


def _first_undecodable(data: bytes) -> int:
    """The line of the first byte that is not UTF-8, or 0."""
    if data.isascii():
        return 0
    decoder = codecs.getincrementaldecoder("utf-8")()
    for start in range(0, len(data), _PIECE):
        piece, held = data[start : start + _PIECE], len(decoder.getstate()[0])
        try:
            decoder.decode(piece, final=start + _PIECE >= len(data))
        except UnicodeDecodeError as error:
            return data.count(b"\n", 0, start - held + error.start) + 1
    return 0


def _with_records(path: Path, data: bytes) -> TextFile:
    begin = len(codecs.BOM_UTF8) if data.startswith(codecs.BOM_UTF8) else 0
    breaks = _line_breaks(data)
    lines = np.arange(1, breaks.size + 1)
    inside = _inside_quotes(path, data, breaks)
    if inside.any():
        lines = np.append(1, lines[~inside][:-1] + 1)
        breaks = breaks[~inside]
    starts = np.append(begin, breaks[:-1] + 1)
    returned = np.frombuffer(data, np.uint8)[breaks - 1] == ord("\r")
    returned &= breaks > starts
    ends = np.subtract(breaks, returned, out=breaks)
    filled = ends > starts
    if not filled.all():
        starts, ends, lines = starts[filled], ends[filled], lines[filled]
    return TextFile(path, data, starts, ends, lines, bool(inside.any()))


def _line_breaks(data: bytes) -> Ints:
    """Where lines end, (lines,): at LF, at CR LF (the LF), at a CR alone, and at the end of the file."""
    breaks = _positions(data, b"\n")
    if b"\r" in data:
        text = np.frombuffer(data, np.uint8)
        returns = _positions(data, b"\r")
        alone = returns[text[np.minimum(returns + 1, text.size - 1)] != ord("\n")]
        if alone.size:
            breaks = np.union1d(breaks, alone)
    if not breaks.size or breaks[-1] != len(data) - 1:
        breaks = np.append(breaks, len(data))
    return breaks


def _inside_quotes(path: Path, data: bytes, breaks: Ints) -> NDArray[np.bool_]:
    """Which line ends belong to a quoted cell, (lines,): those after an odd number of quotation marks."""
    if b'"' not in data:
        return np.zeros(breaks.size, dtype=bool)
    quotes = _positions(data, b'"')
    if quotes.size % 2:
        faults = Faults(path)
        last = int(np.searchsorted(breaks, quotes[-1])) + 1
        faults.add('a quotation mark (") is never closed; the last one of the file is here', line=last)
        raise faults.error()
    inside: NDArray[np.bool_] = np.searchsorted(quotes, breaks) % 2 == 1
    return inside


def _positions(data: bytes, character: bytes) -> Ints:
    text = np.frombuffer(data, np.uint8)
    return np.concatenate(
        [
            np.flatnonzero(text[start : start + _PIECE] == ord(character)) + start
            for start in range(0, text.size, _PIECE)
        ]
    ).astype(np.int64, copy=False)
