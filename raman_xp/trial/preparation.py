"""What a trial works on: its spectra, preprocessed and split, all checked before anything runs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np

from raman_xp.components import Model, Preprocessor, Split, SplitTask, blaming
from raman_xp.components.contracts import checked_raw, checked_split, checked_step
from raman_xp.errors import DataError, Problem, RowErrors
from raman_xp.spec.experiment import Trial
from raman_xp.spectra import About, Block, Floats, Ints, RawSpectra, Spectra
from raman_xp.spectra.digests import about_digest, data_digest, truth_digest
from raman_xp.spectra.storage import empty, frozen, pieces
from raman_xp.system.memory import require_room
from raman_xp.trial.suspicions import duplicates_of, split_warnings, warnings_of

T = TypeVar("T")
GROWTH = 4
"""Preprocessing may make so many channels of each measured one without a limit: the result is mapped."""


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


def preprocessed(raw: RawSpectra, steps: tuple[Preprocessor, ...]) -> Spectra:
    """Spectra after all steps, on one axis, with the signal each had before the first rescaling.

    Some thousand spectra go through all steps at once, so that what lies between stays small.

    Raises:
        DataError: naming all spectra that a step cannot treat; or the results are on several axes.
    """
    n = len(raw.samples)
    heights = np.empty(n)
    intensity = empty((0, 0), np.float32)
    axes: dict[bytes, Floats] = {}
    refused: dict[int, dict[Problem, None]] = {}
    widest = _require_growth(raw, steps)
    for block in _in_pieces(raw.blocks, widest):
        unscaled = after = block
        done, scaled = 0, True
        try:
            for done, (step, after) in enumerate(stages(raw, block, steps), 1):  # noqa: B007
                scaled = scaled and step.keeps_scale
                unscaled = after if scaled else unscaled
        except DataError as error:
            refused.setdefault(done, {}).update(dict.fromkeys(error.problems))
            continue
        axes[after.wavenumber.tobytes()] = after.wavenumber
        if len(axes) > 1 or refused:
            continue
        if not len(intensity):
            intensity = empty((n, after.wavenumber.size), np.float32)
        intensity[block.rows] = after.intensity
        pitch = _pitch(block.wavenumber) / _pitch(unscaled.wavenumber)
        heights[block.rows] = signal(unscaled.intensity, pitch)
    if refused:
        raise DataError(*refused[min(refused)])
    if len(axes) > 1:
        raise DataError(
            f"the spectra are on {len(axes)} different axes; "
            "bring them to one with a step such as {use: resample, start: …, stop: …, step: …}"
        )
    (wavenumber,) = axes.values()
    _require_truth(raw, wavenumber)
    return Spectra(wavenumber, frozen(intensity), heights, raw.samples, raw.about, raw.truth)


def stages(
    raw: RawSpectra, block: Block, steps: tuple[Preprocessor, ...]
) -> Iterator[tuple[Preprocessor, Block]]:
    """Each step with some spectra after it.

    Args:
        block: the spectra, of ``raw``.

    Raises:
        DataError: naming the spectra that a step cannot treat.
    """
    source = raw.about.source
    for step in steps:
        try:
            with blaming(step, "transform"):
                result = step.transform(block.wavenumber, block.intensity)
            block = checked_step(step, block, result)
        except RowErrors as error:
            names = (raw.samples.names[block.rows[row]] for row in error.rows)
            problems = (
                Problem(what, where=name, place=source)
                for name, what in zip(names, error.rows.values(), strict=True)
            )
            raise DataError(*problems) from error
        except DataError as error:
            raise DataError(*(replace(problem, place=source) for problem in error.problems)) from error
        yield step, block


def _require_growth(raw: RawSpectra, steps: tuple[Preprocessor, ...]) -> int:
    """Take one spectrum through all steps, and return the most channels that it has on the way.

    Raises:
        DataError: all spectra together become more than the measured ones, and more than is allowed.
    """
    first = raw.blocks[0]
    widest = last = first.wavenumber.size
    one = replace(first, intensity=first.intensity[:1], rows=first.rows[:1])
    try:
        for step, after in stages(raw, one, steps):
            last = after.wavenumber.size
            if last > widest:
                widest, name = last, step.name
    except DataError:  # which all spectra together tell in full
        return widest
    n = len(raw.samples)
    if last > GROWTH * first.wavenumber.size:
        require_room(
            n * last * np.dtype(np.float32).itemsize,
            f"preprocess: {name}: {n:,} spectra of {last:,} channels, measured at {first.wavenumber.size:,},",
            "Use fewer channels, such as a wider step",
        )
    return widest


def _in_pieces(blocks: Iterable[Block], width: int) -> Iterator[Block]:
    for block in blocks:
        for piece in pieces(block.intensity, width):
            yield replace(block, intensity=block.intensity[piece], rows=block.rows[piece])


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


def signal(intensity: Floats, pitch: float = 1.0) -> Floats:
    """Height of each spectrum's strongest band, (n,), after light smoothing.

    Savitzky–Golay of second order over five channels as they were measured.

    Args:
        intensity: (n, channels).
        pitch: how many channels each measured one has become.
    """
    from scipy.signal import savgol_filter

    window = min(2 * max(round(2.5 * pitch - 0.5), 2) + 1, intensity.shape[1] // 2 * 2 - 1)
    return np.asarray(savgol_filter(intensity, window, min(2, window - 1), axis=1).max(axis=1))


def _pitch(wavenumber: Floats) -> float:
    """Middle distance of two channels, in the axis unit."""
    return float(np.median(np.diff(wavenumber)))
