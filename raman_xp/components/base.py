"""What all components share, and the families they come in."""

from __future__ import annotations

from abc import ABC
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from raman_xp.errors import ComponentError, RamanXpError, RowErrors
from raman_xp.stopping import stop_was_asked


class Family(StrEnum):
    """Kinds of component; the value stands before the dot in an entry point's name."""

    DATA_SOURCE = "data_source"
    PREPROCESSOR = "preprocessor"
    SPLITTER = "splitter"
    MODEL = "model"
    EXPLAINER = "explainer"
    MAP_SCORE = "map_score"
    FIGURE = "figure"
    TRACKER = "tracker"
    OBSERVER = "observer"

    @property
    def hook(self) -> str:
        """The hook by which a plugin registers components of this family."""
        return f"raman_xp_{self.value}s"


class Component(BaseModel, ABC):
    """What all components share: no unknown key, no change after validation."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True)

    name: ClassVar[str]
    """The word after ``use:``."""

    frameworks: ClassVar[tuple[str, ...]] = ()
    """Distributions whose version decides what the component gives, such as ``scipy``."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_.-]*$", max_length=60)] | None = Field(
        None, description="Names this component's metrics and files; default: its name, made unique."
    )

    @property
    def slug(self) -> str:
        """The id, or the name where none was given."""
        return self.id or self.name


@contextmanager
def blaming(component: Component, doing: str) -> Iterator[None]:
    """Errors of a component's own name it: ``explainer grad_cam (its.module) failed to explain: …``.

    Raises:
        ComponentError: in place of any error that is not ours.
        KeyboardInterrupt: in place of whatever a request to stop has become inside a library.
    """
    try:
        yield
    except (Exception, SystemExit) as error:
        if stop_was_asked():
            raise KeyboardInterrupt from error
        if isinstance(error, RamanXpError | RowErrors):
            raise
        raise ComponentError(
            f"{component.name} ({type(component).__module__}) failed to {doing}: "
            f"{type(error).__name__}: {error}; raman-xp --debug shows where"
        ) from error
