"""Splitters: who trains, who tests, and what cannot be split."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.model_selection import StratifiedGroupKFold

from raman_xp.components import Split, SplitTask
from raman_xp.errors import DataError
from raman_xp.spectra import partition
from raman_xp.system.memory import DATA_LIMIT
from raman_xp.testing import planted_spectra
from raman_xp_plugins.splits.folds import stratified_folds
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


def sizes(of: SplitTask, rows: np.ndarray) -> list[int]:
    """Spectra of each class among the rows."""
    return np.bincount(of.spectra.labels[rows], minlength=3).tolist()


class TestStratifiedByHand:
    @pytest.mark.parametrize(("per_class", "share"), [(20, 0.2), (7, 0.5), (3, 0.9), (4, 0.01), (9, 0.25)])
    def test_rows_are_shuffled_class_by_class(self, per_class, share):
        rng = np.random.default_rng(0)
        number = max(1, min(round(share * per_class), per_class - 1))
        expected = [rng.permutation(np.arange(per_class) + per_class * label)[:number] for label in range(3)]
        split = Stratified(test=share, folds=None).split(task(per_class))
        assert split.test.tolist() == sorted(np.concatenate(expected))
        assert split.train.tolist() == sorted(set(range(3 * per_class)) - set(split.test))

    @pytest.mark.parametrize(("share", "parts"), [(0.2, 5), (0.3, 3), (0.9, 2), (0.4, 2)])
    def test_groups_are_one_part_of_as_many_as_come_near_to_the_share(self, share, parts):
        groups = tuple(f"{row // 20} {row % 20 // 2}" for row in range(60))
        seed = int(np.random.default_rng(0).integers(2**31))
        cut = StratifiedGroupKFold(parts, shuffle=True, random_state=seed)
        labels = np.repeat([0, 1, 2], 20)
        _, test = next(cut.split(labels, labels, groups))
        split = Stratified(test=share, folds=None).split(task(groups=groups))
        assert split.test.tolist() == test.tolist()
        assert split.train.tolist() == sorted(set(range(60)) - set(test))

    def test_too_few_groups_for_the_parts_are_counted(self):
        groups = tuple(f"{row // 20} {row % 2}" for row in range(60))
        with pytest.raises(DataError) as caught:
            Stratified(test=0.25).split(task(groups=groups))
        assert [str(problem) for problem in caught.value.problems] == [
            f"split: class at {place}: has 2 groups; a test share of 0.25 needs 4 per class"
            for place in (20, 40, 60)
        ]

    def test_a_class_that_no_test_group_holds_is_named(self):
        """Group x, which holds the classes at 40 and 60, is the part that is drawn."""
        groups = ("w",) * 10 + ("v",) * 10 + ("x",) * 12 + ("w",) * 8 + ("x",) * 8 + ("w",) * 12
        with pytest.raises(DataError) as caught:
            Stratified(test=0.5, folds=None).split(task(groups=groups))
        assert str(caught.value) == (
            "split: no group of class at 20 was drawn for the test; try another seed or share"
        )

    def test_one_spectrum_cannot_both_train_and_test(self):
        with pytest.raises(DataError) as caught:
            Stratified(folds=None).split(task(per_class=1))
        assert str(caught.value.problems[0]) == (
            "split: class at 20: has 1 spectrum; a test set and a training set need at least 2 per class"
        )
        assert len(caught.value.problems) == 3
        assert sizes(task(2), Stratified(folds=None).split(task(2)).test) == [1, 1, 1]


class TestSignalLadderByHand:
    def test_a_class_needs_a_spectrum_for_each_fraction_and_one_to_test(self):
        ladder = SignalLadder(fractions=(1, 0.5, 0.25), folds=None)
        split = ladder.split(task(per_class=4))
        assert sizes(task(4), split.train) == [3, 3, 3]
        assert split.folds == ()
        with pytest.raises(DataError) as caught:
            ladder.split(task(per_class=3))
        assert str(caught.value.problems[0]) == (
            "split: class at 20: has 3 spectra; 3 fractions and a test set need at least 4 per class"
        )

    def test_each_class_is_measured_by_its_own_strongest(self):
        signal = np.concatenate([[8, 4, 1, 6], [30, 100, 52, 10], [3, 2, 1, 0.5]])
        split = SignalLadder(fractions=(0.5, 1), folds=2).split(task(per_class=4, signal=signal))
        assert split.train.tolist() == [0, 1, 5, 6, 8, 9]
        assert split.test.tolist() == [2, 3, 4, 7, 10, 11]
        assert [sizes(task(4), held) for _, held in split.folds] == [[1, 1, 1], [1, 1, 1]]


class TestGivenByHand:
    def test_rows_of_other_roles_are_in_no_part(self):
        roles = ("train", "test", "other") * 20
        split = Given().split(task(roles=roles))
        assert split.train.tolist() == list(range(0, 60, 3))
        assert split.test.tolist() == list(range(1, 60, 3))
        assert split.folds == ()

    def test_the_whole_message(self):
        with pytest.raises(DataError) as caught:
            Given().split(task())
        assert str(caught.value) == (
            "split: `given` needs a role, train or test, for every spectrum, and the data has none; name its "
            "column (data: {role: COLUMN}), or use another splitter such as stratified"
        )


class TestFolds:
    def test_they_are_of_the_rows_and_of_the_splitters_stream(self):
        roles = tuple("train" if row % 20 >= 8 else "test" for row in range(60))
        given = task(roles=roles)
        split = Given(folds=4).split(given)
        rows = np.array([row for row in range(60) if row % 20 >= 8])
        expected = partition.stratified_folds(given.samples.take(rows), 4, np.random.default_rng(0))
        assert len(split.folds) == 4
        for (train, valid), (their_train, their_valid) in zip(split.folds, expected, strict=True):
            assert train.tolist() == rows[their_train].tolist()
            assert valid.tolist() == rows[their_valid].tolist()

    def test_all_classes_with_too_few_are_named(self):
        groups = tuple(f"{row // 20} {row % 20 // (5 if row < 40 else 2)}" for row in range(60))
        given = task(groups=groups, roles=("train",) * 60)
        with pytest.raises(DataError) as caught:
            Given(folds=5).split(given)
        assert [str(problem) for problem in caught.value.problems] == [
            f"split: class at {place}: has 4 groups; 5 folds need at least 5 per class" for place in (20, 40)
        ]
        assert len(Given(folds=4).split(given).folds) == 4

    def test_groups_that_cannot_be_divided_are_a_fault_of_the_folds(self):
        """Each two of three groups share a class: of two folds, one holds both."""
        groups = (("x",) * 10 + ("y",) * 10) + (("y",) * 10 + ("z",) * 10) + (("z",) * 10 + ("x",) * 10)
        with pytest.raises(DataError) as caught:
            Given(folds=2).split(task(groups=groups, roles=("train",) * 60))
        assert str(caught.value) == (
            "split: folds: the 3 groups cannot be divided in 2 folds that all leave every class to train on: "
            "groups that hold several classes stay whole"
        )


def test_more_folds_than_memory_holds_are_refused(monkeypatch):
    monkeypatch.setenv(DATA_LIMIT, "1")
    rows = np.arange(300)
    with pytest.raises(DataError) as caught:
        stratified_folds(task(per_class=100), rows, 100)
    assert str(caught.value) == (
        "split: 100 folds of 300 spectra would take 2 MB. At most 1 MB are allowed here. Use fewer folds, or "
        f"set the environment variable {DATA_LIMIT}=2 to allow it"
    )
    monkeypatch.setenv(DATA_LIMIT, "2")
    assert len(stratified_folds(task(per_class=100), rows, 100)) == 100
