"""Finds plugins, loads those that a spec uses, and knows where each comes from.

Finding reads the metadata of installed distributions and imports nothing. Loading is guarded, so that a
broken plugin breaks only who uses it, and every failure names plugin, distribution, version and cause.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points

import pluggy

from raman_xp import hookspecs
from raman_xp.components import BASES, Component, Family
from raman_xp.errors import PluginError
from raman_xp.wording import did_you_mean

GROUP = "raman_xp"
BOX = "raman-xp"
"""The distribution whose components come in the box."""


@dataclass(frozen=True, order=True)
class Provider:
    """Where a component comes from, as metadata says."""

    family: Family
    component: str
    module: str
    distribution: str
    version: str

    def __str__(self) -> str:
        return f"{self.family.value} {self.component!r} of {self.distribution} {self.version} ({self.module})"


class Registry:
    """The components that are installed.

    Args:
        found: entry points to look at; those of this environment where nothing is given.
    """

    def __init__(self, found: Iterable[EntryPoint] | None = None) -> None:
        self._manager = pluggy.PluginManager(hookspecs.PROJECT)
        self._manager.add_hookspecs(hookspecs)
        self._loaded: dict[Provider, type[Component]] = {}
        self.ignored: list[str] = []
        """Entry points in no form this version knows, with the reason."""
        providers = (
            self._provider(point) for point in (entry_points(group=GROUP) if found is None else found)
        )
        self.providers: Sequence[Provider] = sorted({p for p in providers if p})

    def _provider(self, point: EntryPoint) -> Provider | None:
        family, _, component = point.name.partition(".")
        distribution = (point.dist and point.dist.metadata["Name"]) or "unknown"
        version = (point.dist and point.dist.metadata["Version"]) or "?"
        if family not in set(Family) or not component:
            self.ignored.append(
                f"{point.name!r} of {distribution} {version} is ignored: "
                f"its name is not family.component with a family this version knows ({', '.join(Family)})"
            )
            return None
        return Provider(Family(family), component, point.value, distribution, version)

    def names(self, family: Family) -> list[str]:
        """Components of a family, sorted."""
        return sorted({p.component for p in self.providers if p.family is family})

    def find(self, family: Family, component: str) -> Provider:
        """The one provider of a component.

        Raises:
            PluginError: nobody provides it, or several do.
        """
        claims = [p for p in self.providers if (p.family, p.component) == (family, component)]
        if len(claims) > 1:
            raise PluginError(
                f"{len(claims)} plugins claim the {family.value} {component!r}: "
                + " and ".join(f"{p.distribution} {p.version} ({p.module})" for p in claims)
                + "; uninstall one of them"
            )
        if not claims and not any(p.distribution == BOX for p in self.providers):
            raise PluginError(
                "no component is registered, not even those in the box: raman-xp is not installed here; "
                "run `pip install -e .` in its checkout"
            )
        if not claims:
            raise PluginError(
                f"no {family.value} is called {component!r}; {did_you_mean(component, self.names(family))}"
            )
        return claims[0]

    def default(self, family: Family) -> str:
        """The component to use where a spec names none: the only one in the box."""
        (name,) = {p.component for p in self.providers if p.family is family and p.distribution == BOX} or {
            ""
        }
        return name

    def load(self, family: Family, component: str) -> type[Component]:
        """Import the plugin that provides a component, and return its class.

        Raises:
            PluginError: the plugin is broken, with its name, version and the cause.
        """
        provider = self.find(family, component)
        if provider not in self._loaded:
            self._loaded[provider] = self._load(provider)
        return self._loaded[provider]

    def _load(self, provider: Provider) -> type[Component]:
        module = self._registered(provider)
        hook = getattr(self._manager.hook, provider.family.hook)
        for implementation in hook.get_hookimpls():
            if implementation.plugin is not module:
                continue
            try:
                classes = list(implementation.function())
                named = {cls.name: cls for cls in classes}
            except (Exception, SystemExit) as error:
                raise PluginError(
                    f"{provider}: its hook {provider.family.hook} failed: {_said(error)}"
                ) from error
            if provider.component not in named:
                raise PluginError(
                    f"{provider}: its hook {provider.family.hook} returns no such component; "
                    + did_you_mean(provider.component, named)
                )
            return _checked(provider, named[provider.component])
        raise PluginError(f"{provider}: the module has no hook {provider.family.hook} marked with @hookimpl")

    def _registered(self, provider: Provider) -> object:
        """The plugin's module, imported and known to pluggy; nothing half-registered is left behind."""
        if (known := self._manager.get_plugin(provider.module)) is not None:
            return known
        try:
            module = importlib.import_module(provider.module)
        except (Exception, SystemExit) as error:
            raise PluginError(f"{provider} cannot be imported: {_said(error)}") from error
        try:
            self._manager.register(module, name=provider.module)
            self._manager.check_pending()
        except pluggy.PluginValidationError as error:
            if self._manager.is_registered(module):
                self._manager.unregister(module)
            raise PluginError(f"{provider} is not a valid plugin: {error}") from error
        return module


def _checked(provider: Provider, cls: object) -> type[Component]:
    """A class of the right family that can be built."""
    base = BASES[provider.family]
    if not isinstance(cls, type) or not issubclass(cls, base):
        raise PluginError(f"{provider}: {cls!r} is no class that extends {base.__name__}")
    if missing := sorted(getattr(cls, "__abstractmethods__", ())):
        raise PluginError(f"{provider}: the class {cls.__name__} lacks {', '.join(missing)}")
    return cls


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"
