"""Where the positive part of a map lies: on bands of the class, of its rivals, or on background."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from raman_xp import hookimpl
from raman_xp.components import MapScore, ScoreTask
from raman_xp.spectra import Floats, Zone
from raman_xp_plugins.map_scores.pointing import per_class

NO_BAND = 0.03
"""Of the maximum of a class's mean: where it is less, the class has no band."""


class ZoneMass(MapScore):
    """Share of a map's positive mass on unique, shared, rival's and background channels, and on distractors
    where there are any; they sum to 1. And, whatever else stands there, the share off the bands of the class
    itself, where its noise-free mean is under 3 % of its maximum.

    Background is where every class is under 3 % of its maximum, which is little where many compounds overlap.
    A map proportional to the activations is small where the spectrum is flat, so that little mass on
    background is no evidence by itself: compare with `input_magnitude`.
    """

    name: ClassVar = "zone_mass"

    def score(self, task: ScoreTask) -> Mapping[str, Floats]:
        if task.zones is None:
            return {}
        inside = {zone.name.lower(): task.zones == zone for zone in Zone}
        if not inside["distractor"].any():
            del inside["distractor"]
        spectra, targets = task.spectra, task.maps.targets
        if spectra.truth:
            means = [spectra.truth.mean(spectra.wavenumber, name) for name in spectra.classes]
            inside["off_band"] = np.stack(means)[targets] < NO_BAND
        positive = np.maximum(task.maps.values, 0)
        total = positive.sum(axis=1)
        lit = total > 0  # a map without a positive channel has no mass to share out
        shares = {name: positive.sum(axis=1, where=where)[lit] / total[lit] for name, where in inside.items()}
        return {
            f"mass_{name}": per_class(share, targets[lit], len(spectra.classes))
            for name, share in shares.items()
        }


@hookimpl
def raman_xp_map_scores() -> list[type[MapScore]]:
    return [ZoneMass]
