"""One fit and what follows from it, against plain NumPy."""

from __future__ import annotations

import gc
import io
import time
from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest

from linear_trial import (
    PAUSE,
    Height,
    Means,
    MeansModel,
    Note,
    Products,
    followed,
    prepared,
    spectra,
    trial,
    whole,
)
from raman_xp.components import FittedModel
from raman_xp.components.explain_task import BATCH
from raman_xp.errors import ComponentError
from raman_xp.maps.files import SavedMaps
from raman_xp.results import UnitResult
from raman_xp.results.metrics import Accuracy
from raman_xp.seeds import Seeds
from raman_xp.spec.experiment import Header
from raman_xp.trial.fit import draw_unit, explain_unit, fit_unit


def silent(step: str, done: int, total: int) -> None:
    pass


def run(fold: int | None = None, **parts) -> UnitResult:
    return whole(trial(**parts), prepared(), fold)


def saved(array: np.ndarray) -> bytes:
    """Content of a file of NumPy's."""
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def means(rows: np.ndarray) -> np.ndarray:
    """(classes, channels) of these rows."""
    some = spectra()
    x, labels = some.intensity[rows].astype(np.float64), some.labels[rows]
    return np.array([x[labels == label].mean(axis=0) for label in range(3)])


@pytest.mark.parametrize("fold", [None, 1, 2])
def test_a_fit_sees_its_training_spectra_and_says_something_of_the_others(fold):
    some, split = spectra(), prepared().split
    train, unseen = split.folds[fold - 1] if fold else (split.train, split.test)
    result = run(fold)
    assert (result.fit_key, result.fold, result.name) == ("a key", fold, f"fold {fold}" if fold else "final")
    assert result.rows.tolist() == unseen.tolist()
    assert result.labels.tolist() == some.labels[unseen].tolist()
    np.testing.assert_allclose(result.logits, some.intensity[unseen] @ means(train).T, rtol=1e-5)
    stream = Seeds(7).child(f"fold {fold}" if fold else "final").generator("weights")
    expected = {
        "train": some.signal[train],
        "valid": some.signal[unseen] if fold else np.zeros(0),
        "chance": stream.normal(size=3),
        "threads": [3],
    }
    assert result.curves.keys() == expected.keys()
    for name, curve in expected.items():
        np.testing.assert_array_equal(result.curves[name], curve)
    assert sorted(result.model) == ["example.txt", "means.npy"]
    assert result.model["example.txt"].decode() == " ".join(f"line {row + 2}" for row in train)
    assert result.error is None


def test_a_fold_has_predictions_and_no_maps():
    result = run(2)
    assert list(result.files) == ["predictions.csv"]
    assert len(result.files["predictions.csv"].splitlines()) == 1 + 9
    assert not result.maps
    assert result.evaluation is None
    assert set(result.seconds) == {"fit", "predict", "save"}


def test_the_final_fit_has_maps_scores_and_tables_of_the_test_spectra():
    some, split = spectra(), prepared().split
    result = run()
    of_classes = means(split.train)
    test = some.intensity[split.test]
    predicted = (test @ of_classes.T).argmax(axis=1)
    over = of_classes - some.intensity[split.train].mean(axis=0)
    chance = Seeds(7).child("final").child("explainers").generator("products").uniform(0, 1e-3, size=40)
    assert list(result.maps) == ["products", "contrast"]
    products = test * over[predicted] + chance
    np.testing.assert_allclose(result.maps["products"].values, products, rtol=1e-4, atol=1e-5)
    assert result.maps["products"].targets.tolist() == predicted.tolist()
    np.testing.assert_allclose(result.maps["contrast"].values, over, rtol=1e-5, atol=1e-5)
    evaluation = result.evaluation
    assert evaluation is not None
    assert evaluation.test == Accuracy(int((predicted == some.labels[split.test]).sum()), 4)
    assert evaluation.warnings == {"products": {"made up": 4}}
    assert evaluation.scores["height"]["contrast"] == pytest.approx(tuple(over.max(axis=1)), rel=1e-5)
    weakest, strongest = evaluation.by_signal[0], evaluation.by_signal[-1]
    assert weakest.low == pytest.approx(some.signal[18] / some.signal[-1])
    assert strongest.high == pytest.approx(some.signal[21] / some.signal[-1])
    assert sorted(result.files) == [
        "accuracy_by_signal.csv",
        "bands.csv",
        "data.txt",
        "map_scores.csv",
        "maps/contrast/maps.npz",
        "maps/products/maps.npz",
        "predictions.csv",
        "split.csv",
    ]


