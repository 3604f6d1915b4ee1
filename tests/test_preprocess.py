"""Preprocessing steps, each on spectra whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from raman_xp.errors import DataError, RowErrors
from raman_xp.preparation import preprocessed, signal
from raman_xp.spectra import About, Block, RawSpectra, Samples
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

    def test_the_signal_is_smoothed(self):
        spike = np.zeros((1, 801))
        spike[0, 300] = 100
        assert signal(spike)[0] < 50

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
