"""What all components share, and the families they come in."""

from __future__ import annotations

from abc import ABC
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Annotated, ClassVar, NoReturn
from weakref import WeakKeyDictionary

from pydantic import BaseModel, ConfigDict, Field

from raman_xp.errors import ComponentError, RamanXpError, RowErrors
from raman_xp.stopping import stop_was_asked


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


class Component(BaseModel, ABC):
    """What all components share: no unknown key, no change after validation."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True)

    name: ClassVar[str]
    """The word after ``use:``."""

    frameworks: ClassVar[tuple[str, ...]] = ()
    """Distributions whose version decides what the component gives, such as ``scipy``."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_.-]*$", max_length=60)] | None = None
    """Names this component's metrics and files; default: its name, made unique."""

    @property
    def slug(self) -> str:
        """The id, or the name where none was given."""
        return self.id or self.name


_origins: WeakKeyDictionary[type[Component], tuple[str, str]] = WeakKeyDictionary()


def remember_origin(cls: type[Component], told: str, distribution: str) -> None:
    """Keep where a class was loaded from.

    Args:
        told: for messages: ``explainer 'mine' of xp-mine 1.0 (/…/xp_mine.py)``.
        distribution: its name.
    """
    _origins[cls] = told, distribution


def blame(component: Component, what: str, advice: str = "") -> NoReturn:
    """Raise a `ComponentError` that names a component, and where it comes from.

    Args:
        advice: what the user can do; where nothing is said, to try another version.
    """
    raise ComponentError(_blame(component, what, advice))


def _blame(component: Component, what: str, advice: str = "") -> str:
    cls = type(component)
    told, distribution = _origins.get(cls, (f"{component.name} ({cls.__module__})", ""))
    if distribution and not advice:
        advice = f"leave it out, or try another version: pip install --upgrade {distribution}"
    return "; ".join(part for part in (f"{told} {what}", advice) if part)


@contextmanager
def blaming(component: Component, doing: str) -> Iterator[None]:
    """Errors of a component's own name it: ``explainer 'mine' of xp-mine 1.0 (…) failed to explain: …``.

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
        said = f"{type(error).__name__}: {error}"
        if isinstance(error, ValueError) and "read-only" in said:
            said += " (arrays that are handed over are shared: a component changes copies only)"
        advice = "raman-xp --debug shows where"
        raise ComponentError(_blame(component, f"failed to {doing}: {said}", advice)) from error
