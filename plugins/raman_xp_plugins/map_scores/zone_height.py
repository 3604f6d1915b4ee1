"""How high a map stands on bands of the class, of what else is in the spectrum, and on background."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field

from raman_xp import hookimpl
from raman_xp.components import MapScore, ScoreTask
from raman_xp.spectra import Floats, Zone
from raman_xp_plugins.map_scores.pointing import per_class


class ZoneHeight(MapScore):
    """Largest value of a map on unique, shared, rival's and background channels, and on distractors where
    there are any, each relative to its largest of all; and the share of maps that leave the unique ones dark.

    Mass tells how much of a map lies in a zone, height whether the zone is lit at all. A map without a
    positive value is not counted, nor is a zone where the spectrum has none.
    """

    name: ClassVar = "zone_height"

    dark: float = Field(0.1, gt=0, lt=1)
    """Below this height, relative to the map's largest value, the unique channels are called dark."""

    def score(self, task: ScoreTask) -> Mapping[str, Floats]:
        if task.zones is None:
            return {}
        lit = task.maps.values.max(axis=1) > 0
        values, zones, targets = task.maps.values[lit], task.zones[lit], task.maps.targets[lit]
        classes = len(task.spectra.classes)
        numbers = {}
        for zone in Zone:
            inside = zones == zone
            there = inside.any(axis=1)
            if zone is Zone.DISTRACTOR and not there.any():
                continue
            height = values.max(axis=1, where=inside, initial=0)[there] / values.max(axis=1)[there]
            numbers[f"height_{zone.name.lower()}"] = per_class(height, targets[there], classes)
            if zone is Zone.UNIQUE:
                numbers["dark_unique"] = per_class((height < self.dark) * 1.0, targets[there], classes)
        return numbers


@hookimpl
def raman_xp_map_scores() -> list[type[MapScore]]:
    return [ZoneHeight]
