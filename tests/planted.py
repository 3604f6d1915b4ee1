"""Small spectra whose truth is known because it was planted."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from raman_xp.components import FitTask
from raman_xp.seeds import Seeds
from raman_xp.spectra import About, Samples, Spectra

SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"
"""Real spectra beside the checkout; not part of the project."""


def lorentzians(positions: tuple[int, ...], per_class: int, channels: int = 256, seed: int = 0) -> Spectra:
    """Spectra of one Lorentzian of FWHM 4 channels per class with ±2.5 % uniform noise (Eq. 10)."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(len(positions)), per_class)
    x0 = np.array(positions)[labels, None]
    intensity = 1 / (1 + ((np.arange(channels) - x0) / 2) ** 2)
    intensity += rng.uniform(-0.025, 0.025, intensity.shape)
    samples = Samples(
        tuple(f"at {p}" for p in positions), labels, tuple(f"spectrum {row}" for row in range(len(labels)))
    )
    about = About("Lorentzians", unit="channel")
    return Spectra(
        np.arange(channels, dtype=float), intensity.astype(np.float32), np.ones(len(labels)), samples, about
    )


def fit_task(train: Spectra, seed: int = 0, threads: int = 1) -> FitTask:
    return FitTask(train, valid=None, seeds=Seeds(seed), threads=threads)


def write_csv(path: Path, per_class: int = 10, channels: int = 64, classes: str = "ABC") -> Path:
    """A wide CSV of classes that differ in the place of a band."""
    rng = np.random.default_rng(1)
    wavenumber = 400 + 2 * np.arange(channels)
    lines = ["label," + ",".join(map(str, wavenumber))]
    for index, name in enumerate(classes):
        place = (index + 0.5) / len(classes) * channels
        for _ in range(per_class):
            height = rng.uniform(200, 4000)
            counts = (
                500 + height / (1 + ((np.arange(channels) - place) / 2) ** 2) + rng.normal(0, 20, channels)
            )
            lines.append(name + "," + ",".join(f"{value:.1f}" for value in counts))
    path.write_text("\n".join(lines) + "\n")
    return path
