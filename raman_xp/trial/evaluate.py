"""What results mean: accuracy against signal, the bands of maps, and their scores."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from raman_xp.components import MapScore, ScoreTask, blame, blaming
from raman_xp.components.contracts import checked_numbers
from raman_xp.maps import Maps
from raman_xp.results.metrics import Accuracy, Evaluation, MapBand, SignalBin
from raman_xp.spectra import Floats, Ints, Spectra, Zone
from raman_xp.spectra.storage import frozen


def evaluate(
    spectra: Spectra, strongest: float, logits: Floats, maps: Mapping[str, Maps], scores: Sequence[MapScore]
) -> Evaluation:
    """All numbers of the final fit.

    Args:
        spectra: the test spectra, (n, channels).
        strongest: the signal that relative ones are told of.
        logits: (n, classes), what the fit says of them.
        maps: explainer's label → its maps of them, one row a spectrum or a class.
    """
    zones = spectra.zones
    correct = logits.argmax(axis=1) == spectra.labels
    return Evaluation(
        test=accuracy(correct),
        by_signal=tuple(by_signal(spectra.signal / strongest, correct)),
        bands={label: dict(strongest_bands(each, spectra, zones)) for label, each in maps.items()},
        scores=_scored(scores, maps, spectra, zones),
        warnings={label: each.warnings for label, each in maps.items() if each.warnings},
    )


def by_signal(relative: Floats, correct: NDArray[np.bool_], bins: int = 6) -> Iterator[SignalBin]:
    """Accuracy in bins of (nearly) equally many spectra.

    Args:
        relative: (n,) signal of each spectrum.
        correct: (n,) whether it was recognised.
    """
    for rows in np.array_split(np.argsort(relative, kind="stable"), min(bins, len(relative))):
        yield SignalBin(float(relative[rows[0]]), float(relative[rows[-1]]), accuracy(correct[rows]))


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
    from scipy.signal import find_peaks

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


def accuracy(correct: NDArray[np.bool_]) -> Accuracy:
    """How many of (n,) were right."""
    return Accuracy(int(correct.sum()), len(correct))


def _scored(
    scores: Sequence[MapScore], maps: Mapping[str, Maps], spectra: Spectra, zones: NDArray[np.int8] | None
) -> dict[str, dict[str, tuple[float | None, ...]]]:
    table: dict[str, dict[str, tuple[float | None, ...]]] = {}
    tasks = {label: score_task(each, spectra, zones) for label, each in maps.items()}
    for score in scores:
        for label, task in tasks.items():
            with blaming(score, "score"):
                numbers = score.score(task)
            for name, values in checked_numbers(score, numbers, len(spectra.classes)).items():
                if label in table.get(name, {}):
                    blame(score, f"gave {name}, as another score has; give one of them another id")
                told = (None if np.isnan(value) else float(value) for value in values)
                table.setdefault(name, {})[label] = tuple(told)
    return table


def score_task(maps: Maps, spectra: Spectra, zones: NDArray[np.int8] | None) -> ScoreTask:
    """What a map score is handed.

    Args:
        zones: (classes, channels) of the truth of the spectra.
    """
    return ScoreTask(maps, spectra, None if zones is None else _zones_of_rows(maps, spectra, zones))


def _zones_of_rows(maps: Maps, spectra: Spectra, zones: NDArray[np.int8]) -> NDArray[np.int8]:
    """Zones (rows, channels) of maps, from those of classes."""
    of_targets = frozen(zones[maps.targets])
    if maps.per == "class" or spectra.truth is None:
        return of_targets
    here = spectra.truth.zones_of_rows(spectra.wavenumber, of_targets)
    of_own = maps.targets == spectra.labels  # what stands beside another class is not known
    return frozen(np.where(of_own[:, None], here, of_targets))
