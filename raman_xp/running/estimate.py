"""How long an experiment will take and how much memory, from a few steps of its longest fit."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

import psutil
from threadpoolctl import threadpool_limits

from raman_xp.components import FitTask, blaming
from raman_xp.results import unit_name
from raman_xp.running.execution.processes import WorkerProcesses
from raman_xp.running.work import Work, rebuilt
from raman_xp.trial.plan import Planned

ENOUGH = 3.0
"""Seconds of steps after which a fit has shown how fast it is."""


@dataclass(frozen=True)
class Measured:
    """The beginning of a fit.

    Args:
        first: seconds until the first step was done; where a fit tells no steps, all of it.
        step: seconds of each further one.
        steps: how many there would be.
        memory: resident memory of the process that fits, in bytes.
    """

    first: float
    step: float
    steps: int
    memory: int

    @property
    def seconds(self) -> float:
        """Of the whole fit."""
        return self.first + self.step * (self.steps - 1)


@dataclass(frozen=True)
class Estimate:
    """Of all fits of a plan; maps and pictures come on top.

    Args:
        longest: as measured.
        fits: how many there are.
        workers: how many are done side by side.
        seconds: until all are done.
    """

    longest: Measured
    fits: int
    workers: int
    seconds: float

    @property
    def memory(self) -> int:
        """Of all workers together, in bytes."""
        return self.longest.memory * min(self.workers, self.fits)


def estimate(planned: Sequence[Planned], workers: int) -> Estimate:
    """Begin the longest fit in a process of its own, and reckon the others by their operations.

    Raises:
        ComponentError: the fit fails.
    """
    longest = max(planned, key=lambda each: each.cost)
    work = Work(0, longest.trial.name, longest.trial.spec, None, longest.fits[None])
    executor = WorkerProcesses(1, lambda progress: None)
    try:
        measured: Measured = executor.submit(begin_to_fit, work).result()
    finally:
        executor.shutdown(wait=False)
    costs = sorted((cost for each in planned for cost in each.costs), reverse=True)
    busy = [0.0] * workers  # each worker takes the longest fit that is left
    for cost in costs:
        busy[busy.index(min(busy))] += measured.seconds * cost / max(*costs, 1.0)
    return Estimate(measured, len(costs), workers, max(busy))


class _Enough(BaseException):
    """Ends a fit that has shown how fast it is."""


def begin_to_fit(work: Work) -> Measured:
    """Fit until it is known how fast that is; in a process of its own."""
    trial, prepared = rebuilt(work)
    trial.model.warm_up()
    began = time.perf_counter()
    told: list[float] = []
    steps = 1

    def report(done: int, total: int, numbers: Mapping[str, float]) -> None:
        nonlocal steps
        steps = total
        told.append(time.perf_counter())
        if len(told) > 1 and told[-1] - told[0] > ENOUGH:
            raise _Enough

    task = FitTask(
        prepared.spectra.take(prepared.split.train),
        None,
        trial.seeds.child(unit_name(work.fold)),
        trial.header.threads,
        report,
    )
    try:
        with blaming(trial.model, "fit"), threadpool_limits(trial.header.threads):
            trial.model.fit(task)
    except _Enough:
        pass
    told = told or [time.perf_counter()]
    step = median(after - before for before, after in pairwise(told)) if told[1:] else 0.0
    return Measured(told[0] - began, step, steps, psutil.Process().memory_info().rss)