def test_maps_are_read_from_the_files_of_the_fit():
    """In a pickle they would be there twice."""
    result = run()
    (name, maps), *_ = result.maps.items()
    with np.load(io.BytesIO(result.files[f"maps/{name}/maps.npz"])) as arrays:
        np.testing.assert_array_equal(maps.values, arrays["maps"])
    assert isinstance(result.maps, SavedMaps)


def test_each_part_is_timed():
    began = time.perf_counter()
    seconds = run().seconds
    took = time.perf_counter() - began
    parts = {"fit", "predict", "save", "load", "explain.products", "explain.contrast", "tables"}
    assert set(seconds) == parts
    assert seconds["fit"] >= PAUSE
    assert all(each >= 0 for each in seconds.values())
    assert sum(seconds.values()) < took


def test_the_time_of_all_batches_is_added_up():
    many = spectra(per_class=(BATCH + 24) // 3)  # of which four fewer than twenty test: two batches
    result = whole(trial(), prepared(many))
    assert len(result.rows) > BATCH
    assert result.seconds["explain.products"] >= 2 * PAUSE


def test_steps_are_reported_as_they_are_done():
    steps: list[tuple[str, int, int]] = []
    whole(trial(), prepared(), report=lambda *step: steps.append(step))
    assert steps == [
        ("fit", 0, 1),
        ("fit", 1, 2),
        ("fit", 2, 2),
        ("explain", 0, 2),
        ("explain", 1, 2),
        ("explain", 2, 2),
    ]


def test_pictures_are_reported_and_figures_have_the_model():
    steps: list[tuple[str, int, int]] = []
    some = trial(header=Header(pictures=True), figures=(Note(),), explainers=())
    result = whole(some, prepared(), report=lambda *step: steps.append(step))
    assert [step for step in steps if step[0] == "draw"] == [
        ("draw", 1, 3),
        ("draw", 2, 3),
        ("draw", 3, 3),
        ("draw", 1, 1),
    ]
    assert result.files["figures/note.txt"].decode().startswith("24 24 4 18 Means")


class TestEarlier:
    """A fit that is there already."""

    def test_it_is_loaded_and_explained_and_not_fitted_again(self):
        earlier = replace(run(), seconds={"fit": 50.0, "explain.products": 9.0})
        doubled = replace(
            earlier,
            logits=2 * earlier.logits,
            model={**earlier.model, "means.npy": saved(2 * means(np.arange(18)))},
        )
        result = followed(trial(model=Broken()), prepared(), doubled)
        assert result.fit_key == "a key"
        assert result.refitted == ""
        np.testing.assert_array_equal(result.logits, doubled.logits)
        np.testing.assert_allclose(
            result.maps["contrast"].values,
            2 * means(np.arange(18)) - spectra().intensity[:18].mean(axis=0),
            rtol=1e-4,
            atol=1e-5,
        )
        assert result.seconds["fit"] == 50.0
        assert PAUSE <= result.seconds["explain.products"] < 9.0
        assert set(result.seconds) == {"fit", "load", "explain.products", "explain.contrast", "tables"}

    def test_it_is_loaded_with_its_curves_and_threads(self):
        earlier = fit_unit(trial(), prepared(), None, "a key", silent)
        seen = []

        class Watching(MeansModel):
            name: ClassVar = "watching"

            def load(self, folder, curves, threads):
                seen.append((curves, threads, sorted(path.name for path in folder.iterdir())))
                return super().load(folder, curves, threads)

        followed(trial(model=Watching()), prepared(), earlier)
        assert seen == [(earlier.curves, 3, ["example.txt", "means.npy"])]


class Broken(MeansModel):
    """Cannot fit."""

    name: ClassVar = "broken"

    def fit(self, task):
        raise ValueError("no fit")


class NoFit(MeansModel):
    name: ClassVar = "no_fit"

    def fit(self, task):
        return 7


class NoLoad(MeansModel):
    name: ClassVar = "no_load"

    def load(self, folder, curves, threads):
        return "text"


class LoadsNothing(MeansModel):
    """A model that gives scores of no kind once it is loaded."""

    name: ClassVar = "loads_nothing"

    def load(self, folder, curves, threads):
        return UnsavedMeans(super().load(folder, curves, threads), "finite")


class Unsaved(MeansModel):
    name: ClassVar = "unsaved"
    cannot: str

    def fit(self, task):
        return UnsavedMeans(super().fit(task), self.cannot)

    def load(self, folder, curves, threads):
        raise ValueError("no file")


class UnsavedMeans(Means):
    def __init__(self, fitted: FittedModel, cannot: str) -> None:
        super().__init__(fitted.means, [1.0] if cannot == "curves" else fitted.curves)
        self.cannot = cannot

    def logits(self, x):
        if self.cannot == "logits":
            raise ValueError("no logits")
        return np.full((len(x), 3), np.nan) if self.cannot == "finite" else super().logits(x)

    def save(self, folder, example):
        if self.cannot == "save":
            raise ValueError("no disk")
        super().save(folder, example)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (Broken(), "broken (test_fit) failed to fit (test_fit.py, line "),
        (NoFit(), "no_fit (test_fit) returned int from fit instead of a FittedModel"),
        (Unsaved(cannot="logits"), "unsaved (test_fit) failed to predict (test_fit.py, line "),
        (Unsaved(cannot="curves"), "unsaved (test_fit) has list for its curves instead of a mapping"),
        (Unsaved(cannot="save"), "unsaved (test_fit) failed to save (test_fit.py, line "),
        (Unsaved(cannot="finite"), "unsaved (test_fit) gave scores that are not finite: training diverged"),
    ],
    ids=lambda value: value.name if isinstance(value, MeansModel) else "",
)
def test_a_model_that_fails_is_named(model, message):
    with pytest.raises(ComponentError) as caught:
        run(model=model)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (NoLoad(), "no_load (test_fit) returned str from load instead of a FittedModel"),
        (Unsaved(cannot=""), "unsaved (test_fit) failed to load (test_fit.py, line "),
        (LoadsNothing(), "loads_nothing (test_fit) gave scores that are not finite: "),
    ],
)
def test_a_model_that_cannot_be_loaded_is_fitted_again_and_says_why(model, message):
    result = followed(trial(model=model), prepared(), run())
    assert result.refitted.startswith(message)
    assert result.error is None
    assert result.fit_key == "a key"
    assert set(result.seconds) >= {"fit", "predict", "save"}
    np.testing.assert_array_equal(result.logits, run().logits)
    assert set(result.model) == {"means.npy", "example.txt"}


