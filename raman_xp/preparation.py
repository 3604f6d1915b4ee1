"""What a trial works on: its spectra, preprocessed and split, all checked before anything runs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
from scipy.signal import savgol_filter

from raman_xp.components import Preprocessor, Split, SplitTask, blaming
from raman_xp.contracts import checked_raw, checked_split, checked_step, frozen
from raman_xp.errors import DataError, Problem, RowErrors
from raman_xp.keys import data_digest, truth_digest
from raman_xp.spec.experiment import Trial
from raman_xp.spectra import Floats, RawSpectra, Spectra

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
    """Prepares trials; those that share data, preprocessing or split share the result.

    Args:
        most: how many results of each step to keep, the latest used; all where nothing is given.
    """

    def __init__(self, most: int | None = None) -> None:
        self._raw: dict[str, tuple[RawSpectra, str]] = {}
        self._spectra: dict[str, Spectra] = {}
        self._done: dict[str, Prepared] = {}
        self._most = most

    def __call__(self, trial: Trial, digest: str | None = None, truth: str | None = None) -> Prepared:
        """The data of a trial.

        Args:
            digest: of the data that are asked for; what is kept of other data is not used.
            truth: the same of the truth.

        Raises:
            DataError: the data cannot be read, preprocessed or split as the spec says, or no such model
                be built for it.
        """
        spec = trial.spec
        source = _key(spec["data"], spec["seed"] if trial.data.seeded else None)
        if kept := self._raw.get(source):
            same = digest in (None, kept[1]) and truth in (None, truth_digest(kept[0].truth))
            if not same:
                for memory in (self._raw, self._spectra, self._done):
                    memory.clear()
        raw, found = self._kept(self._raw, source, lambda: _loaded(trial))
        steps = _key(source, spec["preprocess"])
        spectra = self._kept(self._spectra, steps, lambda: preprocessed(raw, trial.preprocess))
        last = _key(steps, spec["split"], spec["seed"])
        prepared = self._kept(self._done, last, lambda: Prepared(raw, spectra, _split(trial, spectra), found))
        channels, classes = spectra.channels, len(spectra.classes)
        try:
            trial.model.parameter_count(channels, classes)
        except ValueError as error:
            raise DataError(f"{trial.model.name} cannot be built for {channels} channels: {error}") from error
        return prepared

    def _kept(self, memory: dict[str, T], key: str, make: Callable[[], T]) -> T:
        made = memory.pop(key) if key in memory else make()
        memory[key] = made
        while self._most and len(memory) > self._most:
            del memory[next(iter(memory))]
        return made


def _key(*parts: Any) -> str:
    return json.dumps(parts, sort_keys=True)


def _loaded(trial: Trial) -> tuple[RawSpectra, str]:
    """The spectra, and the digest of their content."""
    with blaming(trial.data, "load"):
        raw = checked_raw(trial.data, trial.data.load(trial.seeds.generator("data")))
    if len(raw.samples.classes) < 2:
        raise DataError(f"{raw.about.source}: all spectra are of one class; telling classes apart takes two")
    return raw, data_digest(raw)


def _split(trial: Trial, spectra: Spectra) -> Split:
    with blaming(trial.split, "split"):
        split = trial.split.split(SplitTask(spectra, trial.seeds.generator("split")))
    return checked_split(trial.split, split, spectra.samples)


def preprocessed(raw: RawSpectra, steps: tuple[Preprocessor, ...]) -> Spectra:
    """Spectra after all steps, on one axis, with the signal each had before the first rescaling."""
    unscaled, scaled = raw, True
    done = raw
    for step, done in stages(raw, steps):
        scaled = scaled and step.keeps_scale
        if scaled:
            unscaled = done
    wavenumber, intensity = done.joined()
    intensity = frozen(intensity.astype(np.float32))
    _require_truth(raw, wavenumber)
    heights = signal(unscaled, pitch=_pitch(raw) / _pitch(unscaled))
    return Spectra(wavenumber, intensity, heights, raw.samples, raw.about, raw.truth)


def stages(raw: RawSpectra, steps: tuple[Preprocessor, ...]) -> Iterator[tuple[Preprocessor, RawSpectra]]:
    """Each step with the spectra after it.

    Raises:
        DataError: naming the spectra that a step cannot treat.
    """
    for step in steps:
        problems: list[Problem] = []
        blocks = []
        for block in raw.blocks:
            try:
                with blaming(step, "transform"):
                    result = step.transform(block.wavenumber, block.intensity)
                blocks.append(checked_step(step, block, result))
            except RowErrors as error:
                problems += [
                    Problem(what, where=raw.samples.names[block.rows[row]], place=raw.about.source)
                    for row, what in error.rows.items()
                ]
            except DataError as error:
                problems += [replace(problem, place=raw.about.source) for problem in error.problems]
        if problems:
            raise DataError(*problems)
        raw = replace(raw, blocks=tuple(blocks))
        yield step, raw


def _require_truth(raw: RawSpectra, wavenumber: Floats) -> None:
    """A truth that does not cover the spectra would call every channel beyond it background."""
    if raw.truth is None:
        return
    first, last = raw.truth.wavenumber[[0, -1]]
    if first > wavenumber[0] or last < wavenumber[-1]:
        raise DataError(
            f"{raw.about.source}: its truth covers {first:g} to {last:g}, but the spectra "
            f"{wavenumber[0]:g} to {wavenumber[-1]:g}; resample to what is known, or leave the truth out"
        )


def signal(raw: RawSpectra, pitch: float = 1.0) -> Floats:
    """Height of each spectrum's strongest band, (n,), after light smoothing.

    Savitzky–Golay of second order over five channels as they were measured; ``pitch`` is how many channels
    each of those has become.
    """
    heights = np.empty(len(raw.samples))
    for block in raw.blocks:
        window = min(2 * max(round(2.5 * pitch - 0.5), 2) + 1, block.intensity.shape[1] // 2 * 2 - 1)
        heights[block.rows] = savgol_filter(block.intensity, window, min(2, window - 1), axis=1).max(axis=1)
    return heights


def _pitch(raw: RawSpectra) -> float:
    """Middle distance of two channels, in the axis unit."""
    return float(np.median([np.median(np.diff(block.wavenumber)) for block in raw.blocks]))
