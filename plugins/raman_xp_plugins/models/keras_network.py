"""A trained Keras network, with the gradients that explainers ask for."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from raman_xp.components import Features, FittedModel, Gradients, Layer
from raman_xp.maps.receptive_field import Step, Window, bin_centers, look_offsets
from raman_xp.spectra import Floats, Spectra
from raman_xp_plugins.own_mlflow import import_mlflow

BATCH = 64
"""Spectra that go through the network at once."""


class KerasNetwork(FittedModel):
    """A network from spectra (n, channels) to probabilities, whose layer ``logits`` feeds the softmax.

    Args:
        network: the Keras model.
        curves: what training recorded, name → (epochs,).
    """

    def __init__(self, network: Any, curves: Mapping[str, Floats]) -> None:
        self.network = network
        self.curves = curves
        self._trunk = cache(self._build_trunk)
        self._head = cache(self._build_head)
        self._gradients = cache(self._build_gradients)

    @property
    def last_feature_map(self) -> str:
        """The layer before the flattening: the map A of Eqs. 6 to 9."""
        names = [layer.name for layer in self.network.layers]
        return names[names.index("flatten") - 1]

    def logits(self, x: Floats) -> NDArray[np.float32]:
        trunk = self._trunk("logits")
        return np.concatenate(
            [np.asarray(trunk(x[start : start + BATCH])) for start in range(0, len(x), BATCH)]
        )

    def features(self, x: Floats, layer: str | None = None) -> Features:
        at = layer or self.last_feature_map
        activations = self._trunk(at)(x)

        def gradients(cotangents: Floats) -> Gradients:
            combinations = cotangents.shape[1]
            if (constant := self._constant_gradients(at)) is not None:
                shared = Gradients(constant, cotangents)
                return shared if combinations > 1 else Gradients(shared.each())  # whichever costs less
            backward = self._gradients(at, combinations)
            return Gradients(np.asarray(backward(activations, cotangents.astype(np.float32))))

        return Features(
            np.asarray(activations),
            np.asarray(self._head(at)(activations)),
            self._centers(at),
            look_offsets(self._steps(at), activations.shape[-1]),
            gradients,
        )

    def input_gradients(self, x: Floats, cotangents: Floats) -> NDArray[np.float32]:
        gradients = self._gradients("spectrum", cotangents.shape[1])
        return np.asarray(gradients(np.asarray(x, np.float32), cotangents.astype(np.float32)))

    def layers(self, x: Floats) -> list[Layer]:
        import keras

        reshaping = (
            keras.layers.InputLayer,
            keras.layers.Reshape,
            keras.layers.Flatten,
            keras.layers.Dropout,
        )
        shown = [each for each in self.network.layers if not isinstance(each, reshaping)]
        outputs = keras.Model(self.network.input, [each.output for each in shown])(np.asarray(x, np.float32))
        return [
            Layer(each.name, np.asarray(values), self._centers(each.name) if values.ndim == 3 else None)
            for each, values in zip(shown, outputs, strict=True)
        ]

    def save(self, folder: Path, example: Spectra) -> None:
        mlflow = import_mlflow("mlflow.keras")
        folder.mkdir(parents=True, exist_ok=True)  # MLflow writes the example before it makes the folder
        inputs = example.intensity[:2]
        mlflow.keras.save_model(
            self.network,
            str(folder),
            signature=mlflow.models.infer_signature(inputs, np.asarray(self.network(inputs))),
            input_example=inputs,
            # Inferring them would load the model in a process of its own, for seconds.
            pip_requirements=[
                f"{name}=={version(name)}" for name in ("mlflow", "keras", "tensorflow", "numpy")
            ],
        )

    @classmethod
    def loaded(
        cls, folder: Path, curves: Mapping[str, Floats], build: Callable[[int, int, int], Any]
    ) -> KerasNetwork:
        """Return the network that `save` has written.

        Only its weights and its shape are read. The layers are those that ``build`` makes: nothing that a
        saved file says of layers, functions or modules is followed.

        Args:
            folder: of the saved model.
            curves: learning curves of the fit.
            build: makes an untrained Keras model for (channels, classes, bytes of the saved weights at most).

        Raises:
            ValueError: the files are not those that `save` writes, or do not fit what ``build`` makes.
        """
        file = folder / "data" / "model.keras"
        network = build(*_saved_shape(folder / "MLmodel"), file.stat().st_size)
        network.load_weights(str(file))
        return cls(network, curves)

    def _build_trunk(self, layer: str) -> Any:
        """The network up to a layer."""
        import keras
        import tensorflow as tf

        trunk = keras.Model(self.network.input, self.network.get_layer(layer).output)
        return tf.function(trunk, [tf.TensorSpec(self.network.input.shape)], autograph=False)

    def _build_head(self, layer: str) -> Any:
        """A function from a layer's output to the logits."""
        import tensorflow as tf

        head = self._head_of(layer)
        return tf.function(head, [tf.TensorSpec(head.input.shape)], autograph=False)

    def _head_of(self, layer: str) -> Any:
        """The network from a layer's output to the logits."""
        import keras

        return keras.Model(self.network.get_layer(layer).output, self.network.get_layer("logits").output)

    def _constant_gradients(self, layer: str) -> NDArray[np.float32] | None:
        """The gradient of each logit with respect to a layer, (1, classes, bins, maps), where no spectrum
        changes it: nothing but linear dense layers in a row stands between."""
        from keras import layers

        at = self.network.get_layer(layer)
        names = [each.name for each in self.network.layers]
        before, product = at, None
        for each in self.network.layers[names.index(layer) + 1 : names.index("logits") + 1]:
            if each.input is not before.output:
                return None
            if type(each) is layers.Dense and each.get_config()["activation"] == "linear":
                product = each.kernel if product is None else product @ each.kernel
            elif type(each) not in (layers.Flatten, layers.Dropout):
                return None
            before = each
        return np.asarray(product).T.reshape(1, -1, *at.output.shape[1:])

    def _build_gradients(self, layer: str, combinations: int) -> Any:
        """A function for the gradients of so many logit combinations with respect to a layer's output."""
        import tensorflow as tf

        head = self._head_of(layer)
        weights = tf.TensorSpec((None, combinations, head.output.shape[1]))

        @tf.function(input_signature=[tf.TensorSpec(head.input.shape), weights], autograph=False)
        def gradients(at: Any, cotangents: Any) -> Any:
            with tf.GradientTape(persistent=True) as tape:
                tape.watch(at)
                scores = tf.unstack(tf.einsum("nc,ntc->tn", head(at), cotangents))
            return tf.stack([tape.gradient(score, at) for score in scores], axis=1)

        return gradients

    def _centers(self, layer: str) -> Floats:
        """Channel on which the receptive field of each bin of a layer is centred."""
        return bin_centers(self.network.input.shape[1], [step.window for step in self._steps(layer)])

    def _steps(self, layer: str) -> list[Step]:
        """The convolutions and poolings up to a layer."""
        steps = []
        for each in self.network.layers:
            width = getattr(each, "kernel_size", None) or getattr(each, "pool_size", None)
            if width:
                (width,), (stride,) = np.atleast_1d(width), np.atleast_1d(each.strides)
                weights = each.get_weights()
                window = Window(int(width), int(stride), each.padding == "same")
                steps.append(Step(window, weights[0] if weights else None))
            if each.name == layer:
                break
        return steps


def _saved_shape(path: Path) -> tuple[int, int]:
    """Channels and classes of a saved network, from its MLflow signature.

    Raises:
        ValueError: there is no such signature.
    """
    try:
        signature = yaml.safe_load(path.read_text("utf-8"))["signature"]
        (given,), (returned,) = json.loads(signature["inputs"]), json.loads(signature["outputs"])
        (_, channels), (_, classes) = given["tensor-spec"]["shape"], returned["tensor-spec"]["shape"]
        return int(channels), int(classes)
    except (KeyError, TypeError, ValueError, yaml.YAMLError) as error:
        raise ValueError(f"{path.name} has no signature of a network for spectra") from error
