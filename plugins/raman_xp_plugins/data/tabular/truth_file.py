"""Noise-free class means, their components and their bands, from files beside the spectra."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from raman_xp.spectra import Band, Floats, Truth
from raman_xp.text.wording import did_you_mean
from raman_xp_plugins.data.tabular.axis import ascending
from raman_xp_plugins.data.tabular.body import read_body
from raman_xp_plugins.data.tabular.faults import Faults
from raman_xp_plugins.data.tabular.reading import note_empty
from raman_xp_plugins.data.tabular.table import Wanted, open_table
from raman_xp_plugins.data.tabular.text_file import read_text_file
from raman_xp_plugins.data.tabular.transposed import read_curves

_BAND_WORDS = ("class", "compound")
_BAND_NUMBERS = ("position", "intensity", "fwhm")


def read_truth(path: Path, bands: Path | None, classes: Sequence[str]) -> Truth:
    """Read the noise-free means and the bands of the classes.

    Args:
        path: table with a first column ``wavenumber``, a column for the mean of each class, and columns
            ``class/compound`` for the parts of a mean.
        bands: table with the columns class, compound, position, intensity, fwhm.
        classes: classes of the spectra; others in the files are skipped.

    Raises:
        DataError: everything that is wrong with one of the files.
    """
    table = open_table(read_text_file(path))
    faults = Faults(path)
    if table.header[0] != "wavenumber":
        faults.add(
            f'the first column must be called wavenumber, not "{table.header[0]}"', line=table.header_line
        )
    for name in sorted({name for name in table.header if table.header.count(name) > 1}):
        faults.add(
            f'{table.header.count(name)} columns are called "{name}"; keep one', line=table.header_line
        )
    for name in classes:
        if name not in table.header[1:]:
            hint = did_you_mean(name, [known for known in table.header[1:] if "/" not in known])
            faults.add(f'no column for the class "{name}"; {hint}', line=table.header_line)
    body = read_curves(table, faults)
    if faults:
        raise faults.error()
    axis, curves = ascending(body.exact[:, 0], body.intensity.T.astype(np.float64))
    columns = dict(zip(table.header[1:], curves, strict=True))
    return Truth(
        wavenumber=axis,
        means={name: columns[name] for name in classes},
        components={name: _components(name, columns) for name in classes},
        bands=read_bands(bands, classes) if bands else {},
    )


def _components(name: str, columns: Mapping[str, Floats]) -> dict[str, Floats]:
    start = f"{name}/"
    return {
        column.removeprefix(start): curve for column, curve in columns.items() if column.startswith(start)
    }


def read_bands(path: Path, classes: Sequence[str]) -> dict[str, list[Band]]:
    """Read the bands of each class, strongest first.

    Raises:
        DataError: everything that is wrong with the file.
    """
    table = open_table(read_text_file(path))
    faults = Faults(path)
    for name in (*_BAND_WORDS, *_BAND_NUMBERS):
        if table.header.count(name) != 1:
            hint = did_you_mean(name, table.header)
            faults.add(f'there must be one column "{name}"; {hint}', line=table.header_line)
    if faults:
        raise faults.error()
    titles = tuple(f"column {name}" for name in table.header)
    place = {name: table.header.index(name) for name in (*_BAND_WORDS, *_BAND_NUMBERS)}
    wanted = Wanted(
        (), tuple(place[name] for name in _BAND_WORDS), tuple(place[name] for name in _BAND_NUMBERS), titles
    )
    body = read_body(table, wanted, faults)
    for name in _BAND_WORDS:
        note_empty(body.words[place[name]], body.lines, titles[place[name]], faults)
    _, intensity, fwhm = body.exact.T
    for row in np.flatnonzero((intensity < 0) | (intensity > 1)):
        what = f"{intensity[row]:g} is not between 0 and 1, the strongest band of the class being 1"
        faults.add(what, line=int(body.lines[row]), where="column intensity")
    for row in np.flatnonzero(fwhm <= 0):
        faults.add(f"{fwhm[row]:g} is not above 0", line=int(body.lines[row]), where="column fwhm")
    if faults:
        raise faults.error()
    of, compounds = (body.words[place[name]].each() for name in _BAND_WORDS)
    bands: dict[str, list[Band]] = {name: [] for name in classes}
    for row in np.argsort(-intensity, kind="stable"):
        if of[row] in bands:
            bands[of[row]].append(Band(compounds[row], *map(float, (body.exact[row]))))
    return bands
