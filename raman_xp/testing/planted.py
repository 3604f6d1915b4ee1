"""Small spectra whose truth is known because it was planted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from raman_xp.components import FitTask
from raman_xp.seeds import Seeds
from raman_xp.spectra import About, Band, Contents, Floats, Ints, Samples, Spectra, Truth

POSITIONS = (60, 128, 200)
"""Channels of the lines of the classes, where nothing else is said."""
FWHM = 4.0
"""Of the lines, in channels."""


def planted_spectra(
    positions: Sequence[int] = POSITIONS,
    per_class: int = 8,
    channels: int = 256,
    seed: int = 0,
    *,
    first: float = 0.0,
    step: float = 1.0,
) -> Spectra:
    """Spectra of one Lorentzian a class, 4 channels wide, with ±2.5 % uniform noise; the truth is with them.

    Args:
        positions: channel of the line of each class.
        per_class: spectra of each class.
        first: the axis begins here; by default it counts channels.
        step: from a channel to the next, in the axis unit.
    """
    return _spectra(positions, per_class, channels, seed, first + step * np.arange(channels), ratio=0.0)


def planted_mixtures(
    positions: Sequence[int] = POSITIONS, per_class: int = 8, channels: int = 256, seed: int = 0
) -> Spectra:
    """The same, and in each spectrum the line of the next class at a third of its height: the partner.

    The truth knows what each spectrum holds.
    """
    return _spectra(positions, per_class, channels, seed, np.arange(channels, dtype=float), ratio=1 / 3)


def fit_task(train: Spectra, seed: int = 0, threads: int = 1) -> FitTask:
    """A fit of these spectra, without any to validate on."""
    return FitTask(train, valid=None, seeds=Seeds(seed), threads=threads)


def write_csv(path: Path, per_class: int = 10, channels: int = 64, classes: str = "ABC") -> Path:
    """A CSV file as an instrument gives it: counts on a background, a row a spectrum, label first.

    Args:
        classes: a letter a class; they differ in the place of a band.
    """
    rng = np.random.default_rng(1)
    wavenumber = 400 + 2 * np.arange(channels)
    lines = ["label," + ",".join(map(str, wavenumber))]
    for index, name in enumerate(classes):
        place = (index + 0.5) / len(classes) * channels
        for _ in range(per_class):
            height = rng.uniform(200, 4000)
            counts = 500 + height * _lorentzian(channels, place) + rng.normal(0, 20, channels)
            lines.append(name + "," + ",".join(f"{value:.1f}" for value in counts))
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def _spectra(
    positions: Sequence[int], per_class: int, channels: int, seed: int, axis: Floats, ratio: float
) -> Spectra:
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(len(positions)), per_class)
    lines = np.stack([_lorentzian(channels, place) for place in positions])
    partners = (labels + 1) % len(positions)
    own, other = lines[labels], ratio * lines[partners]
    intensity = own + other + rng.uniform(-0.025, 0.025, own.shape)
    classes = tuple(f"at {place}" for place in positions)
    truth = Truth(
        axis,
        means=dict(zip(classes, lines, strict=True)),
        bands={
            name: [Band(name, float(axis[place]), 1.0, FWHM * float(axis[1] - axis[0]))]
            for name, place in zip(classes, positions, strict=True)
        },
        contents=Contents(own, other, tuple(classes[each] for each in partners)) if ratio else None,
    )
    return Spectra(
        axis,
        intensity.astype(np.float32),
        np.ones(len(labels)),
        Samples(classes, labels, tuple(f"spectrum {row}" for row in range(len(labels)))),
        About("Lorentzians", simulated=True, unit="channel"),
        truth,
    )


def _lorentzian(channels: int, place: float) -> Floats:
    """Height 1 (Fukuhara et al. 2019, Eq. 10)."""
    return np.asarray(1 / (1 + ((np.arange(channels) - place) / (FWHM / 2)) ** 2))


def places(spectra: Spectra, targets: Ints) -> Ints:
    """(rows,) the channel of the line of each row's class."""
    assert spectra.truth is not None
    means = np.stack([spectra.truth.means[name] for name in spectra.classes])
    return np.asarray(means.argmax(axis=1)[targets])
