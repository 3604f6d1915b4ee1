"""The state of every installed component: by its metadata, or by loading it."""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import groupby

from raman_xp.errors import PluginError
from raman_xp.plugins.loading import HEAVY
from raman_xp.plugins.providers import Provider
from raman_xp.plugins.registry import Registry
from raman_xp.system.spawning import spawn_context


@dataclass(frozen=True)
class State:
    """How a component is.

    Args:
        status: in a word or two.
        error: why it cannot be used; empty where it can.
        seconds: that its import took in a fresh process; nothing where it was not tried.
        brings: large libraries that its import brings along.
    """

    provider: Provider
    status: str
    error: str = ""
    seconds: float | None = None
    brings: tuple[str, ...] = ()


def states(registry: Registry) -> Iterator[State]:
    """By metadata alone; nothing is imported."""
    for provider in sorted((*registry.providers, *registry.without)):
        if provider in registry.without:
            yield State(provider, "disabled")
            continue
        try:
            registry.find(provider.family, provider.component)
        except PluginError as error:
            yield State(provider, "claimed twice", str(error))
            continue
        if lacks := provider.lacks:
            yield State(provider, f"needs {lacks}", f"{provider} needs {lacks}; pip install '{lacks}'")
        else:
            yield State(provider, "found")


def tried(registry: Registry, tell: Callable[[State], None] = lambda state: None) -> Iterator[State]:
    """The same, and all that can be are loaded, each distribution in a fresh process.

    So each import takes what it takes alone, and one that ends its process ends no other.

    Args:
        tell: called with each before it is loaded.
    """
    for _, group in groupby(states(registry), key=lambda state: state.provider.distribution):
        pool = None
        for state in group:
            if state.status != "found":
                yield state
                continue
            tell(state)
            pool = pool or ProcessPoolExecutor(1, spawn_context())
            try:
                yield pool.submit(_loaded, state, registry.disabled).result()
            except BrokenProcessPool:
                pool.shutdown()
                pool = None
                yield replace(state, status="broken", error=f"{state.provider}: its import ends the process")
        if pool:
            pool.shutdown()


def _loaded(state: State, disabled: frozenset[str]) -> State:
    provider = state.provider
    registry = Registry(disabled=disabled)
    before, began = set(sys.modules), time.perf_counter()
    with suppress(Exception, SystemExit):  # which loading tells in the user's terms
        importlib.import_module(provider.module)
    seconds = time.perf_counter() - began
    brings = tuple(name for name in HEAVY if name in sys.modules and name not in before)
    try:
        registry.load(provider.family, provider.component)
    except PluginError as error:
        return State(provider, "broken", str(error), seconds, brings)
    return State(provider, "loads", "", seconds, brings)
