"""In this process, one unit after the other: for a debugger, and for machines that allow no more."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future

from raman_xp.errors import StoreError
from raman_xp.running.execution.backend import Backend
from raman_xp.running.work import Progress, Result, Work, do
from raman_xp.system.stopping import Stop
from raman_xp.trial.plan import Planned


class Inline(Backend):
    """Works in the thread that waits for the result, with the plan's own trials and data.

    Args:
        stop: the request that ends the work.
    """

    def __init__(self, stop: Stop) -> None:
        self._stop = stop
        self._handed_over: list[tuple[Future[Result], Work, Planned]] = []

    @property
    def width(self) -> int:
        return 1

    def submit(self, work: Work, planned: Planned) -> Future[Result]:
        future: Future[Result] = Future()
        self._handed_over.append((future, work, planned))
        return future

    def next(self, hear: Callable[[Progress], None]) -> Future[Result]:
        future, work, planned = self._handed_over.pop(0)
        try:
            with self._stop.deferred():
                future.set_result(do(work, planned.trial, planned.prepared, hear, self._stop))
        except StoreError:  # of whoever hears, not of the unit
            raise
        except Exception as error:
            future.set_exception(error)
        return future
