"""Imports that are not interrupted."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quick_imports(*modules: str) -> Iterator[None]:
    """Import large libraries in the block, without looks for garbage meanwhile.

    They make hundreds of thousands of objects, all of which stay. Python's garbage collector would go through
    them again and again, which takes a quarter of the time; from then on it leaves them out.

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
        gc.freeze()
        gc.enable()
