"""Who is at work on a run, and whether it still lives.

A runner that is killed cannot mark its runs as ended. So each open run names its runner, and tells every
few seconds that it lives; on the runner's own machine its process is looked for, elsewhere a long silence
tells.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import psutil

RUNNER, HEARTBEAT = "raman_xp.runner", "raman_xp.heartbeat"
INTERVAL = 20.0
"""Seconds from one sign of life to the next."""
SILENCE = 900.0
"""Seconds after which a runner on another machine is taken for dead; one that waits for its store to come
back is silent for minutes."""

log = logging.getLogger(__name__)


@cache
def this_machine() -> str:
    """This machine since its last start, and the set of processes that are seen from here."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()[:8]
        return f"{socket.gethostname()}/{boot}/{os.stat('/proc/self/ns/pid').st_ino}"
    except OSError:  # no Linux
        return f"{socket.gethostname()}/{psutil.boot_time():.0f}"


def signs_of_life() -> dict[str, str]:
    """Tags by which others know that this process is at work on a run."""
    return {RUNNER: _process(os.getpid()), HEARTBEAT: f"{time.time():.0f}"}


@cache
def _process(pid: int) -> str:
    return f"{this_machine()} {pid} {psutil.Process(pid).create_time():.2f}"


def is_alive(tags: Mapping[str, str]) -> bool:
    """Whether the runner that these tags name lives; somebody else's runs, without such tags, do."""
    if RUNNER not in tags:
        return True
    machine, pid, created = tags[RUNNER].rsplit(" ", 2)
    if machine == this_machine():
        try:
            process = psutil.Process(int(pid))
            ended = process.status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
            # The clock may have been set meanwhile; that another process got the same number is far apart.
            return not ended and abs(process.create_time() - float(created)) < 5
        except psutil.Error:
            return False
    return time.time() - float(tags.get(HEARTBEAT, 0)) < SILENCE


def runner_of(tags: Mapping[str, str]) -> str:
    """Machine and process of a runner, for a message."""
    machine, pid, _ = tags[RUNNER].rsplit(" ", 2)
    return f"process {pid} on {machine.partition('/')[0]}"


class Heartbeat:
    """Tells every few seconds that the runs it holds are worked on.

    Args:
        tell: called with a run and its sign of life, in a thread of its own.
    """

    def __init__(self, tell: Callable[[str, str, str], None]) -> None:
        self.runs: set[str] = set()
        self._tell = tell
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._thread.join(timeout=INTERVAL)

    def _beat(self) -> None:
        while not self._over.wait(INTERVAL):
            for run in list(self.runs):
                try:
                    self._tell(run, HEARTBEAT, f"{time.time():.0f}")
                except Exception as error:  # the store is away; the runner itself finds that out
                    log.debug("no sign of life for run %s: %s", run, error)
