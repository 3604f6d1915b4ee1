"""How much memory the arrays of this process may take, and what is refused before it is allocated."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

import psutil

from raman_xp.errors import DataError, RamanXpError

LIMIT = "RAMAN_XP_MEMORY_LIMIT"
"""Environment variable: megabytes that the arrays of one process may take together; the others are mapped."""
SHARE = 4
"""By default arrays take this part of the memory: networks, tables and pictures need the rest."""
DATA_LIMIT = "RAMAN_XP_DATA_LIMIT"
"""Environment variable: megabytes that one step may take at once; an estimate above it is refused."""
DATA_SHARE = 2
"""By default a step takes this part of the memory."""
ADDRESSES = 3e9
"""Bytes of addresses, most of them never used, that the libraries of a run take."""
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


@contextmanager
def sharing_memory(processes: int) -> Iterator[None]:
    """Within, this process takes one of so many shares of the memory."""
    share_among(processes)
    try:
        yield
    finally:
        share_among(1)


def limit() -> int:
    """Return the bytes that the arrays of this process may take together.

    Raises:
        RamanXpError: the environment variable holds no number.
    """
    stated = _stated(LIMIT)
    return _share(SHARE) if stated is None else stated


def require_room(size: float, what: str, advice: str, default: float | None = None) -> None:
    """Refuse what would take too much memory, before it is allocated.

    Each component of data, preprocessing and models estimates its arrays by arithmetic and calls this.

    Args:
        size: estimate, in bytes.
        what: needs so much, as the user knows it: the subject of a sentence.
        advice: imperative that says which key of the spec to change.
        default: limit in bytes where the user states none; default: a share of the memory.

    Raises:
        DataError: the estimate is above the limit; it says how to raise it.
    """
    stated = _stated(DATA_LIMIT)
    most = stated if stated is not None else _share(DATA_SHARE) if default is None else default
    if size > most:
        raise DataError(
            f"{what} would take {_megabytes(size)}. At most {_megabytes(most)} are allowed here. {advice}, "
            f"or set the environment variable {DATA_LIMIT}={math.ceil(size / 1e6)} to allow it"
        )


def _megabytes(size: float) -> str:
    return f"{math.ceil(size / 1e6):,} MB"


def _stated(variable: str) -> int | None:
    """Bytes that an environment variable states in megabytes.

    Raises:
        RamanXpError: it holds no number.
    """
    text = os.environ.get(variable)
    if text is None:
        return None
    try:
        if (megabytes := float(text)) >= 0:
            return int(min(megabytes * 1e6, sys.maxsize))
    except ValueError:
        pass
    raise RamanXpError(f"{variable}={text}: megabytes are expected, such as {variable}=2000")


def _share(parts: int) -> int:
    """One of so many parts of the memory, divided among the processes that share it.

    A limit on the addresses of one process (``ulimit -v``) is not shared.
    """
    return min((_granted or available()) // parts // _processes, _addresses() // parts)


def _addresses() -> int:
    """Bytes that this process may address."""
    if sys.platform == "win32":
        return sys.maxsize
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    return sys.maxsize if soft == resource.RLIM_INFINITY else soft


def require_addresses(least: float, what: str) -> None:
    """Check that this process may address enough memory: below that, libraries fail in many ways, or hang.

    Args:
        least: bytes.
        what: needs them, as the subject of a sentence.

    Raises:
        RamanXpError: the shell limits the process to fewer (``ulimit -v``).
    """
    if (most := _addresses()) < least:
        raise RamanXpError(
            f"this shell limits a process to {most / 1e9:.1f} GB of addresses (`ulimit -v`), and {what} "
            f"needs {least / 1e9:.0f} GB. Raise the limit, such as with `ulimit -v unlimited`"
        )


def unused() -> int:
    """Return the bytes that no process uses yet, as far as this one may take them."""
    return min(psutil.virtual_memory().available, available())


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
