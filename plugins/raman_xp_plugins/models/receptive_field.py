"""Which input channels a bin of a convolutional layer sees, by arithmetic."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from raman_xp.spectra import Floats


@dataclass(frozen=True)
class Window:
    """A layer that slides over the spectrum: a convolution or a pooling.

    Args:
        width: channels of its input that one bin sees.
        stride: channels from one bin to the next.
        same: padded to keep ceil(n / stride) bins; otherwise not padded.
    """

    width: int
    stride: int = 1
    same: bool = True

    def bins(self, channels: int) -> int:
        """Length of the output for an input of so many channels."""
        return -(-channels // self.stride) if self.same else (channels - self.width) // self.stride + 1

    def left(self, channels: int) -> int:
        """Channels of padding before the first; an odd one goes to the right."""
        if not self.same:
            return 0
        return max((self.bins(channels) - 1) * self.stride + self.width - channels, 0) // 2


def bin_centers(channels: int, windows: Iterable[Window]) -> Floats:
    """Channel on which each bin's receptive field is centred, (bins,).

    Two blocks of a convolution of width 8 and a pooling of 2 see channels 4i − 9 … 4i + 15:

    >>> block = [Window(8), Window(2, stride=2)]
    >>> bin_centers(1451, 2 * block)[:3].tolist(), len(bin_centers(1451, 2 * block))
    ([3.0, 7.0, 11.0], 363)
    """
    first, step = 0.0, 1
    for window in windows:
        first += step * ((window.width - 1) / 2 - window.left(channels))
        step *= window.stride
        channels = window.bins(channels)
    return first + step * np.arange(channels, dtype=np.float64)
