import numpy as np
import pytest
from pydantic import ValidationError
from raman_xp_occlusion import Occlusion

from raman_xp.components import ExplainTask, FittedModel
from raman_xp.testing import ExplainerSuite
from raman_xp.testing import planted_spectra as planted

LINEAR = {"score": "logit", "target": "every"}


class TestOcclusion(ExplainerSuite):
    component = Occlusion


class Linear(FittedModel):
    """Logits that are weighted sums: what a window costs is known exactly."""

    curves = {}

    def __init__(self, channels, classes):
        self.weights = np.random.default_rng(3).normal(size=(channels, classes))

    def logits(self, x):
        return x @ self.weights

    def save(self, folder, example): ...


@pytest.fixture
def spectra():
    return planted((10, 30, 50), per_class=4, channels=64)


@pytest.fixture
def task(spectra):
    return ExplainTask(Linear(64, 3), spectra, spectra, np.random.default_rng(0))


def test_what_a_covered_window_costs_a_linear_model(task, spectra):
    maps = Occlusion(width=8, step=8, **LINEAR).explain(task)
    assert maps.values.shape == (36, 64)
    x, weights = spectra.intensity[4], task.model.weights
    line = x[15] + (x[24] - x[15]) * np.arange(1, 9) / 9
    for target in range(3):
        cost = (x[16:24] - line) @ weights[16:24, target]
        np.testing.assert_allclose(maps.values[3 * 4 + target, 16:24], cost, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("width", "step"), [(1, None), (7, 5), (64, None), (200, None)])
def test_the_whole_axis_is_covered_whatever_the_width(task, width, step):
    values = Occlusion(width=width, step=step, **LINEAR).explain(task).values
    assert np.isfinite(values).all()
    assert values.any(axis=0).sum() >= 62  # with a width of one, the outermost channels are their own line


def test_windows_that_leave_gaps_are_refused():
    with pytest.raises(ValidationError, match="step 9 leaves channels uncovered; at most the width, 8"):
        Occlusion(width=8, step=9)


def test_an_experiment_explained_by_it(raman_project):
    explain = "explain=[{use: occlusion, width: 8}, {use: input_magnitude}]"
    raman_project.run("tiny.yaml", "--set", explain).assert_success()
    assert raman_project.maps("occlusion").shape == (12, 64)
    assert "raman-xp-occlusion 0.1.0" in raman_project.trial().data.tags["raman_xp.plugins"]


def test_a_window_that_leaves_gaps_is_refused_where_the_spec_says_so(raman_project):
    raman_project.run("tiny.yaml", "--set", "explain=[{use: occlusion, width: 8, step: 9}]").assert_error(
        "step 9 leaves channels uncovered; at most the width, 8"
    )
