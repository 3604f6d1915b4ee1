"""What explainers of the last feature map share: where on the input axis its bins are drawn."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from raman_xp.components import Capability, ExplainTask, Features, ScoreExplainer
from raman_xp.maps import on_channels
from raman_xp.spectra import Floats


class FeatureMapExplainer(ScoreExplainer):
    """Explains by the last feature map of a network, the map A of Eqs. 6 to 9."""

    needs: ClassVar = frozenset({Capability.FEATURE_GRADIENTS})

    placement: Literal["effective", "geometric"] = "effective"
    """Where a bin is drawn: `geometric`, at the centre of its receptive field; `effective`, for each feature
    map where in that field its weights look, which keeps narrow bands in place."""

    def place(self, at_bins: Floats, features: Features, task: ExplainTask) -> tuple[Floats, dict[str, Any]]:
        """Draw (n, bins, maps) on the input axis, summed over the maps.

        Returns:
            (n, channels), and the resolution and extent of these maps.
        """
        offsets = features.offsets if self.placement == "effective" else None
        values, extent = on_channels(at_bins, features.centers, task.spectra.channels, offsets)
        spacing = float(features.centers[1] - features.centers[0])
        return values, {"resolution": spacing, "extent": extent}
