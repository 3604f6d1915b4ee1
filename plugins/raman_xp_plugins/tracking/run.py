"""What there is to know of a run of MLflow.

What a run is, its tags say: ``raman_xp.kind``, the ``raman_xp.trial_key`` of a trial, the
``raman_xp.fit_key`` of its fit, and ``raman_xp.fitted``, the same key once a trial holds that fit whole (a
fold does so when it is FINISHED). ``raman_xp.missing_pictures`` names pictures that could not be drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from raman_xp.results import MissingPicture

KIND, TRIAL, FIT, FITTED, MODEL, ERROR, MISSING = (
    f"raman_xp.{name}"
    for name in ("kind", "trial_key", "fit_key", "fitted", "model", "error", "missing_pictures")
)
NOTE = "mlflow.note.content"
MOST_METRICS, MOST_PARAMS, MOST_PARAM, MOST_TEXT = 900, 100, 6000, 5000
"""What MLflow takes in one request, of one param, and of one text."""


@dataclass(frozen=True)
class Run:
    """What there is to know of a run: ``started`` in milliseconds, ``artifacts`` their address."""

    id: str
    status: str
    started: int
    artifacts: str
    tags: Mapping[str, str]

    @property
    def order(self) -> tuple[int, str]:
        """Who was first."""
        return self.started, self.id

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left to do of the trial; missing pictures are drawn by the same command."""
        return self.status == "FINISHED" and MISSING not in self.tags

    @property
    def fitted(self) -> str | None:
        """Key of the fit that the run holds whole."""
        is_finished_fold = self.tags.get(KIND) == "fold" and self.status == "FINISHED"
        return self.tags.get(FIT if is_finished_fold else FITTED)


def run_of(run: Any) -> Run:
    """Of MLflow's entity."""
    info = run.info
    return Run(info.run_id, info.status, info.start_time, info.artifact_uri, run.data.tags)


def missing(pictures: Sequence[MissingPicture]) -> dict[str, str]:
    """Return the tag that names missing pictures; nothing where none is missing."""
    return {MISSING: ", ".join(picture.name for picture in pictures)[:MOST_TEXT]} if pictures else {}


def ending(error: BaseException) -> str:
    """Status of a run that an error has ended."""
    return "KILLED" if isinstance(error, KeyboardInterrupt) else "FAILED"
