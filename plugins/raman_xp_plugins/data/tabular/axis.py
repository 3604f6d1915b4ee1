"""What an axis of wavenumbers must be: long enough, in order, without repeats."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import numpy as np

from raman_xp.spectra import Floats, Ints
from raman_xp.wording import counted

FEWEST_CHANNELS = 3
_LONE = 3


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


def is_index(axis: Floats) -> bool:
    """Whether an axis counts its channels: 0, 1, 2 … or 1, 2, 3 …"""
    first = axis.min()
    return bool(first in (0, 1) and np.array_equal(np.sort(axis), np.arange(first, first + axis.size)))


INDEX_WARNING = (
    "the axis {low:.10g}, {next:.10g} … {high:.10g} looks like channel numbers, so its unit is given as "
    "channel. State `unit: cm⁻¹` if these are wavenumbers."
)


def index_unit(axis: Floats) -> tuple[str, str]:
    """Unit and warning for an axis that counts its channels; empty for any other."""
    if not is_index(axis):
        return "", ""
    low = float(axis.min())
    return "channel", INDEX_WARNING.format(low=low, next=low + 1, high=float(axis.max()))


def lone_channels(axis: Floats) -> Ints:
    """Up to three channels at one end of an axis that a wide gap separates from all others, (k,) int64.

    Such a channel is often a column of labels or other data that is called by a number.
    """
    order = np.argsort(axis, kind="stable")
    steps = np.diff(axis[order])
    if steps.size < 5:
        return np.zeros(0, np.int64)
    wide = np.flatnonzero(steps > 5 * np.median(steps))
    low = [at + 1 for at in wide if at < _LONE]
    high = [at + 1 for at in wide if at >= steps.size - _LONE]
    return np.concatenate([order[: max(low, default=0)], order[min(high, default=axis.size) :]])


def unit_in(name: str) -> tuple[str, str]:
    """The unit that the name of an axis column suggests, if it is not cm⁻¹, and why it is assumed."""
    plain = name.casefold()
    if found := re.search(r"(?<![a-zµμ])(nm|[µμu]m|thz|ev|mev|pixels?|channels?)(?![a-z])", plain):
        unit = found[1]
    elif "wavelength" in plain and "cm" not in plain:
        unit = "nm"
    else:
        return "", ""
    reason = f'the axis column is called "{name}", so its unit is assumed to be {unit}'
    return unit, f"{reason}. State `unit` to change it."


def ascending(axis: Floats, intensity: Floats) -> tuple[Floats, Floats]:
    """The axis (channels,) and the intensities (n, channels), turned round where they descend."""
    if axis[0] > axis[-1]:
        axis, intensity = axis[::-1], intensity[:, ::-1]
    return np.ascontiguousarray(axis), np.ascontiguousarray(intensity)
