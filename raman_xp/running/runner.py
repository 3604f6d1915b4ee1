"""Runs planned trials: recalls what is finished, hands out the rest, and records each unit as it is done."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import CancelledError, Future
from contextlib import ExitStack
from dataclasses import dataclass, replace

from raman_xp.components import ExperimentLog
from raman_xp.errors import ClusterError, RamanXpError, WorkerError
from raman_xp.plugins.events import Events
from raman_xp.results import UnitResult
from raman_xp.running.execution import Backend
from raman_xp.running.execution.processes import WorkerDied
from raman_xp.running.scheduler import ATTEMPTS, Scheduler, Task
from raman_xp.running.sweeps import summarised, sweep_key
from raman_xp.running.trial_pictures import told
from raman_xp.running.trial_run import Outcome, TrialRun, Unit, storing
from raman_xp.running.work import Result, Work
from raman_xp.system.stopping import Stop, Stopped
from raman_xp.trial.fit import Step
from raman_xp.trial.plan import Planned

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Ended:
    """How a run has ended.

    Args:
        trials: each of them, in the order of the plan.
        sweeps: where to look at the summary of each sweep that is finished.
    """

    trials: Sequence[Outcome]
    sweeps: Sequence[str]


def run(
    planned: Sequence[Planned], events: Events, backend: Backend, stop: Stop, fresh: bool = False
) -> Ended:
    """Run planned trials; one that fails is recorded as failed, and the others go on.

    Args:
        backend: does the work.
        stop: the request that ends the run; `backend` knows the same.
        fresh: do everything anew, whatever is finished.

    Raises:
        StoreError: the store cannot be reached or written. What was recorded stays.
        ClusterError: the cluster is lost. What was recorded stays.
    """
    for tracker in {repr(each.trial.tracker): each.trial.tracker for each in planned}.values():
        with storing(tracker, "reach its store", stop):
            tracker.preflight()
    with ExitStack() as stack:
        trials = _trial_runs(planned, events, fresh, stop, stack)
        if todo := [trial for trial in trials.values() if not trial.outcome]:
            _work_through(todo, events, backend, stop)
        outcomes = [(each, trials[_identity(each)].outcome) for each in planned]
        ended = [replace(outcome, planned=each) for each, outcome in outcomes if outcome]
        return Ended(ended, list(_summarised(ended, trials, fresh, stop)))


def _summarised(
    outcomes: Sequence[Outcome], trials: Mapping[tuple[str, str, str], TrialRun], fresh: bool, stop: Stop
) -> Iterator[str]:
    """Where to look at each sweep, all of whose trials are finished."""
    sweeps: defaultdict[tuple[str, str, tuple[str, ...]], list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        if swept := outcome.planned.swept:
            where, experiment, _ = _identity(outcome.planned)
            sweeps[where, experiment, swept].append(outcome)
    for some in sweeps.values():
        if len(some) < 2 or not all(outcome.numbers for outcome in some):
            continue
        first = some[0].planned
        record = trials[_identity(first)].experiment
        with storing(first.trial.tracker, "look for the sweep", stop):
            known = None if fresh else record.summary(sweep_key([outcome.planned for outcome in some]))
        if known:
            yield known
            continue
        summary = summarised(some, record)
        if summary.missing:
            advice = "the same command tries to draw them"
            log.warning("%s: %s; %s", summary.name, told(summary.missing), advice)
        with storing(first.trial.tracker, "record the sweep", stop):
            yield record.summarise(summary)


def _identity(planned: Planned) -> tuple[str, str, str]:
    """Trials of one identity are one trial: where it is recorded, and what its result depends on."""
    return repr(planned.trial.tracker), planned.trial.header.name, planned.context.key


def _trial_runs(
    planned: Sequence[Planned], events: Events, fresh: bool, stop: Stop, stack: ExitStack
) -> dict[tuple[str, str, str], TrialRun]:
    """Each trial, by its identity, with what is finished of it."""
    experiments: dict[tuple[str, str], ExperimentLog] = {}
    trials: dict[tuple[str, str, str], TrialRun] = {}
    for each in planned:
        tracker, header = each.trial.tracker, each.trial.header
        where, experiment, _ = identity = _identity(each)
        if identity in trials:
            continue
        if (where, experiment) not in experiments:
            with storing(tracker, "open the experiment", stop):
                record = tracker.experiment(header.name, header.description)
                experiments[where, experiment] = stack.enter_context(record)
        trial = TrialRun(len(trials), each, experiments[where, experiment], events, stop, fresh)
        if not fresh:
            trial.recall()
        trials[identity] = trial
    return trials


def _work_through(trials: Sequence[TrialRun], events: Events, backend: Backend, stop: Stop) -> None:
    """Do all units that are left."""
    # The longest trial first, so that none is left over at the end; its units together, so that it ends.
    longest_first = sorted(trials, key=lambda trial: -trial.planned.cost)
    tasks = [_task(trial, unit) for trial in longest_first for unit in trial.todo()]
    backend.expect(len(tasks))
    events.tell("run_started", trials=[trial.planned.context for trial in trials], units=len(tasks))
    ok = False
    try:
        _do_all(Scheduler(tasks), {trial.place: trial for trial in trials}, backend, stop)
        ok = not any(trial.outcome and trial.outcome.error for trial in trials)
    except BaseException as error:
        stop.begin_stopping()
        if stop.was_asked and not isinstance(error, KeyboardInterrupt):  # which a library has turned
            error = KeyboardInterrupt()
        unmarked = _ended_by(error, trials)
        if isinstance(error, KeyboardInterrupt):
            raise Stopped(unmarked) from error
        raise
    finally:
        events.tell("run_finished", ok=ok)


def _ended_by(error: BaseException, trials: Sequence[TrialRun]) -> list[str]:
    """End the open trials; returns the names of those that could not be marked as ended."""
    open_trials = [trial for trial in trials if trial.is_open]
    for place, trial in enumerate(open_trials):
        if not trial.stop(error):  # the store is away: each of the others would wait for it as long
            return [each.name for each in open_trials[place:]]
    return []


def _do_all(scheduler: Scheduler, trials: Mapping[int, TrialRun], backend: Backend, stop: Stop) -> None:
    """Hand all tasks out, and record what becomes of them.

    Args:
        trials: by their place in the plan.

    Raises:
        ClusterError: the cluster is lost.
    """
    pending: dict[Future[Result], tuple[Work, Task]] = {}
    while not scheduler.is_finished:
        while len(pending) < backend.width and (task := scheduler.next()):
            trial = trials[task.trial]
            work = trial.work(task.unit) if trial.begin() else None
            if work:
                pending[backend.submit(work, trial.planned)] = work, task
            else:  # its result is recorded already, or its trial has failed
                scheduler.done(task)
        if not pending:
            continue
        future = backend.next(lambda progress: trials[progress.trial].hear(progress))
        stop.check()
        work, task = pending.pop(future)
        trial, result = trials[task.trial], _result(future, work)
        if isinstance(result, WorkerDied) and work.step is not Step.DRAW:
            if scheduler.died(task):
                attempt = scheduler.attempts(task)
                log.warning("%s (attempt %d of %d); it is done again", result, attempt, ATTEMPTS)
                continue
            result = WorkerError(f"{result} ({ATTEMPTS} times; it is not tried again)")
        scheduler.done(task, [_task(trial, unit) for unit in trial.take(work, result)])


def _task(trial: TrialRun, unit: Unit) -> Task:
    return Task(trial.place, unit, trial.key(unit))


def _result(future: Future[Result], work: Work) -> Result | RamanXpError:
    """What a unit gave back, or what was wrong.

    Raises:
        ClusterError: the cluster is lost.
    """
    try:
        result = future.result()
        if isinstance(result, UnitResult) and work.earlier and not result.refitted:
            return replace(result, model=work.earlier.model)
        return result
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
