"""From the bins of a pooled layer to the input channels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from raman_xp.spectra import Floats

ROWS = 32
"""Spectra placed at once."""


@dataclass(frozen=True)
class Placement:
    """Interpolates linearly between the centres of the bins, each feature map at its own offset.

    Each map is held constant outside its outermost places.

    Args:
        centers: (bins,) channel on which each bin's receptive field is centred, whole channels apart, evenly.
        offsets: (maps,) how far right of the centres each map is placed.
        channels: number of input channels.
    """

    centers: Floats
    offsets: Floats
    channels: int

    @property
    def spacing(self) -> int:
        """Channels from a bin to the next."""
        return round(float(self.centers[1] - self.centers[0]))

    @property
    def extent(self) -> tuple[int, int]:
        """First and last channel between which nine maps of ten are interpolated."""
        first = self.centers[0] + np.quantile(self.offsets, 0.9)
        last = self.centers[-1] + np.quantile(self.offsets, 0.1)
        return int(np.ceil(max(first, 0))), int(np.floor(min(last, self.channels - 1)))

    def of(self, at_bins: Floats) -> Floats:
        """Maps on the input channels, summed over the maps: (n, channels).

        Args:
            at_bins: (n, bins, maps).
        """
        return self._weighted(at_bins, np.ones((1, 1, at_bins.shape[2]), at_bins.dtype))[:, 0]

    def of_products(self, activations: Floats, weights: Floats) -> Floats:
        """Products on the input channels, summed over the maps: (n, g, channels).

        Args:
            activations: (n, bins, maps).
            weights: (n or 1, g, bins or 1, maps), g combinations of them.
        """
        if len(weights) == 1:
            return self._weighted(activations, weights[0])
        products = (activations * weights[:, each] for each in range(weights.shape[1]))
        return np.stack([self.of(product) for product in products], axis=1)

    def _weighted(self, activations: Floats, weights: Floats) -> Floats:
        """Activations (n, bins, maps) times weights (g, bins or 1, maps): maps (n, g, channels).

        The weights are spread over the channels near each bin; then one product a bin serves all spectra.
        """
        first, places = self._neighbours
        n, bins, maps = activations.shape
        _, taps, phases = places.shape
        each = np.repeat(weights.transpose(1, 2, 0), phases, axis=2)  # (bins or 1, maps, g · phases)
        spread = each[:, :, None] * np.tile(places.astype(weights.dtype), len(weights))
        spread = spread.reshape(len(spread), maps, -1)
        steps = np.arange(-(-self.channels // phases)) + first
        values = np.empty((n, len(weights), len(steps), phases), activations.dtype)
        given = np.empty((bins, ROWS, spread.shape[2]), activations.dtype)
        for start in range(0, n, ROWS):
            some = activations[start : start + ROWS]
            near = np.matmul(some.transpose(1, 0, 2), spread, out=given[:, : len(some)])
            near = near.reshape(bins, len(some), taps, -1)
            summed = near[np.clip(steps, 0, bins - 1), :, 0]
            for tap in range(1, taps):
                summed += near[np.clip(steps + tap, 0, bins - 1), :, tap]
            summed = summed.reshape(len(steps), len(some), -1, phases)
            values[start : start + ROWS] = summed.transpose(1, 2, 0, 3)
        return values.reshape(n, len(weights), -1)[..., : self.channels]

    @cached_property
    def _neighbours(self) -> tuple[int, Floats]:
        """What a bin of each map gives to the places near it.

        Channel spacing·i + phase lies between bins i + below and i + below + 1 of a map, for every i. So
        the interpolation is one product for all bins, (maps, taps, phases), and a sum over taps.

        Returns:
            Which bin, counted from i, the first tap reads; and the weights.
        """
        phases = np.arange(self.spacing)[:, None]
        at = (phases - self.centers[0] - self.offsets) / self.spacing  # (phases, maps), in bins
        below = np.floor(at).astype(int)
        least = int(below.min())
        weights = np.zeros((len(self.offsets), below.max() - least + 2, self.spacing))
        phase, of_map = np.indices(below.shape)
        weights[of_map, below - least, phase] += 1 - (at - below)
        weights[of_map, below - least + 1, phase] += at - below
        return least, weights
