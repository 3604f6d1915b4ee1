"""Importance from the weights of the first dense layer (Fukuhara et al. 2019, Eqs. 8 and 9)."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from raman_xp import hookimpl
from raman_xp.components import Capability, Explainer, ExplainTask, Features
from raman_xp.maps import Maps
from raman_xp.spectra import Floats
from raman_xp_plugins.explainers.feature_maps import FeatureMapExplainer


class FcImportance(FeatureMapExplainer):
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
        factor = along.scale
        warnings = {}
        if self.scale == "paper":
            total = features.activations.sum(axis=(1, 2), dtype=np.float64)
            factor = factor * total
            if flipped := int((total < 0).sum()):
                warnings = {"S < 0 turns the map around; scale: unit avoids it": flipped}
        values, where = self.place(contributions(features), features, task)
        return Maps(values * factor[:, None], targets, warnings=warnings, **where)


def contributions(features: Features) -> Floats:
    """A_xk ∂y/∂A_xk, (n, bins, maps) float64.

    Summed over bins and maps, plus the bias terms, it is the score's logit combination (where the dense layer
    is linear). It is HiResCAM (Draelos & Carin, arXiv 2011.08891) of the flattened layer.
    """
    return np.multiply(features.activations, features.gradients[:, 0], dtype=np.float64)


@hookimpl
def raman_xp_explainers() -> list[type[Explainer]]:
    return [FcImportance]
