"""Train on a few spectra of known signal per class, test on all others (Fukuhara et al. 2019, sec. 4.2)."""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from raman_xp import hookimpl
from raman_xp.components import Split, SplitTask, Splitter
from raman_xp_plugins.splits.folds import require_per_class, stratified_folds


class SignalLadder(Splitter):
    """Per class, train on the spectra nearest to given fractions of the strongest one's signal.

    Signal is the height of the strongest band, lightly smoothed, after the baseline and before any rescaling.
    """

    name: ClassVar = "signal_ladder"

    fractions: Annotated[tuple[Annotated[float, Field(gt=0, le=1)], ...], Field(min_length=1)] = (
        1.0,
        0.5,
        1 / 3,
        0.25,
    )
    """Signals wanted, relative to the strongest spectrum of the class."""
    folds: Annotated[int, Field(ge=2)] | None = 4
    """Folds of cross-validation inside the training spectra; `null` for none."""

    def split(self, task: SplitTask) -> Split:
        every = np.arange(len(task.samples))
        rungs = len(self.fractions)
        require_per_class(
            task, every, rungs + 1, f"{rungs} fractions and a test set need at least {rungs + 1}"
        )
        train = np.sort(
            np.concatenate([self._rungs(task, label) for label in range(len(task.samples.classes))])
        )
        return Split(train, np.setdiff1d(every, train), stratified_folds(task, train, self.folds))

    def _rungs(self, task: SplitTask, label: int) -> np.ndarray:
        rows = np.flatnonzero(task.samples.labels == label)
        relative = task.spectra.signal[rows] / task.spectra.signal[rows].max()
        chosen: list[int] = []
        for fraction in self.fractions:
            distance = np.abs(relative - fraction)
            distance[chosen] = np.inf
            chosen.append(int(distance.argmin()))
        return rows[chosen]


@hookimpl
def raman_xp_splitters() -> list[type[Splitter]]:
    return [SignalLadder]
