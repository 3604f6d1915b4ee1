"""In this process, one unit after the other: for a debugger, and for machines that allow no more."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from queue import SimpleQueue
from typing import ParamSpec, TypeVar

from raman_xp.execution.backend import Backend, Inbox
from raman_xp.plan import Planned
from raman_xp.results import UnitResult
from raman_xp.work import Progress, Work, do

P = ParamSpec("P")
T = TypeVar("T")


class InlineExecutor(Executor):
    """Calls at once, in the thread that submits."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


@contextmanager
def inline(planned: Sequence[Planned], hear: Callable[[Progress], None]) -> Iterator[Backend]:
    """Work in this process, with the plan's own trials and data.

    Args:
        hear: told at once how far a unit is.
    """

    def work_here(work: Work) -> UnitResult:
        return do(work, planned[work.trial].trial, planned[work.trial].prepared, hear)

    inbox: Inbox = SimpleQueue()
    yield Backend(InlineExecutor(), work_here, inbox, width=1)
