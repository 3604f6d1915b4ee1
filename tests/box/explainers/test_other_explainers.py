"""Grad-CAM against Eqs. 6 and 7 written out, PLS-VIP against its definition, and |input|."""

from __future__ import annotations

import numpy as np
import pytest

from raman_xp.components import ExplainTask
from raman_xp.maps.quantities import Score, direction
from raman_xp.testing import fit_task, planted_spectra
from raman_xp_plugins.explainers.grad_cam import GradCam
from raman_xp_plugins.explainers.input_magnitude import InputMagnitude
from raman_xp_plugins.explainers.pls_vip import PlsVip, vip
from raman_xp_plugins.models.shallow_cnn import ShallowCnn


@pytest.fixture(scope="module")
def spectra():
    return planted_spectra((60, 128, 200), per_class=8)


@pytest.fixture(scope="module")
def task(spectra):
    model = ShallowCnn(filters=6, units=12, epochs=20, learning_rate=1e-3).fit(fit_task(spectra))
    return ExplainTask(model, spectra, spectra, np.random.default_rng(0))


def test_grad_cam_is_equations_6_and_7(task, spectra):
    maps = GradCam(placement="geometric", target="labelled").explain(task)
    along = direction(Score.LOG_ODDS, task.logits(), spectra.labels)
    features = task.model.features(spectra.intensity)
    gradients = features.gradients(along.unit[:, None]).each()
    for row in (0, 9, 20):
        a, gradient = features.activations[row].astype(float), gradients[row, 0].astype(float)
        alpha = [sum(gradient[x, k] for x in range(len(a))) for k in range(a.shape[1])]  # Eq. 6
        at_bins = [max(0, sum(alpha[k] * a[x, k] for k in range(a.shape[1]))) for x in range(len(a))]  # Eq. 7
        expected = np.interp(np.arange(256), features.centers, at_bins)
        np.testing.assert_allclose(maps.values[row], expected, rtol=1e-4, atol=1e-5 * max(at_bins))


def test_grad_cam_equals_that_of_another_library(task, spectra):
    """tf-keras-vis, of the logits, at the bins; it averages gradients over the bins where Eq. 6 sums them."""
    import keras
    from tf_keras_vis.gradcam import Gradcam
    from tf_keras_vis.utils.scores import CategoricalScore

    network = task.model.network
    theirs = Gradcam(keras.Model(network.input, network.get_layer("logits").output))(
        CategoricalScore(spectra.labels.tolist()),
        spectra.intensity,
        penultimate_layer="pool_2",
        seek_penultimate_conv_layer=False,
        expand_cam=False,
        normalize_cam=False,
    )
    ours = GradCam(placement="geometric", score=Score.LOGIT, target="labelled").explain(task).values
    at_bins = ours[:, task.features().centers.astype(int)]
    np.testing.assert_allclose(at_bins, theirs.shape[1] * theirs, rtol=1e-3, atol=1e-4 * at_bins.max())


def test_grad_cam_has_no_negative_part(task):
    assert (GradCam().explain(task).values >= 0).all()


def test_the_probability_score_only_scales_the_log_odds_map(task):
    odds = GradCam().explain(task).normalized()
    share = GradCam(score=Score.PROBABILITY).explain(task).normalized()
    np.testing.assert_allclose(odds, share, rtol=1e-4, atol=1e-5)


def test_vip_is_its_definition():
    from sklearn.cross_decomposition import PLSRegression

    rng = np.random.default_rng(0)
    x = rng.normal(size=(30, 12))
    y = x[:, 3] - 0.5 * x[:, 7] + 0.1 * rng.normal(size=30)
    pls = PLSRegression(3, scale=False).fit(x, y)
    centred = y - y.mean()
    explained, before = [], centred
    for a in range(3):  # what each component takes off the sum of squares of y
        after = centred - pls.x_scores_[:, : a + 1] @ pls.y_loadings_[0, : a + 1]
        explained.append((before**2).sum() - (after**2).sum())
        before = after
    expected = [
        np.sqrt(12 * sum(pls.x_weights_[j, a] ** 2 * explained[a] for a in range(3)) / sum(explained))
        for j in range(12)
    ]
    np.testing.assert_allclose(vip(pls), expected, rtol=1e-8)
    assert (vip(pls) ** 2).mean() == pytest.approx(1)


def test_vip_is_a_row_a_class_and_high_on_its_band(task):
    maps = PlsVip().explain(task)
    assert maps.per == "class"
    assert maps.values.shape == (3, 256)
    assert (maps.values >= 0).all()
    for row, position in enumerate((60, 128, 200)):
        assert maps.values[row, position] > 3


def test_the_number_of_components_can_be_given(task):
    assert not np.allclose(
        PlsVip(components=1).explain(task).values, PlsVip(components=3).explain(task).values
    )


def test_the_input_is_its_own_baseline(task, spectra):
    maps = InputMagnitude(target="labelled").explain(task)
    np.testing.assert_array_equal(maps.values, np.abs(spectra.intensity))
    np.testing.assert_array_equal(maps.targets, spectra.labels)
