"""What every map score is held to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from raman_xp.components import Family, MapScore
from raman_xp.components.contracts import checked_numbers
from raman_xp.maps import Maps
from raman_xp.spectra import Floats, Spectra
from raman_xp.testing.planted import planted_mixtures
from raman_xp.testing.suites.component import ComponentSuite
from raman_xp.trial.evaluate import score_task


class MapScoreSuite(ComponentSuite[MapScore]):
    """One number a class, or NaN; for maps of spectra and of classes, with a truth and without."""

    family = Family.MAP_SCORE

    def spectra(self) -> Spectra:
        """Three classes; in each spectrum the line of its class and a third of the next one's."""
        return planted_mixtures()

    def maps(self, per: str = "spectrum") -> Maps:
        """Signed maps that follow the spectra, with noise."""
        spectra, rng = self.spectra(), np.random.default_rng(0)
        if per == "class":
            return Maps(rng.normal(size=(3, spectra.channels)), np.arange(3), per="class")
        noise = rng.normal(0, 0.2, spectra.intensity.shape)
        return Maps(spectra.intensity + noise, spectra.labels)

    def scored(self, maps: Maps, spectra: Spectra | None = None) -> Mapping[str, Floats]:
        """Name → (classes,) its numbers, held to the contract; the truth is that of the spectra."""
        made, known = self.made(), spectra or self.spectra()
        task = score_task(maps, known, known.zones)
        return checked_numbers(made, made.score(task), len(task.spectra.classes))

    @pytest.mark.parametrize("per", ["spectrum", "class"])
    def test_it_gives_a_number_a_class(self, per: str) -> None:
        numbers = self.scored(self.maps(per))
        assert numbers or per == "class", "with the truth known, it has something to tell"

    def test_it_repeats(self) -> None:
        first, again = self.scored(self.maps()), self.scored(self.maps())
        assert first.keys() == again.keys()
        for name, values in first.items():
            np.testing.assert_array_equal(values, again[name])

    def test_it_does_not_fail_where_no_truth_is_known(self) -> None:
        self.scored(self.maps(), replace(self.spectra(), truth=None))

    def test_maps_without_a_positive_value_are_no_failure(self) -> None:
        self.scored(replace(self.maps(), values=np.zeros_like(self.maps().values)))

    def test_spectra_that_can_be_scored_are_let_through(self) -> None:
        self.made().require(self.spectra())
