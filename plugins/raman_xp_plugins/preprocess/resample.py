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


class Resample(Preprocessor):
    """Interpolate each spectrum with a spline to start, start + step, … stop. Never extrapolates."""

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
        spline = make_interp_spline(wavenumber, intensity.T, k=min(self.spline_order, len(wavenumber) - 1))
        return axis, np.ascontiguousarray(spline(axis).T)


@hookimpl
def raman_xp_preprocessors() -> list[type[Preprocessor]]:
    return [Resample]
