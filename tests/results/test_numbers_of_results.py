"""The numbers of a trial by name, and what maps amount to, on values small enough to follow by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest

from linear_trial import Height
from raman_xp.components import ScoreTask
from raman_xp.errors import ComponentError
from raman_xp.maps import Maps
from raman_xp.results.metrics import (
    Accuracy,
    CrossValidation,
    Evaluation,
    MapBand,
    Numbers,
    SignalBin,
    probabilities,
)
from raman_xp.spectra import Zone
from raman_xp.testing import planted_mixtures, planted_spectra
from raman_xp.trial.evaluate import (
    by_signal,
    evaluate,
    mean_maps,
    score_task,
    strongest_bands,
    zone_at,
)

EVALUATION = Evaluation(
    test=Accuracy(3, 4),
    by_signal=(SignalBin(0.25, 1.0, Accuracy(3, 4)),),
    bands={"maps": {"a": [MapBand(400.0, 1.0, Zone.UNIQUE), MapBand(410.0, 0.5, None)]}},
    scores={"height": {"maps": (1.0, None, 4.0), "dark": (None, None, None)}},
    warnings={"maps": {"odd": 2}},
)
WILSON_3_OF_4 = (0.300642, 0.954413)
"""From a table, to six digits."""


def spectra_of_100(classes: int = 2):
    return planted_spectra(tuple(range(20, 100, 40))[:classes], per_class=2, channels=100, step=2.0, first=50)


class TestNumbers:
    def test_accuracies_are_read_as_a_sentence(self):
        assert str(Accuracy(3, 4)) == "75.0 % (3 of 4; 95 %: 30.1 to 95.4)"
        assert str(Accuracy(1, 3)) == "33.3 % (1 of 3; 95 %: 6.1 to 79.2)"
        assert Accuracy(3, 4).interval == pytest.approx(WILSON_3_OF_4, abs=1e-6)

    @pytest.mark.parametrize("of", [1, 7, 16, 360])
    def test_intervals_do_not_leave_nought_to_one(self, of):
        assert Accuracy(0, of).interval[0] == 0.0
        assert Accuracy(of, of).interval[1] == 1.0
        assert Accuracy(0, of).interval[1] == pytest.approx(1 - Accuracy(of, of).interval[0])

    def test_metrics_of_the_final_fit(self):
        names, values = zip(*EVALUATION.metrics(), strict=True)
        assert names == ("test/accuracy", "test/accuracy_low", "test/accuracy_high", "map/height/maps")
        assert values == pytest.approx((0.75, *WILSON_3_OF_4, 2.5), abs=1e-6)

    def test_metrics_of_cross_validation(self):
        folds = CrossValidation((Accuracy(1, 2), Accuracy(2, 2), Accuracy(0, 1)))
        assert folds.whole == Accuracy(3, 5)
        metrics = dict(folds.metrics())
        low, high = Accuracy(3, 5).interval
        assert metrics == {
            "cv/accuracy_mean": pytest.approx(0.5),
            "cv/accuracy_std": pytest.approx(0.5),  # of 0.5, 1 and 0, divided by two
            "cv/accuracy_low": low,
            "cv/accuracy_high": high,
        }
        assert dict(CrossValidation((Accuracy(1, 2),)).metrics())["cv/accuracy_std"] == 0.0
        two = dict(CrossValidation((Accuracy(1, 2), Accuracy(2, 2))).metrics())
        assert two["cv/accuracy_std"] == pytest.approx(np.sqrt(0.125))

    def test_metrics_of_a_trial_are_those_of_both(self):
        folds = CrossValidation((Accuracy(1, 2), Accuracy(2, 2)))
        both = list(Numbers(EVALUATION, folds).metrics())
        assert both == [*EVALUATION.metrics(), *folds.metrics()]
        assert list(Numbers(EVALUATION).metrics()) == list(EVALUATION.metrics())

    @pytest.mark.parametrize("folds", [None, CrossValidation((Accuracy(1, 2), Accuracy(2, 2)))])
    def test_numbers_are_read_as_they_were_written(self, folds):
        text = Numbers(EVALUATION, folds).to_json()
        assert text.startswith(b'{\n "final": {\n  "test": {\n   "right": 3,')
        read = Numbers.from_json(text)
        assert read.to_json() == text
        assert list(read.metrics()) == list(Numbers(EVALUATION, folds).metrics())
        assert read.final.bands["maps"]["a"][0].zone is Zone.UNIQUE
        assert read.final.warnings == {"maps": {"odd": 2}}
        with pytest.raises(ValueError, match="final"):
            Numbers.from_json(b"{}")


def test_probabilities_are_the_softmax_in_double_precision():
    logits = np.array([[0, 0, 40], [1, 2, 3]], np.float32)
    expected = np.exp(logits.astype(float)) / np.exp(logits.astype(float)).sum(axis=1, keepdims=True)
    assert probabilities(logits).dtype == np.float64
    np.testing.assert_allclose(probabilities(logits), expected, rtol=1e-14)


class TestBySignal:
    def test_six_bins_from_weak_to_strong(self):
        relative = np.array([0.9, 0.1, 0.3, 0.2, 0.8, 0.7, 0.6, 0.5])
        correct = np.array([True, False, True, True, True, False, True, True])
        bins = list(by_signal(relative, correct))
        assert [(each.low, each.high) for each in bins] == [
            (0.1, 0.2), (0.3, 0.5), (0.6, 0.6), (0.7, 0.7), (0.8, 0.8), (0.9, 0.9),
        ]  # fmt: skip
        assert [(each.accuracy.right, each.accuracy.of) for each in bins] == [
            (1, 2), (2, 2), (1, 1), (0, 1), (1, 1), (1, 1),
        ]  # fmt: skip

    def test_spectra_of_the_same_signal_stay_in_order(self):
        correct = np.arange(40) < 20
        bins = list(by_signal(np.ones(40), correct, bins=2))
        assert [each.accuracy.right for each in bins] == [20, 0]

    def test_fewer_spectra_than_bins_have_a_bin_each(self):
        assert [each.accuracy.of for each in by_signal(np.array([2.0, 1.0]), np.ones(2, bool))] == [1, 1]


def test_mean_maps_are_those_of_normalised_maps():
    values = np.array([[2.0, -4.0], [3.0, 1.0], [0.0, 5.0], [9.0, 9.0]])
    found, means = mean_maps(Maps(values, np.array([2, 0, 2, 3])), 3)
    assert found.tolist() == [0, 2]
    np.testing.assert_allclose(means, [[1, 1 / 3], [0.25, 0]])


class TestBands:
    def bands(self, peaks: dict[int, float], *, most: int = 3, more=(), **fields) -> list[MapBand]:
        values = np.zeros((1 + len(more), 100))
        values[0, list(peaks)] = list(peaks.values())
        for row, other in enumerate(more, 1):
            values[row] = other
        maps = Maps(values, np.zeros(len(values), int), **fields)
        return dict(strongest_bands(maps, spectra_of_100(), None, most))["at 20"]

    def places(self, *arguments, **fields) -> list[float]:
        return [(band.position - 50) / 2 for band in self.bands(*arguments, **fields)]

    def test_a_band_has_its_place_on_the_axis_and_its_height_to_the_strongest(self):
        assert self.bands({30: 4.0, 60: 1.0}) == [MapBand(110.0, 1.0, None), MapBand(170.0, 0.25, None)]

    def test_the_strongest_inside_the_extent_is_the_measure(self):
        assert self.bands({30: 4.0, 60: 1.0, 80: 0.5}, extent=(50, 99)) == [
            MapBand(170.0, 1.0, None),
            MapBand(210.0, 0.5, None),
        ]

    def test_three_are_told_at_most(self):
        peaks = {10: 1.0, 30: 3.0, 50: 4.0, 70: 2.0}
        assert self.places(peaks) == [50, 30, 70]
        assert self.places(peaks, most=1) == [50]

    def test_a_band_rises_by_a_twentieth_of_the_largest(self):
        assert self.places({30: 1.0, 60: 0.0501}) == [30, 60]
        assert self.places({30: 1.0, 60: 0.0499}) == [30]

    @pytest.mark.parametrize(("resolution", "apart"), [(1.0, 10), (2.5, 10), (4.0, 16), (3.3, 13)])
    def test_bands_are_ten_channels_and_four_bins_apart(self, resolution, apart):
        assert self.places({30: 1.0, 30 + apart: 0.9}, resolution=resolution) == [30, 30 + apart]
        assert self.places({30: 1.0, 29 + apart: 0.9}, resolution=resolution) == [30]

    def test_both_edges_of_the_extent_are_places_of_bands(self):
        assert self.places({20: 1.0, 80: 0.5, 5: 3.0, 95: 3.0}, extent=(20, 80)) == [20, 80]
        assert self.places({0: 1.0, 99: 0.5}) == [0, 99]
        assert self.places({20: 1.0, 81: 3.0}, extent=(20, 80)) == [20]

    def test_of_two_equal_maxima_the_first_is_told_first(self):
        assert self.places({60: 1.0, 30: 1.0, 80: 1.0}) == [30, 60, 80]

    def test_negative_parts_are_no_bands(self):
        assert self.places({30: -1.0, 60: 0.5}) == [60]
        assert self.places({30: -1.0, 60: -0.5}) == []

    def test_half_of_the_maps_have_to_be_lit(self):
        assert self.places({30: 1.0}, more=[0.0]) == [30]
        assert self.places({30: 1.0}, more=[0.0, 0.0]) == []
        assert self.places({30: 1.0}, more=[0.0], extent=(40, 99)) == []

    def test_classes_without_bands_do_not_end_the_list(self):
        values = np.zeros((2, 100))
        values[1, 40] = 1
        bands = dict(strongest_bands(Maps(values, np.array([0, 1])), spectra_of_100(), None))
        assert bands["at 20"] == []
        assert [band.position for band in bands["at 60"]] == [130]

    def test_bands_are_in_zones_within_the_tolerance_of_the_map(self):
        values = np.zeros((1, 100))
        values[0, 60] = 1
        zones = np.full((2, 100), Zone.RIVAL, np.int8)
        zones[0, 64] = Zone.UNIQUE
        for resolution, zone in ((2.0, Zone.RIVAL), (8.0, Zone.UNIQUE)):
            maps = Maps(values, np.array([0]), resolution=resolution)
            (band,) = dict(strongest_bands(maps, spectra_of_100(), zones))["at 20"]
            assert band.zone is zone


@pytest.mark.parametrize(
    ("channel", "tolerance", "zone"),
    [
        (5, 2.0, Zone.UNIQUE),
        (4, 2.0, Zone.SHARED),
        (4, 2.9, Zone.SHARED),
        (4, 3.0, Zone.UNIQUE),
        (10, 2.0, Zone.RIVAL),
        (9, 2.0, Zone.UNIQUE),
        (0, 4.0, Zone.SHARED),
        (1, 6.0, Zone.UNIQUE),
        (11, 2.0, Zone.RIVAL),
    ],
)
def test_a_place_is_unique_where_a_unique_channel_is_near(channel, tolerance, zone):
    zones = np.array([[Zone.SHARED] * 7 + [Zone.UNIQUE] + [Zone.RIVAL] * 4, [Zone.BACKGROUND] * 12], np.int8)
    assert zone_at(zones, 0, channel, tolerance) is zone
    assert zone_at(zones, 1, channel, tolerance) is Zone.BACKGROUND
    assert zone_at(zones[:, 7:], 0, 1, tolerance) is Zone.UNIQUE
    assert zone_at(None, 0, channel, tolerance) is None


class TestZonesOfMaps:
    SPECTRA = planted_mixtures((60, 128, 200), per_class=2)

    def test_without_truth_there_are_none(self):
        spectra = replace(self.SPECTRA, truth=None)
        maps = Maps(np.ones((6, 256)), spectra.labels)
        assert spectra.zones is None
        task = score_task(maps, spectra, None)
        assert isinstance(task, ScoreTask)
        assert task.zones is None
        assert task.maps is maps
        assert task.spectra is spectra

    def test_maps_of_classes_have_the_zones_of_the_classes(self):
        zones = self.SPECTRA.zones
        assert zones is not None
        assert zones[0, 60] == zones[1, 128] == Zone.UNIQUE
        maps = Maps(np.ones((3, 256)), np.array([2, 0, 1]), per="class")
        given = score_task(maps, self.SPECTRA, zones).zones
        np.testing.assert_array_equal(given, zones[[2, 0, 1]])
        assert not given.flags.writeable

    def test_maps_of_spectra_know_what_stands_beside_the_class_where_it_is_their_own(self):
        zones = self.SPECTRA.zones
        targets = self.SPECTRA.labels.copy()
        targets[0] = 2  # another class than that of the spectrum
        given = score_task(Maps(np.ones((6, 256)), targets), self.SPECTRA, zones).zones
        np.testing.assert_array_equal(given[0], zones[2])
        partners = {0: 128, 1: 200, 2: 60}
        for row, label in enumerate(self.SPECTRA.labels):
            if row:
                assert given[row, partners[label]] == Zone.DISTRACTOR
                assert zones[label, partners[label]] == Zone.RIVAL
        assert not given.flags.writeable


class Second(Height):
    name: ClassVar = "second"


class Untold(Height):
    name: ClassVar = "untold"

    def score(self, task):
        return {"untold": np.array([np.nan, 2.0]), "told": [1, 0]}


class TestScores:
    def evaluated(self, *scores) -> Evaluation:
        spectra = spectra_of_100()
        maps = Maps(np.ones((4, 100)), spectra.labels)
        logits = np.eye(2)[[0, 0, 0, 1]]
        return evaluate(
            spectra, 2.0, logits, {"one": maps, "two": replace(maps, values=maps.values * 3)}, scores
        )

    def test_each_number_of_each_explainer_is_kept_by_class(self):
        assert self.evaluated(Height(), Untold()).scores == {
            "height": {"one": (1.0, 1.0), "two": (3.0, 3.0)},
            "untold": {"one": (None, 2.0), "two": (None, 2.0)},
            "told": {"one": (1.0, 0.0), "two": (1.0, 0.0)},
        }

    def test_two_scores_may_not_give_the_same_number(self):
        with pytest.raises(ComponentError) as caught:
            self.evaluated(Height(), Second())
        assert str(caught.value) == (
            "second (test_numbers_of_results) gave height, as another score has; give one of them another id"
        )

    def test_a_score_that_gives_no_numbers_is_named(self):
        class Lists(Height):
            name: ClassVar = "lists"

            def score(self, task):
                return [1.0, 2.0]

        with pytest.raises(ComponentError, match=r"lists \(test_numbers_of_results\) returned list instead"):
            self.evaluated(Lists())

    def test_a_score_that_fails_is_named(self):
        class Fails(Height):
            name: ClassVar = "fails"

            def score(self, task):
                raise ValueError("no")

        with pytest.raises(
            ComponentError, match=r"fails \(test_numbers_of_results\) failed to score \(test_"
        ):
            self.evaluated(Fails())

    def test_the_other_numbers(self):
        evaluation = self.evaluated()
        assert evaluation.test == Accuracy(3, 4)
        assert [each.high for each in evaluation.by_signal] == [0.5] * 4
        assert evaluation.warnings == {}
        assert list(evaluation.bands) == ["one", "two"]
