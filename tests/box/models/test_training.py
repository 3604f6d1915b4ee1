"""Our way of training is Keras's, only quicker: the same numbers, and the same callbacks."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import keras
import numpy as np
import pytest

from raman_xp.errors import DataError
from raman_xp.seeds import Seeds
from raman_xp.testing import fit_task, planted_spectra
from raman_xp_plugins.models import fused_adam as adam_module
from raman_xp_plugins.models.early_stopping import EarlyStopping
from raman_xp_plugins.models.fused_adam import adam, fused_adam
from raman_xp_plugins.models.shallow_cnn import ShallowCnn

SMALL = {"filters": 4, "units": 8, "learning_rate": 1e-3}


@pytest.fixture(scope="module")
def spectra():
    return planted_spectra((40, 90, 150), per_class=8, channels=199)


def test_it_gives_the_weights_that_kerass_own_fit_gives(spectra):
    """Without dropout, all spectra in one batch, so that chance plays no part."""
    model = ShallowCnn(**SMALL, epochs=10, dropout=0, batch_size=64)
    ours = model.fit(fit_task(spectra))
    theirs = model.build(spectra.channels, 3, fit_task(spectra).seeds)
    to_logits = keras.Model(theirs.input, theirs.get_layer("logits").output)
    to_logits.compile(
        keras.optimizers.Adam(1e-3), keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    )
    history = to_logits.fit(spectra.intensity, spectra.labels, batch_size=64, epochs=10, verbose=0)
    np.testing.assert_allclose(ours.curves["train/loss"], history.history["loss"], rtol=1e-4)
    for mine, other in zip(ours.network.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(mine, other, atol=2e-5)


@pytest.mark.parametrize(("batch_size", "watched"), [(5, 40), (8, 64), (8, 30), (64, 1)])
def test_learning_curves_are_means_over_all_spectra_of_an_epoch(batch_size, watched):
    """The number and size of batches do not matter. The weights stay the same for all batches."""
    train = planted_spectra((40, 90, 150), per_class=8, channels=199)
    valid = planted_spectra((40, 90, 150), per_class=watched, channels=199, seed=3)
    model = ShallowCnn(**SMALL | {"learning_rate": 1e-30}, epochs=2, dropout=0, batch_size=batch_size)
    fitted = model.fit(replace(fit_task(train), valid=valid))
    for of, spectra in (("train", train), ("valid", valid)):
        logits = fitted.logits(spectra.intensity).astype(np.float64)
        shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        loss = -np.log(shares[np.arange(len(spectra)), spectra.labels]).mean()
        np.testing.assert_allclose(fitted.curves[f"{of}/loss"], [loss] * 2, rtol=1e-5)
        right = (logits.argmax(axis=1) == spectra.labels).mean()
        np.testing.assert_allclose(fitted.curves[f"{of}/accuracy"], [right] * 2, rtol=1e-6)


def test_each_epoch_draws_its_batches_in_another_order(spectra):
    """The same steps one by one by Keras: batches of 5, 5, 5, 5 and 4, drawn without replacement."""
    model = ShallowCnn(**SMALL, epochs=3, dropout=0, batch_size=5)
    task = fit_task(spectra)
    ours = model.fit(task).network
    theirs = model.build(spectra.channels, 3, task.seeds)
    to_logits = keras.Model(theirs.input, theirs.get_layer("logits").output)
    to_logits.compile(
        keras.optimizers.Adam(1e-3), keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    )
    rng = task.seeds.generator("batches")
    for _ in range(3):
        order = rng.permutation(len(spectra))
        for start in range(0, len(spectra), 5):
            rows = order[start : start + 5]
            to_logits.train_on_batch(spectra.intensity[rows], spectra.labels[rows])
    start = model.build(spectra.channels, 3, task.seeds)
    for mine, other, before in zip(ours.weights, theirs.weights, start.weights, strict=True):
        moved = np.abs(np.asarray(other) - np.asarray(before)).max()
        np.testing.assert_allclose(np.asarray(mine), np.asarray(other), atol=0.02 * moved)


def test_what_is_watched_is_evaluated_without_dropout(spectra):
    model = ShallowCnn(**SMALL | {"learning_rate": 1e-30}, epochs=2, dropout=0.9)
    fitted = model.fit(replace(fit_task(spectra), valid=spectra))
    assert fitted.curves["valid/loss"][0] == fitted.curves["valid/loss"][1]
    assert fitted.curves["train/loss"][0] != fitted.curves["train/loss"][1]


def test_the_fused_adam_is_kerass_adam():
    rng = np.random.default_rng(0)
    start = rng.normal(size=(30, 20)).astype(np.float32)
    gradients = rng.normal(size=(200, 30, 20)).astype(np.float32)
    found = []
    for cls in (keras.optimizers.Adam, fused_adam()):
        variable, optimizer = keras.Variable(start), cls(1e-2)
        optimizer.build([variable])
        for gradient in gradients:
            optimizer.apply([keras.ops.convert_to_tensor(gradient)], [variable])
        found.append(np.asarray(variable))
    assert np.abs(found[0] - start).max() > 0.1
    np.testing.assert_allclose(found[0], found[1], atol=1e-5)


def test_the_fused_adam_is_used():
    assert type(adam(0.1)) is fused_adam()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"_get_variable_index": property(lambda self: self.gone)}, "AttributeError"),
        ({"_velocities": property(lambda self: self._momentums, lambda self, value: None)}, "steps differ"),
    ],
)
def test_a_keras_that_names_its_parts_otherwise_trains_with_its_own_adam(monkeypatch, caplog, change, reason):
    changed = type("Changed", (fused_adam(),), change)
    monkeypatch.setattr(adam_module, "fused_adam", lambda: changed)
    adam_module._agrees_with_keras.cache_clear()
    try:
        assert type(adam(0.1)) is keras.optimizers.Adam
    finally:
        adam_module._agrees_with_keras.cache_clear()
    (told,) = caplog.messages
    assert told.startswith(f"the fused Adam does not work with Keras {keras.__version__} (")
    assert reason in told
    assert told.endswith("Keras's own Adam is used: fits take longer")


@pytest.mark.parametrize(("slope", "width"), [(0.0, 8), (0.2, 8), (1.0, 8), (0.2, 64), (0.2, 75), (0.2, 300)])
def test_the_network_that_is_trained_is_the_network_of_fig_1(spectra, slope, width):
    model = ShallowCnn(**SMALL | {"kernel_size": width}, epochs=1, negative_slope=slope)
    published = model.build(199, 3, Seeds(3))
    trained = model.build(199, 3, Seeds(3), for_training=True)
    np.testing.assert_allclose(
        np.asarray(trained(spectra.intensity)), np.asarray(published(spectra.intensity)), rtol=1e-5
    )


@pytest.mark.parametrize("channels", [64, 65])
@pytest.mark.parametrize("width", [2, 7, 32, 63, 64, 90])
def test_a_convolution_by_the_fourier_transform_is_the_direct_one(channels, width):
    import keras

    from raman_xp_plugins.models.fourier_convolution import fourier_conv1d

    x = np.random.default_rng(0).normal(size=(3, channels, 4)).astype(np.float32)
    direct = keras.layers.Conv1D(5, width, padding="same", bias_initializer="normal")
    by_fourier = fourier_conv1d()(5, width, padding="same")
    expected = np.asarray(direct(x))
    by_fourier(x)
    by_fourier.set_weights(direct.get_weights())
    np.testing.assert_allclose(np.asarray(by_fourier(x)), expected, atol=1e-5 * np.abs(expected).max())


def test_wide_filters_learn_alike_by_the_fourier_transform(spectra, monkeypatch):
    """Gradients are the direct convolution's: after some steps of Adam, so are the weights."""
    from raman_xp_plugins.models import convolutional

    model = ShallowCnn(**SMALL | {"kernel_size": 64}, epochs=3)
    by_fourier = model.fit(fit_task(spectra)).network.get_weights()
    monkeypatch.setattr(convolutional, "FROM_WIDTH", 65)
    convolutional._trainer.cache_clear()
    direct = model.fit(fit_task(spectra)).network.get_weights()
    convolutional._trainer.cache_clear()
    start = model.build(spectra.channels, 3, fit_task(spectra).seeds).get_weights()
    for one, other, before in zip(by_fourier, direct, start, strict=True):
        np.testing.assert_allclose(one, other, atol=0.02 * np.abs(other - before).max())
    assert not all(np.array_equal(one, other) for one, other in zip(by_fourier, direct, strict=True))


