"""What the ways of working have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import Executor, Future
from queue import Empty, SimpleQueue

from raman_xp.running.work import Progress, Result, Work
from raman_xp.system.stopping import Stop
from raman_xp.trial.plan import Planned

LOOK = 1.0
"""Seconds between two looks whether the run was asked to stop."""
Inbox = SimpleQueue["Progress | Future[Result]"]
"""What workers say, and the futures that are done, in the order in which they come."""


class Backend(ABC):
    """Does units of work, and says how far they are."""

    @property
    @abstractmethod
    def width(self) -> int:
        """Units to hand over at most; the rest waits with the runner."""

    def expect(self, units: int) -> None:
        """Learn how many units are left, before the first is handed over."""
        del units  # only who starts processes needs to know

    @abstractmethod
    def submit(self, work: Work, planned: Planned) -> Future[Result]:
        """Hand a unit over; its future comes back through `next`.

        Args:
            planned: the trial it is of, for who works in this process.
        """

    @abstractmethod
    def next(self, hear: Callable[[Progress], None]) -> Future[Result]:
        """Wait until a unit is done; meanwhile tell how far others are."""


class ExecutorBackend(Backend):
    """Hands units to an executor of ``concurrent.futures``.

    Args:
        do: what it is given to do for each unit; must be importable where the work is done.
        inbox: where progress is put.
        width: units to hand over at most, now.
        stop: the request that ends waiting.
    """

    def __init__(
        self,
        executor: Executor,
        do: Callable[[Work], Result],
        inbox: Inbox,
        width: Callable[[], int],
        stop: Stop,
    ) -> None:
        self._width = width
        self._executor = executor
        self._do = do
        self._inbox = inbox
        self._stop = stop

    @property
    def width(self) -> int:
        return self._width()

    def submit(self, work: Work, planned: Planned) -> Future[Result]:
        future = self._executor.submit(self._do, work)
        future.add_done_callback(self._inbox.put)
        return future

    def next(self, hear: Callable[[Progress], None]) -> Future[Result]:
        while True:
            try:
                happened = self._inbox.get(timeout=LOOK)
            except Empty:
                self._stop.check()
                continue
            if not isinstance(happened, Progress):
                return happened
            hear(happened)
