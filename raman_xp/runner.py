"""Runs experiments: checks everything, then fits, explains, records."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from raman_xp.artifacts import write_artifacts, write_predictions
from raman_xp.components import TrialLog, blaming
from raman_xp.errors import DataError, Problem
from raman_xp.evaluation import Evaluation, evaluate
from raman_xp.events import Events
from raman_xp.keys import explain_key, fit_key
from raman_xp.plan import Preparation, Prepared
from raman_xp.registry import Registry
from raman_xp.results import DatasetInfo, TrialContext, TrialResult, UnitResult, unit_name
from raman_xp.spec.experiment import Experiment, Trial
from raman_xp.unit import run_unit


@dataclass(frozen=True)
class Planned:
    """A trial ready to run."""

    experiment: Experiment
    trial: Trial
    prepared: Prepared
    context: TrialContext

    @property
    def units(self) -> int:
        """Fits that the trial takes: the folds and the final one."""
        return len(self.prepared.split.folds) + 1


@dataclass(frozen=True)
class Outcome:
    """A finished trial: its numbers, and where to look at it."""

    planned: Planned
    evaluation: Evaluation
    where: str


def plan(experiments: Sequence[Experiment], registry: Registry) -> list[Planned]:
    """Load, preprocess and split the data of every trial, and name everything; nothing is written.

    Raises:
        DataError: the data of a trial cannot serve it.
    """
    prepare = Preparation()
    planned = []
    problems: dict[Problem, None] = {}
    for experiment in experiments:
        for trial in experiment.trials:
            try:
                prepared = prepare(trial)
            except DataError as error:
                where = f"{experiment.path}: {trial.name}" if experiment.swept else str(experiment.path)
                problems |= {replace(each, place=_joined(where, each.place)): None for each in error.problems}
                continue
            planned.append(
                Planned(experiment, trial, prepared, _context(experiment, trial, prepared, registry))
            )
    if problems:
        raise DataError(*problems)
    if len(threads := {each.trial.header.threads for each in planned}) > 1:
        raise DataError(
            f"one process computes with one number of threads, and these trials ask for {sorted(threads)}; "
            "run them one after the other"
        )
    return planned


def _joined(*parts: str) -> str:
    return ": ".join(part for part in parts if part)


def run(planned: Sequence[Planned], registry: Registry, events: Events) -> list[Outcome]:
    """Run planned trials, one after the other.

    Raises:
        StoreError: the store cannot be reached; no run has begun.
    """
    for tracker in {repr(each.trial.tracker): each.trial.tracker for each in planned}.values():
        with blaming(tracker, "reach its store"):
            tracker.preflight()
    ok = False
    events.tell("run_started", trials=[p.context for p in planned], units=sum(p.units for p in planned))
    try:
        outcomes = [_run_trial(each, registry, events) for each in planned]
        ok = True
        return outcomes
    finally:
        events.tell("run_finished", ok=ok)


def _run_trial(planned: Planned, registry: Registry, events: Events) -> Outcome:
    trial, prepared, name = planned.trial, planned.prepared, planned.context.name
    with tempfile.TemporaryDirectory(prefix="raman-xp-") as scratch, ExitStack() as stack:
        with blaming(trial.tracker, "begin a record"):
            log = stack.enter_context(trial.tracker.trial(planned.context))
        folder = Path(scratch)
        results = [_run_unit(planned, fold, folder, registry, log, events) for fold in _folds(prepared)]
        *folds, final = results
        events.tell("maps_ready", trial=name, result=final)
        evaluation = evaluate(prepared, final, folds, trial.scores)
        files = folder / "artifacts"
        files.mkdir()
        draw = partial(_reporter(events, name, final.name), "draw")
        write_artifacts(files, trial, planned.context.spec, prepared, final, evaluation, draw)
        result = TrialResult(_note(planned, evaluation), dict(evaluation.metrics()), files, final)
        with blaming(trial.tracker, "record the trial"):
            where = log.conclude(result)
    events.tell("trial_finished", trial=name, result=result, where=where)
    return Outcome(planned, evaluation, where)


def _run_unit(
    planned: Planned, fold: int | None, folder: Path, registry: Registry, log: TrialLog, events: Events
) -> UnitResult:
    trial, prepared, name = planned.trial, planned.prepared, planned.context.name
    unit = unit_name(fold)
    report = _reporter(events, name, unit)
    report("fit", 0, 1)
    here = folder / unit.replace(" ", "_")
    key = fit_key(trial, registry, prepared.digest, prepared.split, fold)
    result = run_unit(trial, prepared, fold, key, here / "model", report)
    write_predictions(here / "predictions.csv", prepared, result)
    with blaming(trial.tracker, "record a fit"):
        log.record(result)
    events.tell("unit_finished", trial=name, result=result)
    return result


def _reporter(events: Events, trial: str, unit: str) -> Callable[[str, int, int], None]:
    """Tells observers how far a step of a unit is."""

    def report(step: str, done: int, total: int) -> None:
        events.tell("progress", trial=trial, unit=unit, step=step, done=done, total=total)

    return report


def _folds(prepared: Prepared) -> Iterator[int | None]:
    yield from range(1, len(prepared.split.folds) + 1)
    yield None


def _note(planned: Planned, evaluation: Evaluation) -> str:
    lines = [f"Test accuracy {evaluation.test}"]
    if whole := evaluation.cross_validation:
        lines.append(f"Cross-validation {whole}")
    if planned.prepared.raw.about.simulated:
        lines.append("**The spectra are simulated, not measured.**")
    return "\n\n".join(lines)


def _context(experiment: Experiment, trial: Trial, prepared: Prepared, registry: Registry) -> TrialContext:
    raw = prepared.raw
    fit = fit_key(trial, registry, prepared.digest, prepared.split, None)
    counts = Counter(raw.samples.classes[label] for label in raw.samples.labels)
    tags = {
        "raman_xp.kind": "trial",
        "raman_xp.fit_key": fit,
        "raman_xp.explain_key": explain_key(trial, registry, fit, raw.truth, prepared.split),
        "raman_xp.data": "simulated" if raw.about.simulated else "as given",
    }
    if experiment.swept:
        tags["raman_xp.sweep"] = ", ".join(experiment.swept)
    return TrialContext(
        experiment=trial.header.name,
        description=trial.header.description,
        name=trial.name,
        params=dict(_flat(trial.spec)),
        tags=tags,
        spec=yaml.safe_dump(dict(trial.spec), sort_keys=False, allow_unicode=True),
        dataset=DatasetInfo(
            raw.about,
            prepared.digest,
            len(raw.samples),
            len(raw.blocks[0].wavenumber),
            dict(sorted(counts.items())),
        ),
    )


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Dotted keys and values as text; items of a list of components go by their id."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _flat(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
        for index, item in enumerate(value):
            yield from _flat(item, f"{path}.{item.get('id', index)}")
    else:
        yield path, str(value)
