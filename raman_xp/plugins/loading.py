"""Loads one component: import its module, register it, call its hook, and look at the class.

Each step is guarded, and each fault is told with plugin, distribution, version, file, cause, and what to do.
"""

from __future__ import annotations

import importlib
import inspect
import logging
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import packages_distributions, version
from types import ModuleType
from typing import Any, NoReturn

import pluggy

from raman_xp import API_VERSION
from raman_xp.components import BASES, Component, line_in, remember_origin
from raman_xp.errors import PluginError
from raman_xp.plugins import hookspecs
from raman_xp.plugins.editable import outdated_by_name, remedy
from raman_xp.plugins.providers import BOX, Provider, requirements
from raman_xp.system.importing import quick_imports
from raman_xp.text.wording import did_you_mean

log = logging.getLogger(__name__)

OLDEST_API = 1
"""The oldest contract whose plugins still work here."""
HEAVY = ("tensorflow", "keras", "torch", "jax", "mlflow", "sklearn", "matplotlib")
"""Libraries whose import takes long: a module imports them inside the method that needs them."""
STATES_API = "RAMAN_XP_API"
"""Name of the number by which a plugin's module may state the contract it was written for."""


class Loader:
    """Loads components; a module that fails leaves nothing half-registered behind.

    Args:
        hooks: the module that specifies the hooks.
    """

    def __init__(self, hooks: ModuleType) -> None:
        self._manager = pluggy.PluginManager(hookspecs.PROJECT)
        self._manager.add_hookspecs(hooks)
        self._known = [name for name in vars(hooks) if name.startswith("raman_xp_")]

    def load(self, provider: Provider) -> type[Component]:
        """The class of a component.

        Raises:
            PluginError: the plugin is broken.
        """
        module = self._registered(provider)
        others = [plugin for plugin in self._manager.get_plugins() if plugin is not module]
        hook = self._manager.subset_hook_caller(provider.family.hook, others)
        if hook.get_hookimpls():
            return _component(provider, _returned(provider, hook))
        return fault(
            provider,
            f"its module has no hook {provider.family.hook} marked with @hookimpl",
            f'the entry point "{provider.family.value}.{provider.component}" promises one that returns it',
        )

    def _registered(self, provider: Provider) -> object:
        """The plugin's module, imported and known to pluggy."""
        if (known := self._manager.get_plugin(provider.module)) is not None:
            return known
        if provider.lacks:
            fault(
                provider,
                f"needs {provider.lacks}, and this is {BOX} {version(BOX)}",
                f"pip install '{provider.lacks}'",
            )
        if ":" in provider.module:
            fault(
                provider,
                f"its entry point names an object, {provider.module!r}",
                f"name the module that has the hook: {provider.module.partition(':')[0].strip()!r}",
            )
        module = _imported(provider)
        _require_api(provider, getattr(module, STATES_API, API_VERSION))
        try:
            with deprecations_told(str(provider)):
                self._manager.register(module, name=provider.module)
                self._manager.check_pending()
        except pluggy.PluginValidationError as error:
            if self._manager.is_registered(module):
                self._manager.unregister(module)
            told = " ".join(str(error).split()).partition(" in plugin ")[0]
            name = re.search(r"unknown hook '(\w+)'", told)
            advice = (
                did_you_mean(name[1], self._known) if name else "docs/plugins says what each hook is given"
            )
            fault(provider, f"is not a valid plugin: {told}", advice)
        return module


def fault(provider: Provider, what: str, advice: str) -> NoReturn:
    """Raise a `PluginError` that names the plugin."""
    raise PluginError(f"{provider}: {what}; {advice}")


def _imported(provider: Provider) -> ModuleType:
    try:
        with quick_imports(provider.module):
            return importlib.import_module(provider.module)
    except (Exception, SystemExit) as error:
        if not provider.file and isinstance(error, ModuleNotFoundError):
            raise PluginError(
                f"{provider}: its entry point names a module that is not there: {error}; "
                + (outdated_by_name(provider.distribution) or remedy(provider.distribution))
            ) from error
        where = line_in(provider.module, error)
        raise PluginError(
            f"{provider} cannot be imported{where}: {said(error)}; {_advice(error, provider)}"
        ) from error


