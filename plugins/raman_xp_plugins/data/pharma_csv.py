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
from raman_xp_plugins.data.tabular.layout import LayoutName, Options, read_layout
from raman_xp_plugins.data.tabular.source import ColumnName, ColumnNames, SpectraFile
from raman_xp_plugins.data.tabular.table import open_table
from raman_xp_plugins.data.tabular.text_file import read_text_file
from raman_xp_plugins.data.tabular.thousands import intensity_warnings

PARTS = ("label", "group", "role", "wavenumber", "intensity")


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
    """Character between columns."""
    decimal: DecimalName = "auto"
    """Decimal mark; a comma only where commas do not separate columns."""
    thousands: ThousandsName = "auto"
    """Mark between thousands, as in 1,798. `auto`: none, or spaces and apostrophes where they appear. A file
    in which a comma or a point may separate thousands is refused with a question."""
    spectrum: ColumnNames = ()
    """Long layout: column that differs for every spectrum, or several that differ together, such as
    `[tablet, scan]`. Default: spectrum, scan or id."""
    wavenumber: ColumnName | None = None
    """Long and transposed layout: column of wavenumbers. Default: wavenumber, Raman shift, shift or x; in the
    transposed layout, the first column if none has such a name."""
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
        stated = self._stated(*PARTS)
        several = self.spectrum if len(self.spectrum) > 1 else ()
        if self.spectrum and not several:
            stated["spectrum"] = self.spectrum[0]
        options = Options(ignore=self.ignore, spectrum=several, as_written=self.axis == "as_written")
        reading = read_layout(table, self.layout, stated, options)
        warnings = (*intensity_warnings(table, reading), *reading.warnings)
        reading = replace(reading, notes=(*table.notes, *reading.notes), warnings=warnings)
        return self._spectra(reading, table.dialect)


@hookimpl
def raman_xp_data_sources() -> list[type[DataSource]]:
    return [PharmaCsv]
