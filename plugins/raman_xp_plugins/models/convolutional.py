"""Fields and training that the convolutional networks share."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field, PositiveFloat, PositiveInt

from raman_xp.components import Capability, FitTask, Model
from raman_xp.seeds import Seeds
from raman_xp.spectra import Spectra
from raman_xp_plugins.models.keras_network import KerasNetwork
from raman_xp_plugins.models.receptive_field import Window
from raman_xp_plugins.models.runtime import start_tensorflow


class ConvolutionalNetwork(Model):
    """Blocks of convolution, LeakyReLU and max-pooling, a dense layer, dropout, and a softmax (Fig. 1)."""

    capabilities: ClassVar = frozenset(Capability)
    frameworks: ClassVar = ("keras", "tensorflow")
    blocks: ClassVar[int]
    """Convolution and pooling pairs."""

    filters: PositiveInt = 64
    """Filters of each convolution."""
    kernel_size: PositiveInt = 8
    """Width of the filters, in channels."""
    pool_size: PositiveInt = 2
    """Channels that a max-pooling joins."""
    negative_slope: float = Field(0.2, ge=0)
    """Slope α of the LeakyReLU below zero (Eq. 2)."""
    units: PositiveInt = 128
    """Width of the first dense layer."""
    dense_activation: Literal["linear", "relu", "leaky_relu", "tanh"] = "linear"
    """Activation of the first dense layer; the paper names none."""
    dropout: float = Field(0.5, ge=0, lt=1)
    """Share of dense units silenced while training."""
    learning_rate: PositiveFloat = 1e-4
    """Step size of Adam."""
    epochs: PositiveInt = 200
    """Passes over the training spectra."""
    batch_size: PositiveInt = 32
    """Spectra per step."""

    def parameter_count(self, channels: int, classes: int) -> int:
        pool = Window(self.pool_size, stride=self.pool_size)
        inputs, total = 1, 0
        for _ in range(self.blocks):
            total += (inputs * self.kernel_size + 1) * self.filters
            inputs, channels = self.filters, pool.bins(channels)
        return total + (channels * inputs + 1) * self.units + (self.units + 1) * classes

    def fit(self, task: FitTask) -> KerasNetwork:
        start_tensorflow(task.threads)
        import keras

        network = self.build(task.train.channels, len(task.train.classes), task.seeds)
        training = keras.Model(network.input, network.get_layer("logits").output)
        training.compile(
            keras.optimizers.Adam(self.learning_rate),
            keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            metrics=["accuracy"],
            jit_compile=False,  # XLA is slower than TensorFlow's own kernels for this on a CPU
        )
        report = keras.callbacks.LambdaCallback(
            on_epoch_end=lambda epoch, logs: task.report(epoch + 1, self.epochs, logs)
        )
        history = training.fit(
            _batches(task.train, self.batch_size, task.seeds),
            epochs=self.epochs,
            validation_data=(task.valid.intensity, task.valid.labels) if task.valid else None,
            callbacks=[report],
            shuffle=False,
            verbose=0,
        )
        curves = {
            (
                "valid/" + name.removeprefix("val_") if name.startswith("val_") else f"train/{name}"
            ): np.asarray(values)
            for name, values in history.history.items()
        }
        return KerasNetwork(network, curves)

    def build(self, channels: int, classes: int, seeds: Seeds) -> Any:
        """The untrained network as a Keras model: (n, channels) to probabilities (n, classes)."""
        import keras
        from keras import layers

        def initial(layer: str) -> Any:
            return keras.initializers.GlorotUniform(seed=seeds.child("weights").integer(layer))

        x = inputs = keras.Input((channels,), name="spectrum")
        x = layers.Reshape((channels, 1), name="one_map")(x)
        for block in range(1, self.blocks + 1):
            name = f"conv_{block}"
            x = layers.Conv1D(
                self.filters, self.kernel_size, padding="same", kernel_initializer=initial(name), name=name
            )(x)
            x = layers.LeakyReLU(negative_slope=self.negative_slope, name=f"leaky_{block}")(x)
            x = layers.MaxPooling1D(self.pool_size, padding="same", name=f"pool_{block}")(x)
        x = layers.Flatten(name="flatten")(x)
        x = layers.Dense(
            self.units, activation=self.dense_activation, kernel_initializer=initial("dense"), name="dense"
        )(x)
        x = layers.Dropout(self.dropout, seed=seeds.integer("dropout"), name="dropout")(x)
        x = layers.Dense(classes, kernel_initializer=initial("logits"), name="logits")(x)
        return keras.Model(inputs, layers.Softmax(name="probabilities")(x), name=self.name)


def _batches(spectra: Spectra, size: int, seeds: Seeds) -> Any:
    """Batches in an order of our own stream, another one each epoch, for Keras to train on."""
    import keras

    class Batches(keras.utils.PyDataset):
        def __init__(self) -> None:
            super().__init__()
            self.rng = seeds.generator("batches")
            self.order = self.rng.permutation(len(spectra))

        def __len__(self) -> int:
            return -(-len(spectra) // size)

        def __getitem__(self, index: int) -> tuple[Any, Any]:
            rows = self.order[index * size : (index + 1) * size]
            return spectra.intensity[rows], spectra.labels[rows]

        def on_epoch_end(self) -> None:
            self.order = self.rng.permutation(len(spectra))

    return Batches()
