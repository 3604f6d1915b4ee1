"""The about-file of a table of spectra: title, description, unit, licence, truth."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from raman_xp.spec.document import read
from raman_xp.spec.validation import reason
from raman_xp.text.wording import did_you_mean
from raman_xp_plugins.data.tabular.faults import Faults
from raman_xp_plugins.data.tabular.text_file import read_text_file


class AboutFile(BaseModel):
    """The keys of an about-file."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True)

    title: str | None = None
    """Title of the data set."""
    description: str = ""
    """Where and how the spectra were measured or simulated."""
    simulated: bool = False
    """Whether the spectra were simulated instead of measured."""
    unit: str | None = None
    """Unit of the axis."""
    licence: str | None = None
    """Licence of the spectra."""
    truth: str | None = None
    """CSV file of the noise-free class means, beside this file."""
    bands: str | None = None
    """CSV file of the bands of each class, beside this file."""

    @model_validator(mode="after")
    def _bands_belong_to_means(self) -> Self:
        if self.bands and not self.truth:
            raise ValueError("`bands` needs `truth`, the file of the class means, as well")
        return self


def about_path(path: Path) -> Path:
    """``pharma.about.yaml`` for ``pharma.csv``."""
    return path.with_suffix(".about.yaml")


def read_about(path: Path) -> AboutFile:
    """Read the about-file of a table, if it exists.

    Args:
        path: Path of the table.

    Raises:
        SpecError: the file is not YAML.
        DataError: its content is not valid.
    """
    beside = about_path(path)
    if not beside.exists():
        return AboutFile()
    faults = Faults(beside)
    content = read(bytes(read_text_file(beside).data).decode(), beside.name).value
    if not isinstance(content, dict):
        faults.add("expected keys and values, such as `title: Nine tablets`")
        raise faults.error()
    try:
        return AboutFile.model_validate(content)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            key = str(detail["loc"][0]) if detail["loc"] else ""
            if detail["type"] == "extra_forbidden":
                what = f"unknown key; {did_you_mean(key, AboutFile.model_fields)}"
            elif key:
                what = f"{reason(detail)}, got {detail['input']!r}"
            else:
                what = reason(detail)
            faults.add(what, where=key)
        raise faults.error() from error
