"""Says how a file was read, for the user to check."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from raman_xp.spectra import Block
from raman_xp.text.wording import counted
from raman_xp_plugins.data.tabular.reading import Reading, class_counts

_AXES_SHOWN = 3


def understood(reading: Reading, form: object, unit: str) -> Iterator[str]:
    """Lines such as ``wide layout, comma-separated, decimal point``."""
    samples = reading.samples
    yield f"{reading.layout} layout, {form}"
    yield f"{counted(len(samples), 'spectrum', 'spectra')}, {class_counts(samples)}"
    if len(reading.blocks) > 1:
        yield f"{len(reading.blocks)} different axes"
    for block in reading.blocks[:_AXES_SHOWN]:
        many = f"{counted(len(block.rows), 'spectrum', 'spectra')} at " if len(reading.blocks) > 1 else ""
        yield many + _span(block, unit)
    if samples.groups:
        yield counted(len(set(samples.groups)), "group")
    if samples.roles:
        yield ", ".join(f"{samples.roles.count(role)} {role}" for role in ("train", "test"))
    yield from reading.notes


def _span(block: Block, unit: str) -> str:
    axis = block.wavenumber
    steps = np.diff(axis)
    least, most = steps.min(), steps.max()
    step = f"{least:.3g}" if most - least < 0.005 * most else f"{_places(least)}–{_places(most)}"
    return f"{axis[0]:.6g}–{axis[-1]:.6g} {unit}, {axis.size} channels, step {step}"


def _places(step: float) -> str:
    return f"{step:.2f}" if step >= 0.1 else f"{step:.2g}"
