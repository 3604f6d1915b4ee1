"""What results mean: accuracy with its uncertainty, accuracy against signal, and the bands of maps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.signal import find_peaks
from scipy.special import softmax

from raman_xp.components import MapScore, ScoreTask, blaming
from raman_xp.contracts import checked_numbers
from raman_xp.maps import Maps
from raman_xp.plan import Prepared
from raman_xp.results import UnitResult
from raman_xp.spectra import Floats, Ints, Spectra, Zone


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
    """A trial in numbers.

    Args:
        test: of the final fit.
        folds: one a fold; empty without cross-validation.
        by_signal: from weak to strong.
        bands: explainer → class → its strongest map bands, strongest first.
        scores: name of the number → explainer → (classes,), NaN where it cannot be told.
        warnings: explainer → what its maps warn of → rows.
    """

    test: Accuracy
    folds: tuple[Accuracy, ...]
    by_signal: tuple[SignalBin, ...]
    bands: Mapping[str, Mapping[str, Sequence[MapBand]]]
    scores: Mapping[str, Mapping[str, Floats]]
    warnings: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    @property
    def cross_validation(self) -> Accuracy | None:
        """All folds together: every training spectrum once, by a network that had not seen it."""
        if not self.folds:
            return None
        return Accuracy(sum(fold.right for fold in self.folds), sum(fold.of for fold in self.folds))

    def metrics(self) -> Iterator[tuple[str, float]]:
        """Name and value of every number; what stands before the last slash groups them."""
        low, high = self.test.interval
        yield from (
            ("test/accuracy", self.test.share),
            ("test/accuracy_low", low),
            ("test/accuracy_high", high),
        )
        if whole := self.cross_validation:
            shares = [fold.share for fold in self.folds]
            yield "cv/accuracy_mean", float(np.mean(shares))
            yield "cv/accuracy_std", float(np.std(shares, ddof=1)) if len(shares) > 1 else 0.0
            yield from zip(("cv/accuracy_low", "cv/accuracy_high"), whole.interval, strict=True)
        for name, explainers in self.scores.items():
            for explainer, values in explainers.items():
                told = values[~np.isnan(values)]
                if len(told):
                    yield f"map/{name}/{explainer}", float(told.mean())


def evaluate(
    prepared: Prepared, final: UnitResult, folds: Sequence[UnitResult], scores: Sequence[MapScore]
) -> Evaluation:
    """All numbers of a trial."""
    spectra = prepared.spectra.take(final.rows)
    zones = None
    if spectra.truth:
        zones = spectra.truth.zones(spectra.wavenumber, spectra.classes)
    return Evaluation(
        test=_accuracy(final.correct),
        folds=tuple(_accuracy(fold.correct) for fold in folds),
        by_signal=tuple(by_signal(spectra.signal / prepared.spectra.signal.max(), final.correct)),
        bands={label: dict(strongest_bands(maps, spectra, zones)) for label, maps in final.maps.items()},
        scores=_scored(scores, final.maps, spectra, zones),
        warnings={label: maps.warnings for label, maps in final.maps.items() if maps.warnings},
    )


def probabilities(logits: Floats) -> Floats:
    """Softmax in float64, (n, classes)."""
    return np.asarray(softmax(logits.astype(np.float64), axis=1))


def by_signal(relative: Floats, correct: NDArray[np.bool_], bins: int = 6) -> Iterator[SignalBin]:
    """Accuracy in bins of (nearly) equally many spectra.

    Args:
        relative: (n,) signal of each spectrum.
        correct: (n,) whether it was recognised.
    """
    for rows in np.array_split(np.argsort(relative, kind="stable"), min(bins, len(relative))):
        yield SignalBin(float(relative[rows[0]]), float(relative[rows[-1]]), _accuracy(correct[rows]))


def mean_maps(maps: Maps, classes: int) -> tuple[Ints, Floats]:
    """The classes that have maps, and the mean of each one's normalised maps, (found, channels)."""
    found = np.unique(maps.targets[maps.targets < classes])
    normal = maps.normalized()
    return found, np.stack([normal[maps.targets == label].mean(axis=0) for label in found])


def strongest_bands(
    maps: Maps, spectra: Spectra, zones: NDArray[np.int8] | None, most: int = 3
) -> Iterator[tuple[str, list[MapBand]]]:
    """The strongest positive bands of each class's mean map.

    A band is a local maximum that rises by a twentieth of the largest above its surroundings, at least ten
    channels and four bins from a stronger one, and within the extent that the method supports. A class most
    of whose maps have no positive value has none.
    """
    first, last = maps.extent or (0, spectra.channels - 1)
    for label, mean in zip(*mean_maps(maps, len(spectra.classes)), strict=True):
        inside = np.maximum(mean[first : last + 1], 0)
        lit = (maps.values[maps.targets == label] > 0).any(axis=1)
        if not inside.any() or lit.mean() < 0.5:
            yield spectra.classes[label], []
            continue
        apart = max(10, int(4 * maps.resolution))  # nearer than that, two maxima are one band's shoulders
        padded = np.pad(inside, 1)  # a maximum on the edge is one too
        peaks, _ = find_peaks(padded, prominence=0.05 * inside.max(), distance=apart)
        order = (peaks[np.argsort(-padded[peaks], kind="stable")] - 1 + first)[:most]
        yield (
            spectra.classes[label],
            [
                MapBand(
                    float(spectra.wavenumber[channel]),
                    float(mean[channel] / inside.max()),
                    zone_at(zones, int(label), int(channel), maps.tolerance),
                )
                for channel in order
            ],
        )


def zone_at(zones: NDArray[np.int8] | None, label: int, channel: int, tolerance: float) -> Zone | None:
    """Zone of a place on a map: unique where a unique channel lies within the map's tolerance."""
    if zones is None:
        return None
    near = zones[label, max(channel - int(tolerance), 0) : channel + int(tolerance) + 1]
    return Zone.UNIQUE if (near == Zone.UNIQUE).any() else Zone(int(zones[label, channel]))


def _accuracy(correct: NDArray[np.bool_]) -> Accuracy:
    return Accuracy(int(correct.sum()), len(correct))


def _scored(
    scores: Sequence[MapScore], maps: Mapping[str, Maps], spectra: Spectra, zones: NDArray[np.int8] | None
) -> dict[str, dict[str, Floats]]:
    table: dict[str, dict[str, Floats]] = {}
    for score in scores:
        for label, of_explainer in maps.items():
            with blaming(score, "score"):
                numbers = score.score(ScoreTask(of_explainer, spectra, zones))
            for name, values in checked_numbers(score, numbers, len(spectra.classes)).items():
                table.setdefault(name, {})[label] = values
    return table
