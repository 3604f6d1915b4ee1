"""What explainers of the last feature map share: where on the input axis its bins are drawn."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np

from raman_xp.components import Capability, ExplainTask, ScoreExplainer
from raman_xp.maps.placement import Placement


class FeatureMapExplainer(ScoreExplainer):
    """Explains by the last feature map of a network, the map A of Eqs. 6 to 9."""

    needs: ClassVar = frozenset({Capability.FEATURE_GRADIENTS})

    placement: Literal["effective", "geometric"] = "effective"
    """Where a bin is drawn: `geometric`, at the centre of its receptive field; `effective`, for each feature
    map where in that field its weights look, which keeps narrow bands in place."""

    def placed(self, task: ExplainTask) -> tuple[Placement, dict[str, Any]]:
        """How the last feature map is drawn on the input axis, and the resolution and extent of such maps."""
        features = task.features()
        offsets = features.offsets if self.placement == "effective" else np.zeros_like(features.offsets)
        placement = Placement(features.centers, offsets, task.spectra.channels)
        return placement, {"resolution": float(placement.spacing), "extent": placement.extent}
