"""Training a Keras network: each epoch is one call into TensorFlow.

Keras's own loop spends more time between the batches than in them where spectra are few, and its Adam goes
through the weights ten times a step; `benchmarks/README.md` has the figures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np

from raman_xp.spectra import Floats, Spectra

Report = Callable[[int, int, Mapping[str, float]], None]


def train(
    network: Any,
    train: Spectra,
    watched: Mapping[str, Spectra],
    *,
    optimizer: Any,
    epochs: int,
    batch_size: int,
    rng: np.random.Generator,
    report: Report,
    callbacks: Sequence[Any] = (),
) -> dict[str, Floats]:
    """Minimise the cross-entropy of the network's logits (Eq. 5).

    Args:
        network: from spectra (n, channels) to logits (n, classes); changed in place.
        watched: name → spectra that are evaluated after each epoch.
        rng: draws the order of the spectra, another one for each epoch.
        report: called after each epoch.
        callbacks: Keras callbacks; they are told of the training and its epochs, not of batches, and may
            stop it.

    Returns:
        Learning curves, name → (epochs,): ``train/loss``, ``train/accuracy`` as the epoch went, dropout on;
        ``<name>/loss`` and ``<name>/accuracy`` of what is watched after it, dropout off.
    """
    import keras

    network.compile(optimizer)  # where callbacks look for it
    called = keras.callbacks.CallbackList(list(callbacks), model=network, epochs=epochs)
    run_epoch = _epoch_function(network, train, optimizer, batch_size)
    evaluations = {name: _evaluation_function(network, spectra) for name, spectra in watched.items()}
    rows: list[dict[str, float]] = []
    network.stop_training = False
    called.on_train_begin()
    for epoch in range(1, epochs + 1):
        called.on_epoch_begin(epoch - 1)
        row = _named("train", run_epoch(rng.permutation(len(train))))
        for name, evaluate in evaluations.items():
            row |= _named(name, evaluate())
        rows.append(row)
        report(epoch, epochs, row)
        called.on_epoch_end(epoch - 1, dict(row))
        if network.stop_training:
            break
    called.on_train_end()
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


@cache
def fused_adam() -> Any:
    """Keras's Adam, whose update is one TensorFlow kernel a variable instead of ten."""
    import keras
    import tensorflow as tf

    class FusedAdam(keras.optimizers.Adam):
        def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
            place = self._get_variable_index(variable)
            step = tf.cast(self.iterations.value + 1, tf.float32)
            tf.raw_ops.ResourceApplyAdam(
                var=_handle(variable),
                m=_handle(self._momentums[place]),
                v=_handle(self._velocities[place]),
                grad=gradient,
                lr=learning_rate,
                beta1=self.beta_1,
                beta2=self.beta_2,
                beta1_power=tf.pow(self.beta_1, step),
                beta2_power=tf.pow(self.beta_2, step),
                epsilon=self.epsilon,
            )

    return FusedAdam


def _handle(variable: Any) -> Any:
    """TensorFlow's name for where a weight is kept, of a variable of Keras or TensorFlow."""
    return variable.handle if hasattr(variable, "handle") else variable.value.handle


def _epoch_function(network: Any, spectra: Spectra, optimizer: Any, batch_size: int) -> Any:
    """A function from an order of the rows (n,) to mean loss and accuracy over an epoch of training."""
    import tensorflow as tf

    inputs, labels, count = tf.constant(spectra.intensity), tf.constant(spectra.labels), len(spectra)
    size = min(batch_size, count)
    rest = count % size
    variables = network.trainable_variables
    optimizer.build(variables)

    def step(rows: Any) -> Any:
        wanted = tf.gather(labels, rows)
        with tf.GradientTape() as tape:
            logits = network(tf.gather(inputs, rows), training=True)
            losses = _losses(logits, wanted)
            loss = tf.reduce_mean(losses)
        gradients = tape.gradient(loss, variables)
        # A weight that is updated while the backward pass still reads it would be copied first.
        with tf.control_dependencies(gradients):
            optimizer.apply(gradients, variables)
        return tf.stack([tf.reduce_sum(losses), _right(logits, wanted)])

    @tf.function(input_signature=[tf.TensorSpec((count,), tf.int64)])
    def epoch(order: Any) -> Any:
        sums = tf.zeros(2)
        for start in tf.range(0, count - rest, size):
            # Of a size that is known beforehand: convolution and bias then become one kernel.
            sums += step(tf.slice(order, [start], [size]))
        if rest:
            sums += step(order[count - rest :])
        return sums / count

    return epoch


def _evaluation_function(network: Any, spectra: Spectra) -> Any:
    """A function that gives mean loss and accuracy of the network as it is."""
    import tensorflow as tf

    inputs, labels = tf.constant(spectra.intensity), tf.constant(spectra.labels)

    @tf.function
    def evaluate() -> Any:
        logits = network(inputs, training=False)
        return tf.stack([tf.reduce_sum(_losses(logits, labels)), _right(logits, labels)]) / len(spectra)

    return evaluate


def _losses(logits: Any, labels: Any) -> Any:
    import tensorflow as tf

    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels, tf.cast(logits, tf.float32))


def _right(logits: Any, labels: Any) -> Any:
    import tensorflow as tf

    return tf.reduce_sum(tf.cast(tf.argmax(logits, axis=1) == labels, tf.float32))


def _named(of: str, numbers: Any) -> dict[str, float]:
    loss, accuracy = np.asarray(numbers)
    return {f"{of}/loss": float(loss), f"{of}/accuracy": float(accuracy)}
