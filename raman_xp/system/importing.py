"""Imports without garbage collection."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quick_imports(*modules: str) -> Iterator[None]:
    """Import large libraries without running the garbage collector.

    Imports create hundreds of thousands of objects, all of which stay. The collector would examine them again
    and again, which takes a quarter of the time.

    Args:
        modules: names of modules. If all of them are imported already, the block runs as any other.
    """
    imported = bool(modules) and all(module in sys.modules for module in modules)
    if imported or not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def keep_imported() -> None:
    """Exclude all objects that exist now from garbage collection, including the collection at exit.

    Call it only in a process of our own that closes what it opens: the collector no longer closes objects to
    which imported classes refer.
    """
    gc.freeze()
