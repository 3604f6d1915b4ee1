"""What the score loses when a part of the spectrum is covered (Zeiler & Fergus, arXiv 1311.2901)."""

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
        x, targets = task.spectra.intensity, task.targets(self.target)
        step = self.step or max(1, self.width // 2)
        last = max(x.shape[1] - self.width, 0)
        windows = [slice(start, start + self.width) for start in [*range(0, last, step), last]]
        before = task.scores(self.score, targets)
        lost, covered = np.zeros((len(targets), x.shape[1])), np.zeros(x.shape[1])
        scores = task.scores_of(_without(x, windows), self.score, targets)  # many windows at once
        for window, score in zip(windows, scores, strict=True):
            lost[:, window] += (before - score)[:, None]
            covered[window] += 1
        return Maps(lost / covered, targets, resolution=float(min(step, x.shape[1])))


def _without(x: Floats, windows: list[slice]) -> Iterator[Floats]:
    """For each window, spectra (n, channels) with a straight line between the channels beside it."""
    for window in windows:
        left, right = max(window.start - 1, 0), min(window.stop, x.shape[1] - 1)
        line = np.linspace(x[:, left], x[:, right], right - left + 1, axis=1, dtype=x.dtype)
        first, last = window.start - left, min(window.stop, x.shape[1]) - left
        yield np.concatenate([x[:, : window.start], line[:, first:last], x[:, window.stop :]], axis=1)


@hookimpl
def raman_xp_explainers() -> list[type[Explainer]]:
    return [Occlusion]
