"""What would run: every trial with its data, its keys and its name, all checked before anything is begun."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

from raman_xp.components import Component, blaming
from raman_xp.errors import DataError, Problem
from raman_xp.plugins.providers import Provider
from raman_xp.plugins.registry import Registry
from raman_xp.results import DatasetInfo, TrialContext
from raman_xp.spec.document import write
from raman_xp.spec.experiment import Experiment, Trial
from raman_xp.spectra import RawSpectra
from raman_xp.trial.keys import Parts, explain_parts, fit_parts, key_of
from raman_xp.trial.pictures import PICTURES
from raman_xp.trial.preparation import Preparation, Prepared
from raman_xp.trial.provenance import as_csv, distributions, used

Fold = int | None
"""Number of a fold, from 1, or nothing for the final fit."""


@dataclass(frozen=True)
class Planned:
    """A trial ready to run.

    Args:
        swept: keys that the experiment's sweep changes.
        fits: what the key of each fit is made of, the final fit first: it takes longest.
        plugins: every one that it uses.
        disabled: plugins and components that it does without.
    """

    trial: Trial
    prepared: Prepared
    swept: tuple[str, ...]
    fits: Mapping[Fold, Parts]
    explain: Parts
    plugins: Sequence[Provider] = ()
    disabled: frozenset[str] = frozenset()

    @property
    def cost(self) -> float:
        """Floating-point operations of the final fit, roughly."""
        return self._cost(None)

    @property
    def costs(self) -> list[float]:
        """Of every fit."""
        return [self._cost(fold) for fold in self.fits]

    def _cost(self, fold: Fold) -> float:
        spectra, split = self.prepared.spectra, self.prepared.split
        rows = split.folds[fold - 1][0] if fold else split.train
        return self.trial.model.cost(len(rows), spectra.channels, len(spectra.classes))

    @cached_property
    def context(self) -> TrialContext:
        """The trial as trackers and observers know it."""
        trial, raw = self.trial, self.prepared.raw
        counts = Counter(raw.samples.classes[label] for label in raw.samples.labels)
        tags = {
            "raman_xp.kind": "trial",
            "raman_xp.fit_key": key_of(self.fits[None]),
            "raman_xp.explain_key": key_of(self.explain),
            "raman_xp.data": "simulated" if raw.about.simulated else "as given",
            "raman_xp.plugins": distributions(self.plugins),
        }
        if self.swept:
            tags["raman_xp.sweep"] = ", ".join(self.swept)
        fits = {str(fold): key_of(parts) for fold, parts in self.fits.items()}
        return TrialContext(
            experiment=trial.header.name,
            description=trial.header.description,
            name=trial.name,
            key=key_of({"fits": fits, "explain": self.explain, "pictures": trial.header.pictures}),
            params=dict(_flat(trial.spec)),
            tags=tags,
            spec=write(trial.spec),
            plugins=as_csv(self.plugins),
            dataset=DatasetInfo(
                raw.about,
                self.prepared.digest,
                len(raw.samples),
                len(raw.blocks[0].wavenumber),
                dict(sorted(counts.items())),
            ),
        )


class PlanError(DataError):
    """The data of a trial cannot serve it.

    Args:
        problems: all that is wrong.
        read: the data that were read before a later step refused them.
    """

    def __init__(self, problems: Iterable[Problem], read: Iterable[RawSpectra]) -> None:
        super().__init__(*problems)
        self.read = tuple(read)


def plan(experiments: Sequence[Experiment], registry: Registry) -> list[Planned]:
    """Load, preprocess and split the data of every trial, and name everything; nothing is written.

    Raises:
        PlanError: the data of a trial cannot serve it.
        DataError: trials ask for different numbers of threads.
    """
    prepare = Preparation()
    planned = []
    problems: dict[Problem, None] = {}
    read: dict[int, RawSpectra] = {}
    for experiment in experiments:
        for trial in experiment.trials:
            try:
                _require_recordable(trial)
                prepared = prepare(trial)
                _require_what_is_looked_at(trial, prepared)
            except DataError as error:
                where = f"{experiment.path}: {trial.name}" if experiment.swept else str(experiment.path)
                problems |= {replace(each, place=_joined(where, each.place)): None for each in error.problems}
                if raw := prepare.read(trial):
                    read[id(raw)] = raw
                continue
            planned.append(_planned(trial, prepared, experiment.swept, registry))
    if problems:
        raise PlanError(problems, read.values())
    if len(threads := {each.trial.header.threads for each in planned}) > 1:
        raise DataError(
            f"one process computes with one number of threads, and these trials ask for {sorted(threads)}; "
            "run them one after the other"
        )
    return planned


def _require_recordable(trial: Trial) -> None:
    """Check that each key of a trial has a name of its own, and that the tracker can hold all of them."""
    counts = Counter(key for key, _ in _flat(trial.spec))
    problems = [
        Problem(f"{count} keys of the spec are recorded under this name; rename one", key)
        for key, count in counts.items()
        if count > 1
    ]
    try:
        with blaming(trial.tracker, "look at what it shall record"):
            trial.tracker.require(trial.header.name, trial.header.description, dict(_flat(trial.spec)))
    except DataError as error:
        problems += error.problems
    if problems:
        raise DataError(*problems)


def _require_what_is_looked_at(trial: Trial, prepared: Prepared) -> None:
    """Check that what explainers, scores and figures ask for will be there, and that no figure replaces a
    picture of every run."""
    test = prepared.spectra.take(prepared.split.test)
    labels = [explainer.slug for explainer in trial.explainers]
    required: list[tuple[Component, Callable[[], None]]] = [
        *((each, partial(each.require, test)) for each in trial.explainers),
        *((each, partial(each.require, test)) for each in trial.scores),
        *((each, partial(each.require, test, labels)) for each in trial.figures),
    ]
    problems = [
        Problem(f"figures: every run draws {figure.slug}; give yours another id")
        for figure in trial.figures
        if figure.slug in PICTURES
    ]
    fits = [prepared.split.train, *(train for train, _ in prepared.split.folds)]
    samples = prepared.spectra.samples
    required += [(trial.model, partial(trial.model.require, samples.take(rows))) for rows in fits]
    for component, require in required:
        try:
            with blaming(component, "look at what there is"):
                require()
        except DataError as error:
            problems += [_named(problem, component.slug) for problem in error.problems]
    if problems:
        raise DataError(*dict.fromkeys(problems))


def _named(problem: Problem, label: str) -> Problem:
    """The problem of a component, which may have forgotten to name itself."""
    known = problem.what.startswith(f"{label}:")
    return problem if known else replace(problem, what=f"{label}: {problem.what}")


def _planned(trial: Trial, prepared: Prepared, swept: tuple[str, ...], registry: Registry) -> Planned:
    split, digest = prepared.split, prepared.digest
    folds = (None, *range(1, len(split.folds) + 1))
    fits = {fold: fit_parts(trial, registry, digest, split, fold) for fold in folds}
    explain = explain_parts(trial, registry, key_of(fits[None]), prepared.raw, split)
    return Planned(trial, prepared, swept, fits, explain, used(trial, registry), registry.disabled)


def _joined(*parts: str) -> str:
    return ": ".join(part for part in parts if part)


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
