"""Processes that are spawned import what is installed, and nothing that lies in the working folder."""

from __future__ import annotations

import os
import sys
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


def obstacle() -> str:
    """Return why no process can be started beside this one; empty where one can.

    Processes wait for each other by semaphores, which Linux keeps in ``/dev/shm``: some containers have none.
    """
    try:
        spawn_context().Lock()
    except (OSError, ImportError) as error:
        where = " in /dev/shm" if sys.platform == "linux" else ""
        return f"the system gives no semaphores{where} ({getattr(error, 'strerror', None) or error})"
    return ""
