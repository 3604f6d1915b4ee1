"""What a map says at a band that is known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from raman_xp import hookimpl
from raman_xp.components import MapScore, ScoreTask
from raman_xp.errors import DataError
from raman_xp.spectra import Floats, Spectra
from raman_xp_plugins.map_scores.partners import require_partner, with_partner
from raman_xp_plugins.map_scores.pointing import per_class


class AtBand(MapScore):
    """The value of maps at a wavenumber, relative to the largest magnitude of each, and the share of maps
    that are negative there. The value is the mean over the channels within the map's own tolerance,
    half a bin, two to four. Only maps of the labelled class count.

    With a partner, of the mixtures with it only: does the network take its band as evidence against the
    component that it recognises (Fukuhara et al. 2019, Fig. 7)? A method that never gives a negative value
    has no share of them. The numbers are called after the id: `at_band_height`, `at_band_negative`.
    """

    name: ClassVar = "at_band"

    at: float
    """In the unit of the axis."""
    partner: str | None = None
    """Name of the other component of the mixtures that count; default: all spectra."""

    def require(self, test: Spectra) -> None:
        first, last = test.wavenumber[[0, -1]]
        if not first <= self.at <= last:
            raise DataError(
                f"{self.slug}: at: {self.at:g} is outside {first:g} to {last:g}, the spectra's axis"
            )
        if self.partner is not None:
            require_partner(self, test, self.partner)

    def score(self, task: ScoreTask) -> Mapping[str, Floats]:
        maps, spectra = task.maps, task.spectra
        if maps.per == "class":
            return {}
        channel = int(np.abs(spectra.wavenumber - self.at).argmin())
        reach = int(maps.tolerance)
        here = maps.normalized()[:, max(channel - reach, 0) : channel + reach + 1].mean(axis=1)
        told = (maps.targets == spectra.labels) & with_partner(spectra, self.partner)
        values, targets, classes = here[told], maps.targets[told], len(spectra.classes)
        numbers = {f"{self.slug}_height": per_class(values, targets, classes)}
        if (maps.values < 0).any():
            numbers[f"{self.slug}_negative"] = per_class((values < 0) * 1.0, targets, classes)
        return numbers


@hookimpl
def raman_xp_map_scores() -> list[type[MapScore]]:
    return [AtBand]
