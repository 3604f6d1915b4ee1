"""Maps at bins come to the channels as linear interpolation says, map by map."""

from __future__ import annotations

import numpy as np
import pytest

from raman_xp.maps.placement import ROWS, Placement

OFFSETS = {
    "none": [0.0, 0.0, 0.0],
    "within a bin": [0.25, -0.75, 1.5],
    "whole channels": [2.0, -1.0, 0.0],
    "beyond a bin": [-9.25, 0.5, 14.0],
    "all far left": [-9.0, -13.5, -11.0],
}


def interpolated(placement: Placement, at_bins: np.ndarray) -> np.ndarray:
    """(n, bins, maps) → (n, channels): each map by itself, constant outside its outermost places."""
    channels = np.arange(placement.channels)
    return np.array(
        [
            sum(
                np.interp(channels, placement.centers + offset, of_map)
                for of_map, offset in zip(spectrum.T, placement.offsets, strict=True)
            )
            for spectrum in at_bins
        ]
    )


def at_bins(n: int, bins: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, bins, 3))


@pytest.mark.parametrize("offsets", OFFSETS.values(), ids=OFFSETS)
@pytest.mark.parametrize(
    ("first", "spacing", "bins", "channels"),
    [(0, 1, 12, 12), (3, 4, 7, 30), (1, 2, 9, 17), (5, 3, 2, 11), (-2, 8, 4, 29)],
)
@pytest.mark.parametrize("n", [1, ROWS, ROWS + 1, 2 * ROWS + 3])
def test_each_map_is_interpolated_at_its_own_places(offsets, first, spacing, bins, channels, n):
    centers = first + spacing * np.arange(bins, dtype=float)
    placement = Placement(centers, np.array(offsets), channels)
    values = at_bins(n, bins)
    np.testing.assert_allclose(placement.of(values), interpolated(placement, values), atol=1e-12)


@pytest.mark.parametrize(
    "shape",
    [(1, 2, 1, 3), (1, 2, 7, 3), (40, 2, 1, 3), (40, 2, 7, 3), (1, 1, 1, 3)],
    ids=["same for all", "bin by bin", "of each spectrum", "of each bin of each spectrum", "a single one"],
)
def test_products_are_placed_like_maps(shape):
    placement = Placement(3 + 4 * np.arange(7.0), np.array(OFFSETS["within a bin"]), 30)
    activations, weights = at_bins(40, 7), np.random.default_rng(1).normal(size=shape)
    expected = [
        interpolated(placement, activations * np.broadcast_to(weights, (40, *shape[1:]))[:, each])
        for each in range(shape[1])
    ]
    placed = placement.of_products(activations, weights)
    assert placed.shape == (40, shape[1], 30)
    np.testing.assert_allclose(placed, np.stack(expected, axis=1), atol=1e-12)


def test_weights_of_two_spectra_are_not_taken_for_those_of_all():
    placement = Placement(3 + 4 * np.arange(7.0), np.zeros(3), 30)
    activations, weights = at_bins(2, 7), np.random.default_rng(1).normal(size=(2, 1, 1, 3))
    expected = interpolated(placement, activations * weights[:, 0])
    np.testing.assert_allclose(placement.of_products(activations, weights)[:, 0], expected, atol=1e-12)


def test_single_precision_stays_single():
    placement = Placement(3 + 4 * np.arange(7.0), np.zeros(3), 30)
    values = at_bins(2, 7).astype(np.float32)
    assert placement.of(values).dtype == np.float32
    assert placement.of_products(values, np.ones((1, 2, 1, 3), np.float32)).dtype == np.float32


def test_channels_between_bins_are_counted():
    assert Placement(np.array([3.0, 7.0, 11.0]), np.zeros(1), 16).spacing == 4
    assert Placement(np.array([5.0, 6.0]), np.zeros(1), 16).spacing == 1


@pytest.mark.parametrize(
    ("offsets", "channels", "extent"),
    [
        (np.zeros(3), 30, (3, 27)),
        (np.zeros(3), 26, (3, 25)),
        (np.full(3, -5.0), 30, (0, 22)),
        (np.full(3, 0.25), 30, (4, 27)),
        (np.full(3, -0.25), 30, (3, 26)),
        (
            np.arange(11.0),
            60,
            (12, 28),
        ),  # of eleven maps, one begins later than the tenth, and one ends earlier
    ],
)
def test_the_extent_is_what_nine_maps_of_ten_reach(offsets, channels, extent):
    assert Placement(3 + 4 * np.arange(7.0), offsets, channels).extent == extent
