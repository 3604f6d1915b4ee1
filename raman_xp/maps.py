"""Maps over the wavenumber axis: which channels a decision rests on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from raman_xp.spectra import Floats, Ints


@dataclass(frozen=True)
class Maps:
    """Maps on the input axis.

    Args:
        values: (rows, channels) float32, signed where the method is; not normalised.
        targets: (rows,) int64, the class that each row explains.
        per: whether a row is a spectrum or a class.
        resolution: distance of the places the method can tell apart, in channels.
        extent: first and last channel that the method supports; those outside are extrapolated.
        warnings: what the reader of the maps should know → for how many rows it holds.
    """

    values: NDArray[np.float32]
    targets: Ints
    per: Literal["spectrum", "class"] = "spectrum"
    resolution: float = 1.0
    extent: tuple[int, int] | None = None
    warnings: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", np.asarray(self.values, dtype=np.float32))

    @property
    def tolerance(self) -> float:
        """How far, in channels, a place on the map may be from the truth and still be right."""
        return max(2.0, self.resolution / 2)

    def normalized(self) -> NDArray[np.float32]:
        """Each row divided by its largest magnitude; a row of zeros stays."""
        largest = np.abs(self.values).max(axis=1, keepdims=True)
        return np.asarray(self.values / np.where(largest > 0, largest, 1), dtype=np.float32)

    @staticmethod
    def concatenated(parts: Sequence[Maps]) -> Maps:
        """The rows of all parts, in order; warnings are added up."""
        warnings: Counter[str] = Counter()
        for part in parts:
            warnings.update(part.warnings)
        return replace(
            parts[0],
            values=np.concatenate([part.values for part in parts]),
            targets=np.concatenate([part.targets for part in parts]),
            warnings=dict(warnings),
        )


def on_channels(at_bins: Floats, centers: Floats, channels: int) -> tuple[Floats, tuple[int, int]]:
    """Interpolate linearly from the bins of a pooled layer to the input channels.

    Args:
        at_bins: (n, bins).
        centers: (bins,) channel on which each bin's receptive field is centred, ascending.
        channels: number of input channels.

    Returns:
        (n, channels), held constant outside the outermost centres, and the first and last channel
        that lie between them.
    """
    place = np.arange(channels)
    left = np.clip(np.searchsorted(centers, place, side="right") - 1, 0, len(centers) - 2)
    part = np.clip((place - centers[left]) / (centers[left + 1] - centers[left]), 0, 1)
    values = at_bins[:, left] * (1 - part) + at_bins[:, left + 1] * part
    first = int(np.ceil(max(centers[0], 0)))
    last = int(np.floor(min(centers[-1], channels - 1)))
    return values, (first, last)
