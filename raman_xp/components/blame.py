"""Who is told of what goes wrong in a component: its plugin, with version, file and line."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn
from weakref import WeakKeyDictionary

from raman_xp.components.base import Component
from raman_xp.errors import ComponentError, RamanXpError, RowErrors

_origins: WeakKeyDictionary[type[Component], tuple[str, str]] = WeakKeyDictionary()


def remember_origin(cls: type[Component], told: str, remedy: str) -> None:
    """Keep where a class was loaded from.

    Args:
        told: for messages: ``explainer 'mine' of xp-mine 1.0 (/…/xp_mine.py)``.
        remedy: what a user can do about its distribution.
    """
    _origins[cls] = told, remedy


def blame(component: Component, what: str, advice: str = "") -> NoReturn:
    """Raise a `ComponentError` that names a component, and where it comes from.

    Args:
        advice: what the user can do; where nothing is said, what can be done about its distribution.
    """
    raise ComponentError(_blame(component, what, advice))


def _blame(component: Component, what: str, advice: str = "") -> str:
    cls = type(component)
    told, remedy = _origins.get(cls, (f"{component.name} ({cls.__module__})", ""))
    if remedy and not advice:
        advice = f"leave it out, or {remedy}"
    return "; ".join(part for part in (f"{told} {what}", advice) if part)


@contextmanager
def blaming(component: Component, doing: str) -> Iterator[None]:
    """Errors of a component's own name it: ``explainer 'mine' of xp-mine 1.0 (…) failed to explain
    (xp_mine.py, line 8): …``.

    Raises:
        ComponentError: in place of any error that is not ours, whose traceback is a note of it.
    """
    try:
        yield
    except (Exception, SystemExit) as error:
        if isinstance(error, RamanXpError | RowErrors):
            raise
        text = " ".join(str(error).split())
        said = f"{line_in(type(component).__module__, error)}: {type(error).__name__}: {text}"
        if isinstance(error, ValueError) and "read-only" in said:
            said += " (arrays that are handed over are shared: a component changes copies only)"
        advice = "raman-xp --debug shows the way there"
        blamed = ComponentError(_blame(component, f"failed to {doing}{said}", advice))
        blamed.add_note("".join(traceback.format_exception(error)))  # which comes from other processes too
        raise blamed from None


def line_in(module: str, error: BaseException) -> str:
    """Where in a plugin's own code an error arose, `` (xp_mine.py, line 3)``; empty where it was elsewhere.

    Args:
        module: of the plugin; those of its package are its own as well.
    """
    if isinstance(error, SyntaxError) and error.filename:
        return f" ({Path(error.filename).name}, line {error.lineno})"
    package = module.partition(".")[0]
    own = [
        (frame.f_code.co_filename, line)
        for frame, line in traceback.walk_tb(error.__traceback__)
        if str(frame.f_globals.get("__name__")).partition(".")[0] == package
    ]
    return f" ({Path(own[-1][0]).name}, line {own[-1][1]})" if own else ""
