"""Maps on the input axis."""

from __future__ import annotations

import numpy as np
import pytest

from raman_xp.maps import Maps
from raman_xp.maps.placement import Placement


def test_interpolation_is_linear_between_the_centres_and_constant_outside():
    rng = np.random.default_rng(0)
    at_bins, centers, offsets = rng.normal(size=(3, 9, 2)), 3 + 4.0 * np.arange(9), np.array([-2.3, 5.0])
    placement = Placement(centers, offsets, 40)
    values = placement.of(at_bins)
    for row in range(3):
        expected = sum(np.interp(np.arange(40), centers + offsets[k], at_bins[row, :, k]) for k in range(2))
        np.testing.assert_allclose(values[row], expected)
    assert placement.extent == (8, 33)  # 3 + 4.27 to 35 − 1.57, inwards


def test_a_bin_lands_on_its_centre():
    at_bins = np.eye(9)[:, :, None]
    placement = Placement(3 + 4.0 * np.arange(9), np.zeros(1), 40)
    assert placement.extent == (3, 35)
    assert placement.of(at_bins).argmax(axis=1).tolist() == [*range(0, 1), *range(7, 36, 4)]


@pytest.mark.parametrize("bins", [9, 1])
@pytest.mark.parametrize("same_for", [1, 5])
def test_a_product_is_placed_without_being_made(same_for, bins):
    rng = np.random.default_rng(0)
    activations, weights = rng.normal(size=(5, 9, 2)), rng.normal(size=(same_for, 3, bins, 2))
    placement = Placement(3 + 4.0 * np.arange(9), np.array([-2.3, 5.0]), 40)
    expected = np.stack([placement.of(activations * weights[:, each]) for each in range(3)], axis=1)
    assert expected.shape == (5, 3, 40)
    np.testing.assert_allclose(placement.of_products(activations, weights), expected)


def test_of_several_maps_of_a_spectrum_one_is_about_a_class():
    maps = Maps(np.arange(6)[:, None] * np.ones(4), np.tile([0, 1, 2], 2))
    about = maps.about(np.array([2, 0]))
    assert about.values[:, 0].tolist() == [2, 3]
    assert about.targets.tolist() == [2, 0]
    single = Maps(np.ones((2, 4)), np.array([1, 1]))
    assert single.about(np.array([0, 0])) is single


def test_normalised_maps_keep_their_sign_and_a_map_of_zeros():
    maps = Maps(np.array([[1.0, -4.0], [0.0, 0.0]]), np.array([0, 0]))
    assert maps.normalized().tolist() == [[0.25, -1.0], [0.0, 0.0]]


def test_concatenation_adds_up_warnings():
    part = Maps(np.ones((2, 3)), np.array([0, 1]), warnings={"S < 0": 2})
    whole = Maps.concatenated([part, part])
    assert whole.values.shape == (4, 3)
    assert whole.warnings == {"S < 0": 4}


def test_the_tolerance_is_half_a_bin_and_from_two_to_four_channels():
    values, targets = np.ones((1, 3)), np.array([0])
    assert Maps(values, targets).tolerance == 2
    assert Maps(values, targets, resolution=6).tolerance == 3
    assert Maps(values, targets, resolution=64).tolerance == 4
