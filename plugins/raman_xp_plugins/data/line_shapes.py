"""Shapes of a spectral line, each with maximum 1."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import numpy as np
from pydantic import Field

from raman_xp.spectra import Floats

Height = Annotated[float, Field(ge=1e-20, le=1e20)]
"""Height of a line. Sums of such lines are finite in single precision."""
Width = Annotated[float, Field(ge=0.01, le=1e6)]
"""Full width at half maximum of a line, in channels. A narrower line would fall between two channels."""
Amount = Annotated[float, Field(ge=0, le=1e6)]
"""Size of noise or background, relative to the maximum of a spectrum."""


class Shape(StrEnum):
    """Of a line; the words of a spec."""

    LORENTZIAN = "lorentzian"
    """1 / (1 + u²), u = 2 (x − x₀) / FWHM: Eq. 10 of Fukuhara et al. 2019."""
    GAUSSIAN = "gaussian"
    """2^(−u²)."""
    PSEUDO_VOIGT = "pseudo_voigt"
    """A mixture of both."""


def line(
    x: Floats, position: Floats | float, fwhm: Floats | float, shape: Shape, lorentzian: float = 0.5
) -> Floats:
    """A line, or several where position and width broadcast against ``x``.

    Args:
        x: axis.
        position: x₀, in the unit of the axis.
        fwhm: full width at half maximum, in the same unit.
        lorentzian: share of the Lorentzian in a pseudo-Voigt line, 0 to 1.
    """
    u2 = np.square((x - position) / (np.asarray(fwhm) / 2))
    share = {Shape.LORENTZIAN: 1.0, Shape.GAUSSIAN: 0.0}.get(shape, lorentzian)
    total = np.zeros(np.shape(u2))
    if share:
        total += share / (1 + u2)
    if share < 1:
        total += (1 - share) * np.exp2(-u2)
    return total
