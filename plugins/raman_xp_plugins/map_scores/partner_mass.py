"""How much of a map falls to the other component of a mixture."""

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


class PartnerMass(MapScore):
    """Share of a map's positive mass that falls to what stands in the spectrum beside its class, each channel
    being divided as the spectrum itself is: Σ M⁺ · other / (own + other) over Σ M⁺.

    Zones judge a channel as a whole; this also tells bands apart that overlap. The plain input has the
    partner's share of the spectrum. Only maps of the labelled class count, and those with a positive value.
    """

    name: ClassVar = "partner_mass"

    partner: str | None = None
    """Name of the other component of the mixtures that count; default: all."""

    def require(self, test: Spectra) -> None:
        if test.contents is None:
            raise DataError(f"{self.slug}: what stands in these spectra beside their class is not known")
        if self.partner is not None:
            require_partner(self, test, self.partner)

    def score(self, task: ScoreTask) -> Mapping[str, Floats]:
        maps, spectra = task.maps, task.spectra
        truth = spectra.truth
        if maps.per == "class" or truth is None or truth.contents is None:
            return {}
        positive = np.maximum(maps.values, 0)
        told = (maps.targets == spectra.labels) & with_partner(spectra, self.partner)
        rows = np.flatnonzero(told & positive.any(axis=1))
        shares = np.empty(len(rows))
        for place, row in enumerate(rows):
            own, other = truth.contents_of(spectra.wavenumber, int(row))
            part = np.divide(other, own + other, out=np.zeros_like(own), where=own + other > 0)
            shares[place] = positive[row] @ part / positive[row].sum()
        return {self.slug: per_class(shares, maps.targets[rows], len(spectra.classes))}


@hookimpl
def raman_xp_map_scores() -> list[type[MapScore]]:
    return [PartnerMass]
