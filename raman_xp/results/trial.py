"""The outcome of a trial, and of a sweep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from raman_xp.results.fit import UnitResult
from raman_xp.results.metrics import Numbers
from raman_xp.results.pictures import MissingPicture
from raman_xp.system.files import Files

_NUMBERS = "numbers.json"


@dataclass(frozen=True)
class TrialResult:
    """A trial's outcome.

    Args:
        note: the outcome in a few lines of Markdown.
        numbers: all of it.
        final: the final fit, with maps, tables and pictures.
        missing: pictures that could not be drawn.
    """

    note: str
    numbers: Numbers
    final: UnitResult
    missing: Sequence[MissingPicture] = ()

    @property
    def metrics(self) -> Mapping[str, float]:
        """Name → number; what stands before the last slash groups them."""
        return dict(self.numbers.metrics())

    @property
    def kept(self) -> Files:
        """Files from which `numbers_of` restores the numbers."""
        return {_NUMBERS: self.numbers.to_json()}


@dataclass(frozen=True)
class SweepResult:
    """What the trials of a sweep amount to together.

    Args:
        name: how its run is called.
        key: of all its trials, and of what is drawn of them.
        note: the outcome in a few lines of Markdown.
        tags: facts to find the run by.
        files: table and pictures.
        missing: pictures that could not be drawn.
    """

    name: str
    key: str
    note: str
    tags: Mapping[str, str]
    files: Files
    missing: Sequence[MissingPicture] = ()


def numbers_of(kept: Files) -> Numbers:
    """The numbers of a trial whose files these are.

    Raises:
        ValueError: they are something else.
    """
    try:
        return Numbers.from_json(kept[_NUMBERS])
    except (KeyError, ValueError) as error:
        raise ValueError(f"no numbers of a trial: {str(error).splitlines()[0]}") from error
