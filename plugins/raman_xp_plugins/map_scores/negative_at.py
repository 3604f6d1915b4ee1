"""Does a map speak against the class at a band that is known?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from raman_xp import hookimpl
from raman_xp.components import MapScore, ScoreTask
from raman_xp.errors import DataError
from raman_xp.spectra import Floats, Spectra
from raman_xp.wording import did_you_mean
from raman_xp_plugins.map_scores.pointing import per_class


class NegativeAt(MapScore):
    """Share of maps of the labelled class that are negative at a wavenumber, as the mean over the channels
    within the map's own tolerance, max(2, half a bin).

    With a partner, of the mixtures with it only: does the network take its band as evidence against the
    component that it recognises (Fukuhara et al. 2019, Fig. 7)? A method that never gives a negative value
    has no such number.
    """

    name: ClassVar = "negative_at"

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
        if self.partner is None:
            return
        contents = test.truth.contents if test.truth else None
        if contents is None or contents.partners is None:
            raise DataError(f"{self.slug}: partner: nothing is mixed in these spectra; leave it out")
        if self.partner not in contents.partners:
            near = did_you_mean(self.partner, sorted(set(contents.partners)))
            raise DataError(f"{self.slug}: partner: no test spectrum is mixed with {self.partner}; {near}")

    def score(self, task: ScoreTask) -> Mapping[str, Floats]:
        maps, spectra = task.maps, task.spectra
        if maps.per == "class" or not (maps.values < 0).any():
            return {}
        channel = int(np.abs(spectra.wavenumber - self.at).argmin())
        reach = int(maps.tolerance)
        here = maps.values[:, max(channel - reach, 0) : channel + reach + 1].mean(axis=1)
        told = maps.targets == spectra.labels
        if self.partner is not None and spectra.truth and spectra.truth.contents:
            told &= np.array(spectra.truth.contents.partners) == self.partner
        negative = (here[told] < 0).astype(float)
        return {self.slug: per_class(negative, maps.targets[told], len(spectra.classes))}


@hookimpl
def raman_xp_map_scores() -> list[type[MapScore]]:
    return [NegativeAt]
