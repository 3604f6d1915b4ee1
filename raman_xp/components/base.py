"""What all components share, and the families they come in."""

from __future__ import annotations

from abc import ABC
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from raman_xp.text.file_names import fault_of


class Family(StrEnum):
    """Kinds of component; the value stands before the dot in an entry point's name."""

    DATA_SOURCE = "data_source"
    """Where spectra come from."""
    PREPROCESSOR = "preprocessor"
    """What is done to each spectrum by itself."""
    SPLITTER = "splitter"
    """Which spectra test, and which validate."""
    MODEL = "model"
    """What learns to tell the classes apart."""
    EXPLAINER = "explainer"
    """What tells which channels a decision rests on."""
    MAP_SCORE = "map_score"
    """What turns maps into numbers."""
    FIGURE = "figure"
    """What draws, beyond the pictures of every run."""
    TRACKER = "tracker"
    """Where runs are recorded."""
    OBSERVER = "observer"
    """Who hears of all that happens."""

    @property
    def hook(self) -> str:
        """The hook by which a plugin registers components of this family."""
        return f"raman_xp_{self.value}s"


def _is_file_name(text: str) -> str:
    """An id, which names folders as well.

    Raises:
        ValueError: some system refuses such a name.
    """
    if fault := fault_of(text):
        raise ValueError(f"an id names folders: {fault}")
    return text


Id = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_.-]*$", max_length=60), AfterValidator(_is_file_name)]
"""What names a component's metrics, folders and files."""


class Component(BaseModel, ABC):
    """What all components share: no unknown key, no change after validation."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True)

    name: ClassVar[str]
    """The word after ``use:``."""

    frameworks: ClassVar[tuple[str, ...]] = ()
    """Distributions whose version decides what the component gives, such as ``scipy``."""

    id: Id | None = None
    """Names this component's metrics and files; default: its name, made unique."""

    @property
    def slug(self) -> str:
        """The id, or the name where none was given."""
        return self.id or self.name

    def input_files(self) -> tuple[Path, ...]:
        """Return the files and folders that the component reads.

        They are known by their content: a changed file changes the result's key, a moved one does not. By
        default they are all paths among the fields. Override the method where a field names a file that is
        only written, or where the component reads others.
        """
        return tuple(dict.fromkeys(_paths(self.model_dump())))


def _paths(value: Any) -> Iterator[Path]:
    """All paths within a value."""
    if isinstance(value, Path):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _paths(part)
    elif isinstance(value, list | tuple | set | frozenset):
        for part in value:
            yield from _paths(part)
