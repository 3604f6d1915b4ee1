"""What a unit of work and a trial give back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from raman_xp.maps import Maps
from raman_xp.spectra import About, Floats, Ints


def unit_name(fold: int | None) -> str:
    """How a fit is called in runs, pictures and streams: ``fold 1``, or ``final``."""
    return "final" if fold is None else f"fold {fold}"


@dataclass(frozen=True)
class UnitResult:
    """One fit and what it says of the rows it has not seen.

    Args:
        fit_key: identifies data, preprocessing, split, model, seed, fold, threads and versions.
        fold: number of the fold, from 1; nothing for the final fit.
        rows: (n,) rows of the whole set that were evaluated: validation or test rows.
        labels: (n,) their classes.
        logits: (n, classes) float32.
        curves: learning curves, name → (epochs,).
        model: folder that holds the saved model.
        maps: explainer's label → its maps of those rows; empty for folds.
        seconds: how long each part took.
    """

    fit_key: str
    fold: int | None
    rows: Ints
    labels: Ints
    logits: NDArray[Any]
    curves: Mapping[str, Floats]
    model: Path
    maps: Mapping[str, Maps] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """How the unit is called in pictures and runs."""
        return unit_name(self.fold)

    @property
    def correct(self) -> NDArray[Any]:
        """(n,) whether each row was recognised."""
        return np.asarray(self.logits.argmax(axis=1) == self.labels)


@dataclass(frozen=True)
class DatasetInfo:
    """A data set as a tracker records it."""

    about: About
    digest: str
    spectra: int
    channels: int
    classes: Mapping[str, int]


@dataclass(frozen=True)
class TrialContext:
    """What is known of a trial before it runs.

    Args:
        experiment: name of the experiment; trials of one name are compared with each other.
        description: what the experiment is for, Markdown.
        name: how this trial differs from its neighbours.
        params: the flattened spec.
        tags: keys and facts to find the run by.
        spec: the resolved spec as YAML text.
    """

    experiment: str
    description: str
    name: str
    params: Mapping[str, str]
    tags: Mapping[str, str]
    spec: str
    dataset: DatasetInfo


@dataclass(frozen=True)
class TrialResult:
    """A trial's outcome.

    Args:
        note: the outcome in a few lines of Markdown.
        metrics: name → number; what stands before the last slash groups them.
        artifacts: folder whose files belong to the run.
        final: the final fit.
    """

    note: str
    metrics: Mapping[str, float]
    artifacts: Path
    final: UnitResult
