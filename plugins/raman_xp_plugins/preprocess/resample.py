"""Spectra brought to one evenly spaced axis."""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np
from pydantic import Field, PositiveFloat, model_validator
from scipy.interpolate import make_interp_spline

from raman_xp import hookimpl
from raman_xp.components import Preprocessor
from raman_xp.errors import DataError
from raman_xp.spectra import Floats

MOST_CHANNELS = 1_000_000
FINEST = 100
"""Channels that may be made of each measured one: a spline adds nothing between them."""
GAP = 10
"""A distance of two points is a gap from so many times the distance that nine tenths of them keep."""


class Resample(Preprocessor):
    """Interpolate each spectrum with a spline to start, start + step, … stop. Never extrapolates.

    A range with a gap, in which nothing was measured, is refused unless `max_gap` allows it.
    """

    name: ClassVar = "resample"
    frameworks: ClassVar = ("scipy",)

    start: float
    """First place of the new axis, in the axis unit."""
    stop: float
    """Last place of the new axis, included."""
    step: PositiveFloat = 1.0
    """Distance of two places."""
    spline_order: int = Field(2, ge=1, le=5)
    """Order of the spline: 1 is linear, 3 cubic."""

    max_gap: PositiveFloat | None = None
    """Widest distance of two measured points to interpolate between, in the axis unit; default: ten times the
    distance that nine tenths of them keep. A gap that is allowed is bridged by a straight line."""

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        if self.stop < self.start + 2 * self.step:
            raise ValueError(
                f"stop ({self.stop:g}) must lie at least two steps beyond start ({self.start:g})"
            )
        if (self.stop - self.start) / self.step > MOST_CHANNELS:
            raise ValueError(f"more than {MOST_CHANNELS:,} channels; a wider step would do")
        return self

    @property
    def axis(self) -> Floats:
        """The new axis, (channels,)."""
        steps = int(np.floor((self.stop - self.start) / self.step + 1e-9))
        return self.start + self.step * np.arange(steps + 1)

    def transform(self, wavenumber: Floats, intensity: Floats) -> tuple[Floats, Floats]:
        axis = self.axis
        slack = 1e-6 * self.step  # start + n·step is rounded
        if axis[0] < wavenumber[0] - slack or axis[-1] > wavenumber[-1] + slack:
            raise DataError(
                f"resample: {axis[0]:g} to {axis[-1]:g} is asked for, but the spectra span only "
                f"{wavenumber[0]:g} to {wavenumber[-1]:g}, and nothing is extrapolated; "
                f"start: {np.ceil(wavenumber[0]):g} and stop: {np.floor(wavenumber[-1]):g} would do"
            )
        if np.array_equal(axis, wavenumber):
            return wavenumber, intensity
        apart = float(np.median(np.diff(wavenumber)))
        if self.step < apart / FINEST:
            raise DataError(
                f"resample: step: {self.step:g} is {apart / self.step:,.0f} times finer than the measured "
                f"points, which are {apart:.3g} apart. At most {FINEST} times is allowed: use a step of at "
                f"least {apart / FINEST:.2g}"
            )
        gaps = self._gaps(wavenumber, axis)
        spline = make_interp_spline(wavenumber, intensity.T, k=min(self.spline_order, len(wavenumber) - 1))
        values = np.ascontiguousarray(spline(axis).T)
        for before, after in gaps:  # in which a spline overshoots
            inside = (axis > wavenumber[before]) & (axis < wavenumber[after])
            share = (axis[inside] - wavenumber[before]) / (wavenumber[after] - wavenumber[before])
            ends = intensity[:, [before]], intensity[:, [after]]
            values[:, inside] = ends[0] + share * (ends[1] - ends[0])
        return axis, values

    def _gaps(self, wavenumber: Floats, axis: Floats) -> list[tuple[int, int]]:
        """Channels before and after each gap in the measured axis that the new axis enters.

        Raises:
            DataError: a gap is wider than allowed.
        """
        steps = np.diff(wavenumber)
        usual = float(np.quantile(steps, 0.9))
        entered = (wavenumber[:-1] < axis[-1]) & (wavenumber[1:] > axis[0])
        refused = np.flatnonzero(entered & (steps > (self.max_gap or GAP * usual)))
        if refused.size:
            low, high = wavenumber[refused[0]], wavenumber[refused[0] + 1]
            raise DataError(
                f"resample: nothing was measured between {low:g} and {high:g} (elsewhere points are "
                f"{usual:.3g} apart). Set stop: {low:g} or start: {high:g} to stay on one side of it, or "
                f"max_gap: {np.ceil(high - low):g} to allow it"
            )
        bridged = np.flatnonzero(entered & (steps > GAP * usual))
        return [(int(before), int(before) + 1) for before in bridged]


@hookimpl
def raman_xp_preprocessors() -> list[type[Preprocessor]]:
    return [Resample]
