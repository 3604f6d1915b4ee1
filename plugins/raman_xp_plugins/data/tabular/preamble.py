"""Lines around a table that do not belong to it: comments, ``sep=;``, and the empty rows of Excel."""

from __future__ import annotations

import re
from dataclasses import replace

from raman_xp.text.wording import counted
from raman_xp_plugins.data.tabular.dialect import SeparatorName, find_dialect
from raman_xp_plugins.data.tabular.text_file import TextFile

_MOST = 100
"""Lines of comments that are looked at."""
_COMMENT = re.compile(r"#|%|//|;\s*[^\W\d]|;\s+\S")
_SEPARATORS: dict[str, SeparatorName] = {",": "comma", ";": "semicolon", "\t": "tab"}


def without_preamble(file: TextFile, separator: SeparatorName) -> tuple[TextFile, SeparatorName, list[str]]:
    """Leave out the lines around a table.

    Returns:
        The file without them, the separator as `sep=` states it or else as given, and notes for the user.
    """
    notes = []
    end = len(file.lines)
    while end > 1 and not file.record(end - 1).strip(',;\t" '):
        end -= 1
    if end < len(file.lines):
        notes.append(f"skipped {counted(len(file.lines) - end, 'empty row')} at the end")
    begin = 0
    if found := re.fullmatch(r'"?sep=([,;\t])"?[,;\t]*', file.record(0), re.IGNORECASE):
        begin = 1
        notes.append(f"line {int(file.lines[0])} states the separator")
        separator = _SEPARATORS[found[1]] if separator == "auto" else separator
    comments = _comments(file, begin, end, separator)
    if comments:
        notes.append(f"skipped {counted(comments, 'comment line')} before the header")
    begin += comments
    kept = slice(begin, end)
    if begin >= end:
        return file, separator, []
    return (
        replace(file, starts=file.starts[kept], ends=file.ends[kept], lines=file.lines[kept]),
        separator,
        notes,
    )


def _comments(file: TextFile, begin: int, end: int, separator: SeparatorName) -> int:
    """How many comment lines precede the header; a commented header has as many cells as the next line."""
    last = begin
    while last < min(end, begin + _MOST) and _COMMENT.match(file.record(last)):
        last += 1
    if last in (begin, end):
        return 0
    following = [file.record(at) for at in range(last, min(end, last + 10))]
    dialect = find_dialect(following, separator, "auto")
    cells = dialect.cells(file.record(last - 1))
    below = dialect.cells(following[0])
    numbers = sum(map(dialect.is_number, below))
    header = len(cells) > 1 and (
        len(cells) == len(below) or (numbers == len(below) and abs(len(cells) - len(below)) == 1)
    )
    return last - begin - (1 if header else 0)
