"""Maps over the wavenumber axis, beside the spectra they explain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from raman_xp.figures.choice import MOST_IN_LEGEND
from raman_xp.figures.examples import Example, line_of
from raman_xp.figures.rows import Row, key_below, key_beside, rows_in
from raman_xp.figures.style import AGAINST, FOR, INPUT, LINES, UNIQUE, figure, shortened, titled
from raman_xp.maps import Maps
from raman_xp.results.metrics import MapBand
from raman_xp.spectra import Floats, Spectra, Truth, Zone

if TYPE_CHECKING:
    from matplotlib.figure import Figure


FINE = 8
"""Channels: of a map that resolves less, the legend says how much, for its labels look exact."""


def draw_class_map(
    path: Path, title: str, spectra: Spectra, maps: Maps, example: Example, bands: Sequence[MapBand]
) -> None:
    """One spectrum in black, its signed map in colour, the strongest bands of the class's mean map labelled;
    below, the pure components of the class where they are known."""
    name = spectra.classes[example.label]
    parts = _strongest(spectra.truth.components.get(name, {}) if spectra.truth else {})
    with figure(path, 8, 4.4 if parts else 3.2) as drawn:
        upper, *lower = rows_in(drawn, [2.2, 1] if parts else [1], *_axis(spectra), right=parts)
        told = titled(f"{title}, {shortened(name)}: {example.caption}", spectra.about)
        upper.axes.set_title(told, pad=16)
        _draw_map(upper, spectra, maps, example, spectra.zones)
        _label_bands(upper, bands, places_told(maps, spectra))
        key_below(drawn, [upper.axes])
        if lower:
            _draw_components(drawn, lower[0], spectra, name, parts)


def draw_overview(
    path: Path,
    title: str,
    spectra: Spectra,
    maps: Maps,
    examples: Sequence[Example],
    bands: Mapping[str, Sequence[MapBand]],
    note: str = "",
) -> None:
    """Classes of one explainer, one below the other.

    Args:
        examples: one of each class.
        note: which of all classes they are.
    """
    with figure(path, 8, 1.25 + 1.05 * len(examples)) as drawn:
        names = [shortened(spectra.classes[example.label]) for example in examples]
        rows = rows_in(drawn, [1] * len(examples), *_axis(spectra), left=names, note=note)
        zones = spectra.zones
        for row, name, example in zip(rows, names, examples, strict=True):
            _draw_map(row, spectra, maps, example, zones)
            row.name(name)
            _label_bands(row, bands.get(spectra.classes[example.label], ()), places_told(maps, spectra))
        told = titled(f"{title}: one test spectrum of each class", spectra.about)
        rows[0].axes.set_title(told, pad=18)
        key_below(drawn, [rows[0].axes])


def _axis(spectra: Spectra) -> tuple[tuple[float, float], str]:
    """Ends and label of the horizontal axis."""
    return (float(spectra.wavenumber[0]), float(spectra.wavenumber[-1])), spectra.about.axis_label


def _draw_map(
    row: Row, spectra: Spectra, maps: Maps, example: Example, zones: NDArray[np.int8] | None
) -> None:
    x = spectra.wavenumber
    values = line_of(maps, example)
    spectrum = spectra.intensity[example.row]
    spectrum = spectrum / max(np.abs(spectrum).max(), 1e-30)
    row.low, row.high = min(-0.12, float(values.min()), float(spectrum.min())) - 0.17, 1.05
    row.zero()
    row.plot(x, spectrum, color=INPUT, linewidth=0.7, label="input")
    places, heights = _with_crossings(x, values)
    for side, color, label in (
        (heights >= 0, FOR, "map, for the class" if maps.signed else "map"),
        (heights <= 0, AGAINST, "map, against it"),
    ):
        if color == FOR or (values < 0).any():
            part = np.where(side, heights, np.nan)
            row.fill(places, np.nan_to_num(part), color=color, alpha=0.45, linewidth=0)
            row.plot(places, part, color=color, label=label)
    if not values.any():
        row.note(0.5, 0.03, "this map is zero everywhere", ha="center", color=FOR)
    if zones is not None:
        _mark_unique(row, x, zones[example.label])
    _mark_extrapolated(row, x, maps)


def _with_crossings(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """The same line with a point wherever it crosses zero, so that each side can be drawn without holes."""
    (before,) = np.nonzero(y[:-1] * y[1:] < 0)
    crossing = x[before] + (x[before + 1] - x[before]) * y[before] / (y[before] - y[before + 1])
    return np.insert(x, before + 1, crossing), np.insert(y, before + 1, 0.0)


def _mark_unique(row: Row, wavenumber: Floats, zones: NDArray[np.int8]) -> None:
    """A strip along the lower edge where the class is at least twice every rival.

    Args:
        zones: (channels,) of the class.
    """
    from matplotlib.collections import PolyCollection

    unique = np.pad(zones == Zone.UNIQUE, 1).astype(int)
    (first,), (after,) = np.nonzero(np.diff(unique) > 0), np.nonzero(np.diff(unique) < 0)
    if not len(first):
        return
    edges = np.concatenate([wavenumber[:1], (wavenumber[1:] + wavenumber[:-1]) / 2, wavenumber[-1:]])
    low, high = row.bottom, row.bottom + 0.035 * (row.top - row.bottom)
    corners = [
        [(left, low), (left, high), (right, high), (right, low)]
        for left, right in zip(edges[first], edges[after], strict=True)
    ]
    strip = PolyCollection(corners, color=UNIQUE, linewidth=0, label="unique to the class")
    row.axes.add_collection(strip, autolim=False)


def _mark_extrapolated(row: Row, wavenumber: Floats, maps: Maps) -> None:
    """Grey where the map is held constant beyond the outermost bins."""
    if maps.extent:
        first, last = maps.extent
        for left, right in ((0, first), (last, len(wavenumber) - 1)):
            if right - left > 0:
                row.shade(float(wavenumber[left]), float(wavenumber[right]), color="0.9")


def places_told(maps: Maps, spectra: Spectra) -> str:
    """What the labelled places are."""
    if maps.resolution <= FINE:
        return "strongest in the class's mean map"
    half = maps.resolution / 2 * float(np.median(np.diff(spectra.wavenumber)))
    return f"strongest in the mean map, ±{half:.3g} {spectra.about.unit}"


def _label_bands(row: Row, bands: Sequence[MapBand], label: str) -> None:
    """Positions above the row; those of bands unique to the class in that colour."""
    low, high = row.axes.get_xlim()
    nearest = 0.058 * (high - low)
    taken = -np.inf
    for band in sorted(bands, key=lambda band: band.position):
        taken = max(band.position, taken + nearest)
        color = UNIQUE if band.zone is Zone.UNIQUE else "0.25"
        across = (taken - low) / (high - low)
        row.title(f"{band.position:.0f}", across, ha="center", fontsize="small", color=color)
    if bands:
        places = [band.position for band in bands]
        row.mark(places, color="0.6", linewidth=0.7, linestyle=":", label=label)


def _strongest(parts: Mapping[str, Floats]) -> dict[str, Floats]:
    """Compound → its part, of the strongest, in the order of all."""
    strongest = sorted(parts, key=lambda compound: -float(np.max(parts[compound])))[:MOST_IN_LEGEND]
    return {compound: part for compound, part in parts.items() if compound in strongest}


def _draw_components(
    drawn: Figure, row: Row, spectra: Spectra, name: str, parts: Mapping[str, Floats]
) -> None:
    assert spectra.truth is not None
    colors = compound_colors(spectra.truth)
    lines = {compound: spectra.truth.component(spectra.wavenumber, name, compound) for compound in parts}
    row.scale(*lines.values())
    for compound, line in lines.items():
        row.plot(spectra.wavenumber, line, color=colors[compound])
    number = len(spectra.truth.components[name])
    some = f" (the {len(parts)} strongest of {number})" if len(parts) < number else ""
    row.title(f"pure components{some}, in their share of the class mean", fontsize="small")
    key_beside(drawn, row, {compound: colors[compound] for compound in parts})


def compound_colors(truth: Truth) -> dict[str, str]:
    """One colour for a compound in all pictures; no two of one class alike, while colours last."""
    together = [set(parts) for parts in truth.components.values()]
    colors: dict[str, str] = {}
    for compound in sorted(set().union(*together)):
        beside = set().union(*(parts for parts in together if compound in parts))
        used = [colors[other] for other in beside if other in colors]
        colors[compound] = min(LINES, key=used.count)
    return colors
