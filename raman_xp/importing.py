"""Imports that are not interrupted by looks for garbage."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quick_imports(*modules: str) -> Iterator[None]:
    """Import large libraries in the block, without looks for garbage meanwhile.

    They make hundreds of thousands of objects, all of which stay. Python's garbage collector would go through
    them again and again, which takes a quarter of the time.

    Args:
        modules: names of modules; where they are imported already, the block runs as any other.
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
    """Leave all that is imported so far out of later looks for garbage, and of that at the end of a process.

    Only for a process of our own, which closes by itself what it opens: the collector would no longer close
    what an imported class refers to.
    """
    gc.freeze()
