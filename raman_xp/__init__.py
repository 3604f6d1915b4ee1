"""Train networks on Raman spectra from a YAML file, and measure which bands their decisions rest on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pluggy

    hookimpl: pluggy.HookimplMarker

API_VERSION = 1
"""Version of the plugin contract: hooks, base classes, and what is handed to them. It counts up when a plugin
that works would not work any more."""

__all__ = ["API_VERSION", "hookimpl"]


def __getattr__(name: str) -> Any:
    # Importing pluggy here would slow `raman-xp --help`, which needs nothing of it.
    if name == "hookimpl":
        from raman_xp.plugins.hookspecs import hookimpl

        return hookimpl
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
