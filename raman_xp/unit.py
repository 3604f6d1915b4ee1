"""The unit of work: one fit, of a fold or of all training spectra, and what follows from it.

A pure function of the trial and the fold: it draws from named streams, writes only into the folder it is
given, and talks to nobody but through ``report``.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from raman_xp.components import FitTask, FittedModel, blaming
from raman_xp.contracts import blame, checked_logits
from raman_xp.explaining import explain_all
from raman_xp.plan import Prepared
from raman_xp.results import UnitResult, unit_name
from raman_xp.spec.experiment import Trial


def run_unit(
    trial: Trial,
    prepared: Prepared,
    fold: int | None,
    fit_key: str,
    folder: Path,
    report: Callable[[str, int, int], None] = lambda step, done, total: None,
) -> UnitResult:
    """Fit, evaluate, save; and, for the final fit, explain the test spectra.

    Args:
        fold: number of the fold, from 1, or nothing for the final fit.
        fit_key: kept with the result.
        folder: where the model is saved; must not exist yet.
        report: called with ``fit`` and the epochs done and their number, then with ``explain`` and batches.
    """
    spectra, split = prepared.spectra, prepared.split
    train_rows, rows = split.folds[fold - 1] if fold else (split.train, split.test)
    train, unseen = spectra.take(train_rows), spectra.take(rows)
    seeds = trial.seeds.child(unit_name(fold))
    seconds = {}

    began = time.perf_counter()
    task = FitTask(
        train,
        valid=unseen if fold else None,  # the test set plays no part in a fit, not even as an onlooker
        seeds=seeds,
        threads=trial.header.threads,
        report=lambda done, total, numbers: report("fit", done, total),
    )
    with blaming(trial.model, "fit"):
        model = trial.model.fit(task)
    if not isinstance(model, FittedModel):
        blame(trial.model, f"returned {type(model).__name__} from fit instead of a FittedModel")
    seconds["fit"] = time.perf_counter() - began

    began = time.perf_counter()
    with blaming(trial.model, "predict"):
        logits = checked_logits(trial.model, model.logits(unseen.intensity), unseen)
    seconds["predict"] = time.perf_counter() - began

    began = time.perf_counter()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with blaming(trial.model, "save"):
        model.save(folder, train)
    seconds["save"] = time.perf_counter() - began

    maps = {}
    if not fold:
        began = time.perf_counter()
        streams = seeds.child("explainers")
        maps = explain_all(trial.explainers, model, unseen, train, streams, partial(report, "explain"))
        seconds["explain"] = time.perf_counter() - began
    return UnitResult(fit_key, fold, rows, unseen.labels, logits, model.curves, folder, maps, seconds)
