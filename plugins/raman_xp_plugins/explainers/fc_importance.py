"""Importance from the weights of the first dense layer (Fukuhara et al. 2019, Eqs. 8 and 9)."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from raman_xp import hookimpl
from raman_xp.components import Capability, Explainer, ExplainTask, ScoreExplainer
from raman_xp.maps import Maps, on_channels
from raman_xp.spectra import Floats


class FcImportance(ScoreExplainer):
    """Contribution of each channel through the dense layer: signed, positive where it speaks for the class.

    Eqs. 8 and 9 collapse. With h_l = b_l + Σ A_xk Fw_xkl, the gradient of the score with respect to a weight
    is g_l A_xk, so β_l = g_l S with S = ΣA, and M_x = S Σ_k A_xk ∂y/∂A_xk: one backward pass to the pooled
    layer instead of a gradient of millions of weights for every spectrum.
    """

    name: ClassVar = "fc_importance"
    needs: ClassVar = frozenset({Capability.FEATURE_GRADIENTS, Capability.DENSE_AFTER_FEATURES})

    scale: Literal["unit", "paper"] = "unit"
    """`paper` keeps the factor S of Eqs. 8 and 9, which turns the whole map around where S < 0."""

    def explain(self, task: ExplainTask) -> Maps:
        targets = task.targets(self.target)
        along = task.direction(self.score, targets)
        features = task.feature_gradients(along.unit)
        at_bins = contributions(features.activations, features.gradients[:, 0]) * along.scale[:, None]
        warnings = {}
        if self.scale == "paper":
            total = features.activations.sum(axis=(1, 2), dtype=np.float64)
            at_bins *= total[:, None]
            if flipped := int((total < 0).sum()):
                warnings = {"S < 0 turns the map around; scale: unit avoids it": flipped}
        values, extent = on_channels(at_bins, features.centers, task.spectra.channels)
        spacing = float(features.centers[1] - features.centers[0])
        return Maps(values, targets, resolution=spacing, extent=extent, warnings=warnings)


def contributions(activations: Floats, gradients: Floats) -> Floats:
    """Σ_k A_xk ∂y/∂A_xk, (n, bins) float64, from activations and gradients (n, bins, maps).

    Summed over the bins, plus the bias terms, it is the score's logit combination (where the dense layer is
    linear). It is HiResCAM (Draelos & Carin, arXiv 2011.08891) of the flattened layer.
    """
    return np.asarray(np.einsum("nbk,nbk->nb", activations, gradients, dtype=np.float64))


@hookimpl
def raman_xp_explainers() -> list[type[Explainer]]:
    return [FcImportance]
