"""What an axis of wavenumbers must be: long enough, in order, without repeats."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from raman_xp.spectra import Floats
from raman_xp.wording import counted

FEWEST_CHANNELS = 3


def axis_faults(axis: Floats, place: Callable[[int], str]) -> Iterator[tuple[int, str]]:
    """What is wrong with an axis that ascends or descends, each fault with its channel.

    Args:
        axis: (channels,) as it stands in the file; NaN is passed over.
        place: how messages call the place of a channel, such as ``line 12``.
    """
    known = np.flatnonzero(np.isfinite(axis))
    values = axis[known]
    if values.size < FEWEST_CHANNELS:
        yield 0, f"{counted(values.size, 'channel')}; at least {FEWEST_CHANNELS} are needed"
        return
    _, firsts, which = np.unique(values, return_index=True, return_inverse=True)
    for again in np.flatnonzero(firsts[which] < np.arange(values.size)):
        first = known[firsts[which[again]]]
        yield int(known[again]), f"the wavenumber {values[again]:.10g} stands in {place(first)} already"
    steps = np.diff(values)
    turns = np.flatnonzero(steps * np.sign(np.sum(np.sign(steps)) or 1) < 0)
    if turns.size:
        before, after = known[turns[0]], known[turns[0] + 1]
        more = f" ({counted(turns.size, 'such place')} in all)" if turns.size > 1 else ""
        yield (
            int(after),
            f"the axis is not in order: {axis[before]:.10g} in {place(before)} is followed by "
            f"{axis[after]:.10g} in {place(after)}{more}; sort it, ascending or descending",
        )


def ascending(axis: Floats, intensity: Floats) -> tuple[Floats, Floats]:
    """The axis (channels,) and the intensities (n, channels), turned round where they descend."""
    if axis[0] > axis[-1]:
        axis, intensity = axis[::-1], intensity[:, ::-1]
    return np.ascontiguousarray(axis), np.ascontiguousarray(intensity)
