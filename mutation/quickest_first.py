"""Plugin of pytest for mutants: which tests run, in which order, and what is imported only once."""

from __future__ import annotations

import gc
import os
import resource
from collections import defaultdict
from collections.abc import Generator
from importlib import import_module
from typing import Any

import hypothesis
import pytest
from mutmut.state import state

from staging import STAGE, settings

FILES = settings()["pytest_add_cli_args_test_selection"]
SLOW_IMPORTS = (
    "sklearn.model_selection",
    "sklearn.cross_decomposition",
    "mlflow",
    "matplotlib.figure",
    "matplotlib.backends.backend_agg",
)
"""Imported before workers are forked. Nothing is computed with them there: threads do not survive a fork."""
_reached: dict[str, set[str]] = defaultdict(set)
"""Fixture of a whole file → functions that it calls."""

hypothesis.settings.register_profile(
    "mutants",
    database=None,
    deadline=None,
    derandomize=True,  # a mutant is killed in every run, or in none
    suppress_health_check=list(hypothesis.HealthCheck),  # a slow machine is no fault of the mutant
    phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate),  # the smallest example does not matter
)


def pytest_configure() -> None:
    """Import what takes long, limit the computing time, and count calls in this process only."""
    for name in SLOW_IMPORTS:
        import_module(name)
    soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
    if soft != resource.RLIM_INFINITY:
        # mutmut limits the time on the clock to half of this: other work on the machine would end a worker.
        resource.setrlimit(resource.RLIMIT_CPU, (max(soft // 5, 1), hard))
    if os.environ.get("MUTANT_UNDER_TEST") == "stats":
        del os.environ["MUTANT_UNDER_TEST"]  # mutmut remembers it; other processes have no settings of mutmut


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort tests by the place of their file in the settings, where quick ones are first."""
    items.sort(key=lambda item: [item.nodeid.startswith(file) for file in FILES].index(True))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Keep the failures of code that is not mutated, of which mutmut shows nothing."""
    if report.failed and os.environ.get("MUTANT_UNDER_TEST", "") == "":
        with (STAGE / "failures.txt").open("a", encoding="utf-8") as file:
            file.write(f"{report.nodeid}\n{report.longreprtext}\n")


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: Any) -> Generator[None, object, object]:
    """Note what a fixture of a whole file calls, which mutmut counts for the first of its tests only."""
    before = set(state()._stats)
    state()._stats.clear()
    result = yield
    if fixturedef.scope != "function":
        _reached[fixturedef.argname] |= state()._stats
    state()._stats |= before
    return result


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Count for every test what the fixtures of its file call, and spare workers the search for garbage."""
    if session.config.getoption("collectonly"):
        gc.freeze()  # workers are forked from here: to look through what they share takes most of their time
    for item in session.items:
        for fixture in getattr(item, "fixturenames", ()):
            for function in _reached.get(fixture, ()):
                state().tests_by_mangled_function_name[function].add(item.nodeid)
