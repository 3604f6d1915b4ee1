"""Training a Keras network: each epoch is one call into TensorFlow.

Keras's own loop spends more time between the batches than in them where spectra are few, and its Adam goes
through the weights ten times a step; `benchmarks/README.md` has the figures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from raman_xp.spectra import Floats, Ints, Spectra
from raman_xp.spectra.storage import PIECE, is_large

EVALUATED = 64
"""Spectra that are evaluated at once."""
Report = Callable[[int, int, Mapping[str, float]], None]


class Trainer:
    """Trains one network again and again, each time from fresh weights: its functions are traced but once.

    Args:
        network: from spectra (n, channels) to logits (n, classes).
        optimizer: a Keras optimizer.
        batch_size: spectra per step.
    """

    def __init__(self, network: Any, optimizer: Any, batch_size: int) -> None:
        self.network = network
        self._optimizer = optimizer
        self._learning_rate = float(np.asarray(optimizer.learning_rate))
        network.compile(optimizer)  # where callbacks look for it
        optimizer.build(network.trainable_variables)
        self._batch_size = batch_size
        self._epoch = _epoch_function(network, optimizer, batch_size)
        self._evaluate = _evaluation_function(network)

    def fit(
        self,
        start: Any,
        train: Spectra,
        watched: Mapping[str, Spectra],
        *,
        epochs: int,
        rng: np.random.Generator,
        report: Report,
        callbacks: Sequence[Any] = (),
    ) -> dict[str, Floats]:
        """Minimise the cross-entropy of the network's logits (Eq. 5).

        Args:
            start: an untrained network of the same layers, from whose weights and seeds the training starts.
            watched: name → spectra that are evaluated after each epoch.
            rng: draws the order of the spectra, another one for each epoch.
            report: called after each epoch.
            callbacks: Keras callbacks; they are told of the training and its epochs, not of batches, and may
                stop it.

        Returns:
            Learning curves, name → (epochs,): ``train/loss``, ``train/accuracy`` as the epoch went, dropout
            on; ``<name>/loss`` and ``<name>/accuracy`` of what is watched after it, dropout off.
        """
        import keras

        self._restart(start)
        fitted = _Fed(train, self._batch_size)
        others = {name: _Fed(spectra, EVALUATED) for name, spectra in watched.items()}
        called = keras.callbacks.CallbackList(list(callbacks), model=self.network, epochs=epochs)
        rows: list[dict[str, float]] = []
        called.on_train_begin()
        for epoch in range(1, epochs + 1):
            called.on_epoch_begin(epoch - 1)
            row = _named("train", fitted.mean_of(self._epoch, rng.permutation(len(train))))
            for name, fed in others.items():
                row |= _named(name, fed.mean_of(self._evaluate, np.arange(fed.spectra)))
            rows.append(row)
            report(epoch, epochs, row)
            called.on_epoch_end(epoch - 1, dict(row))
            if self.network.stop_training:
                break
        called.on_train_end()
        return {name: np.array([row[name] for row in rows]) for name in (rows[0] if rows else ())}

    def _restart(self, start: Any) -> None:
        self.network.set_weights(start.get_weights())
        for layer in self.network.layers:
            if seeds := getattr(layer, "seed_generator", None):
                seeds.state.assign(start.get_layer(layer.name).seed_generator.state)
        for variable in self._optimizer.variables:
            variable.assign(np.zeros(variable.shape))
        self._optimizer.learning_rate = self._learning_rate
        self.network.stop_training = False


class _Fed:
    """Spectra as they are fed to TensorFlow: all at once, or some batches at a time where they are too many
    for memory. The batches are the same either way."""

    def __init__(self, spectra: Spectra, batch_size: int) -> None:
        import tensorflow as tf

        self.spectra = len(spectra)
        self._intensity, self._labels = spectra.intensity, spectra.labels
        self._rows = len(spectra)
        self._whole = None
        if is_large(spectra.intensity):
            self._rows = batch_size * max(1, PIECE // (batch_size * spectra.channels))
        else:
            self._whole = tf.constant(spectra.intensity), tf.constant(spectra.labels)

    def mean_of(self, function: Any, order: Ints) -> Any:
        """The mean over all spectra, of a function that sums over those whose order it is given."""
        if self._whole:
            return np.asarray(function(*self._whole, order)) / np.float32(self.spectra)
        sums = np.zeros(2, np.float32)
        for start in range(0, len(order), self._rows):
            rows = order[start : start + self._rows]
            sums += np.asarray(function(self._intensity[rows], self._labels[rows], np.arange(len(rows))))
        return sums / np.float32(self.spectra)


def _epoch_function(network: Any, optimizer: Any, batch_size: int) -> Any:
    """A function from spectra, labels and an order of the rows (n,) to loss and right answers, summed over an
    epoch."""
    import tensorflow as tf

    variables = network.trainable_variables

    def step(inputs: Any, labels: Any) -> Any:
        with tf.GradientTape() as tape:
            logits = network(inputs, training=True)
            losses = _losses(logits, labels)
            loss = tf.reduce_mean(losses)
        gradients = tape.gradient(loss, variables)
        # A weight that is updated while the backward pass still reads it would be copied first.
        with tf.control_dependencies(gradients):
            optimizer.apply(gradients, variables)
        return tf.stack([tf.reduce_sum(losses), _right(logits, labels)])

    return _over_batches(step, batch_size)


def _evaluation_function(network: Any) -> Any:
    """The same of the network as it is, which learns nothing."""
    import tensorflow as tf

    def step(inputs: Any, labels: Any) -> Any:
        logits = network(inputs, training=False)
        return tf.stack([tf.reduce_sum(_losses(logits, labels)), _right(logits, labels)])

    return _over_batches(step, EVALUATED)


def _over_batches(step: Any, size: int) -> Any:
    """A function from spectra, labels and an order to the sum of what a step gives for each batch."""
    import tensorflow as tf

    # AutoGraph would translate the source of every function that is called, and leave the translation behind.
    @tf.function(autograph=False)
    def summed(inputs: Any, labels: Any, order: Any) -> Any:
        count = inputs.shape[0]
        at_once = min(size, count)
        rest = count % at_once

        def one_more(start: Any, sums: Any) -> Any:
            # Of a size that is known beforehand: convolution and bias then become one kernel.
            rows = tf.slice(order, [start], [at_once])
            return start + at_once, sums + step(tf.gather(inputs, rows), tf.gather(labels, rows))

        _, sums = tf.while_loop(lambda start, _: start < count - rest, one_more, (0, tf.zeros(2)))
        if rest:
            rows = order[count - rest :]
            sums += step(tf.gather(inputs, rows), tf.gather(labels, rows))
        return sums

    return lambda *arguments: summed(*map(tf.constant, arguments))


def _losses(logits: Any, labels: Any) -> Any:
    import tensorflow as tf

    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels, tf.cast(logits, tf.float32))


def _right(logits: Any, labels: Any) -> Any:
    import tensorflow as tf

    return tf.reduce_sum(tf.cast(tf.argmax(logits, axis=1) == labels, tf.float32))


def _named(of: str, numbers: Any) -> dict[str, float]:
    loss, accuracy = np.asarray(numbers)
    return {f"{of}/loss": float(loss), f"{of}/accuracy": float(accuracy)}
