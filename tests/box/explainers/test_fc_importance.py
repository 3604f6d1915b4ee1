"""FC-importance against a literal reading of Eqs. 8 and 9, weight by weight, in float64."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pytest

from raman_xp.components import ExplainTask
from raman_xp.maps.quantities import Score
from raman_xp.testing import fit_task, planted_spectra
from raman_xp_plugins.explainers.fc_importance import FcImportance
from raman_xp_plugins.models.convolutional import ConvolutionalNetwork
from raman_xp_plugins.models.shallow_cnn import ShallowCnn

POSITIONS = (60, 128, 200)


class ThreeBlocks(ConvolutionalNetwork):
    name: ClassVar = "three_blocks"
    blocks: ClassVar = 3


def task_for(model, spectra) -> ExplainTask:
    return ExplainTask(model, spectra, spectra, np.random.default_rng(0))


def literal_maps(network, x: np.ndarray, score: Score, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """M at the bins by Eqs. 8 and 9, and the pooled activations, all in float64.

    The gradient with respect to every weight of the dense layer is taken by automatic differentiation of the
    score as it is defined, one spectrum at a time.
    """
    import tensorflow as tf

    weights = {
        layer.name: [tf.constant(w, tf.float64) for w in layer.get_weights()] for layer in network.layers
    }
    maps, activations = [], []
    for spectrum, c in zip(x.astype(np.float64), targets, strict=True):
        a = spectrum[:, None]
        for block in (1, 2):
            kernel, bias = (w.numpy() for w in weights[f"conv_{block}"])
            width = len(kernel)
            padded = np.pad(a, (((width - 1) // 2, width // 2), (0, 0)))
            a = (
                np.stack([np.einsum("wk,wkf->f", padded[i : i + width], kernel) for i in range(len(a))])
                + bias
            )
            a = np.where(a >= 0, a, 0.2 * a)
            a = (
                np.pad(a, ((0, len(a) % 2), (0, 0)), constant_values=-np.inf)
                .reshape(-1, 2, a.shape[1])
                .max(axis=1)
            )
        flat, dense_bias = weights["dense"]
        out, out_bias = weights["logits"]
        fw = tf.Variable(tf.reshape(flat, (*a.shape, -1)))
        with tf.GradientTape() as tape:
            y = tf.linalg.matvec(out, tf.einsum("xk,xkl->l", a, fw) + dense_bias, transpose_a=True) + out_bias
            rivals = tf.boolean_mask(y, np.arange(len(y)) != c)
            log_odds = y[c] - tf.reduce_logsumexp(rivals)
            value = {
                Score.LOGIT: y[c],
                Score.MARGIN: y[c] - tf.reduce_max(rivals),
                Score.LOG_ODDS: log_odds,
                Score.PROBABILITY: 1 / (1 + tf.exp(-log_odds)),
            }[score]
        beta = tf.reduce_sum(tape.gradient(value, fw), axis=(0, 1))  # Eq. 8
        maps.append(np.sum(a * np.einsum("xkl,l->xk", fw.numpy(), beta.numpy()), axis=1))  # Eq. 9
        activations.append(a)
    return np.stack(maps), np.stack(activations)


@pytest.fixture(scope="module")
def spectra():
    return planted_spectra(POSITIONS, per_class=10)


@pytest.fixture(scope="module")
def fitted(spectra):
    return ShallowCnn(filters=8, units=16, epochs=60, learning_rate=1e-3).fit(fit_task(spectra))


@pytest.fixture(params=["trained", "saturated"])
def model(request, fitted, spectra):
    """The trained network, and one whose logits are so far apart that 1 − p is below 1e-9."""
    if request.param == "trained":
        yield fitted
        return
    layer = fitted.network.get_layer("logits")
    kept = layer.get_weights()
    logits = fitted.logits(spectra.intensity)
    gap = np.diff(np.sort(logits, axis=1)[:, -2:], axis=1).min()
    layer.set_weights([weight * (24 / gap) for weight in kept])
    logits = np.sort(fitted.logits(spectra.intensity).astype(np.float64), axis=1)
    assert np.exp(logits[:, :-1] - logits[:, -1:]).sum(axis=1).max() < 1e-9
    yield fitted
    layer.set_weights(kept)


@pytest.mark.parametrize("score", list(Score))
def test_it_equals_the_literal_equations(model, spectra, score):
    some = spectra.take(np.array([0, 5, 12, 17, 22, 29]))
    maps = FcImportance(score=score, scale="paper", placement="geometric").explain(task_for(model, some))
    expected, _ = literal_maps(model.network, some.intensity, score, maps.targets)
    channels = np.arange(some.channels)
    expected = np.stack([np.interp(channels, 4 * np.arange(len(row)) + 3, row) for row in expected])
    error = np.abs(maps.values - expected).max(axis=1) / np.abs(expected).max(axis=1)
    assert error.max() < 1e-4


def test_the_unit_scale_leaves_out_only_the_sum_of_the_activations(fitted, spectra):
    unit, paper = (
        FcImportance(scale=scale).explain(task_for(fitted, spectra)) for scale in ("unit", "paper")
    )
    _, activations = literal_maps(fitted.network, spectra.intensity[:3], Score.LOGIT, spectra.labels[:3])
    np.testing.assert_allclose(
        paper.values[:3], unit.values[:3] * activations.sum(axis=(1, 2))[:, None], rtol=1e-3, atol=1e-5
    )


def test_a_negative_sum_is_counted(fitted, spectra):
    maps = FcImportance(scale="paper").explain(task_for(fitted, spectra))
    _, activations = literal_maps(fitted.network, spectra.intensity, Score.LOGIT, maps.targets)
    negative = int((activations.sum(axis=(1, 2)) < 0).sum())
    assert sum(maps.warnings.values()) == negative


def test_the_map_is_complete(fitted, spectra):
    """At the bins and with the unit scale, the map's sum is the score's logit combination less its biases."""
    from raman_xp.maps.quantities import direction

    logits = fitted.logits(spectra.intensity)
    weights = direction(Score.LOG_ODDS, logits, spectra.labels).unit
    features = fitted.features(spectra.intensity)
    gradients = features.gradients(weights[:, None]).each()[:, 0]
    sums = (features.activations * gradients).sum(axis=(1, 2), dtype=np.float64)
    (_, dense_bias), (out, out_bias) = (
        fitted.network.get_layer(n).get_weights() for n in ("dense", "logits")
    )
    expected = ((logits - (dense_bias @ out + out_bias)) * weights).sum(axis=1)
    np.testing.assert_allclose(sums, expected, rtol=1e-4, atol=1e-4 * np.abs(expected).max())


@pytest.mark.parametrize("kernel", [8, 7])
@pytest.mark.parametrize("network", [ShallowCnn, ThreeBlocks])
def test_its_strongest_point_is_the_true_peak(network, kernel):
    """With the paper's network and training; positions fall differently on the bins."""
    train, test = (planted_spectra((61, 130, 199), per_class=20, seed=seed) for seed in (0, 1))
    model = network(kernel_size=kernel, epochs=100).fit(fit_task(train))
    maps = FcImportance().explain(task_for(model, test))
    assert (model.logits(test.intensity).argmax(axis=1) == test.labels).all()
    distance = np.abs(maps.values.argmax(axis=1) - np.array((61, 130, 199))[test.labels])
    assert maps.resolution == 2**network.blocks
    assert (distance <= maps.tolerance).all(), distance
