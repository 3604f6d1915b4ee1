"""What data sources, steps and splitters give back is held to their promise, and who breaks it is named."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest

from raman_xp.components import Split, contracts
from raman_xp.errors import ComponentError, DataError
from raman_xp.spectra import About, Block, Contents, RawSpectra, Truth
from raman_xp.testing import planted_spectra
from raman_xp_plugins.data.pharma_csv import PharmaCsv
from raman_xp_plugins.preprocess.normalize import Normalize
from raman_xp_plugins.splits.given import Given

SPECTRA = planted_spectra((10, 30), per_class=3, channels=40)
AXIS, VALUES, ROWS = np.arange(40.0), SPECTRA.intensity, np.arange(6)
NAN, INF = float("nan"), float("inf")


class Source(PharmaCsv):
    name: ClassVar = "source"


class Step(Normalize):
    name: ClassVar = "step"


class Splits(Given):
    name: ClassVar = "splits"


def raw(*, axis=AXIS, values=VALUES, rows=ROWS, truth=None, **known) -> RawSpectra:
    samples = replace(SPECTRA.samples, **known)
    return RawSpectra((Block(axis, values, rows),), samples, About("made"), truth)


def contents(shape=(6, 40), other=(6, 40), partners=None) -> Truth:
    return Truth(AXIS, {}, contents=Contents(np.ones(shape), np.ones(other), partners))


def changed(array, place, value) -> np.ndarray:
    """The same array with another value at one place."""
    result = np.array(array)
    result[place] = value
    return result


def test_what_is_checked_cannot_be_changed_by_whom_it_is_handed_to():
    checked = contracts.checked_raw(Source(path="x.csv"), raw(values=VALUES.copy()))
    with pytest.raises(ValueError, match="read-only"):
        checked.blocks[0].intensity[0, 0] = 7


NO_INDICES = "gave labels that are no indices of its 2 classes"
NO_NAMES = "gave class names that are not distinct, non-empty texts"
NO_ROWS = "gave blocks whose rows are not 0 to 5, each once"
NO_SHAPE = (
    "gave intensities {} on an axis {}; (6 spectra, channels) on (channels,) is right, "
    "with three channels or more"
)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (7, "gave int instead of RawSpectra"),
        (raw(rows=ROWS[:5], values=VALUES[:5]), NO_ROWS),
        (raw(rows=np.array([0, 1, 2, 3, 4, 4])), NO_ROWS),
        (raw(rows=ROWS + 1), NO_ROWS),
        (RawSpectra((), SPECTRA.samples, About("made")), NO_ROWS),
        (
            RawSpectra((), SPECTRA.samples.take(ROWS[:1]), About("made")),
            "gave blocks whose rows are not 0 to 0, each once",
        ),
        (
            RawSpectra((), SPECTRA.samples.take(ROWS[:0]), About("made")),
            "gave blocks whose rows are not 0 to -1, each once",
        ),
        (raw(values=VALUES[:, :39]), NO_SHAPE.format((6, 39), (40,))),
        (raw(labels=np.array([0, 1, 2, 0, 1, 0])), NO_INDICES),
        (raw(labels=np.array([0, 1, -1, 0, 1, 0])), NO_INDICES),
        (raw(labels=SPECTRA.labels.astype(float)), NO_INDICES),
        (raw(classes=("a", "a")), NO_NAMES),
        (raw(classes=("a", "")), NO_NAMES),
        (raw(classes=("a", 7)), NO_NAMES),
        (raw(names=("one",)), "gave 1 names for 6 spectra"),
        (raw(groups=("a", "b")), "gave 2 groups for 6 spectra"),
        (raw(roles=("train",) * 7), "gave 7 roles for 6 spectra"),
        (
            raw(truth=contents(shape=(5, 40))),
            "gave a truth whose contents are ((5, 40), (6, 40)); twice (6, 40) is right",
        ),
        (
            raw(truth=contents(other=(6, 39))),
            "gave a truth whose contents are ((6, 40), (6, 39)); twice (6, 40) is right",
        ),
        (raw(truth=contents(partners=("a",) * 5)), "gave 5 partners for 6 spectra"),
    ],
)
def test_a_data_source_is_held_to_its_promise(given, message):
    with pytest.raises(ComponentError) as caught:
        contracts.checked_raw(Source(path="x.csv"), given)
    assert str(caught.value) == f"source (test_contracts) {message}"


def test_a_single_class_passes():
    given = raw(classes=("a",), labels=np.zeros(6, int))
    assert contracts.checked_raw(Source(path="x.csv"), given).samples.classes == ("a",)


def test_spectra_of_a_data_source_pass_as_they_are():
    truth = contents(partners=tuple("abcabc"))
    labels = np.array([0, 1, 1, 0, 1, 0])
    given = raw(labels=labels, truth=truth, groups=tuple("uvwxyz"), roles=("train",) * 6)
    parts = (Block(AXIS, VALUES[[4, 0, 5]], np.array([4, 0, 5])), Block(AXIS + 1, VALUES[1:4], ROWS[1:4]))
    checked = contracts.checked_raw(Source(path="x.csv"), replace(given, blocks=parts))
    assert checked.samples is given.samples
    assert checked.truth is truth
    for block, part in zip(checked.blocks, parts, strict=True):
        for name in ("wavenumber", "intensity", "rows"):
            np.testing.assert_array_equal(getattr(block, name), getattr(part, name))


@pytest.mark.parametrize(
    ("result", "message"),
    [
        (VALUES, "returned something else than an axis and intensities"),
        ([AXIS, VALUES], "returned something else than an axis and intensities"),
        ((AXIS, VALUES, VALUES), "returned something else than an axis and intensities"),
        ((AXIS, VALUES[:3]), NO_SHAPE.format((3, 40), (40,))),
        ((AXIS[:2], VALUES[:, :2]), NO_SHAPE.format((6, 2), (2,))),
        ((np.stack([AXIS] * 2), VALUES[:, :2]), NO_SHAPE.format((6, 2), (2, 40))),
        ((AXIS, VALUES.astype(complex)), "gave intensities of type complex128; real numbers are right"),
        ((AXIS.astype(complex), VALUES), "gave an axis of type complex128; real numbers are right"),
        ((AXIS, changed(VALUES, (5, 39), INF)), "gave intensities with values that are not finite"),
        ((changed(AXIS, 39, NAN), VALUES), "gave an axis with values that are not finite"),
        ((AXIS[::-1], VALUES), "gave an axis that does not ascend strictly"),
        ((changed(AXIS, 1, 0), VALUES), "gave an axis that does not ascend strictly"),
    ],
)
def test_a_preprocessing_step_is_held_to_its_promise(result, message):
    with pytest.raises(ComponentError) as caught:
        contracts.checked_step(Step(), Block(AXIS, VALUES, ROWS), result)
    assert str(caught.value) == f"step (test_contracts) {message}"


@pytest.mark.parametrize("kind", [float, int])
def test_three_channels_of_any_real_type_pass(kind):
    axis, values = np.array([1, 2, 4], dtype=kind), np.arange(18).reshape(6, 3).astype(kind)
    checked = contracts.checked_step(Step(), Block(AXIS, VALUES, ROWS[::-1]), (axis, values))
    np.testing.assert_array_equal(checked.wavenumber, axis)
    np.testing.assert_array_equal(checked.intensity, values)
    np.testing.assert_array_equal(checked.rows, ROWS[::-1])
    for array in (checked.wavenumber, checked.intensity):
        assert not array.flags.writeable


def split(train=(0, 1, 3, 4), test=(2, 5), folds=()) -> Split:
    return Split(np.array(train), np.array(test), tuple((np.array(a), np.array(b)) for a, b in folds))


NO_MEMBERS = "returned rows that stand twice or are not among 0 to 5"
NO_WHOLE_NUMBERS = "returned rows that are no one-dimensional arrays of whole numbers"
BOTH = "returned spectra that both train and test, or train and validate"
TWO_FOLDS = [((0, 3), (1, 4)), ((1, 4), (0, 3))]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (7, "returned int instead of a Split"),
        (split(test=(2, 6)), NO_MEMBERS),
        (split(train=(0, 1, 3, -1)), NO_MEMBERS),
        (split(train=(0, 0, 3, 4)), NO_MEMBERS),
        (split(folds=[((0, 3), (1, 1))]), NO_MEMBERS),
        (split(train=(0.0, 1.0, 3.0)), NO_WHOLE_NUMBERS),
        (split(train=((0, 1), (3, 4))), NO_WHOLE_NUMBERS),
        (split(train=(0, 1, 2, 3)), BOTH),
        (split(folds=[((0, 3), (0, 4))]), BOTH),
        (split(folds=[((0, 3, 5), (1, 4))]), BOTH),
        (split(folds=[((0, 3), (1, 5))]), "returned a fold that validates on test spectra"),
        (
            split(train=(0, 3), test=(2, 5), folds=[((0, 3), (1,))]),
            "returned a fold with spectra that are not among those of training",
        ),
        (
            split(train=(0, 3), test=(2, 5), folds=[((0, 4), (3,))]),
            "returned a fold with spectra that are not among those of training",
        ),
        (
            split(folds=[((0, 3), (1, 4)), ((1, 3), (0, 4))]),
            "returned spectra that are held out in two folds",
        ),
    ],
)
def test_a_splitter_is_held_to_its_promise(given, message):
    with pytest.raises(ComponentError) as caught:
        contracts.checked_split(Splits(), given, SPECTRA.samples)
    assert str(caught.value) == f"splits (test_contracts) {message}"


NOTHING = "split: splits leaves a part without spectra; train, test and folds need some"


@pytest.mark.parametrize(
    ("given", "groups", "message"),
    [
        (split(test=()), None, NOTHING),
        (split(folds=[((0, 3), ())]), None, NOTHING),
        (split(train=(0, 1)), None, "split: splits leaves no spectrum of class at 30 to train on"),
        (split(folds=[((0, 1), (3,))]), None, "split: splits leaves no spectrum of class at 30 to train on"),
        (
            split(train=(0, 2, 4), test=(1, 3, 5)),
            "abbaab",
            "split: splits puts group a, b on both sides; stratified keeps groups together",
        ),
        (
            split(folds=[((0, 3), (1, 4))]),
            "ccxaax",
            "split: splits puts group a, c on both sides; stratified keeps groups together",
        ),
    ],
)
def test_data_that_cannot_be_split_so_is_refused(given, groups, message):
    samples = replace(SPECTRA.samples, groups=groups and tuple(groups))
    with pytest.raises(DataError) as caught:
        contracts.checked_split(Splits(), given, samples)
    assert str(caught.value) == message


def test_all_classes_that_are_not_trained_and_three_groups_at_most_are_named():
    samples = planted_spectra((10, 20, 30), per_class=5, channels=40).samples
    with pytest.raises(DataError, match="leaves no spectrum of class at 20, at 30 to train on"):
        contracts.checked_split(Splits(), split(train=(0, 1), test=(2, 7)), samples)
    samples = replace(samples, groups=tuple("dabcedabcedabce"))
    sides = split(train=(0, 1, 2, 3, 4), test=(5, 6, 7, 8, 9))
    with pytest.raises(DataError, match="puts group a, b, c on both sides"):
        contracts.checked_split(Splits(), sides, replace(samples, classes=("all",), labels=np.zeros(15, int)))


@pytest.mark.parametrize("folds", [(), TWO_FOLDS, [((0, 3), (1,)), ((1, 3), (0, 4))]])
@pytest.mark.parametrize("groups", [None, tuple("abcdef")])
def test_a_split_that_keeps_its_promise_is_returned(folds, groups):
    given = split(folds=folds)
    assert contracts.checked_split(Splits(), given, replace(SPECTRA.samples, groups=groups)) is given
