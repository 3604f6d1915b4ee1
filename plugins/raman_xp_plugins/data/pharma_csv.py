"""Spectra in one CSV file."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Self

import numpy as np
from pydantic import model_validator

from raman_xp import hookimpl
from raman_xp.components import DataSource
from raman_xp.errors import DataError, Problem
from raman_xp.spectra import About, RawSpectra, Truth
from raman_xp.wording import counted
from raman_xp_plugins.data.tabular.about_file import AboutFile, about_path, read_about
from raman_xp_plugins.data.tabular.dialect import DecimalName, SeparatorName
from raman_xp_plugins.data.tabular.layout import LayoutName, read_layout
from raman_xp_plugins.data.tabular.table import open_table
from raman_xp_plugins.data.tabular.text_file import read_text_file
from raman_xp_plugins.data.tabular.truth_file import read_truth
from raman_xp_plugins.data.tabular.understood import understood

_PARTS = ("label", "group", "role", "spectrum", "wavenumber", "intensity")


class PharmaCsv(DataSource):
    """Spectra in one CSV file: a row each, a column each, or a row for every point.

    A file `pharma.about.yaml` beside `pharma.csv` may give a title, a description, the axis unit, the
    licence, whether the spectra are simulated, and files of noise-free class means and bands.
    """

    name: ClassVar = "pharma_csv"
    seeded: ClassVar = False

    path: Path
    """The CSV file: UTF-8, ascending or descending axis."""
    layout: LayoutName = "auto"
    """`wide`: a row a spectrum; `transposed`: a column a spectrum, class on top; `long`: a row a point."""
    separator: SeparatorName = "auto"
    """What stands between columns."""
    decimal: DecimalName = "auto"
    """How decimals are written; a comma only where it does not separate columns."""
    label: str | None = None
    """Column of the class; default: label, or else class, compound, substance, sample, species, target."""
    group: str | None = None
    """Column of what must stay on one side of a split (batch, patient); default: group, if it is there."""
    role: str | None = None
    """Column that says train or test; default: role, if it is there."""
    spectrum: str | None = None
    """Long layout: column that tells spectra apart; default: spectrum, scan or id."""
    wavenumber: str | None = None
    """Long layout: column of wavenumbers; default: wavenumber, Raman shift, shift or x."""
    intensity: str | None = None
    """Long layout: column of intensities; default: intensity, counts or y."""
    unit: str | None = None
    """Unit of the axis; default: as the about-file says, or else cm⁻¹."""

    @model_validator(mode="after")
    def _commas_do_one_thing(self) -> Self:
        if self.separator == self.decimal == "comma":
            raise ValueError("commas cannot both separate columns and mark decimals; separate by semicolons")
        return self

    def load(self, rng: np.random.Generator) -> RawSpectra:
        file = read_text_file(self.path)
        about = read_about(self.path)
        table = open_table(file, self.separator, self.decimal)
        reading = read_layout(table, self.layout, self._stated())
        unit = self.unit or about.unit or About.unit
        truth = self._truth(about, reading.samples.classes)
        lines = (*understood(reading, table.dialect, unit), *self._told(about, truth))
        return RawSpectra(
            blocks=reading.blocks,
            samples=reading.samples,
            about=About(
                title=about.title or self.path.stem,
                description=about.description,
                simulated=about.simulated,
                source=self.path.name,
                understood=lines,
                unit=unit,
                licence=about.licence or "",
            ),
            truth=truth,
        )

    def _stated(self) -> dict[str, str]:
        named = (self.label, self.group, self.role, self.spectrum, self.wavenumber, self.intensity)
        return {part: name for part, name in zip(_PARTS, named, strict=True) if name is not None}

    def _truth(self, about: AboutFile, classes: tuple[str, ...]) -> Truth | None:
        files = {
            key: self.path.parent / name
            for key, name in (("truth", about.truth), ("bands", about.bands))
            if name
        }
        missing = [
            Problem(f"no file {path.name} beside it", key, about_path(self.path).name)
            for key, path in files.items()
            if not path.is_file()
        ]
        if missing:
            raise DataError(*missing)
        return read_truth(files["truth"], files.get("bands"), classes) if "truth" in files else None

    def _told(self, about: AboutFile, truth: Truth | None) -> list[str]:
        """What came from the file beside."""
        beside = about_path(self.path)
        if not beside.exists():
            return []
        lines = [f"{beside.name}: {', '.join(sorted(about.model_fields_set)) or 'nothing'}"]
        if truth:
            parts = sum(map(len, truth.components.values()))
            bands = sum(map(len, truth.bands.values()))
            lines.append(
                f"truth: means of {counted(len(truth.means), 'class', 'classes')}, "
                f"{counted(parts, 'component')}, {counted(bands, 'band')}"
            )
        return lines


@hookimpl
def raman_xp_data_sources() -> list[type[DataSource]]:
    return [PharmaCsv]
