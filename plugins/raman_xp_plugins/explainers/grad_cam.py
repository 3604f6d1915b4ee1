"""Gradient-weighted class activation mapping of the pooled layer (Fukuhara et al. 2019, Eqs. 6 and 7)."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from raman_xp import hookimpl
from raman_xp.components import Capability, Explainer, ExplainTask, ScoreExplainer
from raman_xp.maps import Maps, on_channels


class GradCam(ScoreExplainer):
    """Feature maps weighted by the sum of their gradients over position, negative parts cut off.

    α_k = Σ_x ∂y/∂A_xk and L_x = ReLU(Σ_k α_k A_xk). Selvaraju et al. (arXiv 1610.02391) average instead of
    summing, which only scales the map.
    """

    name: ClassVar = "grad_cam"
    needs: ClassVar = frozenset({Capability.FEATURE_GRADIENTS})

    def explain(self, task: ExplainTask) -> Maps:
        targets = task.targets(self.target)
        along = task.direction(self.score, targets)
        features = task.feature_gradients(along.unit)
        weights = features.gradients[:, 0].sum(axis=1, dtype=np.float64) * along.scale[:, None]
        at_bins = np.maximum(np.einsum("nbk,nk->nb", features.activations, weights), 0)
        values, extent = on_channels(at_bins, features.centers, task.spectra.channels)
        spacing = float(features.centers[1] - features.centers[0])
        return Maps(values, targets, resolution=spacing, extent=extent)


@hookimpl
def raman_xp_explainers() -> list[type[Explainer]]:
    return [GradCam]
