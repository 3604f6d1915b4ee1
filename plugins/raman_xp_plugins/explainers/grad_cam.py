"""Gradient-weighted class activation mapping of the pooled layer (Fukuhara et al. 2019, Eqs. 6 and 7)."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import numpy as np

from raman_xp import hookimpl
from raman_xp.components import Explainer, ExplainTask
from raman_xp.maps import Maps
from raman_xp_plugins.explainers.feature_maps import FeatureMapExplainer


class GradCam(FeatureMapExplainer):
    """Feature maps weighted by the sum of their gradients over position, negative parts cut off.

    α_k = Σ_x ∂y/∂A_xk and L_x = ReLU(Σ_k α_k A_xk). Selvaraju et al. (arXiv 1610.02391) average instead of
    summing, which only scales the map.
    """

    name: ClassVar = "grad_cam"

    def explain(self, task: ExplainTask) -> Maps:
        activations = task.features().activations
        targets = task.targets(self.target)
        along = task.direction(self.score, targets)
        gradients = task.feature_gradients(along.unit)
        weights = gradients.basis.sum(axis=2, keepdims=True)
        placement, where = self.placed(task)
        if self.placement == "geometric":  # the maps stay together: Eq. 7 to the letter, at the bins
            at_bins = (activations @ weights[:, :, 0].swapaxes(1, 2)).swapaxes(1, 2)
            cut = np.maximum(gradients.mixed(at_bins), 0).reshape(len(targets), -1, 1)
            values = replace(placement, offsets=np.zeros(1)).of(cut)
        else:
            values = np.maximum(gradients.mixed(placement.of_products(activations, weights)), 0)
        values = values.reshape(len(targets), -1)
        dark = int((~values.any(axis=1)).sum())
        warnings = {"the ReLU of Eq. 7 leaves nothing of the map": dark} if dark else {}
        return Maps(values * along.scale[:, None], targets, warnings=warnings, **where)


@hookimpl
def raman_xp_explainers() -> list[type[Explainer]]:
    return [GradCam]
