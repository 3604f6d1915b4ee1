"""A share of every class for the test, the rest in folds."""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from raman_xp import hookimpl
from raman_xp.components import Split, SplitTask, Splitter
from raman_xp.errors import DataError
from raman_xp_plugins.splits.folds import require_per_class, stratified_folds


class Stratified(Splitter):
    """Draw test rows at random, the same share of every class; groups stay whole."""

    name: ClassVar = "stratified"

    test: float = Field(0.2, gt=0, lt=1)
    """Share of the spectra kept for the test; with groups, one of round(1 / share) parts of whole groups."""
    folds: Annotated[int, Field(ge=2)] | None = 5
    """Folds of cross-validation inside the rest; `null` for none."""

    def split(self, task: SplitTask) -> Split:
        every = np.arange(len(task.samples))
        require_per_class(task, every, 2, "a test set and a training set need at least 2")
        test = self._grouped(task) if task.samples.groups else self._drawn(task, every)
        train = np.setdiff1d(every, test)
        return Split(train, test, stratified_folds(task, train, self.folds))

    def _drawn(self, task: SplitTask, every: np.ndarray) -> np.ndarray:
        """Random rows of each class, at least one and not all."""
        labels = task.samples.labels
        drawn = []
        for label in range(len(task.samples.classes)):
            rows = every[labels == label]
            number = min(max(round(self.test * len(rows)), 1), len(rows) - 1)
            drawn.append(task.rng.permutation(rows)[:number])
        return np.sort(np.concatenate(drawn))

    def _grouped(self, task: SplitTask) -> np.ndarray:
        """One part of a grouped, stratified partition into as many parts as come near to the share."""
        from sklearn.model_selection import StratifiedGroupKFold

        parts = max(round(1 / self.test), 2)
        require_per_class(
            task, np.arange(len(task.samples)), parts, f"a test share of {self.test:g} needs {parts}"
        )
        cut = StratifiedGroupKFold(parts, shuffle=True, random_state=int(task.rng.integers(2**31)))
        labels = task.samples.labels
        _, test = next(cut.split(labels, labels, np.array(task.samples.groups)))
        if missing := set(range(len(task.samples.classes))) - set(labels[test].tolist()):
            names = ", ".join(task.samples.classes[label] for label in sorted(missing))
            raise DataError(
                f"split: no group of class {names} was drawn for the test; try another seed or share"
            )
        return np.asarray(test)


@hookimpl
def raman_xp_splitters() -> list[type[Splitter]]:
    return [Stratified]
