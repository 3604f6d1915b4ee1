"""The base of data sources that read one file of spectra, with an about-file beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, WithJsonSchema

from raman_xp.components import DataSource
from raman_xp.errors import DataError, Problem
from raman_xp.spectra import About, RawSpectra, Truth
from raman_xp.text.file_names import fault_of_path
from raman_xp.text.wording import counted
from raman_xp_plugins.data.tabular.about_file import AboutFile, about_path, read_about
from raman_xp_plugins.data.tabular.columns import AUTO
from raman_xp_plugins.data.tabular.reading import Reading
from raman_xp_plugins.data.tabular.truth_file import read_truth
from raman_xp_plugins.data.tabular.understood import understood


def _number_as_name(value: object) -> object:
    """A column called 0 may be written without quotes in YAML."""
    return str(value) if type(value) is int else value


def _names(value: object) -> object:
    """One name stands for a list of one, and nothing for none."""
    names = value if isinstance(value, list | tuple) else () if value is None else (value,)
    return tuple(map(_number_as_name, names))


ColumnName = Annotated[str, BeforeValidator(_number_as_name)]
"""Name of a column."""
ColumnNames = Annotated[
    tuple[str, ...],
    BeforeValidator(_names),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]
"""Names of columns; one may be written without brackets."""


class SpectraFile(DataSource):
    """Spectra in one file.

    A file `pharma.about.yaml` beside `pharma.csv` may give a title, a description, the axis unit, the
    licence, whether the spectra are simulated, and files of noise-free class means and bands.
    """

    seeded: ClassVar = False

    path: Path
    """The file."""
    label: ColumnName | None = None
    """Column of the class. Default: label, or else class, species, compound, substance, target or sample."""
    group: ColumnName | None = AUTO
    """Column of groups that a split keeps whole, such as the patient. `auto`: the column group, if it exists;
    null: none."""
    role: ColumnName | None = AUTO
    """Column with the words train and test. `auto`: the column role, if it exists; null: none."""
    ignore: ColumnNames = ()
    """Wide layout: columns that are no channels although a number names them, such as `["0", "2024"]`."""
    unit: str | None = None
    """Unit of the axis. Default: as the about-file or the name of the axis column says, or else cm⁻¹."""
    axis: Literal["auto", "as_written"] = "auto"
    """`auto`: refuse an axis that is unlike that of a spectrum. `as_written`: accept numbers far from
    the others or with irregular steps as channels, row numbers as an axis, a column like a second axis as a
    spectrum, numbered names (`aspirin.1`) as classes, and an axis that starts again within a spectrum."""

    def _spectra(self, reading: Reading, form: object) -> RawSpectra:
        """The spectra with the content of the about-file.

        Args:
            form: The dialect or format of the file, for the user.
        """
        about = read_about(self.path)
        stated = self.unit or about.unit
        unit = stated or reading.unit or About.unit
        warnings = list(reading.warnings)
        if reading.unit and not stated:
            warnings.append(reading.unit_reason)
        truth = self._truth(about, reading.samples.classes)
        lines = (*understood(reading, form, unit), *self._about_lines(about, truth))
        return RawSpectra(
            blocks=reading.blocks,
            samples=reading.samples,
            about=About(
                title=about.title or self.path.stem,
                description=about.description,
                simulated=about.simulated,
                source=self.path.name,
                understood=lines,
                warnings=tuple(warnings),
                unit=unit,
                licence=about.licence or "",
            ),
            truth=truth,
        )

    def _stated(self, *parts: str) -> dict[str, str | None]:
        """Part → name of its column, where the user gave it; None where the user switched it off."""
        named = {part: getattr(self, part) for part in parts}
        return {
            part: name
            for part, name in named.items()
            if name != AUTO and (name is not None or part in ("group", "role"))
        }

    def _truth(self, about: AboutFile, classes: tuple[str, ...]) -> Truth | None:
        named = {key: name for key, name in (("truth", about.truth), ("bands", about.bands)) if name}
        faults = {key: self._fault_of(name) for key, name in named.items()}
        if any(faults.values()):
            beside = about_path(self.path).name
            raise DataError(*(Problem(fault, key, beside) for key, fault in faults.items() if fault))
        files = {key: self.path.parent / name for key, name in named.items()}
        return read_truth(files["truth"], files.get("bands"), classes) if "truth" in files else None

    def _fault_of(self, name: str) -> str:
        """What is wrong with a file that the about-file names; nothing where it can be read.

        An about-file comes with the data, from whoever made them: it names files of their folder only.
        """
        path, copy = self.path.parent / name, "copy the file into the folder of the data, and write its name"
        if fault := fault_of_path(name):
            return f"{name!r} is refused ({fault}); {copy}"
        if not path.resolve().is_relative_to(self.path.parent.resolve()):
            return f"{name!r} is a link that leads out of the folder of the data; {copy}"
        return "" if path.is_file() else f"no file {path.name} beside it"

    def _about_lines(self, about: AboutFile, truth: Truth | None) -> list[str]:
        """Lines about the about-file, for the user."""
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
