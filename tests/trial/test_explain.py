"""The way from a trained model to maps: batches, what is computed once, and maps of every class."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from raman_xp.components import Explainer, ExplainTask
from raman_xp.maps import Maps
from raman_xp.maps.quantities import Score
from raman_xp.seeds import Seeds
from raman_xp.testing import fit_task, planted_spectra
from raman_xp.trial.explain import explain_all
from raman_xp_plugins.explainers.fc_importance import FcImportance
from raman_xp_plugins.explainers.grad_cam import GradCam
from raman_xp_plugins.explainers.input_magnitude import InputMagnitude
from raman_xp_plugins.models.keras_network import KerasNetwork
from raman_xp_plugins.models.shallow_cnn import ShallowCnn


@pytest.fixture(scope="module")
def spectra():
    return planted_spectra((60, 128, 200), per_class=50)


@pytest.fixture(scope="module", params=["linear", "tanh"])
def model(request, spectra):
    some = spectra.take(np.arange(0, 150, 5))
    fields = {"filters": 6, "units": 12, "epochs": 20, "learning_rate": 1e-3}
    return ShallowCnn(dense_activation=request.param, **fields).fit(fit_task(some))


@pytest.mark.parametrize("score", list(Score))
@pytest.mark.parametrize("placement", ["effective", "geometric"])
@pytest.mark.parametrize("explainer", [FcImportance, GradCam])
def test_maps_of_every_class_equal_those_of_each(model, spectra, explainer, placement, score):
    some = spectra.take(np.arange(3, 150, 30))
    task = ExplainTask(model, some, spectra, np.random.default_rng(0))
    every = explainer(target="every", placement=placement, score=score).explain(task)
    assert every.targets.tolist() == [0, 1, 2] * 5
    for target in range(3):
        labelled = replace(some, samples=replace(some.samples, labels=np.full(5, target)))
        alone = ExplainTask(model, labelled, spectra, np.random.default_rng(0))
        one = explainer(target="labelled", placement=placement, score=score).explain(alone)
        rows = every.values[target::3]
        np.testing.assert_allclose(rows, one.values, rtol=1e-4, atol=1e-4 * np.abs(one.values).max())


class Counting(KerasNetwork):
    """Notes how many spectra go through the network, and how often from its start."""

    def __init__(self, network):
        super().__init__(network, {})
        self.passes = []

    def features(self, x, layer=None):
        self.passes.append(len(x))
        return super().features(x, layer)

    def logits(self, x):
        self.passes.append(len(x))
        return super().logits(x)


def test_one_forward_pass_serves_all_explainers_and_classes(model, spectra):
    explainers = [
        InputMagnitude(),
        FcImportance(target="every"),
        FcImportance(id="again", score=Score.MARGIN, scale="paper"),
        GradCam(target="every"),
        GradCam(id="cam", target="labelled"),
    ]
    logits = model.logits(spectra.intensity)
    counting = Counting(model.network)
    maps = explain_all(explainers, counting, spectra, logits, spectra, Seeds(0), lambda done, of: None)
    assert counting.passes == [128, 22]
    assert maps["fc_importance"].values.shape == maps["grad_cam"].values.shape == (450, 256)
    predicted = maps["fc_importance"].about(logits.argmax(axis=1))
    np.testing.assert_array_equal(predicted.targets, logits.argmax(axis=1))


def test_alone_an_explainer_needs_one_forward_pass_too(model, spectra):
    counting = Counting(model.network)
    some = spectra.take(np.arange(10))
    FcImportance(target="every").explain(ExplainTask(counting, some, spectra, np.random.default_rng(0)))
    assert counting.passes == [10]


class Drawing(Explainer):
    """One draw for all spectra of a batch."""

    name = "drawing"

    def explain(self, task):
        x = task.spectra.intensity
        return Maps(x * task.rng.random(x.shape[1]), task.spectra.labels)


def test_a_drawn_map_does_not_depend_on_the_batches_before(model, spectra):
    logits = model.logits(spectra.intensity)

    def maps(rows):
        some = spectra.take(rows)
        return explain_all([Drawing()], model, some, logits[rows], spectra, Seeds(0), lambda done, of: None)

    late = np.array([140])  # of the second batch
    alone = maps(late)["drawing"].values
    np.testing.assert_array_equal(maps(np.arange(150))["drawing"].values[late], alone)
    assert not np.array_equal(alone, spectra.intensity[late])
