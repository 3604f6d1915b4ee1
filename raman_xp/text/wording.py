"""Turns of phrase that messages share."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A question and what there is: ``did you mean 'filters'? (there are: …)``.

    >>> did_you_mean("filter", ["filters", "epochs"])
    "did you mean 'filters'? (there are: epochs, filters)"
    >>> did_you_mean("x", [])
    'there is none'
    """
    names = sorted(known)
    if not names:
        return "there is none"
    listed = f"there are: {', '.join(names)}"
    longer = [name for name in names if len(word) > 2 and name.startswith(word)]
    close = difflib.get_close_matches(word, names, n=1) or longer
    return f"did you mean {close[0]!r}? ({listed})" if close else listed


def counted(number: int, noun: str, plural: str = "") -> str:
    """A number with its noun.

    >>> counted(1, "spectrum", "spectra"), counted(3, "fold")
    ('1 spectrum', '3 folds')
    """
    return f"{number} {noun if number == 1 else plural or noun + 's'}"