def test_a_fit_does_not_depend_on_those_before_it(spectra):
    model = ShallowCnn(**SMALL, epochs=3, batch_size=5)
    first = model.fit(fit_task(spectra))
    model.fit(fit_task(spectra, seed=7))
    ShallowCnn(**SMALL, epochs=3, batch_size=7).fit(fit_task(spectra))
    again = model.fit(fit_task(spectra))
    for one, other in zip(first.network.get_weights(), again.network.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


class TestEarlyStopping:
    def fit(self, spectra, **stopping):
        model = ShallowCnn(**SMALL, epochs=40, early_stopping=EarlyStopping(**stopping))
        return model.fit(fit_task(spectra))

    def test_a_fit_that_gets_no_better_ends(self, spectra):
        fitted = self.fit(spectra, patience=3, min_delta=10)
        assert len(fitted.curves["train/loss"]) == 4

    def test_one_that_gets_better_goes_on(self, spectra):
        assert len(self.fit(spectra, patience=40).curves["train/loss"]) == 40

    def test_what_is_held_out_watches_and_is_not_fitted(self, spectra):
        fitted = self.fit(spectra, patience=2, min_delta=10, held_out=0.25)
        assert len(fitted.curves["held_out/loss"]) == 3
        fit, watch = EarlyStopping(held_out=0.25).divided(fit_task(spectra))
        assert np.bincount(watch.labels).tolist() == [2, 2, 2]
        assert set(fit.samples.names) | set(watch.samples.names) == set(spectra.samples.names)
        assert not set(fit.samples.names) & set(watch.samples.names)

    def test_the_fit_is_that_of_the_other_spectra_alone(self, spectra):
        """Both fits draw the order of spectra from the same stream, and take the same steps."""
        stopping = EarlyStopping(held_out=0.25, patience=40, restore_best=False)
        ours = ShallowCnn(**SMALL, epochs=4, early_stopping=stopping).fit(fit_task(spectra))
        others, _ = stopping.divided(fit_task(spectra))
        alone = ShallowCnn(**SMALL, epochs=4).fit(fit_task(others))
        for one, other in zip(ours.network.get_weights(), alone.network.get_weights(), strict=True):
            np.testing.assert_array_equal(one, other)

    def test_it_ends_when_spectra_that_it_has_not_seen_are_recognised_less(self, spectra):
        """What is fitted gets better to the end: labels at random, which can only be learnt by heart."""
        labels = np.random.default_rng(1).permutation(spectra.labels)
        shuffled = replace(spectra, samples=replace(spectra.samples, labels=labels))
        model = ShallowCnn(
            **SMALL | {"learning_rate": 1e-2},
            epochs=60,
            dropout=0,
            early_stopping=EarlyStopping(held_out=0.25, patience=3),
        )
        curves = model.fit(fit_task(shuffled)).curves
        assert len(curves["held_out/loss"]) == curves["held_out/loss"].argmin() + 1 + 3 < 60
        assert curves["train/loss"].argmin() > curves["held_out/loss"].argmin()

    def test_the_best_weights_are_given_back(self, spectra):
        best = self.fit(spectra, patience=1, min_delta=10).network.get_weights()
        one = ShallowCnn(**SMALL, epochs=1).fit(fit_task(spectra)).network.get_weights()
        last = self.fit(spectra, patience=1, min_delta=10, restore_best=False).network.get_weights()
        np.testing.assert_array_equal(best[0], one[0])
        assert not np.array_equal(best[0], last[0])

    def test_classes_too_small_to_hold_any_out_are_told(self):
        with pytest.raises(DataError, match=r"held_out: class at 40 has 1 spectrum, too few to hold any out"):
            self.fit(planted_spectra((40, 90), per_class=1), held_out=0.5)


def test_keras_callbacks_of_a_network_of_ones_own_are_called(spectra):
    told = []

    class Scheduled(ShallowCnn):
        name: ClassVar = "scheduled"

        def callbacks(self):
            return [
                keras.callbacks.LearningRateScheduler(lambda epoch, rate: 0.0 if epoch else rate),
                keras.callbacks.LambdaCallback(
                    on_train_begin=lambda logs: told.append("begin"),
                    on_epoch_end=lambda epoch, logs: told.append((epoch, sorted(logs))),
                    on_train_end=lambda logs: told.append("end"),
                ),
            ]

    still = Scheduled(**SMALL, epochs=3).fit(fit_task(spectra)).network.get_weights()
    one = ShallowCnn(**SMALL, epochs=1).fit(fit_task(spectra)).network.get_weights()
    np.testing.assert_array_equal(still[0], one[0])  # after the first epoch the rate is 0
    assert told == [
        "begin",
        *((epoch, ["learning_rate", "train/accuracy", "train/loss"]) for epoch in range(3)),
        "end",
    ]


def test_bfloat16_rounds_only_the_training(spectra):
    """The network that comes out computes in float32, and recognises as well."""
    unseen = planted_spectra((40, 90, 150), per_class=8, channels=199, seed=1)
    fields = {"filters": 16, "units": 16, "epochs": 30, "learning_rate": 1e-3}
    for precision in ("float32", "mixed_bfloat16"):
        fitted = ShallowCnn(**fields, precision=precision).fit(fit_task(spectra))
        assert {layer.dtype_policy.name for layer in fitted.network.layers} == {"float32"}
        assert (fitted.logits(unseen.intensity).argmax(axis=1) == unseen.labels).mean() >= 0.95
