"""Imports without looks for garbage."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from raman_xp.importing import quick_imports


@pytest.fixture(autouse=True)
def unfrozen() -> Iterator[None]:
    """What a test has frozen is looked through again by those that follow."""
    gc.enable()
    yield
    gc.unfreeze()
    gc.enable()


def test_garbage_is_left_alone_in_the_block_and_looked_for_after_it() -> None:
    frozen = gc.get_freeze_count()
    with quick_imports():
        assert not gc.isenabled()
        with quick_imports():
            pass
        assert not gc.isenabled()  # the inner block ends no outer one
    assert gc.isenabled()
    assert gc.get_freeze_count() > frozen


def test_after_a_failed_import_too() -> None:
    with pytest.raises(ImportError), quick_imports():
        raise ImportError("no such module")
    assert gc.isenabled()


def test_nothing_is_frozen_where_all_is_imported() -> None:
    frozen = gc.get_freeze_count()
    with quick_imports("sys", "gc"):
        assert gc.isenabled()
    assert gc.get_freeze_count() == frozen


def test_whoever_has_switched_it_off_keeps_it_off() -> None:
    gc.disable()
    with quick_imports():
        pass
    assert not gc.isenabled()
