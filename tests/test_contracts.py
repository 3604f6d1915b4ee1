"""What a component gives back is held to its promise, and the one that breaks it is named."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, Literal

import numpy as np
import pytest

from raman_xp import contracts
from raman_xp.components import Split
from raman_xp.errors import ComponentError, DataError
from raman_xp.maps import Maps
from raman_xp.spectra import About, Block, Contents, RawSpectra, Truth
from raman_xp.testing import planted_spectra
from raman_xp_plugins.data.pharma_csv import PharmaCsv
from raman_xp_plugins.explainers.grad_cam import GradCam
from raman_xp_plugins.map_scores.pointing import Pointing
from raman_xp_plugins.models.shallow_cnn import ShallowCnn
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


class Network(ShallowCnn):
    name: ClassVar = "network"


class Explains(GradCam):
    name: ClassVar = "explains"


class ExplainsClasses(GradCam):
    name: ClassVar = "explains"
    per: ClassVar[Literal["spectrum", "class"]] = "class"


class Measures(Pointing):
    name: ClassVar = "measures"


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
        (None, "gave NoneType instead of RawSpectra"),
        (raw(rows=ROWS[:5], values=VALUES[:5]), NO_ROWS),
        (raw(rows=np.array([0, 1, 2, 3, 4, 4])), NO_ROWS),
        (raw(rows=ROWS + 1), NO_ROWS),
        (RawSpectra((), SPECTRA.samples, About("made")), NO_ROWS),
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
        ((AXIS, changed(VALUES, (5, 39), INF)), "gave intensities that are not finite"),
        ((changed(AXIS, 39, NAN), VALUES), "gave an axis that are not finite"),
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
        (None, "returned NoneType instead of a Split"),
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


@pytest.mark.parametrize(
    ("logits", "message"),
    [
        (np.ones((6, 1)), "gave scores (6, 1); (spectra, classes) is (6, 2)"),
        (
            changed(np.ones((6, 2)), (5, 1), NAN),
            "gave scores that are not finite: training diverged; try a smaller learning_rate",
        ),
        (
            np.full((6, 2), INF),
            "gave scores that are not finite: training diverged; try a smaller learning_rate",
        ),
    ],
)
def test_a_model_is_held_to_its_promise(logits, message):
    with pytest.raises(ComponentError) as caught:
        contracts.checked_logits(Network(), logits, SPECTRA)
    assert str(caught.value) == f"network (test_contracts) {message}"


def test_scores_pass_as_they_are():
    given = np.arange(12.0).reshape(6, 2)
    np.testing.assert_array_equal(contracts.checked_logits(Network(), given.tolist(), SPECTRA), given)


NO_CLASSES = "returned targets that are no indices of the classes"
LABELS = SPECTRA.labels


@pytest.mark.parametrize(
    ("maps", "message"),
    [
        (VALUES, "returned ndarray instead of Maps"),
        (
            Maps(VALUES[:2], LABELS),
            "returned maps (2, 40), targets (6,); (spectra, channels) is (6, 40), with one target a row",
        ),
        (
            Maps(VALUES, LABELS[:5]),
            "returned maps (6, 40), targets (5,); (spectra, channels) is (6, 40), with one target a row",
        ),
        (
            Maps(VALUES[:, 1:], LABELS),
            "returned maps (6, 39), targets (6,); (spectra, channels) is (6, 40), with one target a row",
        ),
        (
            Maps(VALUES[0], LABELS),
            "returned maps (40,), targets (6,); (classes, channels) is (6, 40), with one target a row",
        ),
        (
            Maps(np.concatenate([VALUES, VALUES[:1]]), np.concatenate([LABELS, [0]])),
            "returned maps (7, 40), targets (7,); (spectra, channels) is (6, 40), with one target a row",
        ),
        (Maps(VALUES, LABELS - 1), NO_CLASSES),
        (Maps(VALUES, LABELS + 1), NO_CLASSES),
        (Maps(VALUES, LABELS.astype(float)), NO_CLASSES),
        (
            Maps(np.repeat(VALUES, 2, axis=0), np.repeat(LABELS, 2)),
            "returned maps of one spectrum that explain the same class",
        ),
        (
            Maps(changed(VALUES, ([1, 4, 4], [39, 0, 1]), NAN), LABELS),
            "returned maps that are not finite, 2 of 6",
        ),
        *(
            (
                Maps(VALUES, LABELS, extent=extent, resolution=resolution),
                f"returned an extent {extent} or a resolution {resolution} that cannot be",
            )
            for extent, resolution in [
                ((9, 3), 1.0),
                ((0, 40), 1.0),
                ((-1, 3), 1.0),
                (None, 0.0),
                (None, 40.5),
            ]
        ),
    ],
)
def test_an_explainer_is_held_to_its_promise(maps, message):
    with pytest.raises(ComponentError) as caught:
        contracts.checked_maps(Explains(), maps, 6, SPECTRA)
    assert str(caught.value) == f"explains (test_contracts) {message}"


def test_an_explainer_of_classes_gives_one_row_a_class():
    with pytest.raises(ComponentError) as caught:
        contracts.checked_maps(ExplainsClasses(), Maps(VALUES[:4], np.tile([0, 1], 2)), 2, SPECTRA)
    assert str(caught.value) == (
        "explains (test_contracts) returned maps (4, 40), targets (4,); (classes, channels) is (2, 40), "
        "with one target a row"
    )
    checked = contracts.checked_maps(ExplainsClasses(), Maps(VALUES[:2], np.array([1, 0])), 2, SPECTRA)
    assert checked.per == "class"


@pytest.mark.parametrize(
    ("extent", "resolution"),
    [(None, 1.0), (None, 40.0), ((0, 39), 0.5), ((5, 5), 1.0)],
)
def test_maps_that_keep_the_promise_pass_read_only(extent, resolution):
    each = Maps(
        np.repeat(VALUES, 2, axis=0),
        np.tile([1, 0], 6),
        extent=extent,
        resolution=resolution,
        signed=False,
        warnings={"of some": 3},
    )
    checked = contracts.checked_maps(Explains(), each, 6, SPECTRA)
    np.testing.assert_array_equal(checked.values, each.values)
    np.testing.assert_array_equal(checked.targets, each.targets)
    assert not checked.values.flags.writeable
    assert not checked.targets.flags.writeable
    assert replace(checked, values=each.values, targets=each.targets) == each
    assert checked.per == "spectrum"


TOO_LONG = "it has 181 characters; at most 180 can be used"
PARTS = "a part between slashes is empty or only dots"
NAMES = [
    (None, "a text is needed"),
    (7, "a text is needed"),
    ("  ", "a text is needed"),
    ("F1 (macro)", "it holds '('; letters, digits, blanks and _ - . : / can be used"),
    ("a" * 181, TOO_LONG),
    ("a//b", PARTS),
    ("/a", PARTS),
    ("a/.", PARTS),
    ("../a", PARTS),
]


@pytest.mark.parametrize(("name", "fault"), NAMES)
def test_the_fault_of_a_name_is_told(name, fault):
    assert contracts.fault_of_name(name) == fault


@pytest.mark.parametrize("name", ["a" * 180, "Länge_1 - 2.5: a/b", "..a/b.."])
def test_a_name_of_a_metric_has_no_fault(name):
    assert contracts.fault_of_name(name) == ""


@pytest.mark.parametrize(
    ("curves", "message"),
    [
        ([1.0], "has list for its curves instead of a mapping"),
        *(({name: [1.0]}, f"has a curve called {name!r}: {fault}") for name, fault in NAMES),
        ({"loss": [[1.0]]}, "has a curve loss of the shape (1, 1); one number an epoch is right"),
        ({"loss": ["a", "b"]}, "has a curve loss of the shape (2,); one number an epoch is right"),
    ],
)
def test_learning_curves_are_held_to_their_promise(curves, message):
    with pytest.raises(ComponentError) as caught:
        contracts.checked_curves(Network(), curves)
    assert str(caught.value) == f"network (test_contracts) {message}"


def test_learning_curves_of_real_numbers_pass():
    checked = contracts.checked_curves(Network(), {"loss": [0.5, 0.25], "steps": (1, 2, 3)})
    assert {name: (type(curve), curve.tolist()) for name, curve in checked.items()} == {
        "loss": (np.ndarray, [0.5, 0.25]),
        "steps": (np.ndarray, [1, 2, 3]),
    }


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        (None, "returned NoneType instead of a mapping of numbers"),
        ({"a//b": np.ones(2)}, f"called a number 'a//b': {PARTS}"),
        ({"pointing": np.ones(3)}, "gave pointing the shape (3,); one number a class is (2,)"),
        ({"pointing": ["a", "b"]}, "gave pointing the shape (2,); one number a class is (2,)"),
        (
            {"pointing": np.array([1, -INF])},
            "gave pointing an infinite value; NaN stands for what cannot be told",
        ),
    ],
)
def test_a_map_score_is_held_to_its_promise(numbers, message):
    with pytest.raises(ComponentError) as caught:
        contracts.checked_numbers(Measures(), numbers, 2)
    assert str(caught.value) == f"measures (test_contracts) {message}"


def test_numbers_of_a_map_score_pass_as_floats():
    checked = contracts.checked_numbers(Measures(), {"hits": np.array([1, 2]), "share": [0.5, NAN]}, 2)
    assert checked["hits"].dtype == checked["share"].dtype == float
    np.testing.assert_array_equal(checked["hits"], [1, 2])
    np.testing.assert_array_equal(checked["share"], [0.5, NAN])
