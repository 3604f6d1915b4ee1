"""From spectra as measured to spectra on one axis."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from raman_xp.components import Preprocessor, blaming
from raman_xp.components.contracts import checked_step
from raman_xp.errors import DataError, Problem, RowErrors
from raman_xp.spectra import Block, Floats, RawSpectra, Spectra
from raman_xp.spectra.storage import empty, frozen, pieces
from raman_xp.system.memory import require_room

GROWTH = 4
"""Preprocessing may make so many channels of each measured one without a limit: the result is mapped."""


def preprocessed(raw: RawSpectra, steps: tuple[Preprocessor, ...]) -> Spectra:
    """Return the spectra after all steps, on one axis, with the signal each had before the first rescaling.

    Some thousand spectra go through all steps at once, so that intermediate results stay small.

    Raises:
        DataError: naming all spectra that a step cannot treat; or the results are on several axes.
    """
    n = len(raw.samples)
    signals = np.empty(n)
    intensity = empty((0, 0), np.float32)
    axes: dict[bytes, Floats] = {}
    refused = _Refused()
    widest = _require_growth(raw, steps)
    for block in _in_pieces(raw.blocks, widest):
        treated = _treated(raw, block, steps, refused)
        if treated is None:
            continue
        axis = treated.result.wavenumber
        axes[axis.tobytes()] = axis
        if len(axes) > 1 or refused.any:
            continue
        if not len(intensity):
            intensity = empty((n, axis.size), np.float32)
        intensity[block.rows] = treated.result.intensity
        signals[block.rows] = treated.signal()
    refused.require_none()
    if len(axes) > 1:
        raise DataError(
            f"the spectra are on {len(axes)} different axes; "
            "bring them to one with a step such as {use: resample, start: …, stop: …, step: …}"
        )
    (wavenumber,) = axes.values()
    _require_truth(raw, wavenumber)
    return Spectra(wavenumber, frozen(intensity), signals, raw.samples, raw.about, raw.truth)


@dataclass(frozen=True)
class _Treated:
    """Some spectra after all steps.

    Args:
        result: after the last step.
        unscaled: before the first step that rescales.
        density: channels of ``unscaled`` per measured channel.
    """

    result: Block
    unscaled: Block
    density: float

    def signal(self) -> Floats:
        """Return the signal of each spectrum, (n,), in the source's unit."""
        return signal(self.unscaled.intensity, self.density)


class _Refused:
    """Problems of spectra that a step cannot treat, by the number of steps that they have passed."""

    def __init__(self) -> None:
        self._problems: dict[int, dict[Problem, None]] = {}

    @property
    def any(self) -> bool:
        return bool(self._problems)

    def add(self, passed: int, problems: Iterable[Problem]) -> None:
        self._problems.setdefault(passed, {}).update(dict.fromkeys(problems))

    def require_none(self) -> None:
        """Check that every step could treat every spectrum.

        Raises:
            DataError: naming all spectra that the first of the failing steps cannot treat.
        """
        if self._problems:
            raise DataError(*self._problems[min(self._problems)])


def _treated(
    raw: RawSpectra, measured: Block, steps: tuple[Preprocessor, ...], refused: _Refused
) -> _Treated | None:
    """Take some spectra through all steps; return None where one refuses them, which is noted.

    Args:
        measured: the spectra, of ``raw``.
        refused: where problems are noted.
    """
    block = unscaled = measured
    is_scaled, passed = False, 0
    try:
        for step, block in stages(raw, measured, steps):
            passed += 1
            is_scaled = is_scaled or not step.keeps_scale
            if not is_scaled:
                unscaled = block
    except DataError as error:
        refused.add(passed, error.problems)
        return None
    return _Treated(block, unscaled, _spacing(measured.wavenumber) / _spacing(unscaled.wavenumber))


def stages(
    raw: RawSpectra, block: Block, steps: tuple[Preprocessor, ...]
) -> Iterator[tuple[Preprocessor, Block]]:
    """Yield each step with some spectra after it.

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


def signal(intensity: Floats, density: float = 1.0) -> Floats:
    """Return the height of each spectrum's strongest band, (n,), after light smoothing.

    The filter is Savitzky–Golay of second order over five measured channels.

    Args:
        intensity: (n, channels).
        density: channels per measured channel.
    """
    from scipy.signal import savgol_filter

    window = min(2 * max(round(2.5 * density - 0.5), 2) + 1, intensity.shape[1] // 2 * 2 - 1)
    return np.asarray(savgol_filter(intensity, window, min(2, window - 1), axis=1).max(axis=1))


def _spacing(wavenumber: Floats) -> float:
    """Return the median distance of neighbouring channels, in the axis unit."""
    return float(np.median(np.diff(wavenumber)))
