"""Scores of maps of mixtures, against the same numbers computed spectrum by spectrum."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from raman_xp.components import ScoreTask
from raman_xp.errors import DataError
from raman_xp.maps import Maps
from raman_xp.spectra import Contents, Spectra, Truth
from raman_xp.testing import planted_spectra
from raman_xp_plugins.map_scores.at_band import AtBand
from raman_xp_plugins.map_scores.partner_mass import PartnerMass

PARTNERS = ("b", "c", "c", "b", "b", "c")
RNG = np.random.default_rng(0)
OWN, OTHER = RNG.uniform(0, 1, (2, 6, 30)).astype(np.float32)
OWN[:, 28:] = OTHER[:, 28:] = 0  # nothing is there
VALUES = RNG.normal(0, 1, (6, 30))
TARGETS = np.array([0, 0, 1, 1, 2, 0])
"""The last map explains a class that is not the label of its spectrum."""


def spectra() -> Spectra:
    """Two spectra of each of three classes, on an axis from 100 in steps of 2."""
    some = planted_spectra((5, 15, 25), per_class=2, channels=30, first=100, step=2)
    samples = replace(some.samples, classes=("a", "b", "c"))
    means = dict(zip(samples.classes, RNG.uniform(0, 1, (3, 30)), strict=True))
    truth = Truth(some.wavenumber, means, contents=Contents(OWN, OTHER, PARTNERS))
    return replace(some, samples=samples, truth=truth)


def task(values=VALUES, targets=TARGETS, **more) -> ScoreTask:
    return ScoreTask(Maps(values, targets, **more), spectra(), None)


def means_of(values: dict[int, float]) -> list[float]:
    """The mean of each class of the values of some rows; NaN where there is none."""
    of_class = ([value for row, value in values.items() if TARGETS[row] == label] for label in range(3))
    return [np.mean(each) if each else np.nan for each in of_class]


LABELLED = {None: [0, 1, 2, 3, 4], "b": [0, 3, 4], "c": [1, 2]}
"""Partner → rows of maps that explain the class of their spectrum, which holds the partner."""


@pytest.mark.parametrize("partner", LABELLED)
@pytest.mark.parametrize(
    ("at", "resolution", "first", "last"),
    [
        (121.0, 1.0, 8, 12),  # halfway between channels 10 and 11, the lower of which counts
        (120.4, 8.0, 6, 14),  # channel 10, and four on either side
        (100.0, 1.0, 0, 2),
        (158.0, 1.0, 27, 29),
    ],
)
def test_the_value_at_a_band_is_a_mean_over_its_tolerance(partner, at, resolution, first, last):
    numbers = AtBand(at=at, partner=partner).score(task(resolution=resolution))
    here = {}
    for row in LABELLED[partner]:
        relative = VALUES[row] / np.abs(VALUES[row]).max()
        here[row] = sum(relative[first : last + 1]) / (last - first + 1)
    np.testing.assert_allclose(numbers["at_band_height"], means_of(here), rtol=1e-5)
    negative = {row: float(value < 0) for row, value in here.items()}
    np.testing.assert_allclose(numbers["at_band_negative"], means_of(negative))
    assert set(numbers) == {"at_band_height", "at_band_negative"}


def test_nought_is_not_negative():
    values = VALUES.copy()
    values[:, 8:13] = 0
    assert AtBand(at=120.0).score(task(values))["at_band_negative"].tolist() == [0, 0, 0]


def test_a_method_without_negative_values_has_no_share_of_them():
    values = np.abs(VALUES)
    values[:, 9:12] = 0
    numbers = AtBand(id="band", at=120.0).score(task(values))
    assert set(numbers) == {"band_height"}


def test_maps_of_classes_are_not_scored_by_single_spectra():
    of_classes = ScoreTask(Maps(VALUES[:3], np.arange(3), per="class"), spectra(), None)
    assert AtBand(at=120.0).score(of_classes) == PartnerMass().score(of_classes) == {}


@pytest.mark.parametrize("partner", LABELLED)
def test_the_mass_of_a_partner_is_divided_as_the_spectrum_is(partner):
    values = VALUES.copy()
    values[0] = -1  # without a positive value, this map does not count
    numbers = PartnerMass(partner=partner).score(task(values))
    shares = {}
    for row in LABELLED[partner]:
        pairs = [
            (max(value, 0), *parts) for value, *parts in zip(values[row], OWN[row], OTHER[row], strict=True)
        ]
        if total := sum(mass for mass, _, _ in pairs):
            shares[row] = sum(m * other / (own + other) for m, own, other in pairs if own + other > 0) / total
    np.testing.assert_allclose(numbers["partner_mass"], means_of(shares), rtol=1e-6)


def without_contents() -> Spectra:
    some = spectra()
    return replace(some, truth=replace(some.truth, contents=None))


def without_partners() -> Spectra:
    some = spectra()
    return replace(some, truth=replace(some.truth, contents=Contents(OWN, OTHER)))


NOTHING_MIXED = "partner: nothing is mixed in these spectra; leave it out"
NOT_THIS = "partner: no test spectrum is mixed with a; there are: b, c"


@pytest.mark.parametrize(
    ("score", "test", "message"),
    [
        (AtBand(at=99.9), spectra(), "at_band: at: 99.9 is outside 100 to 158, the spectra's axis"),
        (AtBand(at=158.1), spectra(), "at_band: at: 158.1 is outside 100 to 158, the spectra's axis"),
        (AtBand(at=120.0, partner="a"), spectra(), f"at_band: {NOT_THIS}"),
        (AtBand(at=120.0, partner="b"), without_partners(), f"at_band: {NOTHING_MIXED}"),
        (AtBand(at=120.0, partner="b"), without_contents(), f"at_band: {NOTHING_MIXED}"),
        (PartnerMass(partner="a"), spectra(), f"partner_mass: {NOT_THIS}"),
        (PartnerMass(partner="b"), without_partners(), f"partner_mass: {NOTHING_MIXED}"),
        (
            PartnerMass(),
            without_contents(),
            "partner_mass: what stands in these spectra beside their class is not known",
        ),
    ],
)
def test_what_cannot_be_scored_is_refused(score, test, message):
    with pytest.raises(DataError) as caught:
        score.require(test)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("score", "test"),
    [
        (AtBand(at=100.0), without_contents()),
        (AtBand(at=158.0, partner="b"), spectra()),
        (PartnerMass(partner="c"), spectra()),
        (PartnerMass(), without_partners()),
    ],
)
def test_what_can_be_scored_is_not(score, test):
    score.require(test)


@pytest.mark.parametrize("score", [AtBand(at=120.0, partner="b"), PartnerMass(partner="b")])
def test_without_names_of_partners_all_spectra_count(score):
    every = {"partner": None}
    some = ScoreTask(Maps(VALUES, TARGETS), without_partners(), None)
    for name, numbers in score.score(some).items():
        np.testing.assert_array_equal(numbers, score.model_copy(update=every).score(some)[name])


def test_without_contents_there_is_no_mass_of_a_partner():
    assert PartnerMass().score(ScoreTask(Maps(VALUES, TARGETS), without_contents(), None)) == {}
