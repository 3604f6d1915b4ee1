"""No split parts a group, none leaves a class untrained, and no fit sees a test spectrum: for any data."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raman_xp.components import SplitTask
from raman_xp.components.contracts import checked_split
from raman_xp.errors import DataError
from raman_xp.spectra import About, Samples, Spectra, partition
from raman_xp.spectra.partition import hold_out, stratified_folds, units_per_class
from raman_xp.testing import fit_task, planted_spectra
from raman_xp_plugins.explainers import pls_vip
from raman_xp_plugins.models import pca_svm
from raman_xp_plugins.models.early_stopping import EarlyStopping
from raman_xp_plugins.splits.given import Given
from raman_xp_plugins.splits.signal_ladder import SignalLadder
from raman_xp_plugins.splits.stratified import Stratified


@st.composite
def samples_of_any_kind(draw, roles: bool = False) -> Samples:
    """Up to four classes and forty spectra, with or without groups, which may hold several classes."""
    classes = draw(st.integers(2, 4))
    labels = draw(st.lists(st.integers(0, classes - 1), min_size=classes, max_size=40))
    labels[:classes] = range(classes)
    names = tuple(f"line {row}" for row in range(len(labels)))
    of_any = st.lists(st.integers(0, 12), min_size=len(labels), max_size=len(labels))
    kind = draw(st.sampled_from(["none", "any", "within a class"]))
    groups = None if kind == "none" else tuple(map(str, draw(of_any)))
    if groups and kind == "within a class":
        groups = tuple(f"{label}/{group}" for label, group in zip(labels, groups, strict=True))
    role = st.lists(st.sampled_from(["train", "test"]), min_size=len(labels), max_size=len(labels))
    given_roles = tuple(draw(role)) if roles else None
    return Samples(tuple("abcd"[:classes]), np.array(labels), names, groups, given_roles)


def sides_share_no_group(samples: Samples, one: np.ndarray, other: np.ndarray) -> bool:
    groups = np.array(samples.groups if samples.groups else samples.names)
    return not set(groups[one]) & set(groups[other])


@given(samples_of_any_kind(), st.floats(0.01, 0.99), st.integers(0, 5))
def test_held_out_spectra_share_no_group_with_the_others_and_each_side_has_every_class(samples, share, seed):
    try:
        fitted, held = hold_out(samples, share, np.random.default_rng(seed))
    except DataError:
        assert samples.groups or units_per_class(samples).min() < 2
        return
    np.testing.assert_array_equal(np.union1d(fitted, held), np.arange(len(samples)))
    assert len(fitted) + len(held) == len(samples)
    assert sides_share_no_group(samples, fitted, held)
    assert set(samples.labels[fitted]) == set(samples.labels[held]) == set(samples.labels)


@given(samples_of_any_kind(), st.integers(2, 6), st.none() | st.integers(0, 5))
def test_folds_share_no_group_and_train_every_class(samples, number, seed):
    rng = None if seed is None else np.random.default_rng(seed)
    try:
        folds = stratified_folds(samples, number, rng)
    except DataError:
        assert samples.groups or units_per_class(samples).min() < number
        return
    assert len(folds) == number
    held = np.sort(np.concatenate([valid for _, valid in folds]))
    np.testing.assert_array_equal(held, np.arange(len(samples)))
    for train, valid in folds:
        np.testing.assert_array_equal(np.union1d(train, valid), np.arange(len(samples)))
        assert len(valid)
        assert sides_share_no_group(samples, train, valid)
        assert set(samples.labels[train]) == set(samples.labels)


@given(st.integers(2, 12), st.integers(1, 4), st.floats(0.1, 0.9))
def test_groups_within_classes_can_always_be_divided(groups, of_each, share):
    labels = np.repeat([0, 1], groups * of_each)
    names = tuple(f"{row // of_each}" for row in range(len(labels)))
    samples = Samples(("a", "b"), labels, names, names)
    _, held = hold_out(samples, share, np.random.default_rng(0))
    wanted = min(max(share, 1 / groups), 1 - 1 / groups)
    assert abs(len(held) / len(labels) - wanted) <= 1 / groups
    assert len(stratified_folds(samples, min(groups, 5))) == min(groups, 5)


def spectra_of(samples: Samples) -> Spectra:
    rng = np.random.default_rng(len(samples))
    intensity = rng.uniform(size=(len(samples), 5)).astype(np.float32)
    return Spectra(np.arange(5.0), intensity, intensity.max(axis=1), samples, About("random"))


@pytest.mark.parametrize("splitter", [Given, Stratified, SignalLadder])
@settings(max_examples=60)
@given(
    samples=samples_of_any_kind(roles=True),
    folds=st.none() | st.integers(2, 4),
    test=st.floats(0.05, 0.9),
    seed=st.integers(0, 3),
)
def test_a_splitter_gives_a_valid_split_or_says_why_not(splitter, samples, folds, test, seed):
    made = splitter(folds=folds, **({"test": test} if splitter is Stratified else {}))
    try:
        split = made.split(SplitTask(spectra_of(samples), np.random.default_rng(seed)))
        checked_split(made, split, samples)  # which blames the splitter for anything but the data
    except DataError:
        return
    assert sides_share_no_group(samples, split.train, split.test)
    for train, valid in split.folds:
        assert not np.intersect1d([*train, *valid], split.test).size
        assert sides_share_no_group(samples, train, valid)
        assert sides_share_no_group(samples, np.union1d(train, valid), split.test)


def tablets() -> Spectra:
    """Three classes of three tablets, each measured eight times."""
    spectra = planted_spectra((20, 40, 60), per_class=24, channels=80)
    groups = tuple(f"tablet {row // 8}" for row in range(72))
    return replace(spectra, samples=replace(spectra.samples, groups=groups))


def test_early_stopping_watches_whole_tablets():
    fitted, watching = EarlyStopping(held_out=0.3).divided(fit_task(tablets()))
    assert not set(fitted.samples.groups) & set(watching.samples.groups)
    assert len(set(watching.samples.groups)) == 3
    assert len(fitted) + len(watching) == 72


def test_inner_folds_hold_whole_tablets_out():
    samples, seeds = tablets().samples, fit_task(tablets()).seeds
    for folds in (pls_vip._folds(samples), pca_svm._folds(samples, 5, seeds)):
        assert len(folds) == 3
        for train, valid in folds:
            assert sides_share_no_group(samples, train, valid)


def test_pls_vip_chooses_on_whole_tablets():
    """A tablet's background is easy to learn from its own replicates: held out, it favours few components."""
    spectra = tablets()
    rng = np.random.default_rng(0)
    backgrounds = rng.normal(size=(9, 80)) * 2
    intensity = (spectra.intensity + backgrounds[np.arange(72) // 8]).astype(np.float64)
    y = (spectra.labels == 0).astype(float)
    whole = pls_vip._chosen(intensity, y, spectra.samples, 8)
    parted = pls_vip._chosen(intensity, y, replace(spectra.samples, groups=None), 8)
    assert whole < parted


def held_by_class(samples: Samples, share: float, rng: np.random.Generator) -> list[int]:
    """The first rows of a shuffled class, at least one and not all."""
    held: list[int] = []
    for label in sorted(set(samples.labels.tolist())):
        rows = rng.permutation([row for row in range(len(samples)) if samples.labels[row] == label]).tolist()
        held += rows[: max(1, min(round(share * len(rows)), len(rows) - 1))]
    return sorted(held)


@pytest.mark.parametrize("share", [0.01, 0.25, 0.3, 0.5, 0.9, 0.99])
def test_without_groups_the_share_of_each_class_is_held_out(share):
    labels = np.random.default_rng(3).permutation(np.repeat([0, 2, 3], [2, 11, 30]))
    samples = Samples(tuple("abcd"), labels, tuple(map(str, range(43))))
    fitted, held = hold_out(samples, share, np.random.default_rng(5))
    assert held.tolist() == held_by_class(samples, share, np.random.default_rng(5))
    assert fitted.tolist() == [row for row in range(43) if row not in held]


@pytest.mark.parametrize("seed", [None, 4])
@pytest.mark.parametrize("groups", [False, True])
def test_folds_are_those_of_scikit_learn_where_they_serve(seed, groups):
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    labels = np.random.default_rng(0).permutation(np.repeat([0, 1, 2], 12))
    names = tuple(f"{label} {row % 5}" for row, label in enumerate(labels))
    samples = Samples(("a", "b", "c"), labels, tuple(map(str, range(36))), names if groups else None)
    state = None if seed is None else int(np.random.default_rng(seed).integers(2**31))
    kind = StratifiedGroupKFold if groups else StratifiedKFold
    cut = kind(3, shuffle=seed is not None, random_state=state)
    expected = cut.split(labels, labels, np.unique(names, return_inverse=True)[1] if groups else None)
    folds = stratified_folds(samples, 3, None if seed is None else np.random.default_rng(seed))
    for (train, held), (their_train, their_held) in zip(folds, expected, strict=True):
        assert train.tolist() == their_train.tolist()
        assert held.tolist() == their_held.tolist()


def mixed_groups(seed: int) -> np.ndarray:
    """Spectra of each class in up to seven groups, (groups, classes); each class is in two groups or more."""
    rng = np.random.default_rng(seed)
    while True:
        counts = rng.integers(0, 4, (rng.integers(2, 8), rng.integers(2, 5)))
        counts *= rng.uniform(size=counts.shape) < rng.uniform(0.3, 1)
        counts = counts[counts.sum(axis=1) > 0]
        if ((counts > 0).sum(axis=0) >= 2).all():
            return counts


def chained_groups(seed: int) -> np.ndarray:
    """The same for up to fifteen groups, and each class in two or three: hard to divide."""
    rng = np.random.default_rng(seed)
    groups, classes = rng.integers(4, 16), rng.integers(3, 9)
    counts = np.zeros((groups, classes), int)
    for label in range(classes):
        members = rng.choice(groups, rng.integers(2, 4), replace=False)
        counts[members, label] = rng.integers(1, 5, len(members))
    return counts[counts.sum(axis=1) > 0]


def samples_of(counts: np.ndarray) -> Samples:
    """Spectra so many; a class more has none."""
    rows = [(g, c) for g, c in np.ndindex(counts.shape) for _ in range(counts[g, c])]
    labels = np.array([c for _, c in rows])
    groups = tuple(f"g{g}" for g, _ in rows)
    return Samples(
        tuple("abcdefghij"[: counts.shape[1] + 1]), labels, tuple(map(str, range(len(rows)))), groups
    )


@pytest.mark.parametrize("share", [0.2, 0.5])
def test_groups_are_divided_wherever_that_is_possible_and_near_to_the_share(share):
    gaps = []
    for seed in range(60):
        counts = mixed_groups(seed)
        totals = counts.sum(axis=0)
        wanted = np.clip(np.round(share * totals), 1, totals - 1)
        held_of = [
            counts[np.array(chosen)].sum(axis=0) for chosen in product([False, True], repeat=len(counts))
        ]
        possible = [held for held in held_of if (held > 0).all() and (held < totals).all()]
        if not possible:
            with pytest.raises(DataError) as caught:
                hold_out(samples_of(counts), share, np.random.default_rng(seed))
            assert str(caught.value) == (
                f"the {len(counts)} groups cannot be divided in two parts that both have every class: "
                "groups that hold several classes stay whole"
            )
            continue
        samples = samples_of(counts)
        _, held = hold_out(samples, share, np.random.default_rng(seed))
        found = np.bincount(samples.labels[held], minlength=len(totals))
        assert (found > 0).all()
        assert (found < totals).all()
        off = (np.abs(found - wanted) / totals).sum()
        gaps.append(off - min((np.abs(each - wanted) / totals).sum() for each in possible))
    assert 20 < len(gaps) < 60
    assert min(gaps) >= -1e-12
    assert np.mean(gaps) < 0.18


@pytest.mark.parametrize("number", [2, 3])
def test_groups_are_folded_wherever_that_is_possible(number):
    refused = 0
    for seed in range(60):
        counts = mixed_groups(seed)
        present = counts > 0
        possible = any(
            len(set(folds)) == number
            and all(len({folds[g] for g in np.flatnonzero(column)}) > 1 for column in present.T)
            for folds in product(range(number), repeat=len(counts))
        )
        with_absent = np.pad(counts, ((0, 0), (0, 1)))
        if not possible:
            refused += 1
            with pytest.raises(DataError) as caught:
                partition._folds_of_groups(with_absent, number, np.random.default_rng(seed))
            assert str(caught.value) == (
                f"the {len(counts)} groups cannot be divided in {number} folds that all leave every class to "
                "train on: groups that hold several classes stay whole"
            )
            continue
        folds = partition._folds_of_groups(with_absent, number, np.random.default_rng(seed))
        assert set(folds) == set(range(number))
        assert all(len(set(folds[column])) > 1 for column in present.T)
    assert 0 < refused < 40


def test_folds_of_groups_are_as_even_as_can_be():
    """The sum of squares of the classes' shares is the least of all divisions, or little more."""
    excess = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        counts = rng.integers(0, 5, (7, 2)) + 1
        shares = counts / counts.sum(axis=0)
        divisions = np.array(list(product(range(2), repeat=7)))
        uneven = [
            sum((shares[folds == fold].sum(axis=0) ** 2).sum() for fold in (0, 1)) for folds in divisions
        ]
        folds = partition._folds_of_groups(counts, 2, rng)
        excess.append(sum((shares[folds == f].sum(axis=0) ** 2).sum() for f in (0, 1)) - min(uneven))
    assert np.mean(excess) < 0.01


def test_the_same_seed_gives_the_same_rows_in_every_version():
    """Whoever repeats a recorded run finds its spectra on the same side again."""
    held, folds = hashlib.sha256(), hashlib.sha256()
    for seed, groups in product(range(200), (mixed_groups, chained_groups)):
        counts, share, number = groups(seed), 0.1 + seed % 9 / 10, 2 + seed % 3
        try:
            rows = hold_out(samples_of(counts), share, np.random.default_rng(seed))[1]
        except DataError:
            rows = np.zeros(0, int)
        held.update(bytes(rows.tolist()) + b"|")
        try:
            of_groups = partition._folds_of_groups(counts, number, np.random.default_rng(seed))
        except DataError:
            of_groups = np.zeros(0, int)
        folds.update(bytes(of_groups.tolist()) + b"|")
    assert (held.hexdigest()[:12], folds.hexdigest()[:12]) == ("02084dc10f82", "a2dcb7e93a6b")


def test_folds_that_scikit_learn_cannot_make_repeat_with_the_seed():
    divided = 0
    for seed in range(40):
        samples = samples_of(chained_groups(seed))
        try:
            folds = [stratified_folds(samples, 2, np.random.default_rng(seed)) for _ in range(2)]
        except DataError:
            continue
        divided += 1
        for (_, one), (_, other) in zip(*folds, strict=True):
            assert one.tolist() == other.tolist()
    assert divided > 20


def test_many_groups_are_tried_less_often():
    assert [partition._attempts(np.zeros((n, 2))) for n in (1, 250, 251, 400, 9091, 16_666, 20_000)] == [
        400, 400, 398, 250, 10, 6, 6,
    ]  # fmt: skip


def test_units_are_groups_or_spectra():
    samples = Samples(("a", "b", "c"), np.array([0, 0, 1, 0]), tuple("1234"), ("x", "x", "x", "y"))
    assert units_per_class(samples).tolist() == [2, 1, 0]
    assert units_per_class(replace(samples, groups=None)).tolist() == [3, 1, 0]


@pytest.mark.parametrize("share", [0, 1, -0.5])
def test_a_share_lies_between_nothing_and_all(share):
    with pytest.raises(ValueError, match=r"^share: .* must lie between 0 and 1$"):
        hold_out(tablets().samples, share, np.random.default_rng(0))


def test_a_single_fold_is_none():
    with pytest.raises(ValueError, match=r"^number: 1 folds; at least 2 are needed$"):
        stratified_folds(tablets().samples, 1)
    assert len(stratified_folds(tablets().samples, 2)) == 2


@pytest.mark.parametrize("groups", [None, tuple("uvwxx")])
def test_every_class_with_too_few_spectra_or_groups_is_named(groups):
    samples = Samples(tuple("abcd"), np.array([0, 0, 1, 2, 2]), tuple("12345"), groups)
    with pytest.raises(DataError) as caught:
        hold_out(samples, 0.5, np.random.default_rng(0))
    one, many = ("group", "groups") if groups else ("spectrum", "spectra")
    expected = [
        f"class {name} has 1 {one}, too few to hold any out; at least 2 {many} of each class are needed"
        for name in ("bc" if groups else "b")
    ]
    assert [str(problem) for problem in caught.value.problems] == expected
    with pytest.raises(DataError, match=rf"class a has 2 {many}, too few for 3 folds; at least 3 {many} of"):
        stratified_folds(samples, 3)


def test_folds_that_leave_a_class_untrained_are_no_folds():
    labels = np.array([0, 0, 1, 1])
    assert partition._trains_every_class(np.array([0, 1, 0, 1]), labels, 2)
    assert not partition._trains_every_class(np.array([0, 0, 0, 1]), labels, 2)
    assert not partition._trains_every_class(np.array([0, 1, 0, 1]), labels, 3)
