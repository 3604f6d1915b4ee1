"""Which spectra stand for their class in pictures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from raman_xp.figures.style import shortened
from raman_xp.maps import Maps
from raman_xp.results import UnitResult
from raman_xp.results.metrics import probabilities
from raman_xp.spectra import Floats, Spectra


@dataclass(frozen=True)
class Example:
    """The spectrum that stands for a class in pictures.

    Args:
        row: its row in the spectra and in the maps of single spectra.
        caption: which one it is.
    """

    label: int
    row: int
    caption: str


def line_of(maps: Maps, example: Example) -> Floats:
    """The map of an example, (channels,), relative to its largest magnitude; zeros where there is none."""
    of_class = np.flatnonzero(maps.targets == example.label)[:1]
    rows = of_class if maps.per == "class" else np.array([example.row])
    return np.asarray(maps.normalized(rows)[0]) if rows.size else np.zeros(maps.values.shape[1])


def examples_of(test: Spectra, final: UnitResult) -> Iterator[Example]:
    """For each class the recognised test spectrum of median signal (any, where none was recognised)."""
    shares = probabilities(final.logits)
    strongest = test.signal.max()
    for label in range(len(test.classes)):
        rows = np.flatnonzero(test.labels == label)
        right = rows[final.correct[rows]] if final.correct[rows].any() else rows
        if not len(right):
            continue
        row = int(right[np.argsort(test.signal[right], kind="stable")[len(right) // 2]])
        guess = int(shares[row].argmax())
        told = "recognised" if guess == label else f"taken for {shortened(test.classes[guess])}"
        yield Example(
            label,
            row,
            f"{test.samples.names[row]}, signal {test.signal[row] / strongest:.2f} of the strongest, "
            f"{told} (p = {shares[row, guess]:.3f})",
        )
