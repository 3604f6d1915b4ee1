"""Where each feature map looks, against what impulses do to layers that are written out."""

from __future__ import annotations

import numpy as np
import pytest

from raman_xp.maps.receptive_field import Step, Window, look_offsets

FIRST = np.random.default_rng(0).normal(0, 1, (4, 1, 3))
SECOND = np.random.default_rng(1).normal(0, 1, (3, 3, 8))
FIRST[:, 0, 0] = np.abs(FIRST[:, 0, 0])
SECOND[:, :, 6] = [[-0.5, 0, 0], [-1, 0, 0], [-2, 0, 0]]  # a map that answers negatively only
STEPS = [
    Step(Window(4, same=False), FIRST),
    Step(Window(3, stride=2, same=False)),
    Step(Window(3, same=False), SECOND),
]
WIDTH = 4 + 2 + 2 * 2
"""Channels that one bin sees."""


def convolved(x: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(n, maps in) → (n − width + 1, maps out), value by value."""
    width, _, out = weights.shape
    return np.array(
        [
            [sum(x[at + tap] @ weights[tap, :, each] for tap in range(width)) for each in range(out)]
            for at in range(len(x) - width + 1)
        ]
    )


def answers() -> np.ndarray:
    """(channels, maps) what the only bin of each map gives for an impulse on each channel."""
    rows = []
    for channel in range(WIDTH):
        x = convolved(np.eye(WIDTH)[:, channel : channel + 1], FIRST)
        pooled = np.array([x[at : at + 3].mean(axis=0) for at in range(0, len(x) - 2, 2)])
        (bin_,) = convolved(pooled, SECOND)
        rows.append(bin_)
    return np.array(rows)


def test_a_map_looks_at_the_mean_place_of_what_it_answers_positively_weighted_by_squares():
    expected, as_a_whole = [], 0
    for answer in answers().T:
        counted = [value if value > 0 else 0.0 for value in answer]
        if sum(value**2 for value in counted) < 0.2 * sum(value**2 for value in answer):
            counted, as_a_whole = list(answer), as_a_whole + 1
        power = [value**2 for value in counted]
        places = [channel - (WIDTH - 1) / 2 for channel in range(WIDTH)]
        expected.append(sum(p * w for p, w in zip(places, power, strict=True)) / sum(power))
    assert 0 < as_a_whole < len(expected)
    np.testing.assert_allclose(look_offsets(STEPS, len(expected)), expected)


@pytest.mark.parametrize(
    ("weights", "offset"),
    [
        ([1.0, 0.0, 3.0], (-1 * 1 + 1 * 9) / 10),  # by squares, not by sizes
        ([2.0, 0.0, -3.0], -1.0),  # the negative lobe is larger, and does not count
        ([1.0, 0.0, -3.0], (-1 * 1 + 1 * 9) / 10),  # hardly anything positive: the whole counts
        ([-1.0, -2.0, 0.0], (-1 * 1 + 0 * 4) / 5),
        ([0.0, 0.0, 0.0], 0.0),
    ],
)
def test_a_single_convolution(weights: list[float], offset: float):
    kernel = np.array(weights)[:, None, None]
    np.testing.assert_allclose(look_offsets([Step(Window(3), kernel)], 1), [offset])
