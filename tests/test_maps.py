"""Maps on the input axis."""

from __future__ import annotations

import numpy as np

from raman_xp.maps import Maps, on_channels


def test_interpolation_is_linear_between_the_centres_and_constant_outside():
    rng = np.random.default_rng(0)
    at_bins, centers, offsets = rng.normal(size=(3, 9, 2)), 3 + 4.0 * np.arange(9), np.array([-2.3, 5.0])
    values, extent = on_channels(at_bins, centers, 40, offsets)
    for row in range(3):
        expected = sum(np.interp(np.arange(40), centers + offsets[k], at_bins[row, :, k]) for k in range(2))
        np.testing.assert_allclose(values[row], expected)
    assert extent == (8, 33)  # 3 + 4.27 to 35 − 1.57, inwards


def test_a_bin_lands_on_its_centre():
    at_bins = np.eye(9)[:, :, None]
    values, extent = on_channels(at_bins, 3 + 4.0 * np.arange(9), 40)
    assert extent == (3, 35)
    assert values.argmax(axis=1).tolist() == [*range(0, 1), *range(7, 36, 4)]


def test_normalised_maps_keep_their_sign_and_a_map_of_zeros():
    maps = Maps(np.array([[1.0, -4.0], [0.0, 0.0]]), np.array([0, 0]))
    assert maps.normalized().tolist() == [[0.25, -1.0], [0.0, 0.0]]


def test_concatenation_adds_up_warnings():
    part = Maps(np.ones((2, 3)), np.array([0, 1]), warnings={"S < 0": 2})
    whole = Maps.concatenated([part, part])
    assert whole.values.shape == (4, 3)
    assert whole.warnings == {"S < 0": 4}


def test_the_tolerance_is_half_a_bin_and_at_least_two_channels():
    values, targets = np.ones((1, 3)), np.array([0])
    assert Maps(values, targets).tolerance == 2
    assert Maps(values, targets, resolution=8).tolerance == 4
