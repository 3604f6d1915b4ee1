"""Does the strongest point of a map lie on a band that tells the class apart?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
from scipy.ndimage import binary_dilation

from raman_xp import hookimpl
from raman_xp.components import MapScore, ScoreTask
from raman_xp.spectra import Floats, Ints, Zone


class Pointing(MapScore):
    """Share of maps whose largest value lies on a channel unique to the class explained.

    The pointing game (Zhang et al., arXiv 1608.00507) on channels that are at least twice as strong in this
    class as in any other, and as whatever else stands in the spectrum. A place counts within the map's own
    tolerance, half a bin, two channels to four; of a map with several largest values, such as a wide step,
    counts the share of them that lie there: being coarse buys nothing. A map of a class that has no such
    channel is not counted; one without a positive value points nowhere.
    """

    name: ClassVar = "pointing"

    def score(self, task: ScoreTask) -> Mapping[str, Floats]:
        if task.zones is None:
            return {}
        reach = np.ones((1, 2 * int(task.maps.tolerance) + 1), dtype=bool)
        unique = task.zones == Zone.UNIQUE
        told = unique.any(axis=1)
        first, last = task.maps.extent or (0, task.spectra.channels - 1)
        inside = task.maps.values[:, first : last + 1]
        highest = inside == inside.max(axis=1, keepdims=True)
        near = binary_dilation(unique, reach)[:, first : last + 1]
        hits = (highest & near).sum(axis=1) / highest.sum(axis=1) * (inside.max(axis=1) > 0)
        targets, classes = task.maps.targets[told], len(task.spectra.classes)
        return {"pointing": per_class(hits[told], targets, classes)}


def per_class(values: Floats, targets: Ints, classes: int) -> Floats:
    """Mean of the values (rows,) of each class, (classes,); NaN for a class without rows."""
    counts = np.bincount(targets, minlength=classes)
    sums = np.bincount(targets, weights=values, minlength=classes)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)


@hookimpl
def raman_xp_map_scores() -> list[type[MapScore]]:
    return [Pointing]
