"""The numbers of a trial, computed with plain NumPy from the data file that is written here."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from seen.table import Row, write_table

AXIS = 1500 - 9 * np.arange(66) - 0.03 * np.arange(66) ** 2
CLASSES = ("apple", "mango", "zinc")
PLACES = (8, 19, 31, 44, 56)
"""Channels of the bands, on the ascending axis."""
AMOUNTS = {
    "mango": (0.1, 1.0, 0.0, 0.5, 0.0),
    "apple": (1.0, 0.0, 0.6, 0.0, 0.2),
    "zinc": (0.0, 0.7, 1.0, 0.1, 0.6),
}
COUNTS = {"mango": (26, 19), "apple": (16, 14), "zinc": (11, 8)}
"""Class → how many train and test, in the order of the file."""


def triangles() -> np.ndarray:
    """(places, channels), ascending axis."""
    return np.maximum(1 - np.abs(np.arange(66) - np.array(PLACES)[:, None]) / 4, 0)


def write_data(folder: Path) -> None:
    """Write ``odd.csv`` and the truth beside it, both with a descending axis."""
    rng = np.random.default_rng(5)
    lines = []
    for label, counts in COUNTS.items():
        for role, count in zip(("train", "test"), counts, strict=True):
            for _ in range(count):
                strength = rng.uniform(300, 2000) if role == "train" else rng.uniform(100, 900)
                amounts = np.array(AMOUNTS[label]) + rng.normal(0, 0.55, 5).clip(-0.8, 1.4)
                background = rng.uniform(200, 400) + rng.uniform(-0.2, 0.4) * (AXIS - 1000)
                values = (strength * amounts @ triangles())[::-1] + background + rng.normal(0, 8, 66)
                lines.append([label, role, *map(float, values)])
    first, *others = lines
    write_table(
        folder / "odd.csv",
        AXIS,
        ("label", "role"),
        [first, *(others[i] for i in rng.permutation(len(others)))],
    )
    (folder / "odd.about.yaml").write_text("truth: means.csv\n")
    means = {label: (amounts @ triangles())[::-1] for label, amounts in AMOUNTS.items()}
    rows = [",".join(f"{mean[at]:.6f}" for mean in means.values()) for at in range(66)]
    text = "\n".join(f"{place:g},{row}" for place, row in zip(AXIS, rows, strict=True))
    (folder / "means.csv").write_text(f"wavenumber,{','.join(means)}\n{text}\n")


@dataclass
class Oracle:
    """The same numbers, computed from the data file.

    Args:
        axis: (channels,), ascending.
        rows: name → spectrum, as the file has them.
        held_out: name → the fold that holds a spectrum out.
    """

    axis: np.ndarray
    rows: dict[str, Row]
    held_out: dict[str, str]

    def names(self, role: str) -> list[str]:
        return [name for name, row in self.rows.items() if row.role == role]

    def labels(self, names: list[str]) -> np.ndarray:
        return np.array([CLASSES.index(self.rows[name].label) for name in names])

    def without_baseline(self, names: list[str]) -> np.ndarray:
        """(n, channels), less the line through the means of three channels at each end."""
        raw = np.stack([self.rows[name].intensity for name in names])
        left, right = self.axis[:3].mean(), self.axis[-3:].mean()
        y0, y1 = raw[:, :3].mean(axis=1), raw[:, -3:].mean(axis=1)
        slope = (y1 - y0) / (right - left)
        return raw - y0[:, None] - slope[:, None] * (self.axis - left)

    def x(self, names: list[str]) -> np.ndarray:
        """(n, channels), as a model receives them."""
        spectra = self.without_baseline(names)
        return spectra / spectra.max(axis=1, keepdims=True)

    def signal(self, names: list[str]) -> np.ndarray:
        """Largest value after a smoothing by parabolas over five channels, before the division."""
        smooth = np.array([-3, 12, 17, 12, -3]) / 35
        return np.array([np.convolve(row, smooth, "valid").max() for row in self.without_baseline(names)])

    def means(self, names: list[str]) -> np.ndarray:
        x, labels = self.x(names), self.labels(names)
        return np.stack([x[labels == label].mean(axis=0) for label in range(3)])

    def probabilities(self, train: list[str], names: list[str]) -> np.ndarray:
        means = self.means(train)
        logits = 4 * (self.x(names) @ means.T - (means**2).sum(axis=1) / 2)
        return np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)

    @cached_property
    def test(self) -> list[str]:
        return self.names("test")

    @cached_property
    def train(self) -> list[str]:
        return self.names("train")

    @cached_property
    def predicted(self) -> np.ndarray:
        return self.probabilities(self.train, self.test).argmax(axis=1)

    @cached_property
    def correct(self) -> np.ndarray:
        return self.predicted == self.labels(self.test)

    @cached_property
    def confusion(self) -> np.ndarray:
        """[true, predicted]."""
        pairs = list(zip(self.labels(self.test), self.predicted, strict=True))
        return np.array([[pairs.count((true, said)) for said in range(3)] for true in range(3)])

    def heights(self, explainer: str) -> tuple[np.ndarray, np.ndarray]:
        """Height of each triangle of each map, (rows, places), and the class that each explains."""
        against = (self.means(self.train) - self.x(self.train).mean(axis=0)) @ triangles().T
        if explainer == "class_projection":
            return against, np.arange(3)
        return self.x(self.test) @ triangles().T * against[self.predicted], self.predicted

    def unique(self) -> np.ndarray:
        """(classes, channels) whether a channel is unique to a class."""
        means = np.stack([np.array(AMOUNTS[name]) @ triangles() for name in CLASSES])
        means = means / means.max(axis=1, keepdims=True)
        rivals = np.stack([np.delete(means, label, axis=0).max(axis=0) for label in range(3)])
        return (means >= 2 * rivals) & (np.maximum(means, rivals) >= 0.03)

    def zone(self, label: int, channel: int) -> str:
        """Zone of a triangle's top."""
        if self.unique()[label, channel - 2 : channel + 3].any():
            return "unique"
        own = [np.array(AMOUNTS[name])[PLACES.index(channel)] / max(AMOUNTS[name]) for name in CLASSES]
        mine, rival = own[label], max(own[:label] + own[label + 1 :])
        return "rival" if rival >= 2 * mine else "shared"


def wilson(right: int, of: int) -> tuple[float, float]:
    """Bounds of the 95 % interval: roots of (p̂ − p)² = z² p (1 − p) / n."""
    z2, share = 1.959963984540054**2, right / of
    low, high = sorted(np.roots([1 + z2 / of, -2 * share - z2 / of, share**2]).real)
    return low, high
