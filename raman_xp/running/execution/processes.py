"""In processes beside this one, started once and used again.

Each process stands behind a `ProcessPoolExecutor` of its own: when one dies, its pool alone is broken, so
that it is known which unit died with it, and no other unit is lost.
"""

from __future__ import annotations

import logging
import os
import signal
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from multiprocessing import parent_process
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue
from typing import Any, ParamSpec, TypeVar

from raman_xp.errors import WorkerError
from raman_xp.running.execution.backend import Backend, ExecutorBackend, Inbox
from raman_xp.running.work import Progress, Result, Work, warm_up, work_from_spec
from raman_xp.spec.experiment import Trial
from raman_xp.system.files import TemporaryFolder
from raman_xp.system.memory import share_among
from raman_xp.system.spawning import obstacle, spawn_context
from raman_xp.system.stopping import Stop
from raman_xp.text.streams import protect_streams
from raman_xp.text.wording import counted

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")


class WorkerProcesses(Executor):
    """So many processes at most, each behind a pool of its own; one is started when a call finds none idle.

    A call whose process dies ends with `WorkerDied`; the next call starts another process.

    Args:
        workers: how many processes.
        hear: called, in some thread, with what a process says.

    Raises:
        WorkerError: the system cannot start processes.
    """

    def __init__(self, workers: int, hear: Callable[[Progress], None]) -> None:
        if why := obstacle():
            raise WorkerError(f"no process can be started: {why}. Fit in this process, with --workers 0")
        self._hear = hear
        self._sharing = workers + 1  # the runner has arrays as well
        self._most = workers
        self._changed = threading.Condition()
        self._begun: list[_Process] = []
        self._idle: list[_Process] = []
        self._closed = False
        self._scratch = TemporaryFolder()
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="worker")

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        return self._threads.submit(self._call, fn, *args, **kwargs)

    def reduce(self, workers: int) -> None:
        """Keep so many processes at most; calls under way in the others end with `WorkerDied`."""
        with self._changed:
            self._most = min(workers, self._most)
            surplus = [*self._idle, *(each for each in self._begun if each not in self._idle)]
            surplus = surplus[: max(len(self._begun) - self._most, 0)]
            for process in surplus:
                self._forget(process)
        for process in surplus:
            process.kill()
            process.pool.shutdown(wait=False)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Wait for the calls under way, or not; then kill the processes: they hold nothing of worth.

        A process that is just being started is killed as soon as it exists, not once it is ready.
        """
        with self._changed:
            self._closed = not wait
            self._changed.notify_all()
        self._threads.shutdown(wait=wait, cancel_futures=cancel_futures or not wait)
        for process in list(self._begun):
            process.kill()
        self._threads.shutdown()
        for process in self._begun:
            process.pool.shutdown()
        self._scratch.delete()

    def _call(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        process = self._taken()
        try:
            result = process.call(fn, *args, **kwargs)
        except BrokenProcessPool as error:
            with self._changed:
                self._forget(process)
            process.pool.shutdown()
            raise WorkerDied("its process ended abruptly: killed, out of memory, or crashed") from error
        except BaseException:
            self._give_back(process)
            raise
        self._give_back(process)
        return result

    def _taken(self) -> _Process:
        """An idle process, or a new one; waits while there are as many as there may be."""
        with self._changed:
            while not self._idle and len(self._begun) >= self._most and not self._closed:
                self._changed.wait()
            if self._idle:
                return self._idle.pop()
            process = _Process(self._hear, self._sharing, self._scratch.path)
            self._begun.append(process)
            if self._closed:
                process.kill()
            return process

    def _give_back(self, process: _Process) -> None:
        with self._changed:
            if process in self._begun:
                self._idle.append(process)
            self._changed.notify()

    def _forget(self, process: _Process) -> None:
        """Another may be started in its place; to be called with the lock held."""
        for known in (self._begun, self._idle):
            if process in known:
                known.remove(process)
        self._changed.notify()


class WorkerDied(WorkerError):
    """The process that did a unit is gone; another may have more luck."""


class _Process:
    """A pool of one process, and the pipe through which it says how far it is."""

    def __init__(self, hear: Callable[[Progress], None], sharing: int, scratch: Path) -> None:
        spawn = spawn_context()
        self._reader, self._writer = spawn.Pipe(duplex=False)
        self.pool = ProcessPoolExecutor(1, spawn, _begin, (self._writer, sharing, scratch))
        self._hear = hear
        self._killed = False

    def call(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        with _deaf_to_interrupts():
            if self._killed:
                raise BrokenProcessPool("killed before it was started")
            future = self.pool.submit(fn, *args, **kwargs)
            if self._killed:  # meanwhile
                self.kill()
        if not self._writer.closed:
            self._writer.close()  # the process has its own; with the last of them closed, listening ends
            threading.Thread(target=self._listen, daemon=True).start()
        return future.result()

    def kill(self) -> None:
        """End the process, or keep it from being started."""
        self._killed = True
        for process in list((self.pool._processes or {}).values()):  # until Python 3.14 names a way
            process.kill()

    def _listen(self) -> None:
        with suppress(EOFError, OSError):
            while True:
                self._hear(self._reader.recv())


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Processes begun here do not hear Ctrl-C, not even before they can say so themselves."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


_voice: Connection[Any, Any] | None = None


def _begin(voice: Connection[Any, Any], sharing: int, scratch: Path) -> None:
    """Set up a process: it has a share of the memory, leaves signals to the runner, and does not outlive it.

    Args:
        voice: where it says how far it is.
        sharing: processes that share the memory.
        scratch: folder of its temporary files.
    """
    global _voice
    protect_streams()
    share_among(sharing)
    _voice = voice
    tempfile.tempdir = str(scratch)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _work(work: Work) -> Result:
    assert _voice is not None
    return work_from_spec(work, _voice.send).hand_over()


class _Processes(ExecutorBackend):
    """Units in processes, of which there are no more than units.

    Args:
        asked: whether the user has asked for so many, and is told where there are fewer.
    """

    def __init__(
        self, executor: WorkerProcesses, inbox: Inbox, workers: int, asked: bool, stop: Stop
    ) -> None:
        # As many again wait in line, so that no process waits while the runner writes.
        super().__init__(executor, _work, inbox, lambda: 2 * self._workers, stop)
        self._processes = executor
        self._workers = workers
        self._level = logging.WARNING if asked else logging.INFO

    def expect(self, units: int) -> None:
        if units < self._workers:
            fewer = f"{counted(units, 'worker')} instead of {self._workers}"
            log.log(self._level, "%s: no more fits are left to do", fewer)
            self._workers = max(units, 1)
            self._processes.reduce(self._workers)


@contextmanager
def in_processes(
    workers: int,
    stop: Stop,
    trials: Iterable[Trial] = (),
    begin: int | None = None,
    asked: bool = False,
) -> Iterator[Backend]:
    """Work in so many spawned processes at most.

    Args:
        stop: the request that ends waiting.
        trials: those that will be run; the processes import their components and libraries at once.
        begin: processes to start at once; default: all.
        asked: whether the user has asked for so many.
    """
    inbox: Inbox = SimpleQueue()
    executor = WorkerProcesses(workers, inbox.put)
    share_among(workers + 1)
    specs = list({trial.model.name: trial.spec for trial in trials}.values())
    for _ in range(workers if begin is None else min(begin, workers)):
        executor.submit(warm_up, specs)
    try:
        yield _Processes(executor, inbox, workers, asked, stop)
    finally:
        executor.shutdown(wait=False)
        share_among(1)
