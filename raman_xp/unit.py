"""The unit of work: one fit, of a fold or of all training spectra, and what follows from it.

A pure function of the trial and the fold: it draws from named streams, returns a value, and talks to nobody
but through ``report``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from raman_xp.artifacts import write_artifacts, write_predictions
from raman_xp.components import FitTask, FittedModel, blame, blaming
from raman_xp.contracts import checked_curves, checked_logits, same_logits
from raman_xp.errors import ComponentError, RamanXpError
from raman_xp.evaluating import evaluate
from raman_xp.explaining import explain_all
from raman_xp.files import FolderFiles, TemporaryFolder, folder_of
from raman_xp.map_files import SavedMaps
from raman_xp.preparation import Prepared
from raman_xp.results import Files, UnitResult, unit_name
from raman_xp.spec.experiment import Trial

CHECKED = 8
"""Spectra that a loaded model must recognise as the saved one did."""
Report = Callable[[str, int, int], None]
"""Called with the step a unit is at, how far it is, and how far it goes."""


def run_unit(
    trial: Trial,
    prepared: Prepared,
    fold: int | None,
    fit_key: str,
    report: Report,
    earlier: UnitResult | None = None,
) -> UnitResult:
    """Fit and evaluate; and, after the final fit, explain the test spectra and draw.

    Args:
        fold: number of the fold, from 1, or nothing for the final fit.
        fit_key: kept with the result.
        report: told the epochs of ``fit``, the batches of ``explain`` and the pictures of ``draw``.
        earlier: the result of this very fit, if it is there already; only what follows from it is done.
    """
    report("fit", 0, 1)
    unit = _Unit(trial, prepared, fold, report)
    model, result = unit.taken_up(earlier) if earlier else unit.fitted(fit_key)
    if fold:
        return replace(result, seconds={**result.seconds, **unit.seconds}, files=unit.predictions(result))
    try:
        return unit.followed(result, model)
    except RamanXpError as error:  # the fit stands: once the explainer is mended, it need not be repeated
        return replace(result, seconds={**result.seconds, **unit.seconds}, error=error)


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

    def predictions(self, result: UnitResult) -> Files:
        """Their table."""
        folder = self._files_folder()
        write_predictions(folder / "predictions.csv", self.prepared, result)
        return FolderFiles(folder, self.folder)

    def followed(self, result: UnitResult, model: FittedModel) -> UnitResult:
        """The final fit with what follows from it: maps, numbers, tables and pictures."""
        trial, report = self.trial, self.report
        streams = self.seeds.child("explainers")
        explained = partial(report, "explain")
        maps = explain_all(
            trial.explainers,
            model,
            self.unseen,
            result.logits,
            self.train,
            streams,
            explained,
            lambda label: self._timed(f"explain.{label}"),
        )
        result = replace(result, maps=maps)
        strongest = self.prepared.spectra.signal.max()
        evaluation = evaluate(self.unseen, strongest, result.logits, result.maps_of_predicted, trial.scores)
        result = replace(result, evaluation=evaluation)
        folder, draw = self._files_folder(), partial(report, "draw")
        with self._timed("draw"):
            write_artifacts(folder, trial, self.prepared, model, result, evaluation, draw)
        files = FolderFiles(folder, self.folder)
        seconds = {**result.seconds, **self.seconds}
        return replace(result, seconds=seconds, files=files, maps=SavedMaps(files, maps))

    def _files_folder(self) -> Path:
        """Create the folder of tables and pictures."""
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
