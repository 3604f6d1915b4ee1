"""The unit of work: one fit, of a fold or of all training spectra, and what follows from it.

A pure function of the trial and the fold: it draws from named streams, returns a value, and talks to nobody
but through ``report``.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from raman_xp.artifacts import write_artifacts, write_predictions
from raman_xp.components import FitTask, FittedModel, blaming
from raman_xp.contracts import blame, checked_logits
from raman_xp.errors import RamanXpError
from raman_xp.evaluating import evaluate
from raman_xp.explaining import explain_all
from raman_xp.preparation import Prepared
from raman_xp.results import UnitResult, read_files, unit_name, write_files
from raman_xp.seeds import Seeds
from raman_xp.spec.experiment import Trial
from raman_xp.spectra import Spectra

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
    spectra, split = prepared.spectra, prepared.split
    train_rows, rows = split.folds[fold - 1] if fold else (split.train, split.test)
    train, unseen = spectra.take(train_rows), spectra.take(rows)
    seeds = trial.seeds.child(unit_name(fold))
    seconds: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="raman-xp-") as scratch:
        saved, files = Path(scratch) / "model", Path(scratch) / "files"
        files.mkdir()
        if earlier:
            result, model = earlier, _loaded(trial, earlier, saved)
        else:
            model = _fit(trial, train, unseen if fold else None, seeds, report, seconds)
            with _timed(seconds, "predict"), blaming(trial.model, "predict"):
                logits = checked_logits(trial.model, model.logits(unseen.intensity), unseen)
            with _timed(seconds, "save"), blaming(trial.model, "save"):
                model.save(saved, train)
            result = UnitResult(
                fit_key, fold, rows, unseen.labels, logits, model.curves, read_files(saved), seconds
            )
        if fold:
            write_predictions(files / "predictions.csv", prepared, result)
            return replace(result, files=read_files(files))
        try:
            return _followed(trial, prepared, result, model, train, unseen, files, report, seconds)
        except RamanXpError as error:  # the fit stands: once the explainer is mended, it need not be repeated
            return replace(result, error=error)


def _fit(
    trial: Trial,
    train: Spectra,
    valid: Spectra | None,
    seeds: Seeds,
    report: Report,
    seconds: dict[str, float],
) -> FittedModel:
    task = FitTask(
        train,
        valid=valid,  # the test set plays no part in a fit, not even as an onlooker
        seeds=seeds,
        threads=trial.header.threads,
        report=lambda done, total, numbers: report("fit", done, total),
    )
    with _timed(seconds, "fit"), blaming(trial.model, "fit"):
        model = trial.model.fit(task)
    if not isinstance(model, FittedModel):
        blame(trial.model, f"returned {type(model).__name__} from fit instead of a FittedModel")
    return model


def _loaded(trial: Trial, earlier: UnitResult, folder: Path) -> FittedModel:
    write_files(folder, earlier.model)
    with blaming(trial.model, "load"):
        model = trial.model.load(folder, earlier.curves, trial.header.threads)
    if not isinstance(model, FittedModel):
        blame(trial.model, f"returned {type(model).__name__} from load instead of a FittedModel")
    return model


def _followed(
    trial: Trial,
    prepared: Prepared,
    result: UnitResult,
    model: FittedModel,
    train: Spectra,
    test: Spectra,
    folder: Path,
    report: Report,
    seconds: dict[str, float],
) -> UnitResult:
    """The final fit with what follows from it: maps, numbers, tables and pictures."""
    streams = trial.seeds.child(result.name).child("explainers")
    with _timed(seconds, "explain"):
        maps = explain_all(trial.explainers, model, test, train, streams, partial(report, "explain"))
    evaluation = evaluate(test, prepared.spectra.signal.max(), result.logits, maps, trial.scores)
    result = replace(result, maps=maps, evaluation=evaluation)
    with _timed(seconds, "draw"):
        write_artifacts(folder, trial, prepared, result, evaluation, partial(report, "draw"))
    return replace(result, seconds={**result.seconds, **seconds}, files=read_files(folder))


@contextmanager
def _timed(seconds: dict[str, float], part: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    seconds[part] = time.perf_counter() - began
