"""Runs planned trials: recalls what is finished, hands out the rest, and records each unit as it is done."""

from __future__ import annotations

import logging
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import CancelledError, Future
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from raman_xp.components import ExperimentLog, Tracker, TrialLog
from raman_xp.errors import BusyError, ClusterError, RamanXpError, StoreError, WorkerError
from raman_xp.evaluation import Accuracy, CrossValidation, Numbers
from raman_xp.events import Events
from raman_xp.execution import Backend
from raman_xp.execution.processes import WorkerDied
from raman_xp.keys import key_of
from raman_xp.plan import Fold, Planned
from raman_xp.results import TrialResult, UnitResult, numbers_of, unit_name
from raman_xp.stopping import stop_was_asked
from raman_xp.work import Progress, Work

ATTEMPTS = 3
"""How often a unit is begun whose process dies."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """How a trial has ended.

    Args:
        numbers: what it amounts to; nothing where it failed.
        where: to look at it.
        error: why it failed.
        recalled: it was finished before, and nothing was done.
    """

    planned: Planned
    numbers: Numbers | None = None
    where: str = ""
    error: RamanXpError | None = None
    recalled: bool = False


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
        with _storing(tracker, "reach its store"):
            tracker.preflight()
    with ExitStack() as stack:
        courses = list(_courses(planned, events, fresh, stack))
        todo = [course for course in courses if not course.outcome]
        if todo:
            _work_through(todo, events, backend)
    return [course.outcome for course in courses if course.outcome]


def _courses(planned: Sequence[Planned], events: Events, fresh: bool, stack: ExitStack) -> Iterator[_Course]:
    """Each trial with what is finished of it."""
    experiments: dict[tuple[str, str], ExperimentLog] = {}
    for place, each in enumerate(planned):
        tracker, header = each.trial.tracker, each.trial.header
        key = (repr(tracker), header.name)
        if key not in experiments:
            with _storing(tracker, "open the experiment"):
                record = tracker.experiment(header.name, header.description)
                experiments[key] = stack.enter_context(record)
        course = _Course(place, each, experiments[key], events, fresh)
        if not fresh:
            course.recall()
        yield course


def _work_through(courses: Sequence[_Course], events: Events, backend: Backend) -> None:
    """Do all units that are left."""
    # The longest trial first, so that none is left over at the end; its units together, so that it ends.
    longest_first = sorted(courses, key=lambda course: -course.planned.cost)
    queue = deque((course, work) for course in longest_first for work in course.todo())
    events.tell("run_started", trials=[course.planned.context for course in courses], units=len(queue))
    ok = False
    try:
        _do(queue, {course.place: course for course in courses}, backend)
        ok = not any(course.outcome and course.outcome.error for course in courses)
    except BaseException as error:
        for course in courses:
            course.stop(error)
        raise
    finally:
        events.tell("run_finished", ok=ok)


def _do(queue: deque[tuple[_Course, Work]], by_place: Mapping[int, _Course], backend: Backend) -> None:
    """Hand units out, and take back what becomes of them.

    Raises:
        ClusterError: the cluster is lost.
    """
    deaths: Counter[Work] = Counter()
    pending: dict[Future[UnitResult], tuple[_Course, Work]] = {}
    while queue or pending:
        while queue and (backend.width is None or len(pending) < backend.width):
            course, work = queue.popleft()
            if course.outcome is None:  # it has not failed meanwhile
                pending[backend.submit(work, course.planned)] = course, work
        if not pending:
            return
        future = backend.next(lambda progress: by_place[progress.trial].hear(progress))
        course, work = pending.pop(future)
        result = _result(future, work)
        if isinstance(result, WorkerDied):
            deaths[work] += 1
            if deaths[work] < ATTEMPTS:
                log.warning("%s (attempt %d of %d); it is done again", result, deaths[work], ATTEMPTS)
                queue.appendleft((course, work))
                continue
            result = WorkerError(f"{result} ({ATTEMPTS} times; it is not tried again)")
        course.take(result)


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


@contextmanager
def _storing(tracker: Tracker, doing: str) -> Iterator[None]:
    try:
        yield
    except RamanXpError:
        raise
    except (Exception, SystemExit) as error:
        if stop_was_asked():
            raise KeyboardInterrupt from error
        raise StoreError(
            f"{tracker.name} failed to {doing}: {type(error).__name__}: {error}. What was recorded before "
            "stays; once the store can be written again, the same command goes on from there"
        ) from error


class _Course:
    """A trial on its way: what is done of it, and what is left."""

    def __init__(
        self, place: int, planned: Planned, experiment: ExperimentLog, events: Events, fresh: bool
    ) -> None:
        self.place = place
        self.planned = planned
        self.outcome: Outcome | None = None
        self._experiment = experiment
        self._events = events
        self._fresh = fresh
        self._record: TrialLog | None = None
        self._results: dict[Fold, UnitResult] = {}
        self._fitted: UnitResult | None = None

    @property
    def name(self) -> str:
        return self.planned.context.name

    def recall(self) -> None:
        """Take over what earlier runs have finished of this trial."""
        context, tracker = self.planned.context, self.planned.trial.tracker
        with _storing(tracker, "recall finished trials"):
            if finished := self._experiment.finished(context.key):
                kept, where = finished
                try:
                    self.outcome = Outcome(self.planned, numbers_of(kept), where, recalled=True)
                    return
                except ValueError as error:
                    log.warning("%s: %s is done again: %s", self.name, where, error)
            for fold, parts in self.planned.fits.items():
                kept_fit = self._experiment.fit(key_of(parts), with_model=fold is None)
                if not kept_fit:
                    continue
                try:
                    result = UnitResult.restored(kept_fit)
                except ValueError as error:
                    log.warning("%s: %s is done again: %s", self.name, unit_name(fold), error)
                    continue
                if fold is None:
                    self._fitted = result
                else:
                    self._results[fold] = result

    def todo(self) -> Iterator[Work]:
        """The units that are left."""
        for fold, parts in self.planned.fits.items():
            if fold not in self._results:
                fitted = self._fitted.kept if fold is None and self._fitted else None
                yield Work(self.place, self.name, self.planned.trial.spec, fold, parts, fitted)

    def hear(self, progress: Progress) -> None:
        """A unit gets on."""
        if self._begun():
            self._events.tell(
                "progress",
                trial=self.name,
                unit=unit_name(progress.fold),
                step=progress.step,
                done=progress.done,
                total=progress.total,
            )

    def take(self, result: UnitResult | RamanXpError) -> None:
        """A unit is done: record it, and the trial if that was the last."""
        if not self._begun():
            return
        assert self._record is not None
        if isinstance(result, RamanXpError):
            self.fail(result)
            return
        with _storing(self.planned.trial.tracker, f"record {self.name}: {result.name}"):
            self._record.record(result)
        self._events.tell("unit_finished", trial=self.name, result=result)
        if result.error:
            self.fail(result.error)
        if self.outcome:
            return
        self._results[result.fold] = result
        if result.fold is None:
            self._events.tell("maps_ready", trial=self.name, result=result)
        if len(self._results) == len(self.planned.fits):
            self._conclude()

    def fail(self, error: RamanXpError) -> None:
        """The trial cannot be finished."""
        if self.outcome:
            return
        self.outcome = Outcome(self.planned, error=error)
        if self._record:
            with _storing(self.planned.trial.tracker, f"mark {self.name} as failed"):
                self._record.abandon(error)
        self._events.tell("trial_failed", trial=self.name, error=error)

    def stop(self, error: BaseException) -> None:
        """The whole run ends before this trial has."""
        if self.outcome or not self._record:
            return
        try:
            self._record.abandon(error)
        except Exception as lost:  # the store is away: the first error is the one to tell
            error.add_note(f"and {self.name} could not be marked as ended: {lost}")

    def _begun(self) -> bool:
        """Begin the record, unless it is begun; false where somebody else is at work on the trial."""
        if self._record is None and self.outcome is None:
            context = self.planned.context
            try:
                with _storing(self.planned.trial.tracker, f"begin the record of {self.name}"):
                    self._record = self._experiment.begin(context, self._fresh)
            except BusyError as error:
                self.fail(error)
        return self._record is not None

    def _conclude(self) -> None:
        assert self._record is not None
        final = self._results[None]
        assert final.evaluation is not None
        folds = [self._results[fold] for fold in sorted(fold for fold in self._results if fold)]
        accuracies = [Accuracy(int(each.correct.sum()), len(each.rows)) for each in folds]
        numbers = Numbers(final.evaluation, CrossValidation(accuracies) if accuracies else None)
        result = TrialResult(self._note(numbers), numbers, final)
        with _storing(self.planned.trial.tracker, f"conclude {self.name}"):
            where = self._record.conclude(result)
        self.outcome = Outcome(self.planned, numbers, where)
        self._results.clear()
        self._events.tell("trial_finished", trial=self.name, result=result, where=where)

    def _note(self, numbers: Numbers) -> str:
        lines = [f"Test accuracy {numbers.final.test}"]
        if numbers.cross_validation:
            lines.append(f"Cross-validation {numbers.cross_validation.whole}")
        if self.planned.prepared.raw.about.simulated:
            lines.append("**The spectra are simulated, not measured.**")
        return "\n\n".join(lines)
