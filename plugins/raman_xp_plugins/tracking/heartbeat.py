"""Whether a runner still lives.

A runner that is killed cannot end its runs. Each open run therefore names its runner, and the runner gives a
sign of life every few seconds. On the runner's own machine its process decides, elsewhere a long silence.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Protocol

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
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("utf-8").strip()[:8]
        return f"{socket.gethostname()}/{boot}/{os.stat('/proc/self/ns/pid').st_ino}"
    except OSError:  # no Linux
        return f"{socket.gethostname()}/{psutil.boot_time():.0f}"


def signs_of_life() -> dict[str, str]:
    """Tags of a new run that name this process as its runner."""
    return {RUNNER: this_runner(), HEARTBEAT: f"{time.time():.0f}"}


def this_runner() -> str:
    """Machine, process and the process's start: what `is_running` looks for."""
    return _process(os.getpid())


@cache
def _process(pid: int) -> str:
    return f"{this_machine()} {pid} {psutil.Process(pid).create_time():.2f}"


def is_alive(tags: Mapping[str, str]) -> bool:
    """Whether the runner that a run's tags name lives; a run without such tags counts as alive."""
    return RUNNER not in tags or is_running(tags[RUNNER], float(tags.get(HEARTBEAT, 0)))


def is_running(runner: str, beat: float) -> bool:
    """Whether a runner lives.

    Args:
        runner: as `this_runner` gives it.
        beat: its last sign of life, in seconds; decides for runners on other machines.
    """
    machine, pid, created = runner.rsplit(" ", 2)
    if machine == this_machine():
        try:
            process = psutil.Process(int(pid))
            ended = process.status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
            # The clock may have been set meanwhile; that another process got the same number is far apart.
            return not ended and abs(process.create_time() - float(created)) < 5
        except psutil.Error:
            return False
    return time.time() - beat < SILENCE


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
