"""Receptive fields by arithmetic, against what a network of ones really sees."""

from __future__ import annotations

import numpy as np
import pytest

from raman_xp.maps.receptive_field import Window, bin_centers


@pytest.mark.parametrize("channels", [200, 201, 237])
@pytest.mark.parametrize("kernel", [1, 7, 8, 16])
@pytest.mark.parametrize("pool", [2, 3, 4])
@pytest.mark.parametrize("same", [True, False])
def test_centres_are_the_middle_of_what_a_bin_sees(channels, kernel, pool, same):
    """Average pooling and kernels of ones: the gradient of a bin is non-zero exactly where it looks."""
    import tensorflow as tf
    from keras import layers

    padding = "same" if same else "valid"
    x = tf.Variable(tf.ones((1, channels, 1)))
    with tf.GradientTape() as tape:
        y = x
        for _ in range(2):
            y = layers.Conv1D(1, kernel, padding=padding, kernel_initializer="ones", use_bias=False)(y)
            y = layers.AveragePooling1D(pool, padding=padding)(y)
    seen = np.asarray(tape.jacobian(y, x))[0, :, 0, 0, :, 0] != 0
    centers = bin_centers(channels, 2 * [Window(kernel, same=same), Window(pool, stride=pool, same=same)])
    assert len(centers) == len(seen)
    inner = ~(seen[:, 0] | seen[:, -1])  # a field cut off by an edge has its middle elsewhere
    middle = np.array([np.flatnonzero(row)[[0, -1]].mean() for row in seen])
    np.testing.assert_allclose(centers[inner], middle[inner])
