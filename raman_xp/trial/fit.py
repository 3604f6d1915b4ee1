"""Units of work: one fit, of a fold or of all training spectra, and what follows from the final fit.

Each is a pure function of the trial and of earlier results: it draws from named streams, returns a value, and
talks to nobody but through ``report``. A fit is recorded before it is explained, and maps and numbers before
they are drawn, so that whatever ends a later unit loses no earlier one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from enum import StrEnum
from functools import cache, partial
from pathlib import Path

import numpy as np

from raman_xp.components import FitTask, FittedModel, blame, blaming
from raman_xp.components.contracts import checked_curves, checked_logits, same_logits
from raman_xp.errors import ComponentError, RamanXpError, because
from raman_xp.maps.files import SavedMaps
from raman_xp.results import Drawn, UnitResult, unit_name
from raman_xp.spec.experiment import Trial
from raman_xp.system.files import FolderFiles, TemporaryFolder, folder_of
from raman_xp.trial.artifacts import write_artifacts, write_predictions
from raman_xp.trial.evaluate import evaluate
from raman_xp.trial.explain import explain_all
from raman_xp.trial.pictures import draw_pictures, pictures_of
from raman_xp.trial.preparation import Prepared

CHECKED = 8
"""Spectra that a loaded model must recognise as the saved one did."""
Report = Callable[[str, int, int], None]
"""Called with the step a unit is at, how far it is, and how far it goes."""


class Step(StrEnum):
    """What a unit of work does."""

    FIT = "fit"
    """Fit, and predict what the fit has not seen."""
    EXPLAIN = "explain"
    """Explain the test spectra by the final fit, evaluate the maps, and write the tables."""
    DRAW = "draw"
    """Draw pictures of the final fit and its maps."""


def fit_unit(trial: Trial, prepared: Prepared, fold: int | None, fit_key: str, report: Report) -> UnitResult:
    """Fit, and predict the spectra that the fit has not seen.

    Args:
        fold: number of the fold, from 1; nothing for the final fit.
        fit_key: kept with the result.
        report: called with the epochs of ``fit``.

    Returns:
        The fit; that of a fold with the table of its predictions, or the error that kept it from being
        written.
    """
    report("fit", 0, 1)
    unit = _Unit(trial, prepared, fold, report)
    _, result = unit.fitted(fit_key)
    return unit.with_predictions(result) if fold else result


def explain_unit(trial: Trial, prepared: Prepared, fit: UnitResult, report: Report) -> UnitResult:
    """Explain the test spectra by the final fit, evaluate the maps, and write the tables.

    Args:
        fit: the final fit, with its model; it is done again where the model cannot be read.
        report: called with the batches of ``explain``.

    Returns:
        The fit with maps, numbers and tables, or with the error that kept them from being there.
    """
    unit = _Unit(trial, prepared, None, report)
    model, fit = unit.taken_up(fit)
    try:
        return unit.explained(fit, model)
    except RamanXpError as error:  # the fit stands: once the explainer is mended, it need not be repeated
        return replace(fit, seconds={**fit.seconds, **unit.seconds}, error=error)


def draw_unit(
    trial: Trial, prepared: Prepared, result: UnitResult, pictures: Sequence[str], report: Report
) -> Drawn:
    """Draw pictures; none that fails costs more than itself.

    Args:
        result: the final fit, with model, maps and what they amount to.
        pictures: names, some of those in ``result.pictures``.
        report: called with the pictures of ``draw``.
    """
    unit = _Unit(trial, prepared, None, report)
    return unit.drawn(result, pictures)


class _Unit:
    """A unit at work: what it is fitted on, what it has not seen, and how long each part took."""

    def __init__(self, trial: Trial, prepared: Prepared, fold: int | None, report: Report) -> None:
        split = prepared.split
        train_rows, self.rows = split.folds[fold - 1] if fold else (split.train, split.test)
        self.trial, self.prepared, self.fold, self.report = trial, prepared, fold, report
        self.train = prepared.spectra.take(train_rows)
        self.unseen = prepared.spectra.take(self.rows)
        self.seeds = trial.seeds.child(unit_name(fold))
        self.seconds: dict[str, float] = {}
        self.folder = TemporaryFolder()

    def fitted(self, fit_key: str) -> tuple[FittedModel, UnitResult]:
        """The model, and what it says of the rows it has not seen."""
        fitted = self._fit()
        return fitted, self._result(fitted, fit_key)

    def taken_up(self, earlier: UnitResult) -> tuple[FittedModel, UnitResult]:
        """The same of a recorded fit; it is fitted again where its saved model cannot be read."""
        try:
            return self._loaded(earlier), earlier
        except ComponentError as error:
            model, result = self.fitted(earlier.fit_key)
            return model, replace(result, refitted=str(error))

    def _fit(self) -> FittedModel:
        model, report = self.trial.model, self.report
        task = FitTask(
            self.train,
            # The test set plays no part in a fit, not even as an onlooker.
            valid=self.unseen if self.fold else None,
            seeds=self.seeds,
            threads=self.trial.header.threads,
            report=lambda done, total, numbers: report("fit", done, total),
        )
        with self._timed("fit"), blaming(model, "fit"):
            fitted = model.fit(task)
        return self._checked(fitted, "fit")

    def _loaded(self, earlier: UnitResult) -> FittedModel:
        model = self.trial.model
        with folder_of(earlier.model) as folder, self._timed("load"), blaming(model, "load"):
            loaded = self._checked(model.load(folder, earlier.curves, self.trial.header.threads), "load")
            first = self.unseen.take(np.arange(min(CHECKED, len(self.unseen))))
            logits = checked_logits(model, loaded.logits(first.intensity), first)
        if not same_logits(logits, earlier.logits[: len(first)]):
            blame(model, "gives other scores, loaded again, than it gave when it was saved")
        return loaded

    def _result(self, model: FittedModel, fit_key: str) -> UnitResult:
        with self._timed("predict"), blaming(self.trial.model, "predict"):
            logits = checked_logits(self.trial.model, model.logits(self.unseen.intensity), self.unseen)
        with self._timed("save"), blaming(self.trial.model, "save"):
            model.save(self.folder.path / "model", self.train)
            files = FolderFiles(self.folder.path / "model", self.folder)
        labels = self.unseen.labels
        curves = checked_curves(self.trial.model, model.curves)
        return UnitResult(fit_key, self.fold, self.rows, labels, logits, curves, files, self.seconds)

    def with_predictions(self, result: UnitResult) -> UnitResult:
        """The fit with the table of its predictions."""
        try:
            with self._writing() as folder:
                write_predictions(folder / "predictions.csv", self.prepared, result)
        except RamanXpError as error:  # the fit stands
            return replace(result, error=error)
        return replace(result, files=FolderFiles(folder, self.folder))

    def explained(self, result: UnitResult, model: FittedModel) -> UnitResult:
        """The final fit with maps, numbers and tables."""
        trial, report = self.trial, self.report
        maps = explain_all(
            trial.explainers,
            model,
            self.unseen,
            result.logits,
            self.train,
            self.seeds.child("explainers"),
            partial(report, "explain"),
            lambda label: self._timed(f"explain.{label}"),
        )
        result = replace(result, maps=maps)
        strongest = self.prepared.spectra.signal.max()
        evaluation = evaluate(self.unseen, strongest, result.logits, result.maps_of_predicted, trial.scores)
        result = replace(result, evaluation=evaluation)
        result = replace(result, pictures=pictures_of(trial, self.prepared, result))
        with self._timed("tables"), self._writing() as folder:
            write_artifacts(folder, self.prepared, result, evaluation)
        files = FolderFiles(folder, self.folder)
        seconds = {**result.seconds, **self.seconds}
        return replace(result, seconds=seconds, files=files, maps=SavedMaps(files, maps))

    def drawn(self, result: UnitResult, pictures: Sequence[str]) -> Drawn:
        """Pictures of the final fit."""
        folder = self._files_folder()
        model = cache(partial(self._loaded, result))
        with self._timed("draw"):
            report = partial(self.report, "draw")
            missing = draw_pictures(folder, self.trial, self.prepared, result, model, pictures, report)
        return Drawn(FolderFiles(folder, self.folder), missing, self.seconds["draw"])

    @contextmanager
    def _writing(self) -> Iterator[Path]:
        """The folder of tables.

        Raises:
            RamanXpError: they cannot be written.
        """
        folder = self._files_folder()
        try:
            yield folder
        except (OSError, MemoryError) as error:
            raise RamanXpError(
                f"{unit_name(self.fold)}: its tables could not be written to {folder}: {because(error)}. "
                "Free space there, or set TMPDIR to another folder, and run the same command again; the fit "
                "is kept"
            ) from error

    def _files_folder(self) -> Path:
        """Create the folder of tables or pictures."""
        folder = self.folder.path / "files"
        folder.mkdir()
        return folder

    def _checked(self, model: object, doing: str) -> FittedModel:
        if not isinstance(model, FittedModel):
            blame(self.trial.model, f"returned {type(model).__name__} from {doing} instead of a FittedModel")
        return model

    @contextmanager
    def _timed(self, part: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.seconds[part] = self.seconds.get(part, 0.0) + time.perf_counter() - began