@pytest.mark.parametrize(
    ("change", "again"),
    [(1.0, False), (1.0 + 1e-6, False), (1.1, True), (-1.0, True)],
)
def test_a_model_that_says_something_else_than_when_it_was_saved_is_fitted_again(change, again):
    earlier = run()
    result = followed(trial(), prepared(), replace(earlier, logits=earlier.logits * change))
    assert bool(result.refitted) is again
    if again:
        assert result.refitted == (
            "means (linear_trial) gives other scores, loaded again, than it gave when it was saved"
        )
        np.testing.assert_array_equal(result.logits, earlier.logits)


class Dark(Products):
    name: ClassVar = "dark"

    def explain(self, task):
        raise ValueError("no light")


class Deaf(Height):
    name: ClassVar = "deaf"

    def score(self, task):
        raise ValueError("no sound")


@pytest.mark.parametrize(
    ("parts", "message", "timed"),
    [
        ({"explainers": (Products(), Dark())}, "dark (test_fit) failed to explain", {"explain.products"}),
        (
            {"scores": (Deaf(),)},
            "deaf (test_fit) failed to score",
            {"explain.products", "explain.contrast"},
        ),
    ],
)
def test_a_fit_stands_though_what_follows_fails(parts, message, timed):
    result = run(**parts)
    assert isinstance(result.error, ComponentError)
    assert str(result.error).startswith(message)
    assert result.pictures == ()
    np.testing.assert_array_equal(result.logits, run().logits)
    assert set(result.seconds) == {"fit", "predict", "save", "load"} | timed


def test_tables_that_cannot_be_written_are_an_error_that_says_what_to_do(monkeypatch):
    def full(path, *rest):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("raman_xp.trial.artifacts._table", full)
    fold = fit_unit(trial(), prepared(), 1, "a key", silent)
    assert str(fold.error).startswith("fold 1: its tables could not be written to ")
    assert "[Errno 28] No space left on device. Free space there, or set TMPDIR" in str(fold.error)
    np.testing.assert_array_equal(fold.logits, run(1).logits)
    fit = fit_unit(trial(), prepared(), None, "a key", silent)
    error = str(explain_unit(trial(), prepared(), fit, silent).error)
    assert error.startswith("final: its tables could not be written to ")
    assert error.endswith("; the fit is kept")


def test_only_a_fold_has_its_table_at_once_which_lasts_as_long_as_its_files_are_used():
    assert not fit_unit(trial(), prepared(), None, "a key", silent).files
    files = fit_unit(trial(), prepared(), 1, "a key", silent).files  # and nothing else of the unit is kept
    gc.collect()
    assert files["predictions.csv"].startswith(b"spectrum,")


def test_pictures_say_how_long_they_took():
    some = trial(header=Header(name="linear", seed=7, threads=3, pictures=True))
    result = explain_unit(some, prepared(), run(), silent)
    done = draw_unit(some, prepared(), result, result.pictures[0], silent)
    assert 0 < done.seconds < 60
