"""What models, explainers and map scores give back is held to their promise."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, Literal

import numpy as np
import pytest

from raman_xp.components import contracts
from raman_xp.errors import ComponentError
from raman_xp.maps import Maps
from raman_xp.testing import planted_spectra
from raman_xp_plugins.explainers.grad_cam import GradCam
from raman_xp_plugins.map_scores.pointing import Pointing
from raman_xp_plugins.models.shallow_cnn import ShallowCnn

SPECTRA = planted_spectra((10, 30), per_class=3, channels=40)
VALUES = SPECTRA.intensity
NAN, INF = float("nan"), float("inf")


class Network(ShallowCnn):
    name: ClassVar = "network"


class Explains(GradCam):
    name: ClassVar = "explains"


class ExplainsClasses(GradCam):
    name: ClassVar = "explains"
    per: ClassVar[Literal["spectrum", "class"]] = "class"


class Measures(Pointing):
    name: ClassVar = "measures"


def changed(array, place, value) -> np.ndarray:
    """The same array with another value at one place."""
    result = np.array(array)
    result[place] = value
    return result


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
    assert str(caught.value) == f"network (test_contracts_of_models) {message}"


def test_scores_pass_as_they_are():
    given = np.arange(12.0).reshape(6, 2)
    np.testing.assert_array_equal(contracts.checked_logits(Network(), given.tolist(), SPECTRA), given)


@pytest.mark.parametrize(
    ("some", "others", "same"),
    [
        ([1000.0, 0.0], [1000.5, 0.05], True),  # each within a thousandth, or a ten-thousandth of the largest
        ([1000.0, 0.0], [1002.0, 0.0], False),
        ([1000.0, 0.0], [1000.0, 0.2], False),
        ([1e-6, 0.0], [1e-6, 5e-5], False),  # by the size of these scores, not of others
        ([0.5, -1.0], [1.0, -0.5], False),
        ([], [], True),
    ],
)
def test_scores_are_the_same_but_for_rounding(some, others, same):
    assert contracts.same_logits(np.array(others), np.array(some)) is same


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
    assert str(caught.value) == f"explains (test_contracts_of_models) {message}"


def test_of_three_maps_of_a_spectrum_no_two_explain_the_same_class():
    spectra = planted_spectra((10, 20, 30), per_class=1, channels=40)
    values = np.repeat(spectra.intensity, 3, axis=0)
    contracts.checked_maps(Explains(), Maps(values, np.tile([2, 0, 1], 3)), 3, spectra)
    with pytest.raises(ComponentError, match="returned maps of one spectrum that explain the same class"):
        contracts.checked_maps(Explains(), Maps(values, np.tile([1, 0, 1], 3)), 3, spectra)


def test_an_explainer_of_classes_gives_one_row_a_class():
    with pytest.raises(ComponentError) as caught:
        contracts.checked_maps(ExplainsClasses(), Maps(VALUES[:4], np.tile([0, 1], 2)), 2, SPECTRA)
    assert str(caught.value) == (
        "explains (test_contracts_of_models) returned maps (4, 40), targets (4,); (classes, channels) is "
        "(2, 40), with one target a row"
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
    assert str(caught.value) == f"network (test_contracts_of_models) {message}"


def test_learning_curves_of_real_numbers_pass():
    checked = contracts.checked_curves(Network(), {"loss": [0.5, 0.25], "steps": (1, 2, 3)})
    assert {name: (type(curve), curve.tolist()) for name, curve in checked.items()} == {
        "loss": (np.ndarray, [0.5, 0.25]),
        "steps": (np.ndarray, [1, 2, 3]),
    }


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ([1.0, 2.0], "returned list instead of a mapping of numbers"),
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
    assert str(caught.value) == f"measures (test_contracts_of_models) {message}"


def test_numbers_of_a_map_score_pass_as_floats():
    checked = contracts.checked_numbers(Measures(), {"hits": np.array([1, 2]), "share": [0.5, NAN]}, 2)
    assert checked["hits"].dtype == checked["share"].dtype == float
    np.testing.assert_array_equal(checked["hits"], [1, 2])
    np.testing.assert_array_equal(checked["share"], [0.5, NAN])
