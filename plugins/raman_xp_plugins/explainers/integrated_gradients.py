"""Gradients gathered on the way from a reference to the spectrum (Sundararajan et al., arXiv 1703.01365)."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from raman_xp import hookimpl
from raman_xp.components import Capability, Explainer, ExplainTask, ScoreExplainer
from raman_xp.maps import Maps


class IntegratedGradients(ScoreExplainer):
    """(x − x′) ∫₀¹ ∂y/∂x (x′ + a (x − x′)) da: what each channel adds to the score on the way from x′.

    Complete: the sum of a map is the score of the spectrum less that of the reference, but for the error of
    the midpoint rule, which falls with the steps.
    """

    name: ClassVar = "integrated_gradients"
    needs: ClassVar = frozenset({Capability.INPUT_GRADIENTS})

    reference: Literal["zero", "mean"] = "zero"
    """Where the way starts: a spectrum of zeros, or the mean training spectrum."""
    steps: int = Field(32, ge=1, le=10_000)
    """Points of the way at which gradients are taken."""

    def explain(self, task: ExplainTask) -> Maps:
        targets = task.targets(self.target)
        x = task.spectra.intensity
        start = np.zeros(x.shape[1], x.dtype)
        if self.reference == "mean":
            start = task.training.intensity.mean(axis=0, dtype=np.float64).astype(x.dtype)
        way = x - start
        points = (start + way * np.float32((step + 0.5) / self.steps) for step in range(self.steps))
        mean = sum(task.gradients_of(points, self.score, targets)) / self.steps
        return Maps(mean * np.repeat(way, len(targets) // len(x), axis=0), targets)


@hookimpl
def raman_xp_explainers() -> list[type[Explainer]]:
    return [IntegratedGradients]
