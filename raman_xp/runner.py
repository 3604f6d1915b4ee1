"""Runs planned trials: recalls what is finished, hands out the rest, and records each unit as it is done."""

from __future__ import annotations

import logging
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import CancelledError, Future
from contextlib import ExitStack

from raman_xp.components import ExperimentLog
from raman_xp.errors import ClusterError, RamanXpError, WorkerError
from raman_xp.events import Events
from raman_xp.execution import Backend
from raman_xp.execution.processes import WorkerDied
from raman_xp.plan import Fold, Planned
from raman_xp.results import UnitResult
from raman_xp.trial_run import Outcome, TrialRun, storing
from raman_xp.work import Work

ATTEMPTS = 3
"""How often a unit is begun whose process dies."""

log = logging.getLogger(__name__)


def run(planned: Sequence[Planned], events: Events, backend: Backend, fresh: bool = False) -> list[Outcome]:
    """Run planned trials; one that fails is recorded as failed, and the others go on.

    Args:
        backend: does the work.
        fresh: do everything anew, whatever is finished.

    Returns:
        How each trial has ended, in the order of the plan.

    Raises:
        StoreError: the store cannot be reached or written. What was recorded stays.
        ClusterError: the cluster is lost. What was recorded stays.
    """
    for tracker in {repr(each.trial.tracker): each.trial.tracker for each in planned}.values():
        with storing(tracker, "reach its store"):
            tracker.preflight()
    with ExitStack() as stack:
        trials = list(_trial_runs(planned, events, fresh, stack))
        if todo := [trial for trial in trials if not trial.outcome]:
            _work_through(todo, events, backend)
    return [trial.outcome for trial in trials if trial.outcome]


def _trial_runs(
    planned: Sequence[Planned], events: Events, fresh: bool, stack: ExitStack
) -> Iterator[TrialRun]:
    """Each trial with what is finished of it."""
    experiments: dict[tuple[str, str], ExperimentLog] = {}
    for place, each in enumerate(planned):
        tracker, header = each.trial.tracker, each.trial.header
        key = (repr(tracker), header.name)
        if key not in experiments:
            with storing(tracker, "open the experiment"):
                record = tracker.experiment(header.name, header.description)
                experiments[key] = stack.enter_context(record)
        trial = TrialRun(place, each, experiments[key], events, fresh)
        if not fresh:
            trial.recall()
        yield trial


def _work_through(trials: Sequence[TrialRun], events: Events, backend: Backend) -> None:
    """Do all units that are left."""
    # The longest trial first, so that none is left over at the end; its units together, so that it ends.
    longest_first = sorted(trials, key=lambda trial: -trial.planned.cost)
    queue = deque((trial, fold) for trial in longest_first for fold in trial.todo())
    events.tell("run_started", trials=[trial.planned.context for trial in trials], units=len(queue))
    ok = False
    try:
        _do(queue, {trial.place: trial for trial in trials}, backend)
        ok = not any(trial.outcome and trial.outcome.error for trial in trials)
    except BaseException as error:
        for trial in trials:
            trial.stop(error)
        raise
    finally:
        events.tell("run_finished", ok=ok)


def _do(queue: deque[tuple[TrialRun, Fold]], by_place: Mapping[int, TrialRun], backend: Backend) -> None:
    """Hand units out, and take back what becomes of them.

    Raises:
        ClusterError: the cluster is lost.
    """
    deaths: Counter[tuple[int, Fold]] = Counter()
    pending: dict[Future[UnitResult], Work] = {}
    while queue or pending:
        while queue and (backend.width is None or len(pending) < backend.width):
            trial, fold = queue.popleft()
            if trial.outcome is None:  # it has not failed meanwhile
                work = trial.work(fold)
                pending[backend.submit(work, trial.planned)] = work
        if not pending:
            return
        future = backend.next(lambda progress: by_place[progress.trial].hear(progress))
        work = pending.pop(future)
        trial, result = by_place[work.trial], _result(future, work)
        if isinstance(result, WorkerDied):
            deaths[work.trial, work.fold] += 1
            tried = deaths[work.trial, work.fold]
            if tried < ATTEMPTS:
                log.warning("%s (attempt %d of %d); it is done again", result, tried, ATTEMPTS)
                queue.appendleft((trial, work.fold))
                continue
            result = WorkerError(f"{result} ({ATTEMPTS} times; it is not tried again)")
        trial.take(result)


def _result(future: Future[UnitResult], work: Work) -> UnitResult | RamanXpError:
    """What a unit gave back, or what was wrong.

    Raises:
        ClusterError: the cluster is lost.
    """
    try:
        return future.result()
    except CancelledError as error:
        raise ClusterError(
            f"{work}: the connection to the cluster is lost; what was recorded stays, and the same command "
            "goes on from there once the scheduler is back"
        ) from error
    except WorkerDied as error:
        return WorkerDied(f"{work}: {error}")
    except RamanXpError as error:
        return error
    except Exception as error:
        return WorkerError(f"{work}: {type(error).__name__}: {error}")
