"""Reads a Parquet file of spectra piece by piece; of a row group, Arrow holds some pages of each column."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from raman_xp.spectra import Block, Floats, Ints
from raman_xp.spectra.storage import PIECE, empty
from raman_xp.system.memory import require_room
from raman_xp.text.wording import counted, did_you_mean
from raman_xp_plugins.data.tabular.axis import FEWEST_CHANNELS, assumed_unit, axis_faults, is_outside
from raman_xp_plugins.data.tabular.careful import MOST_APART
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
from raman_xp_plugins.data.tabular.text_file import require_file
from raman_xp_plugins.data.tabular.wide import PARTS, note_spacing
from raman_xp_plugins.data.tabular.words import Words, words_from_arrow

LISTS = ("wavenumber", "intensity")
UNPACKED = 100
"""Times that a file may unpack to; noise hardly packs."""
SMALL = 100_000_000
"""Bytes to which any file may unpack."""
PER_ROW = 250
"""Bytes of memory that the name and the words of a spectrum take."""


@dataclass(frozen=True)
class _Axis:
    """An axis in the order of the file, and the rows of the spectra on it."""

    wavenumber: Floats
    rows: Ints

    @property
    def turn(self) -> slice:
        """The slice that makes the axis ascend."""
        return slice(None, None, -1 if self.wavenumber[0] > self.wavenumber[-1] else 1)


def read_parquet(
    path: Path,
    stated: Mapping[str, str | None],
    *,
    ignore: Sequence[str] = (),
    as_written: bool = False,
) -> Reading:
    """Read spectra that are rows.

    Args:
        stated: part (label, group, role, wavenumber, intensity) → name of its column, where the user gave it.
        ignore: Names of columns that are no channels.
        as_written: Whether to accept an axis that does not look like that of a spectrum.

    Raises:
        DataError: everything that is wrong with the file.
    """
    require_file(path, ".parquet")
    what = "no Parquet file"
    try:
        with pq.ParquetFile(path, memory_map=True, page_checksum_verification=True) as file:
            what = "damaged, or of a kind that pyarrow cannot read"
            return _read(file, path, stated, ignore, as_written)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        faults = Faults(path)
        faults.add(f"{what}: {str(error).splitlines()[0]}")
        raise faults.error() from error


def _read(
    file: Any, path: Path, stated: Mapping[str, str | None], ignore: Sequence[str], as_written: bool
) -> Reading:
    schema, faults = file.schema_arrow, Faults(path)
    if twice := [name for name, count in Counter(schema.names).items() if count > 1]:
        faults.add(f"two columns are called {listed(twice)}; each needs a name of its own")
        raise faults.error()
    lists = {name for name in schema.names if _is_list(schema.field(name).type)}
    as_lists = bool(stated.keys() & set(LISTS)) or len(lists) > 1
    apart = {*stated.values(), *ignore}
    channels = [] if as_lists else [name for name in schema.names if _is_number(name) and name not in apart]
    numeric = {name for name in channels if _is_numeric(schema.field(name).type)}
    numbers = np.array([float(name) for name in channels if name in numeric])
    channels = [name for name in channels if name in numeric or not is_outside(float(name), numbers)]
    for name in ignore:
        if name not in schema.names:
            faults.add(f'no column "{name}" for `ignore`; {did_you_mean(name, schema.names)}')
    among = set(channels)
    others = [place for place, name in enumerate(schema.names) if name not in among]
    columns = Columns(schema.names, others, stated, faults, 0, ignore=ignore)
    found = {part: columns.find(part, needed=part == "label") for part in PARTS}
    places = {part: schema.names[place] for part, place in found.items() if place is not None}
    for part, name in places.items():
        if pa.types.is_nested(kind := schema.field(name).type):
            faults.add(f"holds {kind}; words or numbers are needed for the {part}", where=f"column {name}")
    if channels:
        spectra: _Wide | _Lists = _Wide(file, channels, faults)
    else:
        spectra = _Lists(file, columns, faults)
    if not file.metadata.num_rows:
        faults.add("only columns, and no row")
    if faults:
        raise faults.error()
    _require_size(file.metadata.num_rows, spectra.size, path)
    axes = spectra.axes()
    for axis in axes:
        if bad := int((~np.isfinite(axis.wavenumber)).sum()):
            faults.add(f"{counted(bad, 'wavenumber')} missing or not finite", line=int(axis.rows[0]) + 1)
            continue
        for channel, what in axis_faults(axis.wavenumber, lambda at: f"place {at + 1}"):
            if len(channels) >= FEWEST_CHANNELS:
                what += ". If a number names other data, state `ignore: [COLUMN]`"
            faults.add(what, line=int(axis.rows[0]) + 1, where=f"wavenumber {channel + 1}")
    if channels and not faults and not as_written:
        note_spacing(axes[0].wavenumber, channels, faults)
    if faults:
        raise faults.error()
    blocks = _filled(axes, spectra, faults)
    words = _words(file, places)
    lines = np.arange(1, file.metadata.num_rows + 1)
    note_words(words, lines, {part: f"column {name}" for part, name in places.items()}, faults)
    note_classes(words["label"], faults)
    if faults:
        raise faults.error()
    names = tuple(f"row {line}" for line in lines)
    samples = samples_of(words["label"], names, words.get("group"), words.get("role"))
    plain = [
        at for at in columns.may_be_groups() if not pa.types.is_nested(schema.field(schema.names[at]).type)
    ]
    grouping = {str(at): schema.names[at] for at in plain}
    columns.warn_of_groups({int(at): column for at, column in _words(file, grouping).items()}, len(samples))
    name = spectra.names[0] if isinstance(spectra, _Lists) else ""
    unit, reason = assumed_unit(name, axes[0].wavenumber, as_written=as_written)
    warnings = (*columns.warnings, *quantity(words["label"]))
    notes = list(columns.notes)
    if ignored := columns.ignored():
        notes.append(f"ignored columns: {listed(ignored)}")
    if any(axis.turn.step < 0 for axis in axes):
        notes.append("the axis descends in the file and was reversed")
    return Reading(spectra.layout, blocks, samples, tuple(notes), warnings, unit, reason)


def _require_size(rows: int, size: int, path: Path) -> None:
    """Refuse a file that unpacks to far more than measured spectra do, before any of it is unpacked.

    Args:
        size: bytes of all wavenumbers and intensities, by the metadata of the file.

    Raises:
        DataError: the file is too large.
    """
    packed = path.stat().st_size
    require_room(
        size,
        f"{path.name}: the spectra in this file of {packed / 1e6:,.3g} MB, unpacked ({rows:,} rows),",
        f"Measured spectra unpack to less than {UNPACKED} times the file. Check where the file is from",
        default=max(UNPACKED * packed, SMALL),
    )
    require_room(PER_ROW * rows, f"{path.name}: names and labels of {rows:,} rows", "Use fewer spectra")


class _Wide:
    """A column a channel, called by its wavenumber."""

    layout = "wide"

    def __init__(self, file: Any, channels: Sequence[str], faults: Faults) -> None:
        self.file, self.channels = file, list(channels)
        schema = file.schema_arrow  # which is made anew each time
        for name in channels:
            if not _is_numeric(kind := schema.field(name).type):
                what = f'holds {kind}; numbers are needed. If it is no channel, state `ignore: ["{name}"]`'
                faults.add(what, where=f"column {name}")

    @property
    def size(self) -> int:
        """Bytes of the intensities."""
        return 4 * len(self.channels) * int(self.file.metadata.num_rows)

    def axes(self) -> list[_Axis]:
        wavenumber = np.array([float(name) for name in self.channels])
        return [_Axis(wavenumber, np.arange(self.file.metadata.num_rows))]

    def intensities(self) -> Iterator[Floats]:
        """The spectra of some rows, (n, channels)."""
        for batch in _batches(self.file, self.channels, len(self.channels)):
            columns = [column.to_numpy(zero_copy_only=False) for column in batch.columns]
            yield np.stack(columns, axis=1, dtype=np.float32, casting="same_kind")


class _Lists:
    """A column of lists of wavenumbers, and one of intensities."""

    layout = "list"

    def __init__(self, file: Any, columns: Columns, faults: Faults) -> None:
        self.file = file
        self.names = []
        for part in LISTS:
            place = columns.find(part, needed=True)
            name = file.schema_arrow.names[place] if place is not None else ""
            self.names.append(name)
            kind = file.schema_arrow.field(name).type if name else None
            if kind is not None and not (_is_list(kind) and _is_numeric(kind.value_type)):
                faults.add(f"holds {kind}; lists of numbers are needed", where=f"column {name}")
        if self.names[0] and self.names[0] == self.names[1]:
            faults.add("cannot hold both wavenumbers and intensities", where=f"column {self.names[0]}")

    @property
    def size(self) -> int:
        """Bytes of the wavenumbers, in double precision, and of the intensities."""
        schema, metadata = self.file.schema, self.file.metadata
        columns = [schema.column(place).path.partition(".")[0] for place in range(len(schema))]
        bytes_of = dict(zip(self.names, (8, 4), strict=True))
        size = 0
        for group in range(metadata.num_row_groups):
            # Arrow ends the process where the metadata of a column are damaged, but not where it reads rows.
            next(self.file.iter_batches(1, row_groups=[group], columns=self.names), None)
            for place, name in enumerate(columns):
                if name in bytes_of:
                    size += bytes_of[name] * metadata.row_group(group).column(place).num_values
        return size

    def axes(self) -> list[_Axis]:
        rows: dict[bytes, list[int]] = {}
        axes: dict[bytes, Floats] = {}
        for row, axis in enumerate(axis for some in self._arrays(self.names[0], np.float64) for axis in some):
            if (key := axis.tobytes()) not in axes:
                axes[key] = axis.copy()  # not a view of all that was read with it
            rows.setdefault(key, []).append(row)
        return [_Axis(axes[key], np.array(rows[key])) for key in axes]

    def intensities(self) -> Iterator[Floats]:
        """The spectra of some rows, (n, channels)."""
        yield from self._arrays(self.names[1], np.float32)

    def _arrays(self, name: str, dtype: Any) -> Iterator[Floats]:
        """Consecutive lists of one length, (n, length)."""
        for batch in _batches(self.file, [name], 1024):
            column = batch.column(0)
            values = np.asarray(pc.list_flatten(column).to_numpy(zero_copy_only=False), dtype)
            lengths = pc.fill_null(pc.list_value_length(column), 0).to_numpy(zero_copy_only=False)
            changes = np.flatnonzero(np.diff(lengths)) + 1
            ends = np.cumsum(lengths)
            for rows in np.split(np.arange(len(lengths)), changes):
                width = int(lengths[rows[0]])
                yield values[ends[rows[0]] - width : ends[rows[-1]]].reshape(len(rows), width)


def _filled(axes: Sequence[_Axis], spectra: _Wide | _Lists, faults: Faults) -> tuple[Block, ...]:
    """The spectra on each axis; what is wrong with them is added to the faults."""
    arrays = [empty((len(axis.rows), len(axis.wavenumber)), np.float32) for axis in axes]
    total = sum(len(axis.rows) for axis in axes)
    where, place = np.empty(total, np.int64), np.empty(total, np.int64)
    for number, axis in enumerate(axes):
        where[axis.rows], place[axis.rows] = number, np.arange(len(axis.rows))
    row = 0
    wrong: dict[int, str] = {}
    for values in spectra.intensities():
        rows = np.arange(row, row + len(values))
        row += len(values)
        for number in np.unique(where[rows]):
            some = where[rows] == number
            array, turn = arrays[number], axes[number].turn
            faulty = dict(_wrong(values[some], array.shape[1]))
            wrong |= {int(rows[some][at]): what for at, what in faulty.items()}
            if not faulty:
                array[place[rows[some]]] = values[some][:, turn]
    for at in sorted(wrong)[:MOST_APART]:
        faults.add(wrong[at], line=at + 1)
    if len(wrong) > MOST_APART:
        faults.add(f"{counted(len(wrong), 'row')} in all with such faults")
    return tuple(
        Block(np.ascontiguousarray(axis.wavenumber[axis.turn]), array, axis.rows)
        for axis, array in zip(axes, arrays, strict=True)
    )


def _wrong(values: Floats, channels: int) -> Iterator[tuple[int, str]]:
    """What is wrong with intensities (n, channels), and in which row."""
    n, width = values.shape
    if width != channels:
        what = f"{counted(width, 'intensity', 'intensities')} for {counted(channels, 'wavenumber')}"
        yield from ((row, what) for row in range(n))
        return
    lowest, highest = values.min(axis=1), values.max(axis=1)
    for row in np.flatnonzero(~np.isfinite(lowest + highest)):  # a NaN is both, and infinity one of them
        bad = int((~np.isfinite(values[row])).sum())
        what = (
            f"{counted(bad, 'intensity', 'intensities')} missing or not finite; every channel needs a number"
        )
        yield int(row), what
    yield from flat(lowest, highest)


def _words(file: Any, places: Mapping[str, str]) -> dict[str, Words]:
    """Part → its column as words; what is missing is an empty word."""
    chunks: dict[str, list[Any]] = {part: [] for part in places}
    for batch in _batches(file, list(dict.fromkeys(places.values())), 16):
        for part, name in places.items():
            column = batch.column(name)
            if pa.types.is_floating(column.type):
                column = pc.if_else(pc.is_nan(column), None, column)
            text = pc.fill_null(pc.cast(column, pa.string()), "")
            chunks[part].append(text.dictionary_encode())
    return {part: words_from_arrow(each) for part, each in chunks.items()}


def _batches(file: Any, names: list[str], width: int) -> Iterator[Any]:
    """All rows of some columns, some at a time.

    Raises:
        ArrowInvalid: there are more or fewer rows than the file states; Arrow does not notice.
    """
    stated, rows = file.metadata.num_rows, 0
    for batch in file.iter_batches(batch_size=max(1, PIECE // width), columns=names):
        rows += batch.num_rows
        if rows > stated:
            break
        yield batch
    if rows != stated:
        raise pa.ArrowInvalid(f"{listed(names)}: {rows:,} rows where the file states {stated:,}")


def _is_number(name: str) -> bool:
    """Whether a column is named by a number."""
    try:
        return "_" not in name and bool(np.isfinite(float(name)))
    except ValueError:
        return False


def _is_numeric(kind: Any) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def _is_list(kind: Any) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind))
