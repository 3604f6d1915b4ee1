"""Tells observers what happens; an observer that raises is reported by name and stops nothing."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import pluggy

from raman_xp.components import Component, Family
from raman_xp.errors import PluginError
from raman_xp.plugins import hookspecs
from raman_xp.plugins.loading import deprecations_told
from raman_xp.plugins.registry import Registry

log = logging.getLogger(__name__)


class Events:
    """The observers of a run, each with a plugin manager of its own, so that none is in another's way."""

    def __init__(self, observers: Sequence[Component]) -> None:
        self._managers = []
        for observer in observers:
            try:
                self._managers.append((observer.name, _manager(observer)))
            except pluggy.PluginValidationError as error:
                log.warning("observer %s: %s; the run goes on without it", observer.name, error)

    @classmethod
    def installed(cls, registry: Registry) -> Events:
        """All observers that are installed; a broken one is reported and left out."""
        observers = []
        for name in registry.names(Family.OBSERVER):
            try:
                observers.append(registry.load(Family.OBSERVER, name)())
            except (PluginError, ValueError) as error:
                log.warning("observer %s: %s; the run goes on without it", name, error)
        return cls(observers)

    def tell(self, event: str, **what: Any) -> None:
        """Call the hook ``raman_xp_<event>`` of every observer."""
        for name, manager in self._managers:
            try:
                getattr(manager.hook, f"raman_xp_{event}")(**what)
            except (Exception, SystemExit) as error:
                log.warning("observer %s failed at %s: %r; the run goes on", name, event, error)


def _manager(observer: Component) -> pluggy.PluginManager:
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    with deprecations_told(f"observer {observer.name}"):
        manager.register(observer)
    return manager
