"""A trial on its way: what is recalled of it, what is left to do, and what is recorded."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from raman_xp.components import ExperimentLog, Tracker, TrialLog, blaming
from raman_xp.errors import BusyError, ComponentError, RamanXpError, StoreError
from raman_xp.evaluating import accuracy
from raman_xp.evaluation import CrossValidation, Numbers
from raman_xp.events import Events
from raman_xp.keys import key_of
from raman_xp.plan import Fold, Planned
from raman_xp.results import TrialResult, UnitResult, numbers_of, unit_name
from raman_xp.stopping import stop_was_asked
from raman_xp.work import Progress, Work

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


@contextmanager
def storing(tracker: Tracker, doing: str) -> Iterator[None]:
    """Errors of a store become a `StoreError` that says what to do; other errors name the tracker.

    Raises:
        StoreError: the store cannot be reached or written.
        ComponentError: the store refuses what is recorded, or the tracker is broken.
    """
    try:
        yield
    except RamanXpError:
        raise
    except (Exception, SystemExit) as error:
        if stop_was_asked():
            raise KeyboardInterrupt from error
        if isinstance(error, SystemExit) or not tracker.store_failed(error):
            with blaming(tracker, doing):
                raise
        raise StoreError(
            f"{tracker.name} failed to {doing}: {type(error).__name__}: {error}. What was recorded before "
            "stays; once the store can be written again, the same command goes on from there"
        ) from error


class TrialRun:
    """A trial on its way: what is done of it, and what is left."""

    def __init__(
        self, place: int, planned: Planned, experiment: ExperimentLog, events: Events, fresh: bool
    ) -> None:
        self.place = place
        self.planned = planned
        self.outcome: Outcome | None = None
        self.experiment = experiment
        self._events = events
        self._fresh = fresh
        self._record: TrialLog | None = None
        self._results: dict[Fold, UnitResult] = {}

    @property
    def name(self) -> str:
        return self.planned.context.name

    def recall(self) -> None:
        """Take over what earlier runs have finished of this trial."""
        self._recall_trial()
        if self.outcome:
            return
        for fold in self.planned.fits:
            if fold is not None and (result := self._recalled(fold)):
                self._results[fold] = result

    def _recall_trial(self) -> None:
        """Take over the whole trial, where it is finished."""
        tracker, key = self.planned.trial.tracker, self.planned.context.key
        with storing(tracker, "recall finished trials"):
            finished = self.experiment.finished(key)
        if not finished:
            return
        kept, where = finished
        try:
            self.outcome = Outcome(self.planned, numbers_of(kept), where, recalled=True)
        except ValueError as error:
            log.warning("%s: %s is done again: %s", self.name, where, error)

    def todo(self) -> list[Fold]:
        """The units that are left."""
        return [fold for fold in self.planned.fits if fold not in self._results]

    def key(self, fold: Fold) -> str:
        """Of a fit."""
        return key_of(self.planned.fits[fold])

    def begin(self) -> bool:
        """Begin the record, unless it is begun; false where there is nothing left to do."""
        if self.outcome is None and self._record is None:
            try:
                with storing(self.planned.trial.tracker, f"begin the record of {self.name}"):
                    self._record = self.experiment.begin(self.planned.context, self._fresh)
            except BusyError as error:
                self._recall_trial()  # another runner may have finished it since this one has looked
                if self.outcome is None:
                    self.fail(error)
            except ComponentError as error:
                self.fail(error)
        return self.outcome is None

    def work(self, fold: Fold) -> Work | None:
        """A unit to hand out; nothing, where another trial has done the same fit meanwhile.

        Of the final fit only what follows from it is left, where it is recorded already.
        """
        fitted = None if self._fresh else self._recalled(fold)
        if fitted and fold is not None:
            self._results[fold] = fitted
            self._conclude_if_complete()
            return None
        return Work(
            self.place,
            self.name,
            self.planned.trial.spec,
            fold,
            self.planned.fits[fold],
            self.planned.explain if fold is None else None,
            fitted,
            self.planned.disabled,
        )

    def hear(self, progress: Progress) -> None:
        """A unit gets on."""
        if self.outcome is None:
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
        if isinstance(result, RamanXpError):
            self.fail(result)
            return
        assert self._record is not None
        if result.refitted:
            log.warning(
                "%s: %s was recorded, and is done again: its saved model cannot be read: %s",
                self.name,
                result.name,
                result.refitted,
            )
        try:
            with storing(self.planned.trial.tracker, f"record {self.name}: {result.name}"):
                self._record.record(result)
        except (BusyError, ComponentError) as error:
            self.fail(error)
            return
        self._events.tell("unit_finished", trial=self.name, result=result)
        if result.error:
            self.fail(result.error)
        if self.outcome:
            return
        self._results[result.fold] = result
        if result.fold is None:
            self._events.tell("maps_ready", trial=self.name, result=result)
        self._conclude_if_complete()

    def fail(self, error: RamanXpError) -> None:
        """The trial cannot be finished."""
        if self.outcome:
            return
        if self._record:
            try:
                with storing(self.planned.trial.tracker, f"mark {self.name} as failed"):
                    self._record.abandon(error)
            except ComponentError as refused:  # the first error is the one to report
                log.warning("%s: %s", self.name, refused)
        self.outcome = Outcome(self.planned, error=error)
        self._events.tell("trial_failed", trial=self.name, error=error)

    @property
    def is_open(self) -> bool:
        """Whether its record is begun and not ended."""
        return self._record is not None and self.outcome is None

    def stop(self, error: BaseException) -> bool:
        """The whole run ends before this trial has; false where its record cannot be ended."""
        if self.outcome or not self._record:
            return True
        try:
            self._record.abandon(error)
        except Exception as lost:  # the store is away: the first error is the one to tell
            log.debug("%s could not be marked as ended: %s", self.name, lost)
            return False
        return True

    def _recalled(self, fold: Fold) -> UnitResult | None:
        with storing(self.planned.trial.tracker, "recall a finished fit"):
            kept = self.experiment.fit(self.key(fold), with_model=fold is None)
        try:
            return UnitResult.restored(kept) if kept else None
        except ValueError as error:
            log.warning("%s: %s is done again: %s", self.name, unit_name(fold), error)
            return None

    def _conclude_if_complete(self) -> None:
        if len(self._results) < len(self.planned.fits):
            return
        assert self._record is not None
        final = self._results[None]
        assert final.evaluation is not None
        folds = [self._results[fold] for fold in sorted(fold for fold in self._results if fold)]
        accuracies = [accuracy(each.correct) for each in folds]
        numbers = Numbers(final.evaluation, CrossValidation(accuracies) if accuracies else None)
        result = TrialResult(self._note(numbers), numbers, final)
        try:
            with storing(self.planned.trial.tracker, f"conclude {self.name}"):
                where = self._record.conclude(result)
        except (BusyError, ComponentError) as error:
            self.fail(error)
            return
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
