"""Numbers that readers act on: intervals, bins of signal, bands of maps, zones."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from raman_xp.components import ScoreTask
from raman_xp.maps import Maps
from raman_xp.results.metrics import Accuracy
from raman_xp.spectra import Truth, Zone
from raman_xp.testing import planted_spectra
from raman_xp.trial.evaluate import by_signal, strongest_bands
from raman_xp_plugins.map_scores.pointing import Pointing
from raman_xp_plugins.map_scores.width import Width
from raman_xp_plugins.map_scores.zone_height import ZoneHeight
from raman_xp_plugins.map_scores.zone_mass import ZoneMass


@pytest.mark.parametrize(("right", "of"), [(0, 10), (36, 36), (360, 360), (357, 360), (1, 2)])
def test_the_interval_is_wilsons(right, of):
    """Its bounds solve (p̂ − p)² = z² p (1 − p) / n."""
    for bound in Accuracy(right, of).interval:
        np.testing.assert_allclose(
            (right / of - bound) ** 2, 1.959964**2 * bound * (1 - bound) / of, atol=1e-6
        )


def test_bins_of_signal_hold_all_spectra_from_weak_to_strong():
    rng = np.random.default_rng(0)
    relative = rng.uniform(0.05, 1, 50)
    bins = list(by_signal(relative, relative > 0.2, bins=5))
    assert [each.accuracy.of for each in bins] == [10] * 5
    assert sum(each.accuracy.right for each in bins) == (relative > 0.2).sum()
    assert all(a.high <= b.low for a, b in pairwise(bins))


class TestZones:
    AXIS = np.arange(100.0)
    MEANS = {
        "a": np.where(np.arange(100) < 20, 10.0, 0)
        + np.where((np.arange(100) >= 40) & (np.arange(100) < 60), 9.0, 0),
        "b": np.where((np.arange(100) >= 40) & (np.arange(100) < 60), 400.0, 0),
    }

    def test_each_channel_is_unique_shared_a_rivals_or_background(self):
        zones = Truth(self.AXIS, self.MEANS).zones(self.AXIS, ("a", "b"))
        assert (zones[0, :20] == Zone.UNIQUE).all()
        assert (zones[1, :20] == Zone.RIVAL).all()
        assert (zones[:, 40:60] == Zone.SHARED).all()
        assert (zones[:, 60:] == Zone.BACKGROUND).all()

    def test_the_size_of_a_class_does_not_matter(self):
        larger = {"a": self.MEANS["a"] * 1000, "b": self.MEANS["b"]}
        np.testing.assert_array_equal(
            Truth(self.AXIS, larger).zones(self.AXIS, ("a", "b")),
            Truth(self.AXIS, self.MEANS).zones(self.AXIS, ("a", "b")),
        )


class TestMapScores:
    ZONES = np.array(
        [[1] * 10 + [2] * 10 + [3] * 10 + [0] * 10, [3] * 10 + [2] * 10 + [1] * 10 + [0] * 10], np.int8
    )

    def task(self, values, targets, zones=ZONES, **more) -> ScoreTask:
        spectra = replace(planted_spectra((10, 30), per_class=2, channels=40), truth=None)
        of_rows = None if zones is None else zones[targets]
        return ScoreTask(Maps(values, np.array(targets), **more), spectra, of_rows)

    def test_pointing_counts_maps_whose_largest_value_is_on_a_unique_channel(self):
        values = np.zeros((4, 40))
        values[[0, 1, 2, 3], [5, 15, 25, 35]] = 1
        assert Pointing().score(self.task(values, [0, 0, 1, 1]))["pointing"].tolist() == [0.5, 0.5]

    def test_a_map_without_a_positive_value_points_nowhere(self):
        values = np.stack([np.zeros(40), -np.ones(40) - np.arange(40), np.eye(1, 40)[0]])
        assert Pointing().score(self.task(values, [0, 0, 0]))["pointing"][0] == pytest.approx(1 / 3)
        assert np.isnan(Width().score(self.task(np.zeros((1, 40)), [0]))["width"][0])

    def test_pointing_looks_only_where_the_method_reaches(self):
        values = np.zeros((1, 40))
        values[0, [3, 35]] = [1.0, 0.5]
        assert Pointing().score(self.task(values, [0], extent=(5, 39)))["pointing"][0] == 0.0
        values[0, [7, 34, 35]] = [1.0, 0.9, 2.0]
        assert Pointing().score(self.task(values, [0], extent=(5, 34)))["pointing"][0] == 1.0
        assert Pointing().score(self.task(values, [0], extent=(5, 35)))["pointing"][0] == 0.0

    def test_pointing_allows_half_a_bin(self):
        values = np.zeros((2, 40))
        values[0, 12] = values[1, 13] = 1
        assert Pointing().score(self.task(values, [0, 0]))["pointing"][0] == 0.0
        assert Pointing().score(self.task(values, [0, 0], resolution=8))["pointing"][0] == 1.0

    def test_a_map_points_at_channels_that_are_unique_in_its_own_class(self):
        """Not in that of the map beside it, and exactly two channels off, on either side."""
        values = np.zeros((6, 40))
        values[[0, 1, 2, 3, 4, 5], [25, 5, 11, 12, 18, 17]] = 1
        zones = self.ZONES.copy()
        zones[1] = [3] * 20 + [1] * 10 + [0] * 10  # unique from 20 on
        shares = Pointing().score(self.task(values, [0, 1, 0, 0, 1, 1], zones))["pointing"]
        assert shares.tolist() == pytest.approx([1 / 3, 1 / 3])

    def test_both_ends_of_the_axis_count(self):
        values = np.zeros((2, 40))
        values[[0, 1], [0, 39]] = 1
        zones = np.zeros((2, 40), np.int8)
        zones[:, [0, 39]] = Zone.UNIQUE
        assert Pointing().score(self.task(values, [0, 1], zones))["pointing"].tolist() == [1, 1]
        assert Width().score(self.task(np.ones((1, 40)), [0]))["width"][0] == 39

    def test_of_a_wide_step_counts_the_share_that_is_on_unique_channels(self):
        values = np.zeros((2, 40))
        values[0, 4:24], values[1, 4:10] = 1, 1  # channels 4 to 11 of twenty, and all six
        targets = [0, 0]
        assert Pointing().score(self.task(values[:1], targets[:1], resolution=40))["pointing"][0] == 0.5
        assert Pointing().score(self.task(values, targets))["pointing"][0] == pytest.approx((0.4 + 1) / 2)

    def test_pointing_is_untold_for_a_class_without_unique_channels(self):
        zones = self.ZONES.copy()
        zones[1] = Zone.SHARED
        shares = Pointing().score(self.task(np.eye(2, 40), [0, 1], zones))["pointing"]
        assert shares[0] == 1
        assert np.isnan(shares[1])

    def test_mass_is_shared_out_among_the_zones(self):
        values = np.zeros((2, 40))
        values[0, [5, 15, 25, 35, 36]] = [4, 3, 2, 1, -100]
        shares = {name: numbers[0] for name, numbers in ZoneMass().score(self.task(values, [0, 0])).items()}
        assert shares == pytest.approx(
            {"mass_unique": 0.4, "mass_shared": 0.3, "mass_rival": 0.2, "mass_background": 0.1}
        )

    def test_mass_on_what_stands_beside_the_class_is_told_where_there_is_any(self):
        task = self.task(np.ones((2, 40)), [0, 1])
        assert "mass_distractor" not in ZoneMass().score(task)
        task.zones[0, :20] = Zone.DISTRACTOR
        shares = ZoneMass().score(task)
        assert shares["mass_distractor"].tolist() == [0.5, 0]
        assert sum(each[0] for each in shares.values()) == pytest.approx(1)

    def test_mass_off_the_bands_of_the_class_is_told_where_its_mean_is_known(self):
        task = self.task(np.ones((3, 40)), [0, 1, 1])
        assert "mass_off_band" not in ZoneMass().score(task)
        means = {
            "at 10": np.where(np.arange(40) < 10, 1, 0.02),
            "at 30": np.where(np.arange(40) < 30, 5, 0.0),
        }
        known = replace(task, spectra=replace(task.spectra, truth=Truth(np.arange(40.0), means)))
        assert ZoneMass().score(known)["mass_off_band"].tolist() == [0.75, 0.25]

    def test_height_tells_whether_a_zone_is_lit(self):
        values = np.zeros((3, 40))
        values[0, [5, 15, 35]] = [4, 1, -2]  # zones of class 0: unique, shared, rival's, background
        values[1, [5, 15, 25]] = [0.3, 4, 2]
        values[2] = -1  # lit nowhere
        heights = ZoneHeight().score(self.task(values, [0, 0, 0]))
        told = {name: numbers[0] for name, numbers in heights.items()}
        assert told == pytest.approx(
            {
                "height_unique": (1 + 0.075) / 3,
                "lit_unique": 1 / 3,
                "height_shared": (0.25 + 1) / 3,
                "lit_shared": 2 / 3,
                "height_rival": 0.5 / 3,
                "lit_rival": 1 / 3,
                "height_background": 0,
                "lit_background": 0,
            }
        )
        assert ZoneHeight(lit=0.05).score(self.task(values, [0, 0, 0]))["lit_unique"][0] == pytest.approx(
            2 / 3
        )

    def test_maps_of_any_size_count_alike(self):
        values = np.zeros((3, 40))
        values[:, [5, 15]] = [[4, 1], [0.004, 0.001], [400, 100]]
        task = self.task(values, [0, 1, 0])
        heights = ZoneHeight().score(task)
        assert heights["height_unique"].tolist() == pytest.approx([1, 0])
        assert heights["height_shared"].tolist() == pytest.approx([0.25, 0.25])
        masses = ZoneMass().score(task)
        assert masses["mass_unique"].tolist() == pytest.approx([0.8, 0])
        assert masses["mass_shared"].tolist() == pytest.approx([0.2, 0.2])

    def test_each_spectrum_has_zones_of_its_own(self):
        """Stretches are numbered through all spectra, each of which has a mean of its own."""
        zones = np.zeros((3, 40), np.int8)
        for row, places in enumerate(([4, 8], [], [12])):
            zones[row, places] = Zone.DISTRACTOR
        values = np.zeros((3, 40))
        values[:, 20] = 1
        values[0, [4, 8]], values[2, 12] = [0.8, 0.2], 0.6
        spectra = replace(planted_spectra((10, 30), per_class=2, channels=40), truth=None)
        heights = ZoneHeight().score(ScoreTask(Maps(values, np.array([0, 0, 0])), spectra, zones))
        assert heights["height_distractor"][0] == pytest.approx((0.5 + 0.6) / 2)
        assert heights["height_background"][0] == pytest.approx((1 / 3 + 1 + 1 / 2) / 3)

    def test_each_stretch_of_a_zone_counts_once(self):
        values = np.zeros((2, 40))
        values[0, [2, 6, 7, 36]] = [1, 0.2, 0.3, 0.05]
        task = self.task(values, [0, 0])
        task.zones[0, [5, 6, 7, 8, 33, 36, 37]] = Zone.DISTRACTOR  # three stretches, one of them lit
        heights = ZoneHeight().score(task)
        assert heights["height_distractor"][0] == pytest.approx(0.35 / 3)
        assert heights["lit_distractor"][0] == pytest.approx(1 / 3)  # of the spectrum that has any

    @pytest.mark.parametrize(("fwhm", "at"), [(4.0, 20), (6.5, 17), (9.0, 21)])
    def test_a_maps_width_is_that_of_the_band_it_points_at(self, fwhm, at):
        values = np.interp(abs(np.arange(40) - at), [0, fwhm], [1, 0])[None].repeat(2, axis=0)
        values[1] = np.maximum(-values[1], 0.1)  # nowhere above a tenth: half is never reached
        values[1, 0] = 0.3
        widths = Width().score(self.task(values, [0, 1]))["width"]
        assert widths[0] == pytest.approx(fwhm)
        assert widths[1] == pytest.approx(0.75)

    def test_the_end_of_what_a_method_supports_ends_a_band(self):
        values = np.ones((2, 40))
        values[1] = -1
        widths = Width().score(self.task(values, [0, 1], extent=(5, 34)))["width"]
        assert widths[0] == 29
        assert np.isnan(widths[1])

    def test_nothing_is_scored_without_truth(self):
        task = self.task(np.ones((1, 40)), [0], zones=None)
        assert Pointing().score(task) == ZoneMass().score(task) == ZoneHeight().score(task) == {}


class TestBands:
    def test_the_strongest_bands_come_first_with_their_zone(self):
        spectra = planted_spectra((20, 60), per_class=1, channels=100)
        x = np.arange(100)
        values = np.stack([np.exp(-(((x - 60) / 2) ** 2)) + 0.5 * np.exp(-(((x - 20) / 2) ** 2))] * 2)
        zones = np.zeros((2, 100), np.int8)
        zones[0, 58:63] = Zone.UNIQUE
        zones[0, 15:25] = Zone.RIVAL
        bands = dict(strongest_bands(Maps(values, np.array([0, 0])), spectra, zones))
        assert [(band.position, band.zone) for band in bands["at 20"]] == [
            (60, Zone.UNIQUE),
            (20, Zone.RIVAL),
        ]
        assert "at 60" not in bands

    def test_a_maximum_on_the_edge_is_a_band(self):
        spectra = planted_spectra((20, 60), per_class=1, channels=100)
        values = np.linspace(1, 0, 100)[None] + np.exp(-(((np.arange(100) - 60) / 2) ** 2))[None]
        bands = dict(strongest_bands(Maps(values, np.array([0]), extent=(4, 99)), spectra, None))
        assert [band.position for band in bands["at 20"]] == [60, 4]

    def test_a_class_most_of_whose_maps_are_dark_has_no_bands(self):
        spectra = planted_spectra((20, 60), per_class=1, channels=100)
        values = np.zeros((3, 100))
        values[0, 40] = 1.0
        assert dict(strongest_bands(Maps(values, np.array([0, 0, 0])), spectra, None))["at 20"] == []

    def test_shoulders_within_four_bins_are_one_band(self):
        spectra = planted_spectra((20, 60), per_class=1, channels=100)
        values = np.zeros((1, 100))
        values[0, [40, 52]] = [1.0, 0.9]
        bands = dict(strongest_bands(Maps(values, np.array([0]), resolution=4), spectra, None))
        assert [band.position for band in bands["at 20"]] == [40]
