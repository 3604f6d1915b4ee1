"""A trial in numbers: what is kept of it, and read again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from pydantic import TypeAdapter

from raman_xp.spectra import Floats, Zone


@dataclass(frozen=True)
class Accuracy:
    """A share of spectra recognised, with its 95 % interval after Wilson (1927)."""

    right: int
    of: int

    @property
    def share(self) -> float:
        return self.right / self.of

    @property
    def interval(self) -> tuple[float, float]:
        """Lower and upper bound.

        >>> "{:.3f} to {:.3f}".format(*Accuracy(360, 360).interval)
        '0.989 to 1.000'
        """
        z2 = 1.959963984540054**2
        center = (self.right + z2 / 2) / (self.of + z2)
        half = np.sqrt(z2 * (self.right * (self.of - self.right) / self.of + z2 / 4)) / (self.of + z2)
        return max(float(center - half), 0.0), min(float(center + half), 1.0)

    def __str__(self) -> str:
        low, high = self.interval
        return (
            f"{100 * self.share:.1f} % ({self.right} of {self.of}; 95 %: {100 * low:.1f} to {100 * high:.1f})"
        )


def probabilities(logits: Floats) -> Floats:
    """Softmax in float64, (n, classes)."""
    from scipy.special import softmax

    return np.asarray(softmax(logits.astype(np.float64), axis=1))


@dataclass(frozen=True)
class MapBand:
    """A band of a class's map.

    Args:
        position: in the axis unit.
        height: relative to the strongest of the class's mean map.
        zone: what the place is to the class, or nothing where no truth is known.
    """

    position: float
    height: float
    zone: Zone | None


@dataclass(frozen=True)
class SignalBin:
    """Test spectra of similar signal: its range relative to the strongest of all, and how many were right."""

    low: float
    high: float
    accuracy: Accuracy


@dataclass(frozen=True)
class Evaluation:
    """The final fit in numbers.

    Args:
        test: how many test spectra were recognised.
        by_signal: the same, from weak to strong spectra.
        bands: explainer → class → its strongest map bands, strongest first.
        scores: name of the number → explainer → its value for each class, nothing where it cannot be told.
        warnings: explainer → what its maps warn of → rows.
    """

    test: Accuracy
    by_signal: Sequence[SignalBin]
    bands: Mapping[str, Mapping[str, Sequence[MapBand]]]
    scores: Mapping[str, Mapping[str, Sequence[float | None]]]
    warnings: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def metrics(self) -> Iterator[tuple[str, float]]:
        """Name and value of every number; what stands before the last slash groups them."""
        yield "test/accuracy", self.test.share
        yield from zip(("test/accuracy_low", "test/accuracy_high"), self.test.interval, strict=True)
        for name, explainers in self.scores.items():
            for explainer, values in explainers.items():
                if told := [value for value in values if value is not None]:
                    yield f"map/{name}/{explainer}", float(np.mean(told))


@dataclass(frozen=True)
class CrossValidation:
    """Every training spectrum once, by a network that had not seen it.

    Args:
        folds: one accuracy a fold.
    """

    folds: Sequence[Accuracy]

    @property
    def whole(self) -> Accuracy:
        """All folds together."""
        return Accuracy(sum(fold.right for fold in self.folds), sum(fold.of for fold in self.folds))

    def metrics(self) -> Iterator[tuple[str, float]]:
        """Name and value of every number."""
        shares = [fold.share for fold in self.folds]
        yield "cv/accuracy_mean", float(np.mean(shares))
        yield "cv/accuracy_std", float(np.std(shares, ddof=1)) if len(shares) > 1 else 0.0
        yield from zip(("cv/accuracy_low", "cv/accuracy_high"), self.whole.interval, strict=True)


@dataclass(frozen=True)
class Numbers:
    """A whole trial in numbers.

    Args:
        final: of the final fit.
        cross_validation: of the folds, where there are any.
    """

    final: Evaluation
    cross_validation: CrossValidation | None = None

    def metrics(self) -> Iterator[tuple[str, float]]:
        """Name and value of every number; what stands before the last slash groups them."""
        yield from self.final.metrics()
        if self.cross_validation:
            yield from self.cross_validation.metrics()

    def to_json(self) -> bytes:
        """As a file keeps them."""
        return _adapter().dump_json(self, indent=1)

    @staticmethod
    def from_json(text: bytes) -> Numbers:
        """What `to_json` has written.

        Raises:
            ValueError: it is something else.
        """
        return _adapter().validate_json(text)


@cache
def _adapter() -> TypeAdapter[Numbers]:
    return TypeAdapter(Numbers)
