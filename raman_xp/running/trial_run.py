"""A trial on its way: what is recalled of it, what is left to do, and what is recorded."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace

from raman_xp.components import ExperimentLog, Tracker, TrialLog, blaming
from raman_xp.errors import BusyError, ComponentError, RamanXpError, StoreError
from raman_xp.plugins.events import Events
from raman_xp.results import (
    MISSING_PICTURES,
    Drawn,
    MissingPicture,
    TrialResult,
    UnitResult,
    numbers_of,
    unit_name,
)
from raman_xp.results.metrics import CrossValidation, Numbers
from raman_xp.running.trial_pictures import TrialPictures, listed, told
from raman_xp.running.work import Progress, Result, Work
from raman_xp.system.files import JoinedFiles
from raman_xp.system.stopping import Stop
from raman_xp.trial.evaluate import accuracy
from raman_xp.trial.fit import Step
from raman_xp.trial.keys import key_of
from raman_xp.trial.plan import Fold, Planned

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """How a trial has ended.

    Args:
        numbers: what it amounts to; nothing where it failed.
        where: to look at it.
        error: why it failed.
        recalled: it was finished before, and nothing was done.
        missing: pictures that could not be drawn.
    """

    planned: Planned
    numbers: Numbers | None = None
    where: str = ""
    error: RamanXpError | None = None
    recalled: bool = False
    missing: Sequence[MissingPicture] = ()


@dataclass(frozen=True)
class Unit:
    """A unit of work of a trial.

    Args:
        fold: number of the fold, from 1; nothing for the final fit.
        step: what is done.
        pictures: names of those to draw.
    """

    fold: Fold = None
    step: Step = Step.FIT
    pictures: Sequence[str] = ()


@contextmanager
def storing(tracker: Tracker, doing: str, stop: Stop) -> Iterator[None]:
    """Errors of a store become a `StoreError` that says what to do; other errors name the tracker.

    Raises:
        StoreError: the store cannot be reached or written.
        ComponentError: the store refuses what is recorded, or the tracker is broken.
        KeyboardInterrupt: in place of whatever a request to stop has become inside a library.
    """
    try:
        yield
    except RamanXpError:
        raise
    except (Exception, SystemExit) as error:
        if stop.was_asked:
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
        self,
        place: int,
        planned: Planned,
        experiment: ExperimentLog,
        events: Events,
        stop: Stop,
        fresh: bool,
    ) -> None:
        self.place = place
        self.planned = planned
        self.outcome: Outcome | None = None
        self.experiment = experiment
        self._events = events
        self._stop = stop
        self._fresh = fresh
        self._record: TrialLog | None = None
        self._results: dict[Fold, UnitResult] = {}
        self._fit: UnitResult | None = None
        self._pictures = TrialPictures()

    @property
    def name(self) -> str:
        return self.planned.context.name

    def _storing(self, doing: str) -> AbstractContextManager[None]:
        return storing(self.planned.trial.tracker, doing, self._stop)

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
        with self._storing("recall finished trials"):
            finished = self.experiment.finished(self.planned.context.key)
        if not finished:
            return
        kept, where = finished
        try:
            self.outcome = Outcome(self.planned, numbers_of(kept), where, recalled=True)
        except ValueError as error:
            log.warning("%s: %s is done again: %s", self.name, where, error)

    def todo(self) -> list[Unit]:
        """The fits that are left; what follows from the final fit is known when it is done."""
        return [Unit(fold) for fold in self.planned.fits if fold not in self._results]

    def key(self, unit: Unit) -> str:
        """Return what two units have in common that do the same work."""
        fit = key_of(self.planned.fits[unit.fold])
        return fit if unit.step is Step.FIT else f"{fit} {self.place} {unit.step} {' '.join(unit.pictures)}"

    def begin(self) -> bool:
        """Begin the record, unless it is begun; false where there is nothing left to do."""
        if self.outcome is None and self._record is None:
            try:
                with self._storing(f"begin the record of {self.name}"):
                    self._record = self.experiment.begin(self.planned.context, self._fresh)
            except BusyError as error:
                self._recall_trial()  # another runner may have finished it since this one has looked
                if self.outcome is None:
                    self.fail(error)
            except ComponentError as error:
                self.fail(error)
        return self.outcome is None

    def work(self, unit: Unit) -> Work | None:
        """Return the work of a unit to hand out; nothing where none is left of it.

        A fit that is recorded already is not done again: the final fit is explained at once.
        """
        if unit.step is Step.DRAW:
            if not self._pictures.give_up(unit.pictures):
                return self._work(unit, self._results[None])
            self._conclude_if_complete()
            return None
        if unit.step is Step.EXPLAIN:
            return self._work(unit, self._fit)
        fit = None if self._fresh else self._recalled(unit.fold)
        if fit is None:
            return self._work(unit)
        if unit.fold is None:
            self._keep(fit)
            return None if self.outcome else self._work(Unit(step=Step.EXPLAIN), fit)
        self._results[unit.fold] = fit
        self._conclude_if_complete()
        return None

    def _work(self, unit: Unit, earlier: UnitResult | None = None) -> Work:
        return Work(
            self.place,
            self.name,
            self.planned.trial.spec,
            unit.fold,
            self.planned.fits[unit.fold],
            self.planned.explain if unit.fold is None else None,
            self.planned.disabled,
            unit.step,
            earlier,
            unit.pictures,
        )

    def hear(self, progress: Progress) -> None:
        """A unit gets on."""
        if progress.step != Step.DRAW:  # its groups are counted together
            self._tell_progress(progress.fold, progress.step, progress.done, progress.total)

    def _tell_progress(self, fold: Fold, step: str, done: int, total: int) -> None:
        if self.outcome is None:
            told = {"trial": self.name, "unit": unit_name(fold), "step": step, "done": done, "total": total}
            self._events.tell("progress", **told)

    def take(self, work: Work, result: Result | RamanXpError) -> list[Unit]:
        """A unit is done: record it, and the trial if that was the last.

        Returns:
            The units that follow from it.
        """
        if work.step is Step.DRAW:
            return self._take_pictures(work.pictures, result)
        if isinstance(result, RamanXpError):
            self.fail(result)
            return []
        assert isinstance(result, UnitResult)
        only_fitted = work.step is Step.FIT and work.fold is None
        if self._keep(result) and not only_fitted:
            self._events.tell("unit_finished", trial=self.name, result=result)
        if result.error:
            self.fail(result.error)
        if self.outcome:
            return []
        if only_fitted:
            return [Unit(step=Step.EXPLAIN)]
        self._results[result.fold] = result
        if result.fold is None:
            self._events.tell("maps_ready", trial=self.name, result=result)
            self._pictures.begin(name for group in result.pictures for name in group)
        self._conclude_if_complete()
        return [Unit(step=Step.DRAW, pictures=group) for group in result.pictures]

    def _keep(self, result: UnitResult) -> bool:
        """Record a fit, or what follows from the final fit; false where the tracker refuses."""
        assert self._record is not None
        if result.refitted:
            log.warning(
                "%s: %s was recorded, and is done again: its saved model cannot be read: %s",
                self.name,
                result.name,
                result.refitted,
            )
        try:
            with self._storing(f"record {self.name}: {result.name}"):
                self._record.record(result)
        except (BusyError, ComponentError) as error:
            self.fail(error)
            return False
        if result.fold is None:
            self._fit = result
        return True

    def _take_pictures(self, names: Sequence[str], result: Result | RamanXpError) -> list[Unit]:
        """Pictures are drawn, or could not be."""
        if self.outcome:
            return []
        assert self._record is not None
        if isinstance(result, Drawn):
            try:
                with self._storing(f"record pictures of {self.name}"):
                    self._record.attach(result.files)
            except BusyError as error:
                self.fail(error)
                return []
            except ComponentError as error:
                result = error
        if isinstance(result, Drawn):
            self._pictures.take(names, result)
            again: list[Unit] = []
        else:
            again = [
                Unit(step=Step.DRAW, pictures=each) for each in self._pictures.failed(names, str(result))
            ]
        self._tell_progress(None, Step.DRAW, self._pictures.done, self._pictures.total)
        self._conclude_if_complete()
        return again

    def fail(self, error: RamanXpError) -> None:
        """The trial cannot be finished."""
        if self.outcome:
            return
        if self._record:
            try:
                with self._storing(f"mark {self.name} as failed"):
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
        with self._storing("recall a finished fit"):
            kept = self.experiment.fit(self.key(Unit(fold)), with_model=fold is None)
        try:
            return UnitResult.restored(kept) if kept else None
        except ValueError as error:
            log.warning("%s: %s is done again: %s", self.name, unit_name(fold), error)
            return None

    def _conclude_if_complete(self) -> None:
        if len(self._results) < len(self.planned.fits) or not self._pictures.is_complete:
            return
        assert self._record is not None
        final = self._results[None]
        assert final.evaluation is not None
        folds = [self._results[fold] for fold in sorted(fold for fold in self._results if fold)]
        accuracies = [accuracy(each.correct) for each in folds]
        numbers = Numbers(final.evaluation, CrossValidation(accuracies) if accuracies else None)
        missing = self._pictures.missing
        if final.pictures:
            seconds = {**final.seconds, "draw": self._pictures.seconds}
            final = replace(final, files=JoinedFiles(final.files, self._pictures.files), seconds=seconds)
        result = TrialResult(self._note(numbers), numbers, final, missing)
        try:
            with self._storing(f"conclude {self.name}"):
                if missing:
                    self._record.attach({MISSING_PICTURES: listed(missing)})
                where = self._record.conclude(result)
        except (BusyError, ComponentError) as error:
            self.fail(error)
            return
        self.outcome = Outcome(self.planned, numbers, where, missing=missing)
        self._results.clear()
        self._fit = None
        self._events.tell("trial_finished", trial=self.name, result=result, where=where)

    def _note(self, numbers: Numbers) -> str:
        lines = [f"Test accuracy {numbers.final.test}"]
        if numbers.cross_validation:
            lines.append(f"Cross-validation {numbers.cross_validation.whole}")
        if self.planned.prepared.raw.about.simulated:
            lines.append("**The spectra are simulated, not measured.**")
        if self._pictures.missing:
            lines.append(f"**{told(self._pictures.missing)}** (`{MISSING_PICTURES}` lists all)")
        return "\n\n".join(lines)
