"""Explainers that ask the model about changed spectra: on a linear model their maps are known exactly."""

from __future__ import annotations

import numpy as np
import pytest

from raman_xp.components import ExplainTask, FittedModel
from raman_xp.components.explain_task import BATCH
from raman_xp.maps.quantities import Score
from raman_xp.testing import fit_task, planted_spectra
from raman_xp_plugins.explainers.integrated_gradients import IntegratedGradients
from raman_xp_plugins.models.shallow_cnn import ShallowCnn

LINEAR = {"score": Score.LOGIT, "target": "every"}


class Linear(FittedModel):
    """Logits that are weighted sums; it notes how many spectra it was asked about at once."""

    curves = {}

    def __init__(self, channels: int, classes: int) -> None:
        self.weights = np.random.default_rng(3).normal(size=(channels, classes))
        self.asked = []

    def logits(self, x):
        self.asked.append(len(x))
        return x @ self.weights

    def input_gradients(self, x, cotangents):
        self.asked.append(len(x))
        return np.broadcast_to(cotangents @ self.weights.T, (len(x), cotangents.shape[1], x.shape[1]))

    def save(self, folder, example): ...


@pytest.fixture
def spectra():
    return planted_spectra((10, 30, 50), per_class=4, channels=64)


@pytest.fixture
def task(spectra):
    return ExplainTask(Linear(64, 3), spectra, spectra, np.random.default_rng(0))


@pytest.mark.parametrize("reference", ["zero", "mean"])
def test_integrated_gradients_of_a_linear_model_are_its_terms(task, spectra, reference):
    maps = IntegratedGradients(reference=reference, steps=3, **LINEAR).explain(task)
    start = spectra.intensity.mean(axis=0) if reference == "mean" else 0
    expected = (spectra.intensity - start)[:, None] * task.model.weights.T
    np.testing.assert_allclose(maps.values, expected.reshape(36, 64), rtol=1e-5, atol=1e-6)


def test_the_model_is_asked_about_many_changed_spectra_at_once(task):
    targets = task.targets("every")
    list(task.scores_of((task.spectra.intensity for _ in range(63)), Score.LOGIT, targets))
    IntegratedGradients(steps=50, **LINEAR).explain(task)
    whole, rest = BATCH // 12 * 12, {12 * (63 % (BATCH // 12)), 12 * (50 % (BATCH // 12))}
    assert set(task.model.asked[1:]) - {whole} <= rest | {12}
    assert len(task.model.asked) <= 1 + -(-63 * 12 // whole) + 2 * -(-50 * 12 // whole)


@pytest.fixture(scope="module")
def trained():
    spectra = planted_spectra((60, 128, 200), per_class=8)
    return ShallowCnn(filters=6, units=12, epochs=40, learning_rate=1e-3).fit(fit_task(spectra)), spectra


@pytest.mark.parametrize("score", list(Score))
def test_integrated_gradients_are_complete(trained, score):
    """Their sum is the score of the spectrum less that of the reference."""
    model, spectra = trained
    task = ExplainTask(model, spectra, spectra, np.random.default_rng(0))
    targets = task.targets("every")
    maps = IntegratedGradients(score=score, target="every", steps=200).explain(task)
    nothing = next(task.scores_of([np.zeros_like(spectra.intensity)], score, targets))
    difference = task.scores(score, targets) - nothing
    np.testing.assert_allclose(maps.values.sum(axis=1), difference, atol=0.02 * np.abs(difference).max())
