"""What a component gives back is held to its promise, and the one that breaks it is named."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from raman_xp import contracts
from raman_xp.components import Split
from raman_xp.errors import ComponentError, DataError
from raman_xp.maps import Maps
from raman_xp.spectra import About, Block, RawSpectra
from raman_xp.testing import planted_spectra
from raman_xp_plugins.data.pharma_csv import PharmaCsv
from raman_xp_plugins.explainers.grad_cam import GradCam
from raman_xp_plugins.map_scores.pointing import Pointing
from raman_xp_plugins.models.shallow_cnn import ShallowCnn
from raman_xp_plugins.preprocess.normalize import Normalize
from raman_xp_plugins.splits.given import Given

SPECTRA = planted_spectra((10, 30), per_class=3, channels=40)
AXIS, VALUES, ROWS = np.arange(40.0), SPECTRA.intensity, np.arange(6)


def raw(*, samples=SPECTRA.samples, axis=AXIS, values=VALUES, rows=ROWS) -> RawSpectra:
    return RawSpectra((Block(axis, values, rows),), samples, About("made"))


def test_what_is_checked_cannot_be_changed_by_whom_it_is_handed_to():
    checked = contracts.checked_raw(PharmaCsv(path="x.csv"), raw(values=VALUES.copy()))
    with pytest.raises(ValueError, match="read-only"):
        checked.blocks[0].intensity[0, 0] = 7


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (None, "gave NoneType instead of RawSpectra"),
        (raw(rows=ROWS[:5], values=VALUES[:5]), "gave blocks whose rows are not 0 to 5, each once"),
        (raw(rows=np.array([0, 1, 2, 3, 4, 4])), "gave blocks whose rows are not 0 to 5, each once"),
        (raw(values=VALUES[:, :39]), "gave intensities (6, 39) on an axis (40,); (6 spectra, channels) on"),
        (raw(values=VALUES * np.nan), "gave intensities that are not finite"),
        (raw(values=VALUES.astype(complex)), "gave intensities of type complex128; real numbers are right"),
        (raw(axis=AXIS[::-1]), "gave an axis that does not ascend strictly"),
        (
            raw(samples=replace(SPECTRA.samples, labels=np.array([0, 1, 2, 0, 1, 0]))),
            "no indices of its 2 classes",
        ),
        (raw(samples=replace(SPECTRA.samples, classes=("a", "a"))), "class names that are not distinct"),
        (raw(samples=replace(SPECTRA.samples, names=("one",))), "gave 1 names for 6 spectra"),
    ],
)
def test_a_data_source_is_held_to_its_promise(given, message):
    with pytest.raises(ComponentError) as caught:
        contracts.checked_raw(PharmaCsv(path="x.csv"), given)
    assert "pharma_csv" in str(caught.value).partition(message)[0]
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("result", "message"),
    [
        (VALUES, "returned something else than an axis and intensities"),
        ((AXIS, VALUES[:3]), "gave intensities (3, 40)"),
        ((AXIS, VALUES * np.inf), "gave intensities that are not finite"),
        ((AXIS[:2], VALUES[:, :2]), "with three channels or more"),
    ],
)
def test_a_preprocessing_step_is_held_to_its_promise(result, message):
    with pytest.raises(ComponentError) as caught:
        contracts.checked_step(Normalize(), Block(AXIS, VALUES, ROWS), result)
    assert message in str(caught.value)


def split(train=(0, 1, 3, 4), test=(2, 5), folds=()) -> Split:
    return Split(np.array(train), np.array(test), tuple((np.array(a), np.array(b)) for a, b in folds))


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        (None, ComponentError, "returned NoneType instead of a Split"),
        (split(test=(2, 99)), ComponentError, "not among 0 to 5"),
        (split(train=(0, 1, 3, -1)), ComponentError, "not among 0 to 5"),
        (split(train=(0, 0, 3, 4)), ComponentError, "rows that stand twice"),
        (split(train=(0.0, 1.0, 3.0)), ComponentError, "no one-dimensional arrays of whole numbers"),
        (split(train=(0, 1, 2, 3)), ComponentError, "spectra that both train and test"),
        (
            split(folds=[((0, 3), (0, 4))]),
            ComponentError,
            "spectra that both train and test, or train and valid",
        ),
        (split(folds=[((0, 3, 5), (1, 4))]), ComponentError, "spectra that both train and test"),
        (split(folds=[((0, 3), (1, 5))]), ComponentError, "a fold that validates on test spectra"),
        (
            split(train=(0, 3), test=(2, 5), folds=[((0, 3), (1,))]),
            ComponentError,
            "a fold with spectra that are not among those of training",
        ),
        (
            split(folds=[((0, 3), (1, 4)), ((1, 3), (0, 4))]),
            ComponentError,
            "spectra that are held out in two folds",
        ),
        (split(test=()), DataError, "given leaves a part without spectra"),
        (split(train=(0, 1)), DataError, "given leaves no spectrum of class at 30 to train on"),
    ],
)
def test_a_splitter_is_held_to_its_promise(given, error, message):
    with pytest.raises(error) as caught:
        contracts.checked_split(Given(), given, SPECTRA.samples)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("logits", "message"),
    [
        (np.ones((6, 1)), "gave scores (6, 1); (spectra, classes) is (6, 2)"),
        (np.full((6, 2), np.nan), "training diverged; try a smaller learning_rate"),
    ],
)
def test_a_model_is_held_to_its_promise(logits, message):
    with pytest.raises(ComponentError, match="shallow_cnn") as caught:
        contracts.checked_logits(ShallowCnn(), logits, SPECTRA)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("maps", "message"),
    [
        (VALUES, "returned ndarray instead of Maps"),
        (
            Maps(VALUES[:2], SPECTRA.labels),
            "returned maps (2, 40), targets (6,); (spectra, channels) is (6, 40)",
        ),
        (Maps(VALUES, SPECTRA.labels - 1), "targets that are no indices of the classes"),
        (Maps(VALUES * np.nan, SPECTRA.labels), "returned maps that are not finite"),
        (Maps(VALUES, SPECTRA.labels, extent=(9, 3)), "returned an extent (9, 3)"),
        (Maps(VALUES, SPECTRA.labels, extent=(0, 900)), "returned an extent (0, 900)"),
    ],
)
def test_an_explainer_is_held_to_its_promise(maps, message):
    with pytest.raises(ComponentError, match="grad_cam") as caught:
        contracts.checked_maps(GradCam(), maps, 6, SPECTRA)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        (None, "returned NoneType instead of a mapping"),
        ({"pointing": np.ones(3)}, "gave pointing the shape (3,); one number a class is (2,)"),
        ({"pointing": np.array([1, np.inf])}, "gave pointing an infinite value"),
    ],
)
def test_a_map_score_is_held_to_its_promise(numbers, message):
    with pytest.raises(ComponentError) as caught:
        contracts.checked_numbers(Pointing(), numbers, 2)
    assert message in str(caught.value)
