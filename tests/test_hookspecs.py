"""Every hook is documented with an example that runs, and every family has one."""

from __future__ import annotations

import doctest
import inspect

import pytest

from raman_xp import evaluation, hookspecs, receptive_field, seeds, wording
from raman_xp.components import Family

HOOKS = [name for name in vars(hookspecs) if name.startswith("raman_xp_")]


@pytest.mark.parametrize("module", [hookspecs, seeds, wording, evaluation, receptive_field])
def test_examples_run(module):
    tested = doctest.testmod(module)
    assert tested.attempted
    assert not tested.failed


@pytest.mark.parametrize("name", HOOKS)
def test_every_hook_has_an_example(name):
    assert ">>> " in inspect.getdoc(getattr(hookspecs, name))


@pytest.mark.parametrize("family", list(Family))
def test_every_family_has_its_registration_hook(family):
    assert family.hook in HOOKS
