"""Each spectrum brought to one size."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from raman_xp import hookimpl
from raman_xp.components import Preprocessor
from raman_xp.errors import RowErrors
from raman_xp.spectra import Floats


class Normalize(Preprocessor):
    """Divide each spectrum by its maximum, its area or its Euclidean norm, or standardise it (SNV)."""

    name: ClassVar = "normalize"
    keeps_scale: ClassVar = False

    by: Literal["max", "area", "norm", "snv"] = "max"
    """What becomes 1: the largest intensity, the sum of magnitudes, the Euclidean norm; `snv` subtracts the
    mean and divides by the standard deviation."""

    def transform(self, wavenumber: Floats, intensity: Floats) -> tuple[Floats, Floats]:
        if self.by == "snv":
            intensity = intensity - intensity.mean(axis=1, keepdims=True)
        size = {
            "max": lambda: intensity.max(axis=1),
            "area": lambda: np.abs(intensity).sum(axis=1),
            "norm": lambda: np.linalg.norm(intensity, axis=1),
            "snv": lambda: intensity.std(axis=1),
        }[self.by]()
        # What rounding leaves of a constant spectrum after a baseline must not be blown up to 1.
        flat = size <= 1e-9 * np.abs(intensity).max(initial=1e-30)
        if flat.any():
            what = (
                f"normalize: nothing to divide by ({self.by} is 0 or below); "
                "is the spectrum constant, or was too much subtracted before?"
            )
            raise RowErrors({int(row): what for row in np.flatnonzero(flat)})
        return wavenumber, intensity / size[:, None]


@hookimpl
def raman_xp_preprocessors() -> list[type[Preprocessor]]:
    return [Normalize]
