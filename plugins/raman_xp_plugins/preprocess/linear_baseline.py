"""A straight line between the ends of each spectrum, subtracted."""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np
from pydantic import PositiveInt, model_validator

from raman_xp import hookimpl
from raman_xp.components import Preprocessor
from raman_xp.errors import DataError
from raman_xp.spectra import Floats


class LinearBaseline(Preprocessor):
    """Subtract the straight line between the two ends of each spectrum (Fukuhara et al. 2019, section 2.1).

    A band on an edge, such as lactose's at 357 cm⁻¹, tilts the line: keep the range wider than the window you
    use, or set `start` and `stop`.
    """

    name: ClassVar = "linear_baseline"

    anchor: PositiveInt = 5
    """Channels averaged at each end."""
    start: float | None = None
    """Where the line is anchored on the left, in the axis unit; default, and where spectra begin later: the
    first channel."""
    stop: float | None = None
    """Where the line is anchored on the right, in the axis unit; default, and where spectra end earlier: the
    last channel."""

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        if self.start is not None and self.stop is not None and self.stop <= self.start:
            raise ValueError(f"stop ({self.stop:g}) must lie beyond start ({self.start:g})")
        return self

    def transform(self, wavenumber: Floats, intensity: Floats) -> tuple[Floats, Floats]:
        first = 0 if self.start is None else int(np.searchsorted(wavenumber, self.start))
        last = (
            len(wavenumber)
            if self.stop is None
            else int(np.searchsorted(wavenumber, self.stop, side="right"))
        )
        if last - first < 2 * self.anchor:
            raise DataError(
                f"linear_baseline: {last - first} channels between its ends are too few for two anchors of "
                f"{self.anchor}; a smaller anchor or a wider range would do"
            )
        left, right = slice(first, first + self.anchor), slice(last - self.anchor, last)
        x0, x1 = wavenumber[left].mean(), wavenumber[right].mean()
        y0 = intensity[:, left].mean(axis=1, keepdims=True)
        y1 = intensity[:, right].mean(axis=1, keepdims=True)
        return wavenumber, intensity - (y0 + (y1 - y0) * ((wavenumber - x0) / (x1 - x0)))


@hookimpl
def raman_xp_preprocessors() -> list[type[Preprocessor]]:
    return [LinearBaseline]
