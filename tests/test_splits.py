"""Splitters: who trains, who tests, and what cannot be split."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from raman_xp.components import Split, SplitTask
from raman_xp.errors import DataError
from raman_xp.testing import planted_spectra
from raman_xp_plugins.splits.given import Given
from raman_xp_plugins.splits.signal_ladder import SignalLadder
from raman_xp_plugins.splits.stratified import Stratified


def task(per_class: int = 20, groups=None, roles=None, signal=None) -> SplitTask:
    spectra = planted_spectra((20, 40, 60), per_class, channels=80)
    samples = replace(spectra.samples, groups=groups, roles=roles)
    spectra = replace(spectra, samples=samples, signal=spectra.signal if signal is None else signal)
    return SplitTask(spectra, np.random.default_rng(0))


def check(split: Split, labels: np.ndarray) -> None:
    """What every split must hold to."""
    assert np.intersect1d(split.train, split.test).size == 0
    held_out = []
    for train, valid in split.folds:
        assert np.intersect1d(train, valid).size == 0
        assert set(labels[train]) == set(labels)
        np.testing.assert_array_equal(np.union1d(train, valid), split.train)
        held_out.append(valid)
    if split.folds:
        np.testing.assert_array_equal(np.sort(np.concatenate(held_out)), split.train)


class TestStratified:
    def test_every_class_gives_the_same_share(self):
        given = task()
        split = Stratified(test=0.25, folds=5).split(given)
        check(split, given.spectra.labels)
        assert np.bincount(given.spectra.labels[split.test]).tolist() == [5, 5, 5]
        assert len(split.folds) == 5

    def test_without_folds(self):
        assert Stratified(folds=None).split(task()).folds == ()

    def test_groups_stay_on_one_side(self):
        groups = tuple(f"batch {row % 20 // 4} of {row // 20}" for row in range(60))
        given = task(groups=groups)
        split = Stratified(test=0.2, folds=4).split(given)
        check(split, given.spectra.labels)
        names = np.array(groups)
        assert not set(names[split.train]) & set(names[split.test])
        for train, valid in split.folds:
            assert not set(names[train]) & set(names[valid])

    def test_too_few_groups_are_counted(self):
        groups = tuple("one batch" if row < 20 else f"batch {row}" for row in range(60))
        with pytest.raises(
            DataError, match="split: class at 20: has 1 group; a test set and a training set need"
        ):
            Stratified().split(task(groups=groups))

    def test_more_folds_than_spectra_are_refused(self):
        with pytest.raises(DataError, match="class at 40: has 3 spectra; 5 folds need at least 5 per class"):
            Stratified(test=0.2).split(task(per_class=4))

    def test_the_same_stream_gives_the_same_split(self):
        np.testing.assert_array_equal(Stratified().split(task()).test, Stratified().split(task()).test)


class TestSignalLadder:
    def test_it_takes_the_spectra_nearest_to_each_fraction_of_the_strongest(self):
        signal = np.tile(np.linspace(1, 20, 20), 3) * np.repeat([1, 10, 100], 20)
        given = task(signal=signal)
        split = SignalLadder().split(given)
        check(split, given.spectra.labels)
        relative = [row % 20 + 1 for row in split.train]  # of the strongest, in twentieths
        assert relative == 3 * [5, 7, 10, 20]
        assert len(split.test) == 48

    def test_a_spectrum_serves_one_fraction_only(self):
        signal = np.tile([1.0] * 19 + [10.0], 3)
        split = SignalLadder(fractions=(1, 0.9, 0.8), folds=None).split(task(signal=signal))
        assert len(np.unique(split.train)) == 9


class TestGiven:
    def test_roles_decide(self):
        roles = tuple("test" if row % 4 == 0 else "train" for row in range(60))
        given = task(roles=roles)
        split = Given(folds=3).split(given)
        check(split, given.spectra.labels)
        assert split.test.tolist() == list(range(0, 60, 4))

    def test_data_without_roles_says_how_to_name_them(self):
        with pytest.raises(DataError, match=r"name its column \(data: \{role: COLUMN\}\)"):
            Given().split(task())


def test_no_splitter_may_part_a_group(stored):
    """The core refuses it, whoever split."""
    text = (stored.folder / "tiny.csv").read_text().splitlines()
    grouped = ["group," + text[0]] + [f"g{row % 5}," + line for row, line in enumerate(text[1:])]
    (stored.folder / "tiny.csv").write_text("\n".join(grouped))
    stored.spec((stored.folder / "tiny.yaml").read_text().replace(
        "use: stratified, test: 0.4, folds: 2", "use: signal_ladder, fractions: [1, 0.5], folds: null"
    ))  # fmt: skip
    stored.assert_refused("tiny.yaml: split: signal_ladder puts group g")
