"""Tables that a run writes as CSV files: UTF-8, a line a row, no text that a spreadsheet computes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from raman_xp.text.plain_text import cell, text_of_cell


def csv_text(header: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Return a table as CSV text.

    A text that a spreadsheet would take for a formula begins with an apostrophe; see `plain_text.cell`.
    """
    return "".join(f"{_line([cell(value) for value in row])}\n" for row in (header, *rows))


def _line(values: list[object]) -> str:
    text = io.StringIO()
    # Python's writer puts a text with a carriage return in quotes only where lines end with one.
    csv.writer(text, lineterminator="\r\n").writerow(values)
    return text.getvalue().removesuffix("\r\n")


def read_csv(content: bytes) -> list[dict[str, str]]:
    """Return the rows of a table that `csv_text` has written, column → text, names as they were.

    Args:
        content: of the file.
    """
    text = io.StringIO(content.decode(), newline="")
    rows = [[text_of_cell(value) for value in row] for row in csv.reader(text)]
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
