"""Text of strangers, made harmless for whoever shows it: a terminal, a spreadsheet, a Markdown page.

Names of classes, headers, units and titles come from specs, data files and stores that other people wrote.
"""

from __future__ import annotations

import os
import re

STEERING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters but line end and tab; ESC begins commands
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # bidirectional controls: text is shown in another order
    "\u2028\u2029\u200b\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"  # not to be seen
    "\ud800-\udfff]"  # halves of characters: no encoding can write them
)
"""Characters that no name needs and that mislead whoever reads it."""
_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
_MARKDOWN = re.compile(r"[\\`*_\[\]~|]")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def printable(text: str) -> str:
    r"""Return a text of any number of lines that cannot steer a terminal.

    Control characters, bidirectional controls and characters that nobody sees become escapes, as in Python.

    >>> printable("\x1b[2J red\u202e")
    '\\x1b[2J red\\u202e'
    """
    return STEERING.sub(_escape, text)


def one_line(text: str) -> str:
    r"""Return a text that cannot steer a terminal, in one line: a name with a line end fakes no second line.

    >>> one_line("A\nError: none")
    'A\\nError: none'
    """
    return printable(text).replace("\n", "\\n").replace("\t", "\\t")


def typed(text: str) -> str:
    """Return an argument of the command line as it was typed, in UTF-8, whatever the locale says."""
    try:
        return os.fsencode(text).decode("utf-8")
    except UnicodeError:
        return text


def _escape(found: re.Match[str]) -> str:
    return found.group().encode("unicode_escape").decode("ascii")


def cell(value: object) -> object:
    """Return a value as a CSV file holds it, so that no spreadsheet takes a text for a formula.

    A text that begins like a formula is preceded by an apostrophe, unless it is a number. So is a text of
    apostrophes and such a beginning; therefore `text_of_cell` gives every text back.

    >>> cell("=1+1"), cell("-12.5"), cell("A"), cell(-1)
    ("'=1+1", '-12.5', 'A', -1)
    """
    if isinstance(value, str) and _FORMULA.match(value) and not _is_number(value):
        return f"'{value}"
    return value


def text_of_cell(text: str) -> str:
    """Return the text that `cell` was given.

    >>> text_of_cell("'=1+1"), text_of_cell("'A"), text_of_cell("-12.5")
    ('=1+1', "'A", '-12.5')
    """
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return text == text.strip()


def in_markdown(text: str) -> str:
    r"""Return a text as part of a Markdown line or of a table's cell: it is shown, and means nothing.

    >>> in_markdown("a|b <b>")
    'a\\|b &lt;b&gt;'
    """
    plain = re.sub("[&<>]", lambda found: _ENTITIES[found.group()], one_line(text))
    return _MARKDOWN.sub(r"\\\g<0>", plain).replace("://", "&#58;//")
