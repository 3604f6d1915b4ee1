"""Imports without looks for garbage."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from raman_xp.importing import keep_imported, quick_imports


@pytest.fixture(autouse=True)
def unfrozen() -> Iterator[None]:
    """What a test leaves out is looked through again by those that follow."""
    gc.enable()
    yield
    gc.unfreeze()
    gc.enable()


def test_garbage_is_left_alone_in_the_block_and_looked_for_after_it() -> None:
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


def test_what_is_imported_is_looked_through_no_more() -> None:
    frozen = gc.get_freeze_count()
    keep_imported()
    assert gc.get_freeze_count() > frozen
