"""What a command costs: its time, and the largest memory of its processes together."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True)
class Cost:
    """Of a command and its processes.

    Args:
        seconds: from start to end.
        peak_mb: greatest sum of proportional set sizes (what processes share counts once), in 10⁶ bytes.
    """

    seconds: float
    peak_mb: float


def run(arguments: Sequence[str], folder: Path, every: float = 0.5) -> Cost:
    """Run ``raman-xp`` in a folder and watch it.

    Args:
        every: seconds between looks at the memory.

    Raises:
        SystemExit: the command fails.
    """
    began = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "raman_xp", *arguments], cwd=folder, env=os.environ)
    peak = 0.0
    ended = threading.Event()

    def watch() -> None:
        nonlocal peak
        while not ended.wait(every):
            peak = max(peak, _memory(process.pid))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        code = process.wait()
    except KeyboardInterrupt:  # the command has had it as well, and ends by itself
        code = process.wait()
    ended.set()
    watcher.join()
    if code:
        raise SystemExit(code)
    return Cost(time.perf_counter() - began, peak / 1e6)


def _memory(pid: int) -> float:
    """Bytes of a process and its descendants."""
    total = 0.0
    try:
        parent = psutil.Process(pid)
        for process in (parent, *parent.children(recursive=True)):
            try:
                memory = process.memory_full_info()
                total += getattr(memory, "pss", memory.uss)
            except psutil.Error:  # gone meanwhile
                continue
    except psutil.Error:
        return 0.0
    return total
