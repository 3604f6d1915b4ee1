"""What tells which channels a decision rests on, and what measures it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from raman_xp.components.base import Component
from raman_xp.components.models import Capability, Features, FittedModel
from raman_xp.maps import Maps
from raman_xp.scores import Direction, Score, direction
from raman_xp.spectra import Floats, Ints, Spectra

T = TypeVar("T")


@dataclass(frozen=True)
class ExplainTask:
    """A batch of spectra to explain; what is computed for one explainer is kept for the next.

    Args:
        model: the trained model; dropout is off.
        spectra: spectra to explain, (n, channels).
        training: the spectra the model was trained on.
        rng: the explainer's own stream.
    """

    model: FittedModel
    spectra: Spectra
    training: Spectra
    rng: np.random.Generator
    memory: dict[tuple[object, ...], object] = field(default_factory=dict, repr=False)

    def logits(self) -> NDArray[np.float32]:
        """(n, classes)."""
        return self._once(("logits",), lambda: self.model.logits(self.spectra.intensity))

    def targets(self, choice: Literal["predicted", "labelled"]) -> Ints:
        """(n,) the class to explain for each spectrum."""
        return self.logits().argmax(axis=1) if choice == "predicted" else self.spectra.labels

    def direction(self, score: Score, targets: Ints) -> Direction:
        """The score of each target class as a direction in logit space."""
        return direction(score, self.logits(), targets)

    def feature_gradients(self, unit: Floats, layer: str | None = None) -> Features:
        """Features with gradients (n, 1, bins, maps) along ``unit`` (n, classes)."""
        return self._once(
            ("features", layer, unit.tobytes()),
            lambda: self.model.feature_gradients(self.spectra.intensity, unit[:, None], layer),
        )

    def input_gradients(self, unit: Floats) -> NDArray[np.float32]:
        """(n, channels), gradients along ``unit`` (n, classes)."""
        return self._once(
            ("input", unit.tobytes()),
            lambda: self.model.input_gradients(self.spectra.intensity, unit[:, None])[:, 0],
        )

    def _once(self, key: tuple[object, ...], compute: Callable[[], T]) -> T:
        if key not in self.memory:
            self.memory[key] = compute()
        return self.memory[key]  # type: ignore[return-value]


class Explainer(Component):
    """Tells which channels a decision rests on."""

    needs: ClassVar[frozenset[Capability]] = frozenset()
    """What the model must offer; checked with the spec, before any training."""
    per: ClassVar[Literal["spectrum", "class"]] = "spectrum"
    """Spectrum: called once a batch. Class: called once, one row a class."""

    @abstractmethod
    def explain(self, task: ExplainTask) -> Maps:
        """Maps on the input axis, (spectra, channels) or (classes, channels)."""


class ScoreExplainer(Explainer):
    """An explainer of the score of one class for each spectrum."""

    score: Score = Score.LOG_ODDS
    """The score explained: log_odds, logit, margin or probability."""
    target: Literal["predicted", "labelled"] = "predicted"
    """Which class is explained for each spectrum: the predicted one, or the one it is labelled with."""


@dataclass(frozen=True)
class ScoreTask:
    """What a map score may look at.

    Args:
        maps: the maps of one explainer over the test spectra.
        spectra: those test spectra.
        zones: (classes, channels) ``Zone`` of every channel, or nothing where no truth is known.
    """

    maps: Maps
    spectra: Spectra
    zones: NDArray[np.int8] | None


class MapScore(Component):
    """Turns maps into numbers that can be compared."""

    @abstractmethod
    def score(self, task: ScoreTask) -> Mapping[str, Floats]:
        """Name of a number → (classes,) its value per class, NaN where it cannot be told."""
