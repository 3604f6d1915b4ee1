"""Where the positive part of a map lies: on bands of the class, of its rivals, or on background."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from raman_xp import hookimpl
from raman_xp.components import MapScore, ScoreTask
from raman_xp.spectra import Floats, Zone
from raman_xp_plugins.map_scores.pointing import per_class


class ZoneMass(MapScore):
    """Share of a map's positive mass on unique, shared, rival's and background channels, and on distractors
    where there are any; they sum to 1.

    Background is where every class is under 3 % of its maximum, which is little where many compounds overlap.
    A map proportional to the activations is small where the spectrum is flat, so that little mass on
    background is no evidence by itself: compare with `input_magnitude`.
    """

    name: ClassVar = "zone_mass"

    def score(self, task: ScoreTask) -> Mapping[str, Floats]:
        if task.zones is None:
            return {}
        positive = np.maximum(task.maps.values, 0)
        total = positive.sum(axis=1)
        targets, classes = task.maps.targets, len(task.spectra.classes)
        shares = {}
        for zone in Zone:
            inside = task.zones == zone
            if zone is Zone.DISTRACTOR and not inside.any():
                continue
            mass = positive.sum(axis=1, where=inside)
            share = np.divide(mass, total, out=np.full(len(total), np.nan), where=total > 0)
            told = ~np.isnan(share)  # a map without a positive channel has no mass to share out
            shares[f"mass_{zone.name.lower()}"] = per_class(share[told], targets[told], classes)
        return shares


@hookimpl
def raman_xp_map_scores() -> list[type[MapScore]]:
    return [ZoneMass]
