"""The second, slower pass over a table; it finds every wrong cell and row."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from raman_xp.spectra import Floats, Ints
from raman_xp.text.wording import counted
from raman_xp_plugins.data.tabular.dialect import Dialect, thousands_name
from raman_xp_plugins.data.tabular.faults import Faults
from raman_xp_plugins.data.tabular.table import Body, Table, Wanted, empty_body
from raman_xp_plugins.data.tabular.words import words_from_arrow

MOST_APART = 1000
"""Number of faults that are listed one by one; more are summed up by line or by column."""

_THOUSANDS = re.compile(r"^[+-]?[0-9]{1,3}([,.'’ \u00a0\u202f][0-9]{3})+([.,][0-9]*)?$")


@dataclass(frozen=True)
class _BadCells:
    """Cells of one column without a finite number: their rows, (k,), and their texts."""

    column: int
    rows: Ints
    texts: Any


def read_carefully(table: Table, wanted: Wanted, faults: Faults) -> Body:
    """Read columns as text and convert the numbers; cells without a number are added to the faults.

    Rows that are not as long as the header are left out.
    """
    found = {record - 1: width for record, width in table.wrong_widths.items()}
    numbers = wanted.exact + wanted.intensity
    intensity, exact = empty_body(table.rows, wanted)
    chunks: dict[int, list[Any]] = {column: [] for column in wanted.words}
    bad: list[_BadCells] = []
    row = 0
    try:
        types = dict.fromkeys(numbers + wanted.words, pa.string())
        for batch in table.batches(types):
            here = slice(row, row + batch.num_rows)
            if here.stop > table.rows:
                raise _unpaired_quotes(faults)
            for index, column in enumerate(numbers):
                target = (
                    exact[here, index]
                    if column in wanted.exact
                    else intensity[here, index - len(wanted.exact)]
                )
                texts = pc.utf8_trim_whitespace(batch.column(str(column)))
                wrong = _convert(texts, table.dialect, target)
                if wrong.size:
                    bad.append(_BadCells(column, wrong + row, texts.take(pa.array(wrong))))
            for column, chunk in chunks.items():
                chunk.append(batch.column(str(column)).dictionary_encode())
            row = here.stop
    except pa.ArrowInvalid as error:
        raise _unpaired_quotes(faults) from error
    if row + len(found) != table.rows:
        raise _unpaired_quotes(faults)
    lines = np.delete(table.file.lines[1:], list(found))
    _note_lengths(table, found, faults)
    _note_cells(bad, lines, wanted.titles, table.dialect, faults)
    words = {column: words_from_arrow(chunk) for column, chunk in chunks.items()}
    return Body(lines, intensity[:row], exact[:row], words)


def _convert(texts: Any, dialect: Dialect, target: Floats) -> Ints:
    """Write the numbers of a column into ``target``, NaN elsewhere; return the rows without a number."""
    matches = pc.match_substring_regex(texts, dialect.number)
    digits = texts
    for character in dialect.thousands:
        digits = pc.replace_substring(digits, character, "")
    plain = pc.utf8_ltrim(pc.replace_substring(digits, dialect.decimal, "."), "+")
    values = pc.if_else(matches, plain, None).cast(pa.float64()).to_numpy(zero_copy_only=False)
    with np.errstate(over="ignore"):
        target[:] = values
    wrong = ~np.isfinite(target)
    target[wrong] = np.nan
    return np.flatnonzero(wrong)


def _unpaired_quotes(faults: Faults) -> Exception:
    faults.add(
        'the rows cannot be separated: some quotation marks (") do not enclose whole cells. Remove them'
    )
    return faults.error()


def _note_lengths(table: Table, found: dict[int, int], faults: Faults) -> None:
    expected = len(table.header)
    wrong = {row: cells for row, cells in found.items() if cells}
    first = table.file.record(min(wrong) + 1) if wrong else ""
    if (
        len(found) == table.rows
        and set(wrong.values()) == {expected + 1}
        and first.endswith(table.dialect.separator)
    ):
        what = "every row ends with a separator, but the header does not; end the header with one, or no row"
        faults.add(what, line=table.header_line)
        return
    apart = list(wrong) if len(wrong) <= MOST_APART else [min(wrong)]
    for row in apart:
        what = f"{counted(wrong[row], 'cell')}, but the header has {expected}"
        if wrong[row] > expected and table.dialect.separator == ",":
            what += "; decimal commas or thousands separators need columns separated by semicolons or tabs"
        if len(apart) < len(wrong):
            what += f"; {len(wrong)} rows in all are not as long as the header"
        faults.add(what, line=int(table.file.lines[row + 1]))


def _note_cells(
    bad: Sequence[_BadCells], lines: Ints, titles: Sequence[str], dialect: Dialect, faults: Faults
) -> None:
    if not bad:
        return
    if sum(cells.rows.size for cells in bad) <= MOST_APART:
        for cells in bad:
            for row, text in zip(cells.rows, cells.texts.to_pylist(), strict=True):
                faults.add(_what(text, dialect), line=int(lines[row]), where=titles[cells.column])
        return
    rows = np.concatenate([cells.rows for cells in bad])
    columns = np.repeat([cells.column for cells in bad], [cells.rows.size for cells in bad])
    texts = pa.chunked_array([cells.texts for cells in bad])
    # The shorter list says more: a few bad columns, or a few bad rows.
    by = rows if np.unique(rows).size < np.unique(columns).size else columns
    _, firsts, counts = np.unique(by, return_index=True, return_counts=True)
    for first, count in zip(firsts, counts, strict=True):
        what = f"{counted(int(count), 'cell')} without a number, here the first: "
        what += _what(texts[int(first)].as_py(), dialect)
        faults.add(what, line=int(lines[rows[first]]), where=titles[columns[first]])


def _what(text: str, dialect: Dialect) -> str:
    """What is wrong with a cell."""
    if not text:
        return "empty; every spectrum needs a number in every channel"
    shown = f'"{text if len(text) <= 40 else text[:39] + "…"}"'
    if re.match(dialect.number, text):
        return f"too large a number: {shown}"
    if _THOUSANDS.match(text):
        return (
            f"not a number: {shown}; if this separates thousands, state `thousands: {thousands_name(text)}`"
        )
    if dialect.decimal == "." and re.match(Dialect(";", ",").number, text):
        if dialect.separator == ",":
            return f"not a number: {shown}; decimal commas need columns separated by semicolons or tabs"
        return f"not a number: {shown}; if all decimals are written so, state `decimal: comma`"
    if dialect.decimal == "," and re.match(Dialect(",", ".").number, text):
        return f"not a number: {shown}; if all decimals are written so, state `decimal: point`"
    return f"not a number: {shown}"
