"""Importance from the weights of the first dense layer (Fukuhara et al. 2019, Eqs. 8 and 9)."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from raman_xp import hookimpl
from raman_xp.components import Capability, Explainer, ExplainTask
from raman_xp.maps import Maps
from raman_xp_plugins.explainers.feature_maps import FeatureMapExplainer


class FcImportance(FeatureMapExplainer):
    """Contribution of each channel through the dense layer: signed, positive where it speaks for the class.

    Eqs. 8 and 9 collapse. With h_l = b_l + Σ A_xk Fw_xkl, the gradient of the score with respect to a weight
    is g_l A_xk, so β_l = g_l S with S = ΣA, and M_x = S Σ_k A_xk ∂y/∂A_xk: one backward pass to the pooled
    layer instead of a gradient of millions of weights for every spectrum. A_xk ∂y/∂A_xk is HiResCAM (Draelos
    & Carin, arXiv 2011.08891) of the flattened layer: at the bins, its sum and the bias terms are the
    score's logit combination where the dense layer is linear.
    """

    name: ClassVar = "fc_importance"
    needs: ClassVar = frozenset({Capability.FEATURE_GRADIENTS, Capability.DENSE_AFTER_FEATURES})

    scale: Literal["unit", "paper"] = "unit"
    """`paper` keeps the factor S of Eqs. 8 and 9, which turns the whole map around where S < 0."""

    def explain(self, task: ExplainTask) -> Maps:
        activations = task.features().activations
        targets = task.targets(self.target)
        along = task.direction(self.score, targets)
        gradients = task.feature_gradients(along.unit)
        factor = along.scale
        warnings = {}
        if self.scale == "paper":
            total = activations.sum(axis=(1, 2), dtype=np.float64)
            total = np.repeat(total, len(factor) // len(total))
            factor = factor * total
            if flipped := int((total < 0).sum()):
                warnings = {"S < 0 turns the map around; scale: unit avoids it": flipped}
        placement, where = self.placed(task)
        values = gradients.mixed(placement.of_products(activations, gradients.basis))
        rows = values.reshape(len(targets), -1) * factor[:, None].astype(values.dtype)
        return Maps(rows, targets, warnings=warnings, **where)


@hookimpl
def raman_xp_explainers() -> list[type[Explainer]]:
    return [FcImportance]
