"""Imports without garbage collection."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from raman_xp.system.importing import keep_imported, quick_imports


@pytest.fixture(autouse=True)
def unfrozen() -> Iterator[None]:
    """Objects that a test excludes are collected again by the tests that follow."""
    gc.enable()
    yield
    gc.unfreeze()
    gc.enable()


def test_the_collector_runs_after_the_block_and_not_in_it() -> None:
    with quick_imports():
        assert not gc.isenabled()
        with quick_imports():
            pass
        assert not gc.isenabled()  # the inner block ends no outer one
    assert gc.isenabled()


def test_after_a_failed_import_too() -> None:
    with pytest.raises(ImportError), quick_imports():
        raise ImportError("no such module")
    assert gc.isenabled()


def test_nothing_changes_where_all_is_imported() -> None:
    with quick_imports("sys", "gc"):
        assert gc.isenabled()


def test_whoever_has_switched_it_off_keeps_it_off() -> None:
    gc.disable()
    with quick_imports():
        pass
    assert not gc.isenabled()


def test_objects_that_exist_are_excluded() -> None:
    frozen = gc.get_freeze_count()
    keep_imported()
    assert gc.get_freeze_count() > frozen
