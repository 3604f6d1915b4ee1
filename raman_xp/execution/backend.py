"""What the three ways of working have in common."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from queue import SimpleQueue
from typing import TypeVar

from raman_xp.results import UnitResult
from raman_xp.work import Progress, Work

Inbox = SimpleQueue["Progress | Future[UnitResult]"]
"""What workers say, and the futures that are done, in the order in which they come."""
T = TypeVar("T")


class Backend:
    """An executor, and what its workers say meanwhile.

    Args:
        executor: does the work.
        do: what it is given to do for each unit; must be importable where the work is done.
        inbox: where progress is put.
        width: units to hand over at most; the rest waits with the runner. Nothing: all of them.
    """

    def __init__(
        self,
        executor: Executor,
        do: Callable[[Work], UnitResult],
        inbox: Inbox,
        width: int | None = None,
    ) -> None:
        self.width = width
        self._executor = executor
        self._do = do
        self._inbox = inbox

    def submit(self, work: Work) -> Future[UnitResult]:
        """Hand a unit over; its future comes back through `next`."""
        future = self._executor.submit(self._do, work)
        future.add_done_callback(self._inbox.put)
        return future

    def next(self) -> Progress | Future[UnitResult]:
        """The next thing to happen: a unit gets on, or is done."""
        return self._inbox.get()
