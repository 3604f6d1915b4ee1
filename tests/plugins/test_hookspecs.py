"""Every hook is documented with an example that runs, and every family has one."""

from __future__ import annotations

import doctest
import importlib
import inspect
from pathlib import Path

import pytest

from raman_xp.components import Family
from raman_xp.plugins import hookspecs

ROOT = Path(hookspecs.__file__).parents[1]
WITH_EXAMPLES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in (ROOT / "raman_xp").rglob("*.py")
    if ">>> " in path.read_text()
)
HOOKS = [name for name in vars(hookspecs) if name.startswith("raman_xp_")]


@pytest.mark.parametrize("module", WITH_EXAMPLES)
def test_examples_run(module):
    tested = doctest.testmod(importlib.import_module(module))
    assert tested.attempted
    assert not tested.failed


@pytest.mark.parametrize("name", HOOKS)
def test_every_hook_has_an_example(name):
    assert ">>> " in inspect.getdoc(getattr(hookspecs, name))


@pytest.mark.parametrize("family", list(Family))
def test_every_family_has_its_registration_hook(family):
    assert family.hook in HOOKS
