"""Spectra in one CSV file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
from pydantic import model_validator

from raman_xp import hookimpl
from raman_xp.components import DataSource
from raman_xp.spectra import RawSpectra
from raman_xp_plugins.data.tabular.dialect import DecimalName, SeparatorName, ThousandsName
from raman_xp_plugins.data.tabular.layout import LayoutName, read_layout
from raman_xp_plugins.data.tabular.source import ColumnName, SpectraFile
from raman_xp_plugins.data.tabular.table import open_table
from raman_xp_plugins.data.tabular.text_file import read_text_file
from raman_xp_plugins.data.tabular.thousands import intensity_warnings

PARTS = ("label", "group", "role", "spectrum", "wavenumber", "intensity")


class PharmaCsv(SpectraFile):
    """Spectra in one CSV file: a row each, a column each, or a row for every point.

    A file `pharma.about.yaml` beside `pharma.csv` may give a title, a description, the axis unit, the
    licence, whether the spectra are simulated, and files of noise-free class means and bands.
    """

    name: ClassVar = "pharma_csv"

    path: Path
    """The CSV file: UTF-8, ascending or descending axis."""
    layout: LayoutName = "auto"
    """`wide`: a row a spectrum; `transposed`: a column a spectrum, class on top; `long`: a row a point."""
    separator: SeparatorName = "auto"
    """What stands between columns."""
    decimal: DecimalName = "auto"
    """How decimals are written; a comma only where it does not separate columns."""
    thousands: ThousandsName = "auto"
    """What separates thousands, as in 1,798. `auto`: nothing; a file that leaves it open is refused."""
    spectrum: ColumnName | None = None
    """Long layout: column that tells spectra apart; default: spectrum, scan or id."""
    wavenumber: ColumnName | None = None
    """Long layout: column of wavenumbers; default: wavenumber, Raman shift, shift or x."""
    intensity: ColumnName | None = None
    """Long layout: column of intensities; default: intensity, counts or y."""

    @model_validator(mode="after")
    def _commas_do_one_thing(self) -> Self:
        if self.separator == self.decimal == "comma":
            raise ValueError("commas cannot both separate columns and mark decimals; separate by semicolons")
        if self.thousands == self.decimal != "auto":
            raise ValueError(f"a {self.decimal} cannot both separate thousands and mark decimals")
        return self

    def load(self, rng: np.random.Generator) -> RawSpectra:
        file = read_text_file(self.path)
        table = open_table(file, self.separator, self.decimal, self.thousands)
        as_written = self.axis == "as_written"
        reading = read_layout(
            table, self.layout, self._stated(*PARTS), ignore=self.ignore, as_written=as_written
        )
        warnings = (*intensity_warnings(table, reading), *reading.warnings)
        reading = replace(reading, notes=(*table.notes, *reading.notes), warnings=warnings)
        return self._spectra(reading, table.dialect)


@hookimpl
def raman_xp_data_sources() -> list[type[DataSource]]:
    return [PharmaCsv]
