"""Standard normal variate."""

from typing import ClassVar

import numpy as np

from raman_xp import hookimpl
from raman_xp.components import Preprocessor
from raman_xp.errors import RowErrors
from raman_xp.spectra import Floats


class ThisOne(Preprocessor):
    """Each spectrum less its mean, divided by its standard deviation.

    Takes out offset and scale, as of scattering (Barnes, Dhanoa & Lister 1989, doi 10.1366/0003702894202201).
    """

    name: ClassVar = "this_one"
    keeps_scale: ClassVar = False  # twice the counts give the same result

    def transform(self, wavenumber: Floats, intensity: Floats) -> tuple[Floats, Floats]:
        spread = intensity.std(axis=1, keepdims=True)
        if flat := np.flatnonzero(spread[:, 0] == 0).tolist():
            raise RowErrors(dict.fromkeys(flat, "is flat: it has no standard deviation to divide by"))
        return wavenumber, (intensity - intensity.mean(axis=1, keepdims=True)) / spread


@hookimpl
def raman_xp_preprocessors() -> list[type[Preprocessor]]:
    return [ThisOne]
