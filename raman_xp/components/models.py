"""What learns, and what it offers to those who explain it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from raman_xp.components.base import Component
from raman_xp.errors import ComponentError
from raman_xp.seeds import Seeds
from raman_xp.spectra import Floats, Samples, Spectra


class Capability(StrEnum):
    """What a model can offer an explainer."""

    FEATURE_GRADIENTS = "feature_gradients"
    """`FittedModel.features`: activations of a layer, and gradients with respect to them."""
    INPUT_GRADIENTS = "input_gradients"
    """`FittedModel.input_gradients`: with respect to the spectra."""
    DENSE_AFTER_FEATURES = "dense_after_features"
    """A dense layer reads the flattened feature map: the closed form of Eqs. 8 and 9 holds."""
    LAYERS = "layers"
    """`FittedModel.layers`: what flows through the network, to be drawn."""


@dataclass(frozen=True)
class FitTask:
    """Spectra to fit and to watch, and where chance comes from.

    Args:
        train: spectra to fit, (n, channels) float32.
        valid: spectra to watch while fitting, or nothing.
        seeds: streams; networks use ``weights``, ``batches`` and ``dropout``.
        threads: threads of computation; results repeat bit for bit only for the same number.
        report: called after each epoch with how many are done, how many there are, and their numbers.
    """

    train: Spectra
    valid: Spectra | None
    seeds: Seeds
    threads: int = 1
    report: Callable[[int, int, Mapping[str, float]], None] = lambda done, total, numbers: None


@dataclass(frozen=True)
class Gradients:
    """Gradients of t logit combinations with respect to a feature map, told by as few as there are.

    Args:
        basis: (n, g, bins, maps) float32; or (1, g, bins, maps) where all spectra have the same.
        mixing: (n, t, g), what each combination takes of each of the basis; nothing where they are the basis.
    """

    basis: NDArray[np.float32]
    mixing: Floats | None = None

    def mixed(self, values: Floats) -> Floats:
        """What is linear in the gradients, for each combination: (n, t, ...).

        Args:
            values: (n or 1, g, ...) the same, computed for the basis.
        """
        if self.mixing is None:
            return values
        n, t, g = self.mixing.shape
        flat = self.mixing.astype(values.dtype) @ values.reshape(len(values), g, -1)
        return np.asarray(flat).reshape(n, t, *values.shape[2:])

    def each(self) -> Floats:
        """The gradients themselves, (n, t, bins, maps); for a large network, they fill the memory."""
        return self.mixed(self.basis)


@dataclass(frozen=True)
class Features:
    """A layer of a network for some spectra, after one forward pass.

    Args:
        activations: (n, bins, maps) float32.
        logits: (n, classes) float32.
        centers: (bins,) channel on which each bin's receptive field is centred.
        offsets: (maps,) how far right of that centre each map looks, in channels; zeros where unknown.
        gradients: from (n, t, classes), weights over the logits, to the gradients of these t combinations
            with respect to the activations: a backward pass from where the forward pass ended.
    """

    activations: NDArray[np.float32]
    logits: NDArray[np.float32]
    centers: Floats
    offsets: Floats
    gradients: Callable[[Floats], Gradients]


@dataclass(frozen=True)
class Layer:
    """What one layer of a network gives for some spectra.

    Args:
        name: as the network calls it.
        values: (n, bins, maps), or (n, units) where no place on the axis is left.
        centers: (bins,) channel on which each bin's receptive field is centred; nothing for units.
    """

    name: str
    values: NDArray[np.float32]
    centers: Floats | None = None


class FittedModel(ABC):
    """A trained model: scores for spectra, and what explainers ask for."""

    curves: Mapping[str, Floats]
    """Learning curves: name → (epochs,); empty where nothing is learnt step by step."""

    @abstractmethod
    def logits(self, x: Floats) -> NDArray[np.float32]:
        """Scores before the softmax, (n, classes).

        Args:
            x: spectra (n, channels).
        """

    def features(self, x: Floats, layer: str | None = None) -> Features:
        """A layer's activations, and what gives the gradients with respect to them.

        Args:
            x: (n, channels).
            layer: name of the layer; the last feature map where nothing is said.
        """
        raise ComponentError(f"{type(self).__name__} offers no {Capability.FEATURE_GRADIENTS}")

    def input_gradients(self, x: Floats, cotangents: Floats) -> NDArray[np.float32]:
        """Gradients of t logit combinations with respect to the spectra, (n, t, channels).

        Args:
            x: spectra (n, channels).
            cotangents: (n, t, classes), weights over the logits.
        """
        raise ComponentError(f"{type(self).__name__} offers no {Capability.INPUT_GRADIENTS}")

    def layers(self, x: Floats) -> Sequence[Layer]:
        """What every layer that computes something gives, in order.

        Args:
            x: spectra (n, channels).
        """
        raise ComponentError(f"{type(self).__name__} offers no {Capability.LAYERS}")

    @abstractmethod
    def save(self, folder: Path, example: Spectra) -> None:
        """Write the model as an MLflow model folder, with signature and input example.

        Args:
            folder: to be made.
            example: training spectra, to take the input example from.
        """


class Model(Component):
    """Something that learns to tell classes apart."""

    capabilities: ClassVar[frozenset[Capability]] = frozenset()
    """What its fits offer explainers."""

    @abstractmethod
    def fit(self, task: FitTask) -> FittedModel:
        """Learn from the training spectra. Same task, same thread count: the same model bit for bit.

        Args:
            task: the spectra, where chance comes from, and whom to tell how far it is.
        """

    def require(self, train: Samples) -> None:
        """Check, before anything is trained, that these training spectra can be fitted.

        Called for the final fit and for every fold.

        Args:
            train: what is known of the training spectra besides their intensities.

        Raises:
            DataError: what is missing, such as a second group of a class for an inner cross-validation, and
                what to do.
        """

    @abstractmethod
    def load(self, folder: Path, curves: Mapping[str, Floats], threads: int) -> FittedModel:
        """The fitted model that was saved into a folder, which is gone once this returns.

        Its maps are those it would have given then.

        Args:
            folder: that holds the files which `FittedModel.save` has written.
            curves: its learning curves.
            threads: threads of computation, as in `FitTask`.
        """

    @abstractmethod
    def parameter_count(self, channels: int, classes: int) -> int:
        """How many numbers training adjusts, by arithmetic, without building the model.

        Args:
            channels: of a spectrum.
            classes: to tell apart.

        Raises:
            ValueError: no such model can be built for this input, and why.
        """

    @classmethod
    def warm_up(cls) -> None:
        """Import what a fit needs; called once in a fresh process, ahead of its first fit."""

    def fit_memory(self, spectra: int, channels: int, classes: int) -> float:
        """Bytes that a fit takes besides the spectra, roughly.

        Too much is refused before anything is trained. By default each parameter has a gradient and two
        moments, and all are single precision.

        Args:
            spectra: how many it is fitted on.
            channels: of a spectrum.
            classes: to tell apart.
        """
        return 16.0 * self.parameter_count(channels, classes)

    def cost(self, spectra: int, channels: int, classes: int) -> float:
        """Floating-point operations of a fit, roughly: the longest is begun first, and its time foretold.

        Args:
            spectra: how many it is fitted on.
            channels: of a spectrum.
            classes: to tell apart.
        """
        return 6.0 * spectra * self.parameter_count(channels, classes)
