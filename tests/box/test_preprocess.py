"""Preprocessing steps, each on spectra whose answer is known."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from scipy.signal import savgol_filter

from raman_xp.errors import DataError, RowErrors
from raman_xp.spectra import About, Block, RawSpectra, Samples
from raman_xp.trial.preprocessing import preprocessed, signal
from raman_xp_plugins.preprocess.linear_baseline import LinearBaseline
from raman_xp_plugins.preprocess.normalize import Normalize
from raman_xp_plugins.preprocess.resample import Resample

AXIS = np.linspace(300, 1900, 801)


def bands(*heights: float) -> np.ndarray:
    return np.array(heights)[:, None] / (1 + ((AXIS - 1000) / 5) ** 2)


def raw(*blocks: tuple[np.ndarray, np.ndarray]) -> RawSpectra:
    first, parts = 0, []
    for axis, intensity in blocks:
        parts.append(Block(axis, intensity, np.arange(first, first + len(intensity))))
        first += len(intensity)
    samples = Samples(("a", "b"), np.arange(first) % 2, tuple(f"line {row + 2}" for row in range(first)))
    return RawSpectra(tuple(parts), samples, About("made", source="made.csv"))


class TestLinearBaseline:
    def test_a_sloping_line_is_taken_off_exactly(self):
        line = 200 + 0.3 * AXIS
        _, flat = LinearBaseline().transform(AXIS, bands(0, 50) + line)
        np.testing.assert_allclose(flat[0], 0, atol=1e-9)
        assert flat[1].max() == pytest.approx(50, rel=0.01)

    def test_the_ends_are_averaged_over_the_anchor(self):
        spectrum = np.zeros((1, 801))
        spectrum[0, :4] = [4, -4, 4, -4]
        _, flat = LinearBaseline(anchor=4).transform(AXIS, spectrum)
        np.testing.assert_allclose(flat, spectrum)

    def test_the_line_can_be_anchored_inside(self):
        intensity = np.full((1, 801), 7.0)
        intensity[0, AXIS < 350] = 1000  # a laser line at the edge
        _, flat = LinearBaseline(start=350, stop=1800).transform(AXIS, intensity)
        np.testing.assert_allclose(flat[0, AXIS >= 350], 0, atol=1e-12)

    def test_its_argument_stays(self):
        intensity = bands(1.0)
        kept = intensity.copy()
        LinearBaseline().transform(AXIS, intensity)
        np.testing.assert_array_equal(intensity, kept)


class TestResample:
    def test_the_papers_axis_has_1451_channels(self):
        axis = Resample(start=350, stop=1800).axis
        assert (len(axis), axis[0], axis[-1]) == (1451, 350, 1800)

    def test_a_spline_of_second_order_follows_a_parabola_exactly(self):
        parabola = (AXIS[None] - 900) ** 2
        axis, values = Resample(start=350, stop=1800, spline_order=2).transform(AXIS, parabola)
        np.testing.assert_allclose(values[0], (axis - 900) ** 2, rtol=1e-9, atol=1e-6)

    def test_a_fractional_step_ends_on_the_stop(self):
        assert Resample(start=0, stop=1, step=0.1).axis[-1] == pytest.approx(1)

    def test_an_uneven_axis_gives_the_same_bands(self):
        uneven = np.sort(np.random.default_rng(0).uniform(340, 1810, 900))
        uneven[[0, -1]] = 340, 1810
        _, values = Resample(start=350, stop=1800).transform(
            uneven, 1 / (1 + ((uneven[None] - 1000) / 8) ** 2)
        )
        assert values[0].argmax() == pytest.approx(650, abs=1)

    def test_nothing_is_extrapolated(self):
        with pytest.raises(DataError, match="the spectra span only 300 to 1900, and nothing is extrapolated"):
            Resample(start=250, stop=1800).transform(AXIS, bands(1))


class TestNormalize:
    @pytest.mark.parametrize(
        ("by", "size"),
        [
            ("max", lambda x: x.max(axis=1)),
            ("area", lambda x: np.abs(x).sum(axis=1)),
            ("norm", lambda x: np.linalg.norm(x, axis=1)),
            ("snv", lambda x: x.std(axis=1)),
        ],
    )
    def test_the_size_becomes_one(self, by, size):
        _, values = Normalize(by=by).transform(AXIS, bands(3, 500) + 1)
        np.testing.assert_allclose(size(values), 1)

    def test_rows_with_nothing_to_divide_by_are_named(self):
        with pytest.raises(RowErrors) as caught:
            Normalize().transform(AXIS, np.vstack([bands(3), -bands(3), bands(0)]))
        assert set(caught.value.rows) == {1, 2}


class TestAll:
    STEPS = (LinearBaseline(), Resample(start=350, stop=1800), Normalize())

    def test_spectra_on_different_axes_come_to_one(self):
        other = np.linspace(320, 1850, 640)
        spectra = preprocessed(
            raw((AXIS, bands(10, 20)), (other, 5 / (1 + ((other[None] - 700) / 5) ** 2))), self.STEPS
        )
        assert spectra.intensity.shape == (3, 1451)
        assert spectra.intensity.dtype == np.float32
        assert spectra.intensity.argmax(axis=1).tolist() == [650, 650, pytest.approx(350, abs=1)]

    def test_the_signal_is_the_height_before_rescaling(self):
        spectra = preprocessed(raw((AXIS, bands(10, 20, 40) + 100)), self.STEPS)
        np.testing.assert_allclose(spectra.signal / spectra.signal.max(), [0.25, 0.5, 1], rtol=1e-6)
        assert spectra.signal[2] == pytest.approx(40, rel=0.1)

    def test_spectra_of_several_axes_keep_their_order_with_their_signals(self):
        other = np.linspace(320, 1850, 801)
        peak = 1 / (1 + ((other - 1000) / 5) ** 2)
        measured = raw((AXIS, bands(10, 40)), (other, 160 * peak[None]))
        first, second = measured.blocks
        blocks = (replace(first, rows=np.array([2, 0])), replace(second, rows=np.array([1])))
        spectra = preprocessed(replace(measured, blocks=blocks), self.STEPS[:2])
        assert spectra.intensity.max(axis=1) == pytest.approx([40, 160, 10], rel=0.05)
        assert spectra.signal == pytest.approx([40, 160, 10], rel=0.1)

    def test_the_signal_is_smoothed(self):
        spike = np.zeros((1, 801))
        spike[0, 300] = 100
        assert signal(spike)[0] < 50

    def test_the_signal_of_finer_channels_is_smoothed_over_five_measured_ones(self):
        coarse = np.arange(300.0, 1901, 4)
        jagged = np.random.default_rng(0).uniform(1, 2, (2, coarse.size))
        spectra = preprocessed(raw((coarse, jagged)), (Resample(start=300, stop=1900, step=1), Normalize()))
        _, fine = Resample(start=300, stop=1900, step=1).transform(coarse, jagged)
        expected = savgol_filter(fine, 21, 2, axis=1).max(axis=1)
        np.testing.assert_allclose(spectra.signal, expected, rtol=1e-6)

    def test_the_first_step_that_refuses_spectra_is_told_and_no_later_one(self):
        short = np.arange(600.0, 1000, 2)
        spectra = raw((AXIS, np.vstack([bands(1), bands(0)])), (short, np.ones((1, short.size))))
        with pytest.raises(DataError) as caught:
            preprocessed(spectra, (Resample(start=350, stop=1800), Normalize()))
        assert str(caught.value).startswith("made.csv: resample: 350 to 1800 is asked for")
        assert "normalize" not in str(caught.value)

    def test_bad_rows_are_named_as_the_user_knows_them(self):
        with pytest.raises(DataError, match=r"made\.csv: line 3: normalize: nothing to divide by"):
            preprocessed(raw((AXIS, np.vstack([bands(1), bands(0)]))), (Normalize(),))


class TestGap:
    AXIS = np.concatenate([np.arange(400.0, 1801, 10), np.arange(2800.0, 3101, 10)])

    def resampled(self, **fields):
        bell = 1000 * np.exp(-(((self.AXIS - 1790) / 30) ** 2)) + 50
        axis, values = Resample(step=5, **fields).transform(self.AXIS, np.stack([bell, 2 * bell]))
        return axis, values

    def test_a_range_with_a_gap_is_refused_and_the_keys_are_named(self):
        with pytest.raises(DataError) as caught:
            self.resampled(start=400, stop=3100)
        assert str(caught.value) == (
            "resample: nothing was measured between 1800 and 2800 (elsewhere points are 10 apart). Set stop: "
            "1800 or start: 2800 to stay on one side of it, or max_gap: 1000 to allow it"
        )

    @pytest.mark.parametrize("within", [(400, 1800), (2800, 3100)])
    def test_a_range_on_one_side_is_not(self, within):
        axis, _ = self.resampled(start=within[0], stop=within[1])
        assert (axis[0], axis[-1]) == within

    @pytest.mark.parametrize("within", [(400, 1805), (2795, 3100), (2000, 2500)])
    def test_a_range_that_enters_the_gap_is_refused(self, within):
        with pytest.raises(DataError, match="nothing was measured between 1800 and 2800"):
            self.resampled(start=within[0], stop=within[1])

    def test_an_allowed_gap_is_bridged_by_a_straight_line(self):
        axis, values = self.resampled(start=400, stop=3100, max_gap=1000)
        inside = (axis > 1800) & (axis < 2800)
        left, right = (values[:, axis == place][:, 0] for place in (1800, 2800))
        for spectrum, before, after in zip(values, left, right, strict=True):
            line = before + (after - before) * (axis[inside] - 1800) / 1000
            np.testing.assert_allclose(spectrum[inside], line, rtol=1e-9)
        assert values.min() > 0

    def test_a_narrower_max_gap_refuses_what_the_default_allows(self):
        axis = np.array([0.0, 1, 2, 3, 8, 9, 10, 11])
        values = np.ones((1, 8))
        assert Resample(start=0, stop=11).transform(axis, values)[1].shape == (1, 12)
        with pytest.raises(DataError, match="nothing was measured between 3 and 8"):
            Resample(start=0, stop=11, max_gap=4).transform(axis, values)


class TestLinearBaselineByHand:
    @pytest.mark.parametrize(
        ("fields", "first", "last"),
        [
            ({}, 0, 801),
            ({"start": 350}, 25, 801),
            ({"start": 349.5}, 25, 801),
            ({"stop": 1800}, 0, 751),
            ({"stop": 1801.5}, 0, 751),
            ({"start": 500, "stop": 900}, 100, 301),
            ({"start": 100, "stop": 2000}, 0, 801),
        ],
    )
    @pytest.mark.parametrize("anchor", [1, 4])
    def test_the_line_goes_through_the_means_of_both_ends(self, fields, first, last, anchor):
        intensity = np.random.default_rng(0).uniform(0, 9, (3, 801))
        axis, values = LinearBaseline(anchor=anchor, **fields).transform(AXIS, intensity)
        np.testing.assert_array_equal(axis, AXIS)
        for row, spectrum in enumerate(intensity):
            ends = slice(first, first + anchor), slice(last - anchor, last)
            x, y = ([part[end].mean() for end in ends] for part in (AXIS, spectrum))
            slope = (y[1] - y[0]) / (x[1] - x[0])
            np.testing.assert_allclose(values[row], spectrum - y[0] - slope * (AXIS - x[0]), atol=1e-10)

    def test_each_end_needs_channels_of_its_own(self):
        step = LinearBaseline(anchor=4, start=500, stop=514)  # eight channels, two apart
        step.transform(AXIS, bands(1))
        with pytest.raises(DataError) as caught:
            LinearBaseline(anchor=4, start=500, stop=513).transform(AXIS, bands(1))
        assert str(caught.value) == (
            "linear_baseline: 7 channels between its ends are too few for two anchors of 4; a smaller anchor "
            "or a wider range would do"
        )

    @pytest.mark.parametrize("stop", [500, 400])
    def test_the_ends_are_in_order(self, stop):
        with pytest.raises(ValueError, match=rf"stop \({stop}\) must lie beyond start \(500\)"):
            LinearBaseline(start=500, stop=stop)
        LinearBaseline(start=500)
        LinearBaseline(stop=500)
        LinearBaseline(start=500, stop=501)


class TestResampleByHand:
    @pytest.mark.parametrize("order", [1, 2, 3])
    def test_a_spline_goes_through_polynomials_of_its_order_and_no_higher_ones(self, order):
        x = (AXIS - 1100) / 800
        axis, values = Resample(start=300.5, stop=1899.5, step=0.25, spline_order=order).transform(
            AXIS, np.stack([x**order, x ** (order + 1)]) * 1e6
        )
        new = (axis - 1100) / 800
        np.testing.assert_allclose(values[0], new**order * 1e6, atol=1e-5)
        assert np.abs(values[1] - new ** (order + 1) * 1e6).max() > 1e-5
        assert values.flags.c_contiguous

    def test_of_few_points_the_order_is_lower(self):
        axis, values = Resample(start=0, stop=4, spline_order=5).transform(
            np.array([0.0, 2, 4]), np.array([[0.0, 4, 16]])
        )
        np.testing.assert_allclose(values[0], axis**2, atol=1e-9)

    @pytest.mark.parametrize(
        ("start", "stop", "step", "channels"),
        [(0, 2, 1, 3), (0, 2.9, 1, 3), (0.5, 3, 0.5, 6), (0, 0.3, 0.1, 4), (-1, 1_000_000 - 1, 1, 1_000_001)],
    )
    def test_the_axis_has_all_steps_up_to_the_stop(self, start, stop, step, channels):
        axis = Resample(start=start, stop=stop, step=step).axis
        assert len(axis) == channels
        np.testing.assert_allclose(axis, [start + step * n for n in range(channels)], atol=1e-9)

    def test_an_axis_has_three_channels_at_least_and_a_million_steps_at_most(self):
        with pytest.raises(ValueError, match=r"stop \(1.9\) must lie at least two steps beyond start \(0\)"):
            Resample(start=0, stop=1.9)
        with pytest.raises(ValueError, match="more than 1,000,000 channels; a wider step would do"):
            Resample(start=10, stop=1_000_010.5)
        with pytest.raises(ValueError, match="more than 1,000,000 channels; a wider step would do"):
            Resample(start=0, stop=10_001, step=0.01)
        Resample(start=2_000_000, stop=2_000_100)

    @pytest.mark.parametrize(("start", "stop"), [(299, 1800), (350, 1902), (200, 2000)])
    def test_a_range_beyond_the_spectra_is_refused_with_the_range_that_would_do(self, start, stop):
        with pytest.raises(DataError) as caught:
            Resample(start=start, stop=stop).transform(AXIS + 0.25, bands(1))
        assert str(caught.value) == (
            f"resample: {start} to {stop} is asked for, but the spectra span only 300.25 to 1900.25, and "
            "nothing is extrapolated; start: 301 and stop: 1900 would do"
        )

    def test_a_step_is_at_most_a_hundred_times_finer_than_the_measured_points(self):
        measured, intensity = np.arange(0, 20.0, 2), np.ones((1, 10))
        assert len(Resample(start=0, stop=1, step=0.02).transform(measured, intensity)[0]) == 51
        with pytest.raises(DataError) as caught:
            Resample(start=0, stop=1, step=0.01).transform(measured, intensity)
        assert str(caught.value) == (
            "resample: step: 0.01 is 200 times finer than the measured points, which are 2 apart. At most "
            "100 times is allowed: use a step of at least 0.02"
        )

    @pytest.mark.parametrize("step", [1.0, 0.01])
    def test_rounding_of_a_millionth_of_a_step_is_no_extrapolation(self, step):
        measured = np.arange(0, 10.5, 0.5)
        inside = Resample(start=-0.9e-6 * step, stop=10 + 0.9e-6 * step, step=step)
        assert len(inside.transform(measured, np.ones((1, 21)))[0]) == 10 / step + 1
        for start, stop in ((-1.5e-6 * step, 9), (1, 10 + 1.5e-6 * step)):
            beyond = Resample(start=start, stop=stop, step=(stop - start) / round((stop - start) / step))
            with pytest.raises(DataError, match="nothing is extrapolated"):
                beyond.transform(measured, np.ones((1, 21)))

    def test_spectra_on_that_axis_pass_as_they_are(self):
        measured = np.arange(0, 11.0)
        intensity = np.ones((2, 11), np.float32)
        axis, values = Resample(start=0, stop=10).transform(measured, intensity)
        assert axis is measured
        assert values is intensity


class TestGapByHand:
    """Points one apart, then a gap of ``width``."""

    def measured(self, width: float) -> tuple[np.ndarray, np.ndarray]:
        axis = np.concatenate([np.arange(20.0), 19 + width + np.arange(20.0)])
        return axis, np.stack([axis**2, -(axis**2)])

    @pytest.mark.parametrize(("width", "max_gap"), [(10, None), (12, 12), (4, 4)])
    def test_a_gap_as_wide_as_allowed_passes(self, width, max_gap):
        axis, values = self.measured(width)
        Resample(start=0, stop=axis[-1], max_gap=max_gap).transform(axis, values)

    @pytest.mark.parametrize(("width", "max_gap"), [(10.5, None), (12, 11.9), (4, 3.9)])
    def test_a_wider_one_does_not(self, width, max_gap):
        axis, values = self.measured(width)
        message = f"nothing was measured between 19 and {19 + width:g} (elsewhere points are 1 apart)"
        with pytest.raises(DataError, match=re.escape(message)):
            Resample(start=0, stop=axis[-1], max_gap=max_gap).transform(axis, values)

    @pytest.mark.parametrize(("width", "straight"), [(10, False), (11, True)])
    def test_only_a_gap_is_bridged_by_a_line(self, width, straight):
        axis, values = self.measured(width)
        new, resampled = Resample(start=0, stop=axis[-1], max_gap=50).transform(axis, values)
        inside = (new > 19) & (new < 19 + width)
        line = np.interp(new[inside], [19, 19 + width], [19**2, (19 + width) ** 2])
        expected = line if straight else new[inside] ** 2
        np.testing.assert_allclose(resampled[0, inside], expected, rtol=1e-9)
        np.testing.assert_allclose(resampled[1, inside], -expected, rtol=1e-9)
        np.testing.assert_allclose(resampled[0, ~inside], new[~inside] ** 2, rtol=1e-9, atol=1e-9)

    def test_what_a_gap_is_depends_on_the_usual_distance(self):
        axis, values = self.measured(6)
        new, resampled = Resample(start=0, stop=2 * axis[-1]).transform(2 * axis, values)
        np.testing.assert_allclose(resampled[0], (new / 2) ** 2, rtol=1e-9, atol=1e-9)

    @pytest.mark.parametrize(("start", "stop"), [(0, 19), (39, 58)])
    def test_a_gap_that_only_touches_the_range_does_not_matter(self, start, stop):
        axis, values = self.measured(20)
        Resample(start=start, stop=stop).transform(axis, values)


class TestNormalizeByHand:
    @pytest.mark.parametrize("by", ["max", "area", "norm", "snv"])
    def test_each_spectrum_is_divided_by_its_own_size(self, by):
        spectra = np.array([[1.0, -2, 4, 5], [0.5, 0, 0, 0.25]])
        axis, values = Normalize(by=by).transform(np.arange(4.0), spectra)
        sizes = {"max": [5, 0.5], "area": [12, 0.75], "norm": np.sqrt([46, 0.3125])}
        if by == "snv":
            expected = [(row - row.mean()) / np.sqrt(((row - row.mean()) ** 2).mean()) for row in spectra]
        else:
            expected = spectra / np.array(sizes[by])[:, None]
        np.testing.assert_allclose(values, expected)
        assert axis.tolist() == [0, 1, 2, 3]

    @pytest.mark.parametrize(
        ("by", "flat"), [("max", [-1.0, -2, -3]), ("area", [0.0] * 3), ("snv", [7.0] * 3)]
    )
    def test_what_cannot_be_divided_says_by_what(self, by, flat):
        with pytest.raises(RowErrors) as caught:
            Normalize(by=by).transform(np.arange(3.0), np.array([[1.0, 2, 4], flat]))
        assert caught.value.rows == {
            1: f"normalize: nothing to divide by ({by} is 0 or below); is the spectrum constant, or was too "
            "much subtracted before?"
        }

    @pytest.mark.parametrize(("size", "refused"), [(0.9e-6, True), (1.1e-6, False), (0.0, True)])
    def test_rounding_is_not_blown_up(self, size, refused):
        """A maximum is rounding below a billionth of the largest magnitude of all spectra."""
        spectra = np.array([[size, -1.0, -2.0], [1000.0, 0, 0]])
        if refused:
            with pytest.raises(RowErrors):
                Normalize().transform(np.arange(3.0), spectra)
        else:
            np.testing.assert_allclose(Normalize().transform(np.arange(3.0), spectra)[1].max(axis=1), 1)

    def test_no_spectra_stay_none(self):
        assert Normalize().transform(np.arange(3.0), np.zeros((0, 3)))[1].shape == (0, 3)

    def test_a_weak_spectrum_by_itself_is_no_rounding(self):
        np.testing.assert_allclose(
            Normalize().transform(np.arange(3.0), np.array([[1e-25, 0, 0]]))[1], [[1, 0, 0]]
        )
        with pytest.raises(RowErrors):
            Normalize().transform(np.arange(3.0), np.zeros((1, 3)))
