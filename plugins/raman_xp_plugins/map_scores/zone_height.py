"""How high a map stands on bands of the class, of what else is in the spectrum, and on background."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
from pydantic import Field
from scipy.ndimage import label, maximum

from raman_xp import hookimpl
from raman_xp.components import MapScore, ScoreTask
from raman_xp.spectra import Floats, Zone
from raman_xp_plugins.map_scores.pointing import per_class

_ALONG_A_ROW = [[0, 0, 0], [1, 1, 1], [0, 0, 0]]


class ZoneHeight(MapScore):
    """Height of a map on each stretch of unique, shared, rival's and background channels, and of distractors
    where there are any: its largest value there relative to its largest of all; and the share of stretches
    that are lit.

    Mass tells how much of a map lies in a zone, height whether each of its bands is lit at all. A stretch of
    channels of one zone counts once, every spectrum alike. A map without a positive value lights none.
    """

    name: ClassVar = "zone_height"

    lit: float = Field(0.1, gt=0, lt=1)
    """From this height on, relative to the map's largest value, a stretch is called lit."""

    def score(self, task: ScoreTask) -> Mapping[str, Floats]:
        if task.zones is None:
            return {}
        values = np.maximum(task.maps.values, 0)
        values /= np.maximum(values.max(axis=1, keepdims=True), np.finfo(np.float32).tiny)
        targets, classes = task.maps.targets, len(task.spectra.classes)
        numbers = {}
        for zone in Zone:
            stretches, number = label(task.zones == zone, structure=_ALONG_A_ROW)
            if zone is Zone.DISTRACTOR and not number:
                continue
            rows = np.zeros(number, dtype=np.int64)
            there = np.nonzero(stretches)
            rows[stretches[there] - 1] = there[0]
            heights = np.asarray(maximum(values, stretches, np.arange(1, number + 1)), dtype=float)
            of_rows = np.bincount(rows, minlength=len(values))
            for name, each in (("height", heights), ("lit", (heights >= self.lit) * 1.0)):
                sums = np.bincount(rows, weights=each, minlength=len(values))
                means = (sums / np.maximum(of_rows, 1))[of_rows > 0]
                numbers[f"{name}_{zone.name.lower()}"] = per_class(means, targets[of_rows > 0], classes)
        return numbers


@hookimpl
def raman_xp_map_scores() -> list[type[MapScore]]:
    return [ZoneHeight]
