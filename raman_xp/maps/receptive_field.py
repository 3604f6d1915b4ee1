"""Which input channels a bin of a convolutional layer sees, and to which of them it responds.

The geometry of the layers determines which channels a bin can see. The weights determine to which of these
channels a feature map responds most; they differ between feature maps. A map that is placed at the centre of
the field moves a narrow band by a bin or two. A map that is placed by its own weights does not.
"""

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
        """Length of the output.

        Args:
            channels: length of the input.
        """
        return -(-channels // self.stride) if self.same else (channels - self.width) // self.stride + 1

    def left(self, channels: int) -> int:
        """Channels of padding before the first; an odd one goes to the right.

        Args:
            channels: length of the input.
        """
        if not self.same:
            return 0
        return max((self.bins(channels) - 1) * self.stride + self.width - channels, 0) // 2


def bin_centers(channels: int, windows: Iterable[Window]) -> Floats:
    """Channel on which each bin's receptive field is centred, (bins,).

    Args:
        channels: length of a spectrum.
        windows: the layers, from the spectrum on.

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


@dataclass(frozen=True)
class Step:
    """A layer on the way to the feature map.

    Args:
        window: its geometry.
        weights: (width, maps in, maps out) of a convolution; nothing for a pooling.
    """

    window: Window
    weights: Floats | None = None


def look_offsets(steps: Iterable[Step], maps: int) -> Floats:
    """How far right of its bin's centre each feature map looks, (maps,), in channels.

    Args:
        steps: the layers, from the spectrum on.
        maps: how many feature maps there are.

    The layers are composed as if they were linear: activations are passed over, a pooling takes the mean.
    Of the kernel that results (the effective receptive field, Luo et al., arXiv 1701.04128) the positive
    part counts, by its squares: bands are positive, and a LeakyReLU passes on a fifth of what answers
    negatively. A map that answers hardly otherwise than negatively counts as a whole.
    """
    kernel, spacing = np.ones((1, 1)), 1
    for step in steps:
        width = step.window.width
        weights = step.weights
        if weights is None:
            weights = np.broadcast_to(np.eye(kernel.shape[1]) / width, (width, *[kernel.shape[1]] * 2))
        composed = np.zeros(((width - 1) * spacing + len(kernel), weights.shape[2]))
        for tap, matrix in enumerate(weights):
            composed[tap * spacing : tap * spacing + len(kernel)] += kernel @ matrix
        kernel, spacing = composed, spacing * step.window.stride
    whole = kernel**2
    power = np.where(kernel > 0, whole, 0)
    power = np.where(power.sum(axis=0) >= 0.2 * whole.sum(axis=0), power, whole)
    place = np.arange(len(kernel)) - (len(kernel) - 1) / 2
    total = power.sum(axis=0)
    offsets = place @ power / np.where(total > 0, total, 1)  # a map without weights looks at the centre
    return np.broadcast_to(offsets, maps)
