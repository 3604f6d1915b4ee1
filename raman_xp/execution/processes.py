"""In processes beside this one, started once and used again.

Each process stands behind a `ProcessPoolExecutor` of its own: when one dies, its pool alone is broken, so
that it is known which unit died with it, and no other unit is lost.
"""

from __future__ import annotations

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

from raman_xp.components import Model
from raman_xp.errors import WorkerError
from raman_xp.execution.backend import Backend, ExecutorBackend, Inbox
from raman_xp.files import TemporaryFolder
from raman_xp.memory import share_among
from raman_xp.spawning import spawn_context
from raman_xp.work import Progress, Result, Work, warm_up, work_from_spec

P = ParamSpec("P")
T = TypeVar("T")


class WorkerProcesses(Executor):
    """So many processes, each behind a pool of its own.

    A call whose process dies ends with `WorkerDied`; the next call starts another process.

    Args:
        workers: how many processes.
        hear: called, in some thread, with what a process says.
    """

    def __init__(self, workers: int, hear: Callable[[Progress], None]) -> None:
        self._hear = hear
        self._sharing = workers + 1  # the runner has arrays as well
        self._own = threading.local()
        self._begun: set[_Process] = set()
        self._closed = False
        self._scratch = TemporaryFolder()
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="worker")

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        return self._threads.submit(self._call, fn, *args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Wait for the calls under way, or not; then kill the processes: they hold nothing of worth.

        A process that is just being started is killed as soon as it exists, not once it is ready.
        """
        self._closed = not wait
        self._threads.shutdown(wait=wait, cancel_futures=cancel_futures or not wait)
        for process in list(self._begun):
            process.kill()
        self._threads.shutdown()
        for process in self._begun:
            process.pool.shutdown()
        self._scratch.delete()

    def _call(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        process = getattr(self._own, "process", None)
        if process is None:
            process = self._own.process = _Process(self._hear, self._sharing, self._scratch.path)
            self._begun.add(process)
            if self._closed:
                process.kill()
        try:
            return process.call(fn, *args, **kwargs)
        except BrokenProcessPool as error:
            self._own.process = None
            self._begun.discard(process)
            process.pool.shutdown()
            raise WorkerDied("its process ended abruptly: killed, out of memory, or crashed") from error


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


@contextmanager
def in_processes(workers: int, models: Iterable[Model] = ()) -> Iterator[Backend]:
    """Work in so many spawned processes.

    Args:
        models: those that will be fitted; the processes make ready for them at once.
    """
    inbox: Inbox = SimpleQueue()
    executor = WorkerProcesses(workers, inbox.put)
    share_among(workers + 1)
    names = sorted({model.name for model in models})
    for _ in range(workers):
        executor.submit(warm_up, names)
    try:
        # As many again wait in line, so that no process waits while the runner writes.
        yield ExecutorBackend(executor, _work, inbox, lambda: 2 * workers)
    finally:
        executor.shutdown(wait=False)
        share_among(1)
