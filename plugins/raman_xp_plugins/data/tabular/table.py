"""A text file read as a table: its dialect, its header, and the columns that a layout asks for."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv

from raman_xp.spectra import Floats, Ints
from raman_xp.spectra.storage import empty
from raman_xp.text.wording import counted
from raman_xp_plugins.data.tabular.dialect import (
    DecimalName,
    Dialect,
    SeparatorName,
    ThousandsName,
    find_dialect,
)
from raman_xp_plugins.data.tabular.faults import Faults
from raman_xp_plugins.data.tabular.preamble import without_preamble
from raman_xp_plugins.data.tabular.rows import pieces, row_widths
from raman_xp_plugins.data.tabular.text_file import TextFile
from raman_xp_plugins.data.tabular.words import Words

_SAMPLE = 10
"""Records after the header that decide the dialect and the layout."""
_BLOCK = 1 << 22
"""Bytes that Arrow parses at once, at least: the fastest of 1, 4 and 16 MB for spectra in rows. Long rows
need more, for each block costs time for each column."""


@dataclass(frozen=True)
class Table:
    """A table of text whose cells are not read yet.

    Args:
        header: the cells of the first record.
        sample: the cells of the first few records after it.
        unnamed: how many columns without a name follow those of the header.
        notes: lines for the user about what surrounds the table.
        decimal_stated: whether the user gave the decimal mark.
        thousands_stated: whether the user said how thousands are written.
    """

    file: TextFile
    dialect: Dialect
    header: tuple[str, ...]
    sample: tuple[tuple[str, ...], ...]
    unnamed: int = 0
    notes: tuple[str, ...] = ()
    decimal_stated: bool = False
    thousands_stated: bool = False

    @property
    def rows(self) -> int:
        """How many records follow the header."""
        return len(self.file.lines) - 1

    @property
    def header_line(self) -> int:
        return int(self.file.lines[0])

    def examples(self, column: int) -> list[str]:
        """Some cells of a column."""
        return [row[column] for row in self.sample if column < len(row)]

    def holds_words(self, column: int) -> bool:
        """Whether most examples of a column are words."""
        cells = self.examples(column)
        return 2 * sum(bool(cell) and not self.dialect.is_number(cell) for cell in cells) > len(cells)

    def only_word(self, column: int) -> str:
        """The first example of a column whose examples are words, all of them; empty for any other."""
        cells = self.examples(column)
        are_words = all(cell and not self.dialect.is_number(cell) for cell in cells)
        return cells[0] if cells and are_words else ""

    def without_last(self) -> Table:
        """The table as if its last column were absent; rows still have as many cells as before."""
        return replace(self, header=self.header[:-1], unnamed=self.unnamed + 1)

    @cached_property
    def wrong_widths(self) -> dict[int, int]:
        """Record → number of its cells, where it differs from the header's; 0 for a blank line."""
        widths = row_widths(self.file, self.dialect.separator)
        wrong = np.flatnonzero(widths != len(self.header) + self.unnamed)
        return {
            int(record): int(widths[record]) if self.file.record(record).strip() else 0
            for record in wrong[wrong > 0]
        }

    def batches(self, types: Mapping[int, Any]) -> Iterator[Any]:
        """Yield columns as Arrow record batches; a column's name is its number.

        Rows that are not as long as the header are left out.

        Args:
            types: column → Arrow type.
        """
        names = {column: str(column) for column in range(len(self.header) + self.unnamed)}
        longest = int((self.file.ends - self.file.starts).max())
        for piece in pieces(self.file, np.array(list(self.wrong_widths), np.int64)):
            with pyarrow.csv.open_csv(
                pa.BufferReader(piece),
                read_options=pyarrow.csv.ReadOptions(
                    column_names=list(names.values()),
                    block_size=max(_BLOCK, min(128 * longest, 1 << 26), 2 * longest),
                    # Columns are converted in Arrow's pool, which has a thread for each processor.
                    use_threads=True,
                ),
                parse_options=pyarrow.csv.ParseOptions(
                    delimiter=self.dialect.separator, newlines_in_values=self.file.quoted_line_ends
                ),
                convert_options=pyarrow.csv.ConvertOptions(
                    column_types={names[column]: kind for column, kind in types.items()},
                    include_columns=[names[column] for column in types],
                    # Nothing may pass as missing: an empty cell or NA must not convert.
                    null_values=[],
                    decimal_point=self.dialect.decimal,
                ),
            ) as reader:
                yield from reader


@dataclass(frozen=True)
class Wanted:
    """The columns that a layout asks for, by their places in the header.

    Args:
        intensity: columns of intensities.
        words: columns of words.
        exact: columns of numbers that need double precision, such as wavenumbers.
        titles: how messages call each column of the table.
    """

    intensity: tuple[int, ...]
    words: tuple[int, ...]
    exact: tuple[int, ...]
    titles: tuple[str, ...]


@dataclass(frozen=True)
class Body:
    """The columns asked for.

    Args:
        lines: (rows,) int64, physical line of each row.
        intensity: (rows, columns) float32; NaN only where a fault was noted.
        exact: (rows, columns) float64; NaN only where a fault was noted.
        words: column → its words.
    """

    lines: Ints
    intensity: Floats
    exact: Floats
    words: Mapping[int, Words]


def open_table(
    file: TextFile,
    separator: SeparatorName = "auto",
    decimal: DecimalName = "auto",
    thousands: ThousandsName = "auto",
) -> Table:
    """Find the dialect and read the header.

    Raises:
        DataError: there is no table in the file.
    """
    faults = Faults(file.path)
    file, separator, notes = without_preamble(file, separator)
    first = [file.record(index) for index in range(min(len(file.lines), _SAMPLE + 1))]
    dialect = find_dialect(first, separator, decimal, thousands)
    try:
        header, *sample = (tuple(dialect.cells(record)) for record in first)
    except csv.Error as error:
        faults.add(f"no table: {error}", line=int(file.lines[0]))
        raise faults.error() from error
    if len(header) == 1:
        looked_for = "comma, semicolon or tab" if separator == "auto" else separator
        other = find_dialect(first, "auto", "auto")
        hint = f"; it looks {other.separator_name}-separated" if len(other.cells(first[0])) > 1 else ""
        if not hint and len(first) > 1 and all(len(record.split()) > 1 for record in first[1:]):
            hint = "; blanks seem to separate the columns: replace them by tabs or commas"
        faults.add(
            f"no {looked_for} in the first line, so there are no columns{hint}", line=int(file.lines[0])
        )
    elif not sample:
        faults.add("only a header: no row follows the first line", line=int(file.lines[0]))
    names = sum(map(bool, header))
    if sample and "" in header[1:-1] and {len(row) for row in sample} == {names} and names < len(header):
        faults.add(
            f"the header has {counted(names, 'name')} and {counted(len(header) - names, 'empty cell')}, "
            f"and the rows have {counted(names, 'cell')}; write one separator between two names",
            line=int(file.lines[0]),
        )
    if faults:
        raise faults.error()
    return Table(
        file,
        dialect,
        header,
        tuple(sample),
        notes=tuple(notes),
        decimal_stated=decimal != "auto",
        thousands_stated=thousands != "auto",
    )


def empty_body(rows: int, wanted: Wanted) -> tuple[Floats, Floats]:
    """Room for the numbers asked for: `Body.intensity` and `Body.exact`."""
    intensity = empty((rows, len(wanted.intensity)), np.float32)
    intensity[:] = np.nan
    return intensity, np.full((rows, len(wanted.exact)), np.nan)
