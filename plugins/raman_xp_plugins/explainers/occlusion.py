"""What the score loses when a part of the spectrum is covered (Zeiler & Fergus, arXiv 1311.2901)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Self

import numpy as np
from pydantic import Field, PositiveInt, model_validator

from raman_xp import hookimpl
from raman_xp.components import Explainer, ExplainTask, ScoreExplainer
from raman_xp.maps import Maps
from raman_xp.spectra import Floats


class Occlusion(ScoreExplainer):
    """Score lost when a window of the spectrum is replaced by the straight line between its ends.

    A channel has the mean of the windows that cover it. It asks nothing of the model but its scores.
    """

    name: ClassVar = "occlusion"

    width: int = Field(16, ge=1, le=65536)
    """Width of the window, in channels."""
    step: PositiveInt | None = None
    """Channels from a window to the next, at most the width; default: half of it."""

    @model_validator(mode="after")
    def _covers_all(self) -> Self:
        if self.step and self.step > self.width:
            raise ValueError(f"step {self.step} leaves channels uncovered; at most the width, {self.width}")
        return self

    def explain(self, task: ExplainTask) -> Maps:
        targets = task.targets(self.target)
        x = task.spectra.intensity
        step = self.step or max(1, self.width // 2)
        windows = list(_windows(x.shape[1], self.width, step))
        before = task.scores(self.score, targets)
        lost, covered = np.zeros((len(targets), x.shape[1])), np.zeros(x.shape[1])
        scores = task.scores_of((_covered(x, window) for window in windows), self.score, targets)
        for window, score in zip(windows, scores, strict=True):
            lost[:, window] += (before - score)[:, None]
            covered[window] += 1
        return Maps(lost / covered, targets, resolution=float(step))


def _windows(channels: int, width: int, step: int) -> Iterator[slice]:
    """Windows that together cover all channels; the last ends with the axis."""
    last = max(channels - width, 0)
    for start in [*range(0, last, step), last]:
        yield slice(start, min(start + width, channels))


def _covered(x: Floats, window: slice) -> Floats:
    """Spectra (n, channels) with a straight line between the channels beside the window (or the ends)."""
    left, right = max(window.start - 1, 0), min(window.stop, x.shape[1] - 1)
    covered = x.copy()
    share = (np.arange(window.start, window.stop, dtype=x.dtype) - left) / (right - left)
    covered[:, window] = x[:, [left]] + (x[:, [right]] - x[:, [left]]) * share
    return covered


@hookimpl
def raman_xp_explainers() -> list[type[Explainer]]:
    return [Occlusion]
