"""What there is to know of a run of MLflow.

What a run is, its tags say: ``raman_xp.kind``, the ``raman_xp.trial_key`` of a trial, the
``raman_xp.fit_key`` of its fit, and ``raman_xp.fitted``, the same key once a trial holds that fit whole (a
fold does so when it is FINISHED). ``raman_xp.missing_pictures`` names pictures that could not be drawn. What
shows that a record is whole is written last: a runner may die, or lose the store, between any two requests.
"""

from __future__ import annotations

import getpass
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from raman_xp.results import MissingPicture

KIND, TRIAL, FIT, FITTED, MODEL, ERROR, MISSING = (
    f"raman_xp.{name}"
    for name in ("kind", "trial_key", "fit_key", "fitted", "model", "error", "missing_pictures")
)
NOTE = "mlflow.note.content"
TRACEBACK = "traceback.txt"
"""File of a run that has failed."""
MOST_METRICS, MOST_PARAMS, MOST_PARAM, MOST_TEXT, MOST_NAME = 900, 100, 6000, 5000, 250
"""What MLflow takes in one request, of one param, of one text, and of the name of a run or a param."""


def cut(text: str, most: int, whole: str) -> str:
    """Return a text that MLflow can hold: one that is too long ends with the file that has all of it.

    >>> cut("a b c d e f g h i j k l m n o p q r s t", 30, "a.csv")
    'a b c d … (the rest: a.csv)'
    """
    if len(text) <= most:
        return text
    end = f" … (the rest: {whole})"
    return text[: most - len(end)].rstrip() + end


@dataclass(frozen=True)
class Run:
    """What there is to know of a run: ``started`` in milliseconds, ``artifacts`` their address, names of its
    ``metrics``."""

    id: str
    status: str
    started: int
    artifacts: str
    tags: Mapping[str, str]
    metrics: frozenset[str] = frozenset()

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left to do of the trial; missing pictures are drawn by the same command."""
        return self.status == "FINISHED" and not self.tags.get(MISSING)

    @property
    def is_left(self) -> bool:
        """Whether a runner has ended it, and it is not whole."""
        return self.status in ("FAILED", "KILLED", "FINISHED") and not self.is_whole

    @property
    def fitted(self) -> str | None:
        """Key of the fit that the run holds whole."""
        is_finished_fold = self.tags.get(KIND) == "fold" and self.status == "FINISHED"
        return self.tags.get(FIT if is_finished_fold else FITTED)


def run_of(run: Any) -> Run:
    """Of MLflow's entity."""
    info = run.info
    return Run(
        info.run_id,
        info.status,
        info.start_time,
        info.artifact_uri,
        run.data.tags,
        frozenset(run.data.metrics),
    )


def missing(pictures: Sequence[MissingPicture]) -> dict[str, str]:
    """Return the tag that names missing pictures; nothing where none is missing."""
    return {MISSING: ", ".join(picture.name for picture in pictures)} if pictures else {}


def ending(error: BaseException) -> str:
    """Status of a run that an error has ended."""
    return "KILLED" if isinstance(error, KeyboardInterrupt) else "FAILED"


@cache
def user() -> str:
    """Name of the user, or number where there is no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container whose user has no name
        return str(os.getuid())