def _returned(provider: Provider, hook: pluggy.HookCaller) -> list[Any]:
    """What a registration hook returns."""
    name = provider.family.hook
    try:
        classes = next(iter(hook()), None)
    except (Exception, SystemExit) as error:
        raise PluginError(
            f"{provider}: its hook {name} failed{line_in(provider.module, error)}: {said(error)}; "
            + remedy(provider.distribution)
        ) from error
    if not isinstance(classes, list | tuple) or not all(isinstance(cls, type) for cls in classes):
        fault(provider, f"its hook {name} returned {classes!r}", "a list of classes is right")
    return list(classes)


def _component(provider: Provider, classes: list[Any]) -> type[Component]:
    """Of the classes that a hook returned the one that was promised, if it can be built."""
    base = BASES[provider.family]
    for cls in classes:
        if not issubclass(cls, base) or not isinstance(getattr(cls, "name", None), str):
            fault(
                provider,
                f"its hook {provider.family.hook} returned {cls.__name__}, which is no {base.__name__} "
                "with a name",
                f"extend raman_xp.components.{base.__name__}, and give the class a name",
            )
    named = {cls.name: cls for cls in classes}
    if provider.component not in named:
        fault(
            provider,
            f"its hook {provider.family.hook} returns no such component",
            "; ".join(
                filter(
                    None, [did_you_mean(provider.component, named), outdated_by_name(provider.distribution)]
                )
            ),
        )
    promised: type[Component] = named[provider.component]
    if missing := sorted(getattr(promised, "__abstractmethods__", ())):
        fault(provider, f"the class {promised.__name__} lacks {', '.join(missing)}", "define it")
    for name, method in vars(base).items():
        if inspect.isfunction(method) and not name.startswith("_"):
            _require_arguments(provider, promised, name, inspect.signature(method))
    remember_origin(promised, str(provider), remedy(provider.distribution))
    return promised


def _require_arguments(provider: Provider, cls: type[Component], name: str, given: inspect.Signature) -> None:
    """Check that a method takes what it will be given."""
    takes = inspect.signature(getattr(cls, name))
    try:
        takes.bind(*given.parameters)
    except TypeError:
        told = (f"{name}({', '.join(each.parameters)})" for each in (takes, given))
        fault(provider, f"the class {cls.__name__} has {next(told)}", f"{next(told)} is right")


def _require_api(provider: Provider, stated: object) -> None:
    """Check that this version speaks the contract that a plugin was written for."""
    if not isinstance(stated, int):
        fault(provider, f"{STATES_API} is {stated!r}", f"a whole number such as {API_VERSION} is right")
    if stated > API_VERSION:
        fault(
            provider,
            f"is written for version {stated} of the plugin contract, and {BOX} {version(BOX)} knows "
            f"{API_VERSION}",
            f"pip install --upgrade {BOX}",
        )
    if stated < OLDEST_API:
        fault(
            provider,
            f"is written for version {stated} of the plugin contract, and the oldest that {BOX} "
            f"{version(BOX)} knows is {OLDEST_API}",
            f"pip install --upgrade {provider.distribution}",
        )


@contextmanager
def deprecations_told(who: str) -> Iterator[None]:
    """What hooks that will go say of themselves, in the log: Python hides such warnings from users.

    Args:
        who: implements them.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    for warning in caught:
        log.warning("%s: %s", who, warning.message)


def _advice(error: BaseException, provider: Provider) -> str:
    """What the user can do about an error of an import."""
    mended = remedy(provider.distribution)
    absent = isinstance(error, ModuleNotFoundError) and (error.name or "").partition(".")[0]
    if absent and absent != "raman_xp":
        brings = _who_brings(absent, provider)
        return f"pip install '{brings}'" if brings else f"nothing that it requires brings {absent}; {mended}"
    if absent or (isinstance(error, ImportError) and (error.name or "").startswith("raman_xp")):
        return f"misspelt, or of another version of {BOX} than {version(BOX)}; {mended}"
    return mended


def _who_brings(module: str, provider: Provider) -> str:
    """What to install for a module that a plugin imports: one of its extras, or what it requires, if any."""
    plain = module.replace("_", "-").lower()
    brings = {name.lower() for name in packages_distributions().get(module, [])} | {plain}
    for requirement in requirements(provider.distribution):
        if requirement.name.lower().replace("_", "-") not in brings:
            continue
        if extra := re.search(r"extra\s*==\s*[\"']([^\"']+)", str(requirement.marker or "")):
            return f"{provider.distribution}[{extra[1]}]"
        return f"{requirement.name}{requirement.specifier}"
    return ""


def said(error: BaseException) -> str:
    """Kind and text of an error."""
    return f"{type(error).__name__}: {error}"
