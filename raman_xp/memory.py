"""How much memory the arrays of this process may take."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

import psutil

from raman_xp.errors import RamanXpError

LIMIT = "RAMAN_XP_MEMORY_LIMIT"
"""Environment variable: megabytes that the arrays of one process may take together; the others are mapped."""
SHARE = 4
"""By default arrays take this part of the memory: networks, tables and pictures need the rest."""
_CGROUPS = Path("/sys/fs/cgroup")
_OWN_CGROUPS = Path("/proc/self/cgroup")

_processes = 1
_granted: int | None = None


def share_among(processes: int, granted: int | None = None) -> None:
    """Divide the memory: from now on this process takes one share of it.

    Args:
        processes: how many take the same share, this one included.
        granted: bytes that this process has been granted by whoever started it; default: see `available`.
    """
    global _processes, _granted
    _processes, _granted = max(processes, 1), granted


def limit() -> int:
    """Return the bytes that the arrays of this process may take together.

    Raises:
        RamanXpError: the environment variable holds no number.
    """
    told = os.environ.get(LIMIT)
    if told is None:
        return (_granted or available()) // SHARE // _processes
    try:
        if (megabytes := float(told)) >= 0:
            return int(min(megabytes * 1e6, sys.maxsize))
    except ValueError:
        pass
    raise RamanXpError(f"{LIMIT}={told}: megabytes are expected, such as {LIMIT}=2000")


@cache  # it is looked up for each array
def available() -> int:
    """Return the bytes that this process can have at most: the machine's, or fewer in a control group."""
    return min([psutil.virtual_memory().total, *_limits_of_cgroups()])


def _limits_of_cgroups() -> Iterator[int]:
    """Limits of the control groups that this process is in, and of those around them (Linux)."""
    try:
        lines = _OWN_CGROUPS.read_text("utf-8").splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, group = line.split(":", 2)
        if controllers == "":  # version 2
            root, name = _CGROUPS, "memory.max"
        elif "memory" in controllers.split(","):
            root, name = _CGROUPS / "memory", "memory.limit_in_bytes"
        else:
            continue
        inner = root / group.lstrip("/")
        # Within a container the path may be that of the host, of which only the root is seen here.
        for folder in (*(each for each in (inner, *inner.parents) if root in (each, *each.parents)),):
            with suppress(OSError, ValueError):  # no such file; or "max"
                yield int((folder / name).read_text("utf-8"))
