"""How sharply a map points."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from raman_xp import hookimpl
from raman_xp.components import MapScore, ScoreTask
from raman_xp.spectra import Floats
from raman_xp_plugins.map_scores.pointing import per_class


class Width(MapScore):
    """Full width at half maximum of the band on which a map has its largest value, in channels.

    From there to both sides, the first places at which the map has fallen to half, between two channels by a
    straight line; the end of what the method supports counts as one. A map without a positive value has none.
    """

    name: ClassVar = "width"

    def score(self, task: ScoreTask) -> Mapping[str, Floats]:
        first, last = task.maps.extent or (0, task.spectra.channels - 1)
        inside = task.maps.values[:, first : last + 1].astype(np.float64)
        lit = inside.max(axis=1) > 0
        widths = np.array([width(row) for row in inside[lit]])
        return {"width": per_class(widths, task.maps.targets[lit], len(task.spectra.classes))}


def width(row: Floats) -> float:
    """Full width at half maximum around the largest value of a row, in channels."""
    at = int(row.argmax())
    return _to_half(row[at:]) + _to_half(row[at::-1])


def _to_half(falling: Floats) -> float:
    """Channels from the first to where there is half of it."""
    half = falling[0] / 2
    below = np.flatnonzero(falling < half)
    if not below.size:
        return float(len(falling) - 1)
    after = int(below[0])
    return float(after - (half - falling[after]) / (falling[after - 1] - falling[after]))


@hookimpl
def raman_xp_map_scores() -> list[type[MapScore]]:
    return [Width]
