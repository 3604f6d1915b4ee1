"""Windows of convolutions and poolings, against the channels that are counted one by one."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from raman_xp.maps.receptive_field import Step, Window, bin_centers, look_offsets


def seen(channels: int, windows: list[Window]) -> list[tuple[int, int]]:
    """First and last channel that each bin sees, those beyond the spectrum included."""
    bins = [(channel, channel) for channel in range(channels)]
    for window in windows:
        n = len(bins)
        if window.same:  # as many bins as strides begun; what is missing is padded, an odd channel at the end
            count = sum(1 for _ in range(0, n, window.stride))
            padding = max((count - 1) * window.stride + window.width - n, 0)
            first = -(padding // 2)
        else:
            count = sum(1 for start in range(0, n, window.stride) if start + window.width <= n)
            first = 0
        step = bins[1][0] - bins[0][0] if n > 1 else 0

        def edges(place: int, bins=bins, step=step) -> tuple[int, int]:
            return bins[0][0] + place * step, bins[0][1] + place * step

        bins = [
            (
                edges(first + at * window.stride)[0],
                edges(first + at * window.stride + window.width - 1)[1],
            )
            for at in range(count)
        ]
    return bins


@pytest.mark.parametrize("same", [True, False])
@pytest.mark.parametrize("channels", [30, 31, 33])
def test_centres_are_the_middle_of_what_each_bin_sees(channels, same):
    for width, stride, pool in product((1, 4, 7), (1, 2), (1, 2, 3)):
        windows = [Window(width, stride, same), Window(pool, pool, same), Window(3, same=same)]
        expected = [(first + last) / 2 for first, last in seen(channels, windows)]
        np.testing.assert_array_equal(bin_centers(channels, windows), expected)


@pytest.mark.parametrize(
    ("window", "channels", "bins", "left"),
    [
        (Window(8), 20, 20, 3),
        (Window(7), 20, 20, 3),
        (Window(1), 20, 20, 0),
        (Window(2, stride=2), 20, 10, 0),
        (Window(2, stride=2), 21, 11, 0),
        (Window(4, stride=2), 21, 11, 1),
        (Window(1, stride=3), 21, 7, 0),
        (Window(8, same=False), 20, 13, 0),
        (Window(3, stride=2, same=False), 20, 9, 0),
        (Window(3, stride=2, same=False), 21, 10, 0),
    ],
)
def test_a_window_gives_so_many_bins_and_begins_so_far_left(window, channels, bins, left):
    assert (window.bins(channels), window.left(channels)) == (bins, left)


def test_without_layers_bins_are_channels():
    assert bin_centers(4, []).tolist() == [0, 1, 2, 3]
    assert bin_centers(4, []).dtype == np.float64


def test_of_one_offset_every_map_has_it():
    """A pooling alone tells nothing of maps."""
    assert look_offsets([Step(Window(3))], 4).tolist() == [0, 0, 0, 0]


def test_a_pooling_keeps_the_maps_apart():
    left, right = np.array([[2.0, 1], [0, 0], [0, 5]]).T
    weights = np.stack([left, right], axis=1)[:, None, :]
    offsets = look_offsets([Step(Window(3), weights), Step(Window(2, stride=2))], 2)
    of_left = np.convolve(left, [0.5, 0.5])
    of_right = np.convolve(right, [0.5, 0.5])
    places = np.arange(4) - 1.5
    expected = [places @ each**2 / (each**2).sum() for each in (of_left, of_right)]
    np.testing.assert_allclose(offsets, expected)
