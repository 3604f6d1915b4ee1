"""What a trial works on: its spectra, preprocessed and split, all checked before anything runs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from raman_xp.components import Model, Split, SplitTask, blaming
from raman_xp.components.contracts import checked_raw, checked_split
from raman_xp.errors import DataError
from raman_xp.spec.experiment import Trial
from raman_xp.spectra import About, Ints, RawSpectra, Spectra
from raman_xp.spectra.digests import about_digest, data_digest, truth_digest
from raman_xp.system.memory import require_room
from raman_xp.trial.preprocessing import preprocessed
from raman_xp.trial.suspicions import duplicates_of, split_warnings, warnings_of

T = TypeVar("T")


@dataclass(frozen=True)
class Prepared:
    """A trial's data.

    Args:
        raw: the spectra as the source gave them.
        spectra: the same, preprocessed, on one axis.
        digest: of the content of ``raw``.
    """

    raw: RawSpectra
    spectra: Spectra
    split: Split
    digest: str


class Preparation:
    """Prepares trials. Trials that share data, preprocessing or split share the result.

    Args:
        most: how many results of each step to keep, the latest used; all where nothing is given.
    """

    def __init__(self, most: int | None = None) -> None:
        self._raw: dict[str, _Loaded] = {}
        self._spectra: dict[str, Spectra] = {}
        self._done: dict[str, Prepared] = {}
        self._most = most

    def __call__(
        self, trial: Trial, digest: str | None = None, truth: str | None = None, about: str | None = None
    ) -> Prepared:
        """The data of a trial.

        Args:
            digest: of the data that are asked for; what is kept of other data is not used.
            truth: the same of the truth.
            about: the same of the names and the description.

        Raises:
            DataError: the data cannot be read, preprocessed or split as the spec says, or no such model
                be built for it.
        """
        spec = trial.spec
        source = _source(trial)
        if kept := self._raw.get(source):
            same = (
                digest in (None, kept.digest)
                and truth in (None, truth_digest(kept.raw.truth))
                and about in (None, about_digest(kept.raw))
            )
            if not same:
                for memory in (self._raw, self._spectra, self._done):
                    memory.clear()
        loaded = self._kept(self._raw, source, lambda: _loaded(trial))
        steps = _key(source, spec["preprocess"])
        spectra = self._kept(self._spectra, steps, lambda: preprocessed(loaded.raw, trial.preprocess))
        last = _key(steps, spec["split"], spec["seed"])
        prepared = self._kept(self._done, last, lambda: _divided(trial, loaded, spectra))
        channels, classes = spectra.channels, len(spectra.classes)
        _require_model(trial.model, len(prepared.split.train), channels, classes)
        return prepared

    def read(self, trial: Trial) -> RawSpectra | None:
        """Return the spectra of a trial as they were read, or None where they could not be read.

        They are known also where a later step has failed.
        """
        loaded = self._raw.get(_source(trial))
        return loaded.raw if loaded else None

    def _kept(self, memory: dict[str, T], key: str, make: Callable[[], T]) -> T:
        made = memory.pop(key) if key in memory else make()
        memory[key] = made
        while self._most and len(memory) > self._most:
            del memory[next(iter(memory))]
        return made


def _require_model(model: Model, spectra: int, channels: int, classes: int) -> None:
    """Check that a model can be built and fitted.

    Raises:
        DataError: it cannot be built for this input, or a fit takes too much memory.
    """
    try:
        parameters = model.parameter_count(channels, classes)
    except ValueError as error:
        raise DataError(f"{model.name} cannot be built for {channels} channels: {error}") from error
    require_room(
        model.fit_memory(spectra, channels, classes),
        f"model: a fit of {model.name} on {spectra:,} spectra of {channels:,} channels, with {parameters:,} "
        "parameters,",
        "Make the model smaller, or resample to fewer channels",
    )


def _key(*parts: Any) -> str:
    return json.dumps(parts, sort_keys=True)


def _source(trial: Trial) -> str:
    """What the spectra of a trial depend on, as its spec names it."""
    return _key(trial.spec["data"], trial.spec["seed"] if trial.data.seeded else None)


@dataclass(frozen=True)
class _Loaded:
    """Spectra as measured, the digest of their content, and the rows of identical ones."""

    raw: RawSpectra
    digest: str
    duplicates: list[Ints]


def _loaded(trial: Trial) -> _Loaded:
    with blaming(trial.data, "load"):
        raw = checked_raw(trial.data, trial.data.load(trial.seeds.generator("data")))
    if len(raw.samples.classes) < 2:
        raise DataError(f"{raw.about.source}: all spectra are of one class; telling classes apart takes two")
    duplicates = duplicates_of(raw)
    raw = replace(raw, about=_warned(raw.about, warnings_of(raw, duplicates)))
    return _Loaded(raw, data_digest(raw), duplicates)


def _divided(trial: Trial, loaded: _Loaded, spectra: Spectra) -> Prepared:
    """The spectra of a trial with their split, and a warning where it parts identical spectra."""
    split = _split(trial, spectra)
    about = _warned(loaded.raw.about, split_warnings(spectra.samples, split, loaded.duplicates))
    raw, spectra = replace(loaded.raw, about=about), replace(spectra, about=about)
    return Prepared(raw, spectra, split, loaded.digest)


def _warned(about: About, warnings: Iterable[str]) -> About:
    return replace(about, warnings=(*about.warnings, *warnings))


def _split(trial: Trial, spectra: Spectra) -> Split:
    with blaming(trial.split, "split"):
        split = trial.split.split(SplitTask(spectra, trial.seeds.generator("split")))
    return checked_split(trial.split, split, spectra.samples)
