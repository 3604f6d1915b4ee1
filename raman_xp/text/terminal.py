"""The terminal: every text that reaches it goes through here, and is shown as it is.

No text is markup, and none steers the terminal: see `plain_text.printable`.
"""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.text import Text

from raman_xp.text.plain_text import one_line, printable


class PlainConsole(Console):
    """A console that shows texts as they are; `styled` parts are bold or coloured."""

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(stderr=stderr, markup=False, emoji=False, highlight=False)

    def render_str(self, text: str, **options: Any) -> Text:
        """Turn a text into what is printed; rich calls it for whatever is no `Text`, also in tables."""
        return super().render_str(printable(text), **options)


def styled(text: str, style: str) -> Text:
    """Return a text of one line in a style, such as ``bold``."""
    return Text(one_line(text), style)
