"""Rows of spectra in one pair of axes, and the keys to their lines."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from raman_xp.figures.choice import MOST_IN_LEGEND
from raman_xp.figures.maps import _strongest
from raman_xp.figures.rows import key_below, rows_in, width_of
from raman_xp.figures.style import figure


def test_each_row_has_a_scale_of_its_own(tmp_path: Path):
    with figure(tmp_path / "x.png", 4, 3) as drawn:
        upper, lower = rows_in(drawn, [2, 1], (0, 10), "shift")
        upper.scale(np.array([0.0, 2.0]), margin=0)
        lower.scale(np.array([-1.0, 100.0]), margin=0)
        assert (upper.top, lower.bottom) == (1.0, 0.0)
        assert upper.top - upper.bottom == pytest.approx(2 * (lower.top - lower.bottom))
        assert upper.bottom > lower.top
        np.testing.assert_allclose(upper.at([0, 1, 2]), [upper.bottom, (upper.bottom + 1) / 2, 1])
        np.testing.assert_allclose(lower.at([-1, 100]), [0, lower.top])


def test_a_row_of_equal_values_can_be_drawn(tmp_path: Path):
    with figure(tmp_path / "x.png", 4, 3) as drawn:
        (row,) = rows_in(drawn, [1], (0, 10), "shift")
        row.scale(np.full(3, 5.0))
        row.plot(np.arange(3.0), np.full(3, 5.0))
        assert np.isfinite(row.at(5.0))


@pytest.mark.parametrize(("number", "told"), [(3, ""), (40, "and ")])
def test_a_key_of_many_lines_says_how_many_it_leaves_out(tmp_path: Path, number: int, told: str):
    with figure(tmp_path / "x.png", 6, 3, vector=True) as drawn:
        (row,) = rows_in(drawn, [1], (0, 10), "shift")
        for line in range(number):
            row.plot(np.arange(3.0), np.ones(3), label=f"explainer {line}")
        key_below(drawn, [row.axes])
    text = (tmp_path / "x.svg").read_text()
    shown = text.count(">explainer ")
    assert shown == number if not told else f"and {number - shown} more" in text
    assert 0 < shown <= number


def test_of_many_components_the_strongest_are_drawn_in_their_order():
    parts = {f"part {number}": np.full(8, float(number % 7)) for number in range(30)}
    shown = _strongest(parts)
    assert len(shown) == MOST_IN_LEGEND
    assert list(shown) == [name for name in parts if name in shown]
    assert min(part.max() for part in shown.values()) == 4


def test_the_width_of_a_text_grows_with_its_length():
    assert width_of("lactose monohydrate", 9.0) > 2 * width_of("lactose", 9.0) > 0
