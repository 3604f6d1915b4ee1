"""Checks of an axis of wavenumbers: length, order, repeats, spacing, unit."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import numpy as np

from raman_xp.spectra import Floats, Ints
from raman_xp.text.wording import counted

FEWEST_CHANNELS = 3
_LONE = 3
"""Channels at one end that may be columns of other data; in a long axis, a tenth of all."""
_GAP = 3
"""Steps of the axis that make a gap."""
_WIDE = 150
"""Step in cm⁻¹ above which an axis is unlike that of a spectrum."""
_WAVELENGTHS = ((532, 535, 640), (633, 640, 780), (785, 790, 1060))
"""Lasers, and the wavelengths at which their Raman spectra lie, in nm."""
_NARROW = 50
"""Span below which an axis says nothing about its unit."""
_FINE = 0.5
"""Step below which such an axis holds wavelengths rather than wavenumbers."""


def axis_faults(axis: Floats, place: Callable[[int], str]) -> Iterator[tuple[int, str]]:
    """Yield the faults of an axis, each with its channel; an axis may ascend or descend.

    Args:
        axis: (channels,) in the order of the file; NaN is skipped.
        place: Channel → its place in messages, such as ``line 12``.
    """
    known = np.flatnonzero(np.isfinite(axis))
    values = axis[known]
    if values.size < FEWEST_CHANNELS:
        yield 0, f"{counted(values.size, 'channel')}; at least {FEWEST_CHANNELS} are needed"
        return
    _, firsts, which = np.unique(values, return_index=True, return_inverse=True)
    for again in np.flatnonzero(firsts[which] < np.arange(values.size)):
        first = known[firsts[which[again]]]
        yield int(known[again]), f"the wavenumber {values[again]:.10g} is in {place(first)} already"
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


def assumed_unit(name: str, axis: Floats, *, as_written: bool = False) -> tuple[str, str]:
    """The unit that an axis seems to have, if it may not be cm⁻¹, and the reason for the user.

    Args:
        name: Name of the axis column; empty where the header holds the axis.
        axis: (channels,) ascending.
        as_written: Whether the user accepts an axis that does not look like wavenumbers.
    """
    unit, reason = _unit_of_name(name)
    if unit or as_written:
        return unit, reason
    low, high = float(axis.min()), float(axis.max())
    if is_index(axis):
        return "channel", INDEX_WARNING.format(low=low, next=low + 1, high=high)
    if "cm" in name.casefold() or "raman" in name.casefold() or high - low < _NARROW:
        return "", ""
    for laser, least, most in _WAVELENGTHS:
        if least <= low and high <= most:
            step = float(np.median(np.diff(np.sort(axis))))
            unit, other = ("nm", "cm⁻¹") if step < _FINE else ("cm⁻¹", "nm")
            return unit, (
                f"the axis {low:.6g}–{high:.6g} may be wavelengths in nm (laser {laser} nm) or "
                f"wavenumbers in cm⁻¹. Its unit is assumed to be {unit}, because the step is {step:.2g}. "
                f"State `unit: {unit}` or `unit: {other}`."
            )
    return "", ""


def is_outside(value: float, axis: Floats) -> bool:
    """Whether a number is too far from an axis to be its next channel."""
    if axis.size < FEWEST_CHANNELS:
        return False
    margin = _GAP * float(np.median(np.abs(np.diff(axis))))
    return not axis.min() - margin <= value <= axis.max() + margin


def lone_channels(axis: Floats) -> Ints:
    """The few channels at one end of an axis that a wide gap separates from all others, (k,) int64.

    Such a channel is often a column of labels or other data that is named by a number.
    """
    order = np.argsort(axis, kind="stable")
    low, high = _lone(axis[order]), _lone(-axis[order][::-1])
    return np.concatenate([order[:low], order[axis.size - high :]])


def _lone(axis: Floats) -> int:
    """How many channels at the beginning of an ascending axis are apart from the others."""
    steps = np.diff(axis)
    lone = 0
    for at in range(min(max(_LONE, axis.size // 10), steps.size - 2)):
        if steps[at] > _GAP * np.median(steps[at + 1 :]):
            lone = at + 1
    return lone


def unlike_a_spectrum(axis: Floats) -> str:
    """What is unlike a spectrum in the spacing of an axis; empty where nothing is."""
    steps = np.diff(np.sort(axis))
    if steps.size < FEWEST_CHANNELS or (steps <= 0).any():
        return ""
    rough = np.abs(np.diff(np.log2(steps))) > 1
    if np.median(steps) > _WIDE or rough.mean() > 1 / 3:
        return f"steps from {steps.min():.4g} to {steps.max():.4g}"
    return ""


def _unit_of_name(name: str) -> tuple[str, str]:
    """The unit that the name of an axis column suggests, if it is not cm⁻¹, and the reason."""
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
    """The axis (channels,) and the intensities (n, channels), reversed if the axis descends."""
    if axis[0] > axis[-1]:
        axis, intensity = axis[::-1], intensity[:, ::-1]
    return np.ascontiguousarray(axis), np.ascontiguousarray(intensity)
