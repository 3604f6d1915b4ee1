"""Whether a runner still lives.

A runner that is killed cannot end its runs. Each open run therefore names its runner, and the runner gives a
sign of life every few seconds: a number that it changes. On the runner's own machine its process decides.
Elsewhere the number must change between two looks of this process. Clocks of two machines are never compared.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Protocol

import psutil

RUNNER = "raman_xp.runner"
INTERVAL = 20.0
"""Seconds from one sign of life to the next."""
SILENCE = 180.0
"""Seconds without a change, after which a runner on another machine is taken for dead. It may be silent for
two minutes while it waits for its store to come back."""

log = logging.getLogger(__name__)


class Life(Enum):
    """What is known of a runner. ``UNKNOWN``: on another machine, and not watched for long enough."""

    LIVES = "lives"
    UNKNOWN = "unknown"
    DEAD = "dead"


@dataclass
class _Watched:
    """What this process has seen of a runner on another machine.

    Args:
        since: when a sign of life was last new, by this process's clock.
        beats: name of a sign → its value.
        has_moved: whether a sign has changed between two looks.
    """

    since: float
    beats: dict[str, int] = field(default_factory=dict)
    has_moved: bool = False


_watched: dict[str, _Watched] = {}
_watching = threading.Lock()


def life_of(runner: str, sign: str = "", beat: int = 0) -> Life:
    """Look at a runner.

    Args:
        runner: as `this_runner` gives it.
        sign: name of a sign of life that it gives; unique to the runner.
        beat: the sign's value as the store has it now.
    """
    machine, pid, created = runner.rsplit(" ", 2)
    if machine == this_machine():
        return Life.LIVES if _is_process(int(pid), float(created)) else Life.DEAD
    with _watching:
        now = time.monotonic()
        watched = _watched.setdefault(runner, _Watched(now))
        if watched.beats.get(sign) != beat:
            watched.has_moved |= sign in watched.beats
            watched.beats[sign] = beat
            watched.since = now
        if now - watched.since >= SILENCE:
            return Life.DEAD
        return Life.LIVES if watched.has_moved else Life.UNKNOWN


def _is_process(pid: int, created: float) -> bool:
    try:
        process = psutil.Process(pid)
        ended = process.status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
        # The clock may have been set meanwhile; that another process got the same number is far apart.
        return not ended and abs(process.create_time() - created) < 5
    except psutil.Error:
        return False


@cache
def this_machine() -> str:
    """This machine since its last start, and the set of processes that are seen from here."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("utf-8").strip()[:8]
        return f"{socket.gethostname()}/{boot}/{os.stat('/proc/self/ns/pid').st_ino}"
    except OSError:  # no Linux
        return f"{socket.gethostname()}/{psutil.boot_time():.0f}"


def this_runner() -> str:
    """Machine, process and the process's start: what `life_of` looks for."""
    return _process(os.getpid())


@cache
def _process(pid: int) -> str:
    return f"{this_machine()} {pid} {psutil.Process(pid).create_time():.2f}"


def runner_of(runner: str) -> str:
    """Machine and process of a runner, for a message."""
    machine, pid, _ = runner.rsplit(" ", 2)
    return f"process {pid} on {machine.partition('/')[0]}"


class Beating(Protocol):
    """Something that gives a sign of life."""

    def beat(self) -> None: ...


class Heartbeat:
    """Lets the trials that this process works on give a sign of life every few seconds, in a thread."""

    def __init__(self) -> None:
        self.trials: set[Beating] = set()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._thread.join(timeout=INTERVAL)

    def _beat(self) -> None:
        while not self._over.wait(INTERVAL):
            for trial in list(self.trials):
                try:
                    trial.beat()
                except Exception as error:  # the store is away; the runner itself finds that out
                    log.debug("no sign of life: %s", error)
