"""Spectra as measured, and after each step."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from raman_xp.components import Preprocessor
from raman_xp.figures.choice import PANELS
from raman_xp.figures.style import (
    AGAINST,
    INPUT,
    figure,
    no_intensity_scale,
    shortened,
    stacked,
    titled,
    wavenumber_axis,
)
from raman_xp.preparation import Prepared, stages
from raman_xp.spectra import Block, Floats, RawSpectra


def draw_preprocessing(path: Path, prepared: Prepared, steps: tuple[Preprocessor, ...]) -> None:
    """The strongest spectrum of each class: as given, with what was subtracted; and the result. Of many
    classes some are drawn, evenly in their order."""
    spectra, raw = prepared.spectra, prepared.raw
    labels = np.unique(np.linspace(0, len(spectra.classes) - 1, PANELS).round().astype(int))
    classes = [spectra.classes[label] for label in labels]
    rows = [
        int(np.flatnonzero(spectra.labels == label)[spectra.signal[spectra.labels == label].argmax()])
        for label in labels
    ]
    number = len(spectra.classes)
    note = f"{len(classes)} of {number} classes" if len(classes) < number else ""
    with figure(path, 10, 1.25 + 0.95 * len(classes), vector=True) as drawn:
        names = [shortened(name) for name in classes]
        scale = "000000"  # intensities stand between the names and the panels
        left = [name + scale for name in names]
        panels = stacked(drawn, [1] * len(classes), left, widths=[1, 1], note=note)
        for (given, right), name, row in zip(panels, names, rows, strict=True):
            x, y = raw.spectrum(row)
            given.plot(x, y, color=INPUT, linewidth=0.7, label="as given")
            if (background := _removed(raw, row, steps)) is not None:
                given.plot(x, background, color=AGAINST, label="subtracted")
            given.set_xlim(x[0], x[-1])
            given.tick_params(axis="y", labelsize="x-small")
            given.locator_params(axis="y", nbins=3)
            given.set_ylabel(name, rotation=0, ha="right", va="center")
            right.plot(spectra.wavenumber, spectra.intensity[row], color=INPUT, linewidth=0.7)
            right.axhline(0, color="0.8", linewidth=0.6, zorder=0)
            no_intensity_scale(right)
        drawn.legend(*panels[0, 0].get_legend_handles_labels(), loc="lower left", fontsize="small", ncols=2)
        panels[0, 0].set_title(titled("strongest spectrum of each class, as given", spectra.about))
        panels[0, 1].set_title(" → ".join(step.name for step in steps) or "no preprocessing")
        wavenumber_axis(panels[-1, 1], spectra)
        panels[-1, 0].set_xlabel(spectra.about.axis_label)


def _removed(raw: RawSpectra, row: int, steps: tuple[Preprocessor, ...]) -> Floats | None:
    """What the steps before the first that changes axis or scale took off, (channels,), if anything."""
    wavenumber, intensity = raw.spectrum(row)
    left = intensity
    for step, after in stages(raw, Block(wavenumber, intensity[None], np.array([row])), steps):
        if not step.keeps_scale or not np.array_equal(after.wavenumber, wavenumber):
            break
        left = after.intensity[0]
    return None if left is intensity else intensity - left
