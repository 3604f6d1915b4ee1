"""What an explainer is handed: a batch of spectra, the model, and what was computed of them already."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from typing import Any, Literal, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from raman_xp.components.models import Features, FittedModel, Gradients
from raman_xp.maps.quantities import Direction, Score, direction, value
from raman_xp.spectra import Floats, Ints, Spectra
from raman_xp.spectra.storage import frozen

BATCH = 128
"""Spectra explained at once: memory grows with it, not with the test set."""
T = TypeVar("T")
Target = Literal["predicted", "labelled", "every"]


@dataclass(frozen=True)
class ExplainTask:
    """A batch of spectra to explain; what is computed for one explainer is kept for the next.

    Args:
        model: the trained model; dropout is off.
        spectra: spectra to explain, (n, channels).
        training: the spectra the model was trained on.
        rng: the explainer's own stream; it begins anew with every batch. Who draws the same for all spectra
            of a batch gives each the map that it would have alone.
        known_logits: (n, classes), what the model says of the spectra, where that is known already.
        memory: what was computed of these spectra, for the explainers of a batch to share.
    """

    model: FittedModel
    spectra: Spectra
    training: Spectra
    rng: np.random.Generator
    known_logits: NDArray[np.float32] | None = None
    memory: dict[tuple[object, ...], object] = field(default_factory=dict, repr=False)

    def logits(self) -> NDArray[np.float32]:
        """(n, classes)."""
        if self.known_logits is not None:
            return self.known_logits
        if features := self.memory.get(("features", None)):
            return cast(Features, features).logits
        return self._once(("logits",), lambda: self.model.logits(self.spectra.intensity))

    def targets(self, choice: Target) -> Ints:
        """The class that each row of the maps explains: (n,), or for every class (n · classes,), the classes
        of a spectrum together.

        Args:
            choice: the predicted class, the one a spectrum is labelled with, or every one.
        """
        if choice == "every":
            return np.tile(np.arange(len(self.spectra.classes)), len(self.spectra))
        return self.logits().argmax(axis=1) if choice == "predicted" else self.spectra.labels

    def scores(self, score: Score, targets: Ints) -> Floats:
        """The score of the target class of each row, (rows,) float64.

        Args:
            score: which.
            targets: (rows,) as `targets` gives them.
        """
        return value(score, self._for_rows(self.logits(), targets), targets)

    def direction(self, score: Score, targets: Ints) -> Direction:
        """The score of the target class of each row as a direction in logit space.

        Args:
            score: which.
            targets: (rows,) as `targets` gives them.
        """
        return direction(score, self._for_rows(self.logits(), targets), targets)

    def features(self, layer: str | None = None) -> Features:
        """A layer's activations for these spectra.

        Args:
            layer: its name; the last feature map where nothing is said.
        """
        return self._once(("features", layer), lambda: self.model.features(self.spectra.intensity, layer))

    def feature_gradients(self, unit: Floats, layer: str | None = None) -> Gradients:
        """Gradients with respect to a layer.

        Args:
            unit: (rows, classes) direction in logit space, as many rows for each spectrum.
            layer: its name; the last feature map where nothing is said.
        """
        return self._once(
            ("gradients", layer, unit.tobytes()),
            lambda: self.features(layer).gradients(self._of_spectra(unit)),
        )

    def input_gradients(self, unit: Floats) -> NDArray[np.float32]:
        """Gradients with respect to the spectra, (rows, channels).

        Args:
            unit: (rows, classes) direction in logit space, as many rows for each spectrum.
        """
        return self._once(
            ("input", unit.tobytes()),
            lambda: np.concatenate(
                list(self.model.input_gradients(self.spectra.intensity, self._of_spectra(unit)))
            ),
        )

    def scores_of(self, variants: Iterable[Floats], score: Score, targets: Ints) -> Iterator[Floats]:
        """Scores of changed spectra, (rows,) float64 for each variant of the batch.

        Args:
            variants: (n, channels) each; taken as they are needed, and asked about many at once.
            score: which.
            targets: (rows,) as `targets` gives them.
        """
        for group in self._grouped(variants):
            for logits in self._through(self.model.logits, group):
                yield value(score, self._for_rows(logits, targets), targets)

    def gradients_of(self, variants: Iterable[Floats], score: Score, targets: Ints) -> Iterator[Floats]:
        """Gradients of the score with respect to changed spectra, (rows, channels) for each variant.

        Args:
            variants: (n, channels) each; taken as they are needed, and asked about many at once.
            score: which.
            targets: (rows,) as `targets` gives them.
        """
        for group in self._grouped(variants):
            along = [
                direction(score, self._for_rows(logits, targets), targets)
                for logits in self._through(self.model.logits, group)
            ]
            units = np.concatenate([self._of_spectra(each.unit) for each in along])
            gradients = self._through(partial(self.model.input_gradients, cotangents=units), group)
            for each, gradient in zip(along, gradients, strict=True):
                yield gradient.reshape(len(targets), -1) * each.scale[:, None]

    def _grouped(self, variants: Iterable[Floats]) -> Iterator[list[Floats]]:
        """As many variants at once as fill a batch."""
        following = iter(variants)
        while group := list(islice(following, max(1, BATCH // len(self.spectra)))):
            yield group

    @staticmethod
    def _through(function: Callable[[Floats], Floats], group: Sequence[Floats]) -> list[Floats]:
        """What a function of spectra gives for each variant of a group, computed at once."""
        return np.split(function(np.concatenate(group)), len(group))

    @staticmethod
    def _for_rows(logits: Floats, targets: Ints) -> Floats:
        """(n, classes) → (rows, classes)."""
        return np.repeat(logits, len(targets) // len(logits), axis=0)

    def _of_spectra(self, rows: Floats) -> Floats:
        """(rows, classes) → (n, t, classes)."""
        return rows.reshape(len(self.spectra), -1, rows.shape[1])

    def _once(self, key: tuple[object, ...], compute: Callable[[], T]) -> T:
        if key not in self.memory:
            self.memory[key] = _sealed(compute())
        return self.memory[key]  # type: ignore[return-value]


def _sealed(made: T) -> T:
    """What several explainers share, its arrays read-only."""
    if isinstance(made, np.ndarray):
        return cast(T, frozen(made))
    arrays = {name: frozen(part) for name, part in vars(made).items() if isinstance(part, np.ndarray)}
    return cast(T, replace(cast(Any, made), **arrays))
