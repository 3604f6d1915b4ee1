"""Processes that are spawned import what is installed, and nothing that lies in the working folder."""

from __future__ import annotations

import os
from multiprocessing import get_context
from multiprocessing.context import SpawnContext


def spawn_context() -> SpawnContext:
    """Return the context in which to start processes.

    A process is started as ``python -c``, which looks for modules in the working folder first: a file
    ``signal.py`` there would be run instead of Python's own. From here on, every process that this one starts
    leaves the working folder out.
    """
    os.environ["PYTHONSAFEPATH"] = "1"
    return get_context("spawn")
