"""There are never more worker processes than fits, nor than the machine has room for."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time

import psutil
import pytest

from raman_xp.cli.options import workers_for
from raman_xp.plugins.registry import Registry
from raman_xp.running.execution.processes import WorkerDied, WorkerProcesses
from raman_xp.spec import load_experiment
from raman_xp.system import memory
from running.conftest import Quick


def children() -> int:
    """Python processes that this one has started, Python's own resource tracker aside."""
    commands = []
    for child in psutil.Process().children():
        try:
            commands.append(" ".join(child.cmdline()))
        except psutil.Error:
            continue
    return sum("spawn_main" in command for command in commands)


class Counting(threading.Thread):
    """Notes the largest number of children while it runs."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.most, self.before, self._over = 0, children(), threading.Event()

    def run(self) -> None:
        while not self._over.is_set():
            self.most = max(self.most, children() - self.before)
            time.sleep(0.02)

    def __enter__(self) -> Counting:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.join()


def test_there_are_no_more_workers_than_fits(quick: Quick, caplog):
    with Counting() as counting:
        result = quick.invoke("run", "quick.yaml", "--workers", "7", "--set", "model.seconds=1")
    assert result.exit_code == 0, result.output
    assert 1 < counting.most <= 3
    assert "3 workers instead of 7: no more fits are left to do" in caplog.text


def test_fits_that_are_recorded_need_no_worker(quick: Quick, caplog):
    assert quick.run("quick.yaml").exit_code == 0
    result = quick.invoke(
        "run", "quick.yaml", "--workers", "3", "--set", "seed=1", "--set", "split.folds=null"
    )
    assert result.exit_code == 0, result.output
    assert "1 worker instead of 3: no more fits are left to do" in caplog.text


@pytest.fixture
def trials(quick: Quick):
    return load_experiment(quick.folder / "quick.yaml", Registry()).trials


def test_a_number_beyond_the_machine_is_reduced(trials, caplog, monkeypatch):
    monkeypatch.setattr("joblib.cpu_count", lambda: 2)
    monkeypatch.setattr(memory, "unused", lambda: 10**12)
    assert workers_for(trials, 4096) == 8
    assert "8 workers instead of 4096: the machine has 2 cores" in caplog.text


def test_a_number_beyond_the_memory_is_reduced_by_default_too(trials, caplog, monkeypatch):
    monkeypatch.setattr("joblib.cpu_count", lambda: 64)
    monkeypatch.setattr(memory, "unused", lambda: 1_700_000_000)
    assert (workers_for(trials, 12), workers_for(trials, None), workers_for(trials, 0)) == (3, 3, 0)
    assert "3 workers instead of 12: 1.7 GB of memory are free, and each takes 0.5 GB" in caplog.text
    assert "3 workers instead of 64" in caplog.text
    monkeypatch.setattr(memory, "unused", lambda: 1)
    assert workers_for(trials, None) == 1


def test_what_is_asked_for_and_can_be_had_is_not_talked_about(trials, caplog):
    with caplog.at_level(logging.INFO):
        assert workers_for(trials, 1) == 1
    assert not caplog.text


def test_processes_are_started_as_calls_need_them_and_ended_when_there_are_too_many():
    executor = WorkerProcesses(4, lambda progress: None)
    before = children()
    try:
        assert len({executor.submit(os.getpid).result() for _ in range(4)}) == 1
        busy = [executor.submit(time.sleep, 60) for _ in range(3)]
        while children() - before < 3:
            time.sleep(0.05)
        executor.reduce(1)
        while sum(future.done() for future in busy) < 2:
            time.sleep(0.05)
        assert all(isinstance(future.exception(), WorkerDied) for future in busy if future.done())
        assert children() - before == 1
    finally:
        executor.shutdown(wait=False)
    assert children() == before


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="mounts something over /dev/shm")
def test_without_shared_memory_fits_run_one_after_the_other(quick: Quick):
    (quick.folder / "nothing").mkdir()
    mount = 'mount --bind nothing /dev/shm && mount -o remount,ro,bind /dev/shm && exec "$@"'
    command = [sys.executable, "-m", "raman_xp", "run", "quick.yaml", "--workers", "2"]
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", mount, "sh", *command],
        cwd=quick.folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if "unshare failed" in done.stderr or "permission denied" in done.stderr:
        pytest.skip(f"no mount can be made here: {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr
    assert (
        "the system gives no semaphores in /dev/shm (Read-only file system): fits run one after"
        in done.stderr
    )
    assert quick.fits == 3
