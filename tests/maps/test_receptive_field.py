"""Receptive fields of the networks of the paper, and where their maps look."""

from __future__ import annotations

import numpy as np
import pytest

from raman_xp.maps.receptive_field import Step, Window, bin_centers, look_offsets


def test_the_papers_network_sees_channels_4i_minus_9_to_4i_plus_15():
    centers = bin_centers(1451, 2 * [Window(8), Window(2, stride=2)])
    assert len(centers) == 363
    np.testing.assert_array_equal(centers, 4 * np.arange(363) + 3)


def test_a_third_block_is_centred_on_8i_plus_7():
    centers = bin_centers(1451, 3 * [Window(8), Window(2, stride=2)])
    assert len(centers) == 182
    np.testing.assert_array_equal(centers, 8 * np.arange(182) + 7)


def _convolution(*kernels: list[float]) -> Step:
    """A convolution of one map to as many as there are kernels."""
    weights = np.array(kernels).T[:, None, :]
    return Step(Window(len(kernels[0]), 1), weights)


def test_a_map_looks_where_the_squares_of_its_positive_weights_are():
    """0 3 1 −1 on places −1.5 … 1.5: (−0.5 · 9 + 0.5 · 1) / 10."""
    (offset,) = look_offsets([_convolution([0, 3, 1, -1])], 1)
    assert offset == pytest.approx(-0.4)


def test_a_map_that_answers_negatively_looks_where_all_its_weights_are():
    """−3 0 0 1: positive is 1 of 10, under a fifth; (−1.5 · 9 + 1.5 · 1) / 10. At a fifth it counts alone."""
    negative, at_a_fifth = look_offsets([_convolution([-3, 0, 0, 1], [-2, 0, 0, 1])], 2)
    assert negative == pytest.approx(-1.2)
    assert at_a_fifth == pytest.approx(1.5)


def test_layers_compose_with_the_spacing_of_the_poolings_before_them():
    """A convolution 1 2, the mean of two with stride 2, then 1 0 3 on every second channel."""
    first, second = np.array([1.0, 2.0]), np.array([1.0, 0.0, 3.0])
    pooled = np.convolve(first, [0.5, 0.5])
    spread = np.zeros(5)
    spread[::2] = second
    kernel = np.convolve(pooled, spread)
    place = np.arange(len(kernel)) - (len(kernel) - 1) / 2
    expected = (place * kernel**2).sum() / (kernel**2).sum()
    steps = [_convolution([1, 2]), Step(Window(2, 2)), _convolution([1, 0, 3])]
    assert look_offsets(steps, 1) == pytest.approx([expected])
    assert abs(expected) > 0.5


def test_a_map_without_weights_looks_at_its_centre():
    assert look_offsets([_convolution([0, 0, 0])], 1).tolist() == [0.0]
