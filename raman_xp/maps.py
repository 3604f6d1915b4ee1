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
        signed: whether positive means for the class; otherwise the values are only sizes.
        resolution: distance of the places the method can tell apart, in channels.
        extent: first and last channel that the method supports; those outside are extrapolated.
        warnings: what the reader of the maps should know → for how many rows it holds.
    """

    values: Floats
    targets: Ints
    per: Literal["spectrum", "class"] = "spectrum"
    signed: bool = True
    resolution: float = 1.0
    extent: tuple[int, int] | None = None
    warnings: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", np.asarray(self.values, dtype=np.float32))

    @property
    def tolerance(self) -> float:
        """How far, in channels, a place on the map may be from the truth and still be right."""
        return max(2.0, self.resolution / 2)

    def normalized(self, rows: Ints | slice = slice(None)) -> NDArray[np.float32]:
        """Rows, each divided by its largest magnitude; a row of zeros stays."""
        values = self.values[rows]
        largest = np.abs(values).max(axis=1, keepdims=True)
        return np.asarray(values / np.where(largest > 0, largest, 1), dtype=np.float32)

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


def on_channels(
    at_bins: Floats, centers: Floats, channels: int, offsets: Floats | None = None
) -> tuple[Floats, tuple[int, int]]:
    """Interpolate linearly from the bins of a pooled layer to the input channels, and sum over its maps.

    Args:
        at_bins: (n, bins, maps).
        centers: (bins,) channel on which each bin's receptive field is centred, whole channels apart, evenly.
        channels: number of input channels.
        offsets: (maps,) how far right of the centres each map is placed; at the centres if nothing is given.

    Returns:
        (n, channels), each map held constant outside its outermost places, and the first and last channel
        between which nine maps of ten are interpolated.
    """
    n, bins, maps = at_bins.shape
    places = np.zeros(maps) if offsets is None else offsets
    spacing = round(centers[1] - centers[0])
    # Channel spacing·i + phase lies between bins i + below and i + below + 1 of a map, for every i: so one
    # product turns the maps of a bin into what they give to each neighbouring place (tap) and phase.
    at = (np.arange(spacing)[:, None] - centers[0] - places) / spacing  # (phases, maps), in bins
    below = np.floor(at).astype(int)
    least, taps = below.min(), below.max() - below.min() + 2
    weights = np.zeros((maps, taps, spacing), dtype=at_bins.dtype)
    phase, of_map = np.indices(below.shape)
    weights[of_map, below - least, phase] += 1 - (at - below)
    weights[of_map, below - least + 1, phase] += at - below
    given = (at_bins.reshape(n * bins, maps) @ weights.reshape(maps, -1)).reshape(n, bins, taps, spacing)
    steps = np.arange(-(-channels // spacing)) + least
    values = sum(given[:, np.clip(steps + tap, 0, bins - 1), tap] for tap in range(taps))
    values = np.asarray(values).reshape(n, -1)[:, :channels]
    first = int(np.ceil(max(centers[0] + np.quantile(places, 0.9), 0)))
    last = int(np.floor(min(centers[-1] + np.quantile(places, 0.1), channels - 1)))
    return values, (first, last)
