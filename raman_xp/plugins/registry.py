"""The components that are installed: finds who provides one, and loads what a spec uses.

Finding reads metadata only. Loading is guarded (see `raman_xp.plugins.loading`), so that a broken plugin
breaks only who uses it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib.metadata import EntryPoint
from types import ModuleType

from raman_xp.components import Component, Family
from raman_xp.errors import PluginError
from raman_xp.plugins import hookspecs
from raman_xp.plugins.editable import outdated_by_name
from raman_xp.plugins.loading import Loader
from raman_xp.plugins.providers import BOX, DISABLE, Provider, disabled_by_environment, found
from raman_xp.text.wording import did_you_mean


class Registry:
    """The components that are installed.

    Args:
        points: entry points to look at, each with name and version of its distribution; those of this
            environment where nothing is given.
        disabled: distributions and components to do without; what ``RAMAN_XP_DISABLE`` says where nothing
            is given.
        hooks: the module that specifies the hooks.
    """

    def __init__(
        self,
        points: Iterable[tuple[EntryPoint, str, str]] | None = None,
        disabled: Iterable[str] | None = None,
        hooks: ModuleType = hookspecs,
    ) -> None:
        self.disabled = disabled_by_environment() if disabled is None else frozenset(disabled)
        here = found(points, self.disabled)
        self.providers: Sequence[Provider] = here.providers
        self.without: Sequence[Provider] = here.disabled
        """Providers that are disabled."""
        self.notes: Sequence[str] = here.notes
        """What was passed over, and why."""
        self._loader = Loader(hooks)
        self._loaded: dict[Provider, type[Component]] = {}

    def names(self, family: Family) -> list[str]:
        """Components of a family, sorted."""
        return sorted({p.component for p in self.providers if p.family is family})

    def claims(self, family: Family, component: str) -> list[Provider]:
        """All who say they provide a component; one, if all is well."""
        return [p for p in self.providers if (p.family, p.component) == (family, component)]

    def find(self, family: Family, component: str) -> Provider:
        """The one provider of a component.

        Raises:
            PluginError: nobody provides it, several do, or it is disabled.
        """
        claims = self.claims(family, component)
        if len(claims) == 1:
            return claims[0]
        if claims:
            raise PluginError(
                f"{len(claims)} plugins claim the {family.value} {component!r}: "
                + " and ".join(p.origin for p in claims)
                + f"; uninstall one of them, or do without it: raman-xp --disable {_least_missed(claims)} …"
            )
        if off := [p for p in self.without if (p.family, p.component) == (family, component)]:
            raise PluginError(f"{off[0]} is disabled, by --disable or {DISABLE}")
        if not any(p.distribution == BOX for p in (*self.providers, *self.without)):
            raise PluginError(
                "no component is registered, not even those in the box: raman-xp is not installed here; "
                "run `pip install -e .` in its checkout"
            )
        changed = {p.distribution: outdated_by_name(p.distribution) for p in self.providers}
        other = [f"that is the {p}" for p in self.providers if p.component == component]
        advice = [did_you_mean(component, self.names(family)), *other, *filter(None, changed.values())]
        raise PluginError(f"no {family.value} is called {component!r}; {'; '.join(advice)}")

    def default(self, family: Family) -> str:
        """The component to use where a spec names none: the only one in the box."""
        names = {p.component for p in self.providers if p.family is family and p.distribution == BOX}
        return names.pop() if len(names) == 1 else ""

    def load(self, family: Family, component: str) -> type[Component]:
        """Import the plugin that provides a component, and return its class.

        Raises:
            PluginError: the plugin is broken, with its name, version, file and the cause.
        """
        provider = self.find(family, component)
        if provider not in self._loaded:
            self._loaded[provider] = self._loader.load(provider)
        return self._loaded[provider]


def _least_missed(claims: Sequence[Provider]) -> str:
    """Of those who claim one component, the one to propose to do without: never the box."""
    return next((p.distribution for p in claims if p.distribution != BOX), claims[-1].distribution)
