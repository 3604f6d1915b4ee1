"""Where in its receptive field a feature map looks.

The geometry of the layers says which channels a bin can see; the weights say which of them it looks at, and
each feature map looks elsewhere. Placing every map at the centre of the field moves a narrow band by a bin
or two; placing it where its own weights look does not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from raman_xp.spectra import Floats
from raman_xp_plugins.models.receptive_field import Window


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
    offsets = np.divide(place @ power, total, out=np.zeros(len(total)), where=total > 0)
    return np.broadcast_to(offsets, maps)
