"""No split parts a group, none leaves a class untrained, and no fit sees a test spectrum: for any data."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raman_xp.components import SplitTask
from raman_xp.contracts import checked_split
from raman_xp.errors import DataError
from raman_xp.partition import hold_out, stratified_folds, units_per_class
from raman_xp.spectra import About, Samples, Spectra
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
