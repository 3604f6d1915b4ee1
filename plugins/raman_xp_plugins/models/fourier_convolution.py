"""Convolutions with wide filters by way of the Fourier transform: the same function, computed quicker."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from raman_xp.spectra import Floats, Ints

FROM_WIDTH = 32
"""Filters so wide are quicker this way, where many maps are convolved: from 64 maps to 64 on 512 channels,
twice as quick; those of 128, six times."""


@cache
def fourier_conv1d() -> Any:
    """The class of the layer; defined once Keras is imported.

    It stands for ``keras.layers.Conv1D`` with stride 1, padding "same", a bias and no activation, and has its
    weights. Its results differ by rounding, some 10⁻⁶ of the largest.
    """
    import keras
    import tensorflow as tf

    class FourierConv1D(keras.layers.Conv1D):
        """By the convolution theorem: correlation is a product with the conjugate spectrum.

        The transforms are products with matrices of cosines and sines: at some hundred channels that takes
        less time than the fast transform, whose data would have to be turned around before and after.
        """

        def call(self, inputs: Any) -> Any:
            (width,), channels, filters = self.kernel_size, inputs.shape[1], self.filters
            maps, frequencies = inputs.shape[2], (channels + width) // 2 + 1
            of_inputs, of_kernel, back = (tf.constant(each, tf.float32) for each in matrices(channels, width))
            x = tf.reshape(tf.transpose(inputs, (1, 0, 2)), (channels, -1))
            x_re, x_im = tf.split(tf.reshape(of_inputs @ x, (2 * frequencies, -1, maps)), 2)
            kernel = of_kernel @ tf.reshape(self.kernel, (width, -1))
            k_re, k_im = tf.split(tf.reshape(kernel, (2 * frequencies, maps, filters)), 2)
            both = tf.concat([x_re, x_im], axis=2)
            real = tf.matmul(both, tf.concat([k_re, -k_im], axis=1))  # for each frequency
            imaginary = tf.matmul(both, tf.concat([k_im, k_re], axis=1))
            y = back @ tf.reshape(tf.concat([real, imaginary], axis=0), (2 * frequencies, -1))
            return tf.transpose(tf.reshape(y, (channels, -1, filters)), (1, 0, 2)) + self.bias

    return FourierConv1D


def matrices(channels: int, width: int) -> tuple[Floats, Floats, Floats]:
    """What turns spectra and filters into their Fourier transforms, real over imaginary part, and back.

    Of a length at which nothing wraps around. The transform of the filters is conjugate; what comes back is
    where padding "same" has it.
    """
    size = 2 * ((channels + width) // 2)
    frequency = np.arange(size // 2 + 1)

    def waves(place: Ints) -> tuple[Floats, Floats]:
        angle = 2 * np.pi * np.outer(frequency, place) / size
        return np.cos(angle), np.sin(angle)

    cosine, sine = waves(np.arange(channels))
    of_kernel = np.concatenate(waves(np.arange(width)))
    twice = np.where((frequency == 0) | (frequency == size // 2), 1, 2) / size  # negative frequencies too
    cosine_back, sine_back = waves(np.arange(channels) - (width - 1) // 2)
    back = np.concatenate([cosine_back.T * twice, -sine_back.T * twice], axis=1)
    return np.concatenate([cosine, -sine]), of_kernel, back
