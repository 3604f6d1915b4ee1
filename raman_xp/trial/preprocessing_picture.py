"""Spectra as measured, and after each step."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from raman_xp.components import Preprocessor
from raman_xp.figures.choice import PANELS
from raman_xp.figures.rows import key_below, rows_in
from raman_xp.figures.style import AGAINST, INPUT, figure, shortened, titled
from raman_xp.spectra import Block, Floats, RawSpectra
from raman_xp.trial.preparation import Prepared
from raman_xp.trial.preprocessing import stages


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
    given = [raw.spectrum(row) for row in rows]
    span = min(x[0] for x, _ in given), max(x[-1] for x, _ in given)
    about = spectra.about
    with figure(path, 10, 1.25 + 0.95 * len(classes), vector=True) as drawn:
        names = [shortened(name) for name in classes]
        look: dict[str, Any] = {"left": [f"{name} 000000" for name in names], "note": note}
        heights = [1] * len(rows)
        left = rows_in(drawn, heights, span, about.axis_label, part=(0, 0.48), **look)
        ends = float(spectra.wavenumber[0]), float(spectra.wavenumber[-1])
        right = rows_in(drawn, heights, ends, about.axis_label, part=(0.52, 1), **look)
        for place, (row, name, (x, y)) in enumerate(zip(rows, names, given, strict=True)):
            background = _removed(raw, row, steps)
            left[place].scale(y, *([] if background is None else [background]))
            left[place].plot(x, y, color=INPUT, linewidth=0.7, label="as given")
            if background is not None:
                left[place].plot(x, background, color=AGAINST, label="subtracted")
            left[place].ends(float(y.min()), float(y.max()))
            left[place].name(name, beside=0.55)
            right[place].scale(np.zeros(1), spectra.intensity[row])
            right[place].zero()
            right[place].plot(spectra.wavenumber, spectra.intensity[row], color=INPUT, linewidth=0.7)
        key_below(drawn, [left[0].axes])
        left[0].axes.set_title(titled("strongest spectrum of each class, as given", about))
        right[0].axes.set_title(" → ".join(step.name for step in steps) or "no preprocessing")


def _removed(raw: RawSpectra, row: int, steps: tuple[Preprocessor, ...]) -> Floats | None:
    """What the steps before the first that changes axis or scale took off, (channels,), if anything."""
    wavenumber, intensity = raw.spectrum(row)
    left = intensity
    for step, after in stages(raw, Block(wavenumber, intensity[None], np.array([row])), steps):
        if not step.keeps_scale or not np.array_equal(after.wavenumber, wavenumber):
            break
        left = after.intensity[0]
    return None if left is intensity else intensity - left
