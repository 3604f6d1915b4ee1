"""Spectra in one Parquet file, which is read piece by piece: it may be larger than memory."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import numpy as np

from raman_xp import hookimpl
from raman_xp.components import DataSource
from raman_xp.spectra import RawSpectra
from raman_xp_plugins.data.tabular.parquet_file import LISTS, read_parquet
from raman_xp_plugins.data.tabular.source import ColumnName, SpectraFile
from raman_xp_plugins.data.tabular.wide import PARTS


class Parquet(SpectraFile):
    """Spectra in one Parquet file: a row a spectrum, with a column a channel or a column of lists.

    A file `pharma.about.yaml` beside `pharma.parquet` may give a title, a description, the axis unit, the
    licence, whether the spectra are simulated, and files of noise-free class means and bands.
    """

    name: ClassVar = "parquet"

    path: Path
    """The Parquet file. Either columns are called by their wavenumber, or one column holds lists of
    wavenumbers and another lists of intensities, as many."""
    wavenumber: ColumnName | None = None
    """Column of lists of wavenumbers; default: wavenumber, Raman shift, shift or x."""
    intensity: ColumnName | None = None
    """Column of lists of intensities; default: intensity, counts or y."""

    def load(self, rng: np.random.Generator) -> RawSpectra:
        stated = self._stated(*PARTS, *LISTS)
        reading = read_parquet(self.path, stated, ignore=self.ignore, as_written=self.axis == "as_written")
        return self._spectra(reading, "Parquet")


@hookimpl
def raman_xp_data_sources() -> list[type[DataSource]]:
    return [Parquet]
