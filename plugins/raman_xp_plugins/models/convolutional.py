"""Fields and training that the convolutional networks share."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field, PositiveFloat

from raman_xp.components import Capability, FitTask, Model
from raman_xp.maps.receptive_field import Window
from raman_xp.seeds import Seeds
from raman_xp.spectra import Floats, Samples
from raman_xp_plugins.models.early_stopping import EarlyStopping
from raman_xp_plugins.models.fourier_convolution import FROM_WIDTH, fourier_conv1d
from raman_xp_plugins.models.fused_adam import adam
from raman_xp_plugins.models.keras_network import KerasNetwork
from raman_xp_plugins.models.runtime import import_tensorflow, require_backend, start_tensorflow
from raman_xp_plugins.models.training import Trainer


class ConvolutionalNetwork(Model):
    """Blocks of convolution, LeakyReLU and max-pooling, a dense layer, dropout, and a softmax (Fig. 1)."""

    capabilities: ClassVar = frozenset(Capability)
    frameworks: ClassVar = ("keras", "tensorflow")
    blocks: ClassVar[int]
    """Convolution and pooling pairs."""

    filters: int = Field(64, ge=1, le=4096)
    """Filters of each convolution."""
    kernel_size: int = Field(8, ge=1, le=65536)
    """Width of the filters, in channels."""
    pool_size: int = Field(2, ge=1, le=1024)
    """Channels that a max-pooling joins."""
    negative_slope: float = Field(0.2, ge=0, le=1)
    """Slope α of the LeakyReLU below zero (Eq. 2)."""
    units: int = Field(128, ge=1, le=65536)
    """Width of the first dense layer."""
    dense_activation: Literal["linear", "relu", "leaky_relu", "tanh"] = "linear"
    """Activation of the first dense layer; the paper names none."""
    dropout: float = Field(0.5, ge=0, lt=1)
    """Share of dense units silenced while training."""
    learning_rate: PositiveFloat = 1e-4
    """Step size of Adam."""
    epochs: int = Field(200, ge=0, le=1_000_000)
    """Passes over the training spectra, at most; 0 leaves the network untrained, for comparison."""
    batch_size: int = Field(32, ge=1, le=1_000_000)
    """Spectra per step."""
    early_stopping: EarlyStopping | None = None
    """End a fit that gets no better; default: all epochs."""
    precision: Literal["float32", "mixed_bfloat16"] = "float32"
    """What the convolutions of a training step compute in; weights, and all else, are float32 either way.
    `mixed_bfloat16` rounds to three digits, and is quicker on processors that have it."""

    def parameter_count(self, channels: int, classes: int) -> int:
        pool = Window(self.pool_size, stride=self.pool_size)
        inputs, total = 1, 0
        for _ in range(self.blocks):
            total += (inputs * self.kernel_size + 1) * self.filters
            inputs, channels = self.filters, pool.bins(channels)
        if channels < 2:
            raise ValueError(
                f"after {self.blocks} poolings of {self.pool_size} nothing is left to tell places apart; "
                "use a smaller pool_size or more channels"
            )
        return total + (channels * inputs + 1) * self.units + (self.units + 1) * classes

    @classmethod
    def warm_up(cls) -> None:
        import_tensorflow()

    def fit(self, task: FitTask) -> KerasNetwork:
        start_tensorflow(task.threads)
        fitted, watched = task.train, {}
        if task.valid:
            watched["valid"] = task.valid
        if self.early_stopping and self.early_stopping.held_out:
            fitted, watched["held_out"] = self.early_stopping.divided(task)
        channels, classes = task.train.channels, len(task.train.classes)
        network = self.build(channels, classes, task.seeds)
        trainer = _trainer(self, channels, classes)
        curves = trainer.fit(
            network,
            fitted,
            watched,
            epochs=self.epochs,
            rng=task.seeds.generator("batches"),
            report=task.report,
            callbacks=self.callbacks(),
        )
        network.set_weights(trainer.network.get_weights())
        return KerasNetwork(network, curves)

    def require(self, train: Samples) -> None:
        require_backend()
        if self.early_stopping:
            self.early_stopping.require(train)

    def callbacks(self) -> list[Any]:
        """Keras callbacks for a fit: those that the fields ask for; a network of yours may add others."""
        return [self.early_stopping.callback()] if self.early_stopping else []

    def load(self, folder: Path, curves: Mapping[str, Floats], threads: int) -> KerasNetwork:
        start_tensorflow(threads)
        return KerasNetwork.loaded(folder, curves, self._untrained)

    def _untrained(self, channels: int, classes: int, most: int) -> Any:
        """The network that saved weights belong to.

        Args:
            most: bytes of the weights.

        Raises:
            ValueError: the network has more weights than that.
        """
        if 4 * self.parameter_count(channels, classes) > most:
            raise ValueError(f"no weights of a network for {channels} channels and {classes} classes")
        return self.build(channels, classes, Seeds(0))

    def fit_memory(self, spectra: int, channels: int, classes: int) -> float:
        pool = Window(self.pool_size, stride=self.pool_size)
        parameters = self.parameter_count(channels, classes)
        activations = 0
        for _ in range(self.blocks):
            activations += 4 * channels * self.filters  # convolution, LeakyReLU, and the gradients of both
            channels = pool.bins(channels)
        return 4.0 * (5 * parameters + min(self.batch_size, spectra) * activations)

    def cost(self, spectra: int, channels: int, classes: int) -> float:
        pool = Window(self.pool_size, stride=self.pool_size)
        steps = -(-spectra // self.batch_size)
        adam = 20.0 * self.parameter_count(channels, classes) * steps
        inputs, forward = 1, 0
        for _ in range(self.blocks):
            forward += 2 * channels * inputs * min(self.kernel_size, FROM_WIDTH) * self.filters
            inputs, channels = self.filters, pool.bins(channels)
        forward += 2 * (channels * inputs + classes) * self.units
        return self.epochs * (3.0 * forward * spectra + adam)

    def build(self, channels: int, classes: int, seeds: Seeds, *, for_training: bool = False) -> Any:
        """The untrained network as a Keras model: (n, channels) to probabilities (n, classes).

        Args:
            for_training: the same function and weights, computed quicker: it pools before the activation,
                with which the maximum commutes, convolves with wide filters by way of the Fourier transform,
                and in the precision that is asked for.
        """
        import keras
        from keras import layers

        policy = self.precision if for_training else "float32"
        wide = self.kernel_size >= FROM_WIDTH and policy == "float32"

        def initial(layer: str) -> Any:
            return keras.initializers.GlorotUniform(seed=seeds.child("weights").integer(layer))

        x = inputs = keras.Input((channels,), name="spectrum")
        x = layers.Reshape((channels, 1), name="one_map")(x)
        for block in range(1, self.blocks + 1):
            name = f"conv_{block}"
            convolution = fourier_conv1d() if for_training and wide and block > 1 else layers.Conv1D
            x = convolution(
                self.filters,
                self.kernel_size,
                padding="same",
                kernel_initializer=initial(name),
                dtype=policy,
                name=name,
            )(x)
            leaky = layers.LeakyReLU(negative_slope=self.negative_slope, dtype=policy, name=f"leaky_{block}")
            pool = layers.MaxPooling1D(self.pool_size, padding="same", dtype=policy, name=f"pool_{block}")
            x = leaky(pool(x)) if for_training else pool(leaky(x))
        x = layers.Flatten(name="flatten")(x)
        x = layers.Dense(
            self.units,
            activation=self.dense_activation,
            kernel_initializer=initial("dense"),
            name="dense",
        )(x)
        x = layers.Dropout(self.dropout, seed=seeds.integer("dropout"), name="dropout")(x)
        x = layers.Dense(classes, kernel_initializer=initial("logits"), name="logits")(x)
        return keras.Model(inputs, layers.Softmax(name="probabilities")(x), name=self.name)


@lru_cache(maxsize=2)
def _trainer(model: ConvolutionalNetwork, channels: int, classes: int) -> Trainer:
    """What trains networks of these fields; the folds of a trial share it."""
    import keras

    network = model.build(channels, classes, Seeds(0), for_training=True)
    to_logits = keras.Model(network.input, network.get_layer("logits").output)
    return Trainer(to_logits, adam(model.learning_rate), model.batch_size)
