"""Explainers on a model whose gradients can be written down, against their equations in plain loops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from raman_xp.components import Explainer, ExplainTask, Features, FittedModel, Gradients
from raman_xp.maps.quantities import Score
from raman_xp.testing import planted_spectra
from raman_xp_plugins.explainers.fc_importance import FcImportance
from raman_xp_plugins.explainers.grad_cam import GradCam
from raman_xp_plugins.explainers.input_magnitude import InputMagnitude
from raman_xp_plugins.explainers.integrated_gradients import IntegratedGradients

CHANNELS, BINS, MAPS = 24, 6, 3
CENTERS = 2.0 + 4 * np.arange(BINS)
OFFSETS = np.array([0.0, 1.25, -0.5])
SPECTRA = planted_spectra((4, 11, 19), per_class=3, channels=CHANNELS)
TRAINING = planted_spectra((4, 11, 19), per_class=5, channels=CHANNELS, seed=1)


class Quadratic(FittedModel):
    """Logits are quadratic in the spectrum; its feature map is the spectrum, four channels a bin.

    Args:
        as_combinations: give gradients as combinations of those of the classes.
    """

    def __init__(self, as_combinations: bool = False) -> None:
        rng = np.random.default_rng(5)
        self.curves = {}
        self.as_combinations = as_combinations
        self.linear = rng.normal(size=(3, BINS, MAPS))
        self.square = rng.normal(size=(3, BINS, MAPS))
        self.sign = np.where(np.arange(BINS * MAPS).reshape(BINS, MAPS) % 2, 1.0, -1.0)
        self.to_features = rng.normal(size=(CHANNELS, BINS * MAPS)) / 4

    def activations(self, x: np.ndarray) -> np.ndarray:
        return (x @ self.to_features).reshape(-1, BINS, MAPS)

    def logits(self, x: np.ndarray) -> np.ndarray:
        a = self.activations(x.astype(np.float64))
        logits = np.einsum("nbm,cbm->nc", a, self.linear) + np.einsum("nbm,cbm->nc", a**2, self.square)
        return logits.astype(np.float32)

    def of_classes(self, x: np.ndarray) -> np.ndarray:
        """Gradients of the logits with respect to the feature map, (n, classes, bins, maps)."""
        return self.linear + 2 * self.activations(x)[:, None] * self.square

    def features(self, x: np.ndarray, layer: str | None = None) -> Features:
        def gradients(cotangents: np.ndarray) -> Gradients:
            basis = self.of_classes(x).astype(np.float32)
            if self.as_combinations:
                return Gradients(basis, cotangents)
            return Gradients(np.einsum("ntc,ncbm->ntbm", cotangents, basis).astype(np.float32))

        activations = self.activations(x).astype(np.float32)
        return Features(activations, self.logits(x), CENTERS, OFFSETS, gradients)

    def input_gradients(self, x: np.ndarray, cotangents: np.ndarray) -> np.ndarray:
        of_features = np.einsum("ntc,ncbm->ntbm", cotangents, self.of_classes(x))
        return (of_features.reshape(*cotangents.shape[:2], -1) @ self.to_features.T).astype(np.float32)

    def save(self, folder, example) -> None:
        raise NotImplementedError


def task(model: FittedModel | None = None) -> ExplainTask:
    return ExplainTask(model or Quadratic(), SPECTRA, TRAINING, np.random.default_rng(0))


def score_of(score: Score, logits: np.ndarray, c: int) -> float:
    rivals = np.delete(logits, c)
    if score is Score.LOGIT:
        return float(logits[c])
    if score is Score.MARGIN:
        return float(logits[c] - rivals.max())
    log_odds = logits[c] - np.log(np.exp(rivals).sum())
    return float(log_odds if score is Score.LOG_ODDS else 1 / (1 + np.exp(-log_odds)))


def weights_of(score: Score, logits: np.ndarray, c: int) -> list[float]:
    """Derivatives of the score with respect to the logits, by central differences."""
    h = 1e-6
    return [
        (score_of(score, logits + h * unit, c) - score_of(score, logits - h * unit, c)) / (2 * h)
        for unit in np.eye(len(logits))
    ]


def rows(target: str) -> list[tuple[int, int]]:
    """Spectrum and class of each map."""
    logits = Quadratic().logits(SPECTRA.intensity)
    if target == "every":
        return [(row, c) for row in range(len(SPECTRA)) for c in range(3)]
    classes = SPECTRA.labels if target == "labelled" else logits.argmax(axis=1)
    return [(row, int(c)) for row, c in enumerate(classes)]


def gradient_of(score: Score, row: int, c: int) -> tuple[np.ndarray, np.ndarray]:
    """Feature map of a spectrum, and the gradient of the score of a class with respect to it."""
    model, x = Quadratic(), SPECTRA.intensity[row : row + 1].astype(np.float64)
    weights = weights_of(score, model.logits(x)[0].astype(np.float64), c)
    gradients = model.of_classes(x)[0]
    return model.activations(x)[0], sum(w * g for w, g in zip(weights, gradients, strict=True))


def placed(at_bins: np.ndarray, offsets: Sequence[float]) -> np.ndarray:
    """(bins, maps) → (channels,)."""
    return sum(
        np.interp(np.arange(CHANNELS), CENTERS + offset, of_map)
        for of_map, offset in zip(at_bins.T, offsets, strict=True)
    )


def check(maps, expected: list[np.ndarray], target: str, *, offsets: Sequence[float] = OFFSETS) -> None:
    largest = max(np.abs(each).max() for each in expected)
    np.testing.assert_allclose(maps.values, expected, rtol=1e-4, atol=1e-5 * largest)
    assert maps.targets.tolist() == [c for _, c in rows(target)]


@pytest.mark.parametrize("as_combinations", [False, True])
@pytest.mark.parametrize("target", ["labelled", "predicted", "every"])
@pytest.mark.parametrize("score", Score)
class TestFeatureMaps:
    @pytest.fixture
    def task(self, as_combinations) -> ExplainTask:
        return task(Quadratic(as_combinations))

    @pytest.mark.parametrize(("placement", "offsets"), [("effective", OFFSETS), ("geometric", [0.0] * MAPS)])
    def test_fc_importance_is_equation_9(self, task, target, score, placement, offsets):
        maps = FcImportance(score=score, target=target, placement=placement).explain(task)
        check(maps, [placed(np.multiply(*gradient_of(score, *at)), offsets) for at in rows(target)], target)
        assert maps.warnings == {}

    def test_the_paper_multiplies_by_the_sum_of_the_feature_map(self, task, target, score):
        maps = FcImportance(score=score, target=target, scale="paper").explain(task)
        expected, flipped = [], 0
        for at in rows(target):
            a, gradient = gradient_of(score, *at)
            expected.append(a.sum() * placed(a * gradient, OFFSETS))
            flipped += a.sum() < 0
        check(maps, expected, target)
        assert 0 < flipped < len(expected)
        assert maps.warnings == {"S < 0 turns the map around; scale: unit avoids it": flipped}

    @pytest.mark.parametrize("placement", ["effective", "geometric"])
    def test_grad_cam_is_equations_6_and_7(self, task, target, score, placement):
        maps = GradCam(score=score, target=target, placement=placement).explain(task)
        expected = []
        for at in rows(target):
            a, gradient = gradient_of(score, *at)
            weighted = a * gradient.sum(axis=0)
            if placement == "effective":
                expected.append(np.maximum(placed(weighted, OFFSETS), 0))
            else:
                expected.append(placed(np.maximum(weighted.sum(axis=1, keepdims=True), 0), [0.0]))
        check(maps, expected, target)
        dark = sum(not each.any() for each in expected)
        assert maps.warnings == ({"the ReLU of Eq. 7 leaves nothing of the map": dark} if dark else {})


def test_maps_tell_what_they_resolve_and_where_they_end():
    for explainer in (FcImportance(), GradCam()):
        maps = explainer.explain(task())
        assert (maps.per, maps.signed, maps.resolution) == ("spectrum", True, 4.0)
        assert maps.extent == (3, 21)  # 2 + 1 and 22 − 0.4: nine tenths of the offsets are within
    assert GradCam(placement="geometric").explain(task()).extent == (2, 22)


def test_a_sum_of_zero_is_not_below_zero():
    """A spectrum of zeros has S = 0, whose map is not turned around but empty."""
    dark = replace(task(), spectra=replace(SPECTRA, intensity=np.zeros_like(SPECTRA.intensity)))
    maps = FcImportance(scale="paper").explain(dark)
    assert maps.warnings == {}
    assert GradCam().explain(dark).warnings == {"the ReLU of Eq. 7 leaves nothing of the map": 9}


@pytest.mark.parametrize("target", ["labelled", "predicted", "every"])
@pytest.mark.parametrize("score", Score)
@pytest.mark.parametrize(("reference", "steps"), [("zero", 7), ("mean", 1), ("mean", 40)])
def test_integrated_gradients_are_the_midpoint_rule(target, score, reference, steps):
    maps = IntegratedGradients(score=score, target=target, reference=reference, steps=steps).explain(task())
    model = Quadratic()
    start = TRAINING.intensity.astype(np.float64).mean(axis=0) if reference == "mean" else np.zeros(CHANNELS)
    expected = []
    for row, c in rows(target):
        way = SPECTRA.intensity[row] - start
        total = np.zeros(CHANNELS)
        for step in range(steps):
            x = (start + way * (step + 0.5) / steps)[None]
            weights = weights_of(score, model.logits(x)[0].astype(np.float64), c)
            total += model.input_gradients(x, np.array(weights)[None, None])[0, 0]
        expected.append(way * total / steps)
    check(maps, expected, target)
    assert maps.signed


@pytest.mark.parametrize("reference", ["zero", "mean"])
def test_a_network_is_asked_about_spectra_in_its_own_precision(reference):
    asked = set()

    class Asked(Quadratic):
        def input_gradients(self, x, cotangents):
            asked.add(x.dtype)
            return super().input_gradients(x, cotangents)

    IntegratedGradients(reference=reference, steps=2).explain(task(Asked()))
    assert asked == {np.dtype(np.float32)}


@pytest.mark.parametrize("target", ["labelled", "predicted"])
def test_the_size_of_the_input_is_the_map_of_no_model(target):
    explainer: Explainer = InputMagnitude(target=target)
    maps = explainer.explain(task())
    np.testing.assert_array_equal(maps.values, np.abs(SPECTRA.intensity))
    assert maps.targets.tolist() == [c for _, c in rows(target)]
    assert maps.signed is False
