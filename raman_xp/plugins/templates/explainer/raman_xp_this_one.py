"""What each channel adds to the score: its gradient times its intensity."""

from typing import ClassVar

import numpy as np

from raman_xp import hookimpl
from raman_xp.components import Capability, Explainer, ExplainTask, ScoreExplainer
from raman_xp.maps import Maps


class ThisOne(ScoreExplainer):
    """Gradient of the score with respect to each channel, times the intensity there.

    Say here what a map means, and cite where the method comes from.
    """

    name: ClassVar = "this_one"
    needs: ClassVar = frozenset({Capability.INPUT_GRADIENTS})

    absolute: bool = False
    """Sizes only, without the sign."""

    def explain(self, task: ExplainTask) -> Maps:
        targets = task.targets(self.target)  # a class for each row of the maps
        along = task.direction(self.score, targets)
        gradients = task.input_gradients(along.unit) * along.scale[:, None]
        rows_a_spectrum = len(targets) // len(task.spectra)
        values = gradients * np.repeat(task.spectra.intensity, rows_a_spectrum, axis=0)
        return Maps(np.abs(values) if self.absolute else values, targets, signed=not self.absolute)


@hookimpl
def raman_xp_explainers() -> list[type[Explainer]]:
    return [ThisOne]
