"""The spectrum itself: what a map must beat before it says anything about a model."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from raman_xp import hookimpl
from raman_xp.components import Explainer, ExplainTask
from raman_xp.maps import Maps


class InputMagnitude(Explainer):
    """|input|: strong bands, without a look at the model. The baseline of every comparison."""

    name: ClassVar = "input_magnitude"

    target: Literal["predicted", "labelled"] = "predicted"
    """Which class a map counts for: the predicted one, or the one the spectrum is labelled with."""

    def explain(self, task: ExplainTask) -> Maps:
        return Maps(np.abs(task.spectra.intensity), task.targets(self.target), signed=False)


@hookimpl
def raman_xp_explainers() -> list[type[Explainer]]:
    return [InputMagnitude]
