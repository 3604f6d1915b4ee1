"""Pure spectra of what is mixed: amino acids from a table of bands, or anything from a CSV."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from raman_xp.errors import DataError, Problem
from raman_xp.spectra import About, Band, Floats
from raman_xp.text.wording import counted, did_you_mean
from raman_xp_plugins.data.line_shapes import Shape, line
from raman_xp_plugins.data.pharma_csv import PharmaCsv
from raman_xp_plugins.data.tabular.truth_file import read_bands
from raman_xp_plugins.preprocess.resample import MOST_CHANNELS, Resample

BOX = Path(__file__).parent / "amino_acids"
PRINTED, APPROXIMATE = "digitised_odbl.csv", "approximate.csv"
ACIDS = (
    *("Ala", "Arg", "Asn", "Asp", "Cys", "Gln", "Glu", "Gly", "His", "Ile"),
    *("Leu", "Lys", "Met", "Phe", "Pro", "Ser", "Thr", "Trp", "Tyr", "Val"),
)


@dataclass(frozen=True)
class Pure:
    """Pure spectra on one axis.

    Args:
        wavenumber: (channels,).
        intensity: (components, channels), the maximum of each being 1.
        about: where they come from; ``understood`` says of each how it is known.
        bands: component → its bands, where they are known.
    """

    names: tuple[str, ...]
    wavenumber: Floats
    intensity: Floats
    about: About
    bands: Mapping[str, Sequence[Band]] = field(default_factory=dict)


def amino_acids(components: Sequence[str] | None, start: float, stop: float, step: float) -> Pure:
    """Amino acids as sums of Lorentzian lines, by the tables in the box.

    Args:
        components: three-letter names; all twenty where nothing is given.

    Raises:
        DataError: there is no such acid.
    """
    names = _chosen(components, ACIDS)
    tables = {file: read_bands(BOX / file, names) for file in (PRINTED, APPROXIMATE)}
    bands = {name: tables[PRINTED][name] or tables[APPROXIMATE][name] for name in names}
    dark = [name for name in names if not any(start <= band.position <= stop for band in bands[name])]
    if dark:
        raise DataError(f"{', '.join(dark)}: no band from {start:g} to {stop:g}; a wider range would do")
    x = Resample(start=start, stop=stop, step=step).axis
    curves = np.zeros((len(names), x.size))
    for curve, name in zip(curves, names, strict=True):
        for band in bands[name]:
            curve += band.intensity * line(x, band.position, band.fwhm, Shape.LORENTZIAN)
    of = {file: [name for name in names if tables[file][name]] for file in tables}
    notes = []
    if of[PRINTED]:
        notes.append(f"measured, bands read off printed figures: {' '.join(of[PRINTED])} (ODbL)")
    if of[APPROXIMATE]:
        notes.append(f"approximate, no truth of the real acid: {' '.join(of[APPROXIMATE])}")
    about = About("amino acids", source="table of bands", understood=tuple(notes))
    return Pure(names, x, _to_one(names, curves), about, bands)


def pure_from_csv(
    path: Path, components: Sequence[str] | None, start: float | None, stop: float | None, step: float
) -> Pure:
    """Pure spectra of a CSV, each named by its label; several of one name are averaged.

    Args:
        start: of the axis, like ``stop``; by default, all that every spectrum covers.

    Raises:
        DataError: the file cannot be read, names no such component, or does not cover the axis.
    """
    raw = PharmaCsv(path=path).load(np.random.default_rng())
    names = _chosen(components, raw.samples.classes)
    labels = [raw.samples.classes.index(name) for name in names]
    spectra = [
        [raw.spectrum(int(row)) for row in np.flatnonzero(raw.samples.labels == one)] for one in labels
    ]
    axes = [axis for some in spectra for axis, _ in some]
    first, last = float(max(axis[0] for axis in axes)), float(min(axis[-1] for axis in axes))
    least, most = float(np.ceil(first)), float(np.floor(last))
    start, stop = least if start is None else start, most if stop is None else stop
    if start < first or stop > last:
        raise DataError(
            f"{path.name}: {start:g} to {stop:g} is asked for, but all pure spectra together cover only "
            f"{first:g} to {last:g}; start: {least:g} and stop: {most:g} would do"
        )
    if not start + 2 * step <= stop <= start + MOST_CHANNELS * step:
        what = f"from {start:g} to {stop:g} there are not three channels {step:g} apart, or too many"
        raise DataError(f"{path.name}: {what}")
    to_axis = Resample(start=start, stop=stop, step=step)
    curves = [
        np.mean([to_axis.transform(axis, values[None].astype(float))[1][0] for axis, values in some], axis=0)
        for some in spectra
    ]
    notes = (f"{counted(len(names), 'pure spectrum', 'pure spectra')}: {' '.join(names)}",)
    about = About(
        raw.about.title,
        source=raw.about.source,
        understood=(*notes, *raw.about.understood),
        unit=raw.about.unit,
        licence=raw.about.licence,
    )
    return Pure(names, to_axis.axis, _to_one(names, np.stack(curves)), about)


def _chosen(components: Sequence[str] | None, known: Sequence[str]) -> tuple[str, ...]:
    if unknown := [name for name in components or () if name not in known]:
        raise DataError(
            *(Problem(f"no pure spectrum of {name}; {did_you_mean(name, known)}") for name in unknown)
        )
    chosen = tuple(components or known)
    if twice := sorted({name for name in chosen if chosen.count(name) > 1}):
        raise DataError(f"components: {', '.join(twice)} stands twice; each is mixed once with each other")
    return chosen


def _to_one(names: Sequence[str], curves: Floats) -> Floats:
    """Curves (components, channels), each divided by its maximum."""
    highest = curves.max(axis=1, keepdims=True)
    if flat := [name for name, height in zip(names, highest[:, 0], strict=True) if height <= 0]:
        raise DataError(f"no channel of {', '.join(flat)} is above 0: nothing to divide the pure spectrum by")
    return np.asarray(curves / highest)
