"""Maps over the wavenumber axis, beside the spectra they explain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from raman_xp.evaluation import MapBand
from raman_xp.figures.choice import MOST_IN_LEGEND
from raman_xp.figures.examples import Example, line_of
from raman_xp.figures.style import (
    AGAINST,
    FOR,
    INPUT,
    LINES,
    UNIQUE,
    figure,
    no_intensity_scale,
    shortened,
    stacked,
    titled,
    wavenumber_axis,
)
from raman_xp.maps import Maps
from raman_xp.spectra import Floats, Spectra, Truth, Zone

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


FINE = 8
"""Channels: of a map that resolves less, the legend says how much, for its labels look exact."""


def draw_class_map(
    path: Path, title: str, spectra: Spectra, maps: Maps, example: Example, bands: Sequence[MapBand]
) -> None:
    """One spectrum in black, its signed map in colour, the strongest bands of the class's mean map labelled;
    below, the pure components of the class where they are known."""
    name = spectra.classes[example.label]
    parts = spectra.truth.components.get(name, {}) if spectra.truth else {}
    with figure(path, 8, 4.4 if parts else 3.2) as drawn:
        upper, *lower = stacked(drawn, [2.2, 1] if parts else [1], right=parts)[:, 0]
        upper.set_title(titled(f"{title}, {shortened(name)}: {example.caption}", spectra.about), pad=16)
        _draw_map(upper, spectra, maps, example)
        wavenumber_axis(upper, spectra)
        _label_bands(upper, bands, places_told(maps, spectra))
        _legend(drawn, upper)
        if lower:
            upper.set_xlabel("")
            _draw_components(lower[0], spectra, name, parts)
            wavenumber_axis(lower[0], spectra)


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
        panels = stacked(drawn, [1] * len(examples), left=names, note=note)[:, 0]
        for axes, example in zip(panels, examples, strict=True):
            name = spectra.classes[example.label]
            _draw_map(axes, spectra, maps, example)
            axes.set_ylabel(shortened(name), rotation=0, ha="right", va="center")
            wavenumber_axis(axes, spectra)
            _label_bands(axes, bands.get(name, ()), places_told(maps, spectra))
            if axes is not panels[-1]:
                axes.set_xlabel("")
        panels[0].set_title(titled(f"{title}: one test spectrum of each class", spectra.about), pad=18)
        _legend(drawn, *panels)


def _legend(drawn: Figure, *panels: Axes) -> None:
    """One legend below, with everything that stands in any panel."""
    handles = {
        label: handle
        for axes in panels
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)
    }
    drawn.legend(
        list(handles.values()), list(handles), loc="lower left", ncols=len(handles), fontsize="small"
    )


def _draw_map(axes: Axes, spectra: Spectra, maps: Maps, example: Example) -> None:
    x = spectra.wavenumber
    values = line_of(maps, example)
    spectrum = spectra.intensity[example.row]
    spectrum = spectrum / max(np.abs(spectrum).max(), 1e-30)
    axes.axhline(0, color="0.8", linewidth=0.6, zorder=0)
    axes.plot(x, spectrum, color=INPUT, linewidth=0.7, label="input")
    places, heights = _with_crossings(x, values)
    for side, color, label in (
        (heights >= 0, FOR, "map, for the class" if maps.signed else "map"),
        (heights <= 0, AGAINST, "map, against it"),
    ):
        if color == FOR or (values < 0).any():
            part = np.where(side, heights, np.nan)
            axes.fill_between(places, np.nan_to_num(part), color=color, alpha=0.45, linewidth=0)
            axes.plot(places, part, color=color, label=label)
    if not values.any():
        axes.text(0.5, 0.09, "this map is zero everywhere", transform=axes.transAxes, ha="center", color=FOR)
    low = min(-0.12, float(values.min()), float(spectrum.min())) - 0.05
    axes.set_ylim(low - 0.12, 1.05)
    _mark_unique(axes, spectra, example.label)
    _mark_extrapolated(axes, x, maps)
    no_intensity_scale(axes)


def _with_crossings(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """The same line with a point wherever it crosses zero, so that each side can be drawn without holes."""
    (before,) = np.nonzero(y[:-1] * y[1:] < 0)
    crossing = x[before] + (x[before + 1] - x[before]) * y[before] / (y[before] - y[before + 1])
    return np.insert(x, before + 1, crossing), np.insert(y, before + 1, 0.0)


def _mark_unique(axes: Axes, spectra: Spectra, label: int) -> None:
    """A strip along the lower edge where the class is at least twice every rival."""
    if spectra.truth is None:
        return
    unique = np.pad(zones_of(spectra)[label] == Zone.UNIQUE, 1).astype(int)
    (first,), (after,) = np.nonzero(np.diff(unique) > 0), np.nonzero(np.diff(unique) < 0)
    x = spectra.wavenumber
    edges = np.concatenate([x[:1], (x[1:] + x[:-1]) / 2, x[-1:]])
    low, high = axes.get_ylim()
    axes.broken_barh(
        list(zip(edges[first], edges[after] - edges[first], strict=True)),
        (low, 0.035 * (high - low)),
        color=UNIQUE,
        linewidth=0,
        label="unique to the class" if len(first) else None,
    )


def _mark_extrapolated(axes: Axes, wavenumber: Floats, maps: Maps) -> None:
    """Grey where the map is held constant beyond the outermost bins."""
    if maps.extent:
        first, last = maps.extent
        for left, right in ((0, first), (last, len(wavenumber) - 1)):
            if right - left > 0:
                axes.axvspan(wavenumber[left], wavenumber[right], color="0.9", linewidth=0, zorder=0)


def places_told(maps: Maps, spectra: Spectra) -> str:
    """What the labelled places are."""
    if maps.resolution <= FINE:
        return "strongest in the class's mean map"
    half = maps.resolution / 2 * float(np.median(np.diff(spectra.wavenumber)))
    return f"strongest in the mean map, ±{half:.3g} {spectra.about.unit}"


def _label_bands(axes: Axes, bands: Sequence[MapBand], label: str) -> None:
    """Positions above the panel; those of bands unique to the class in that colour."""
    low, high = axes.get_xlim()
    nearest = 0.058 * (high - low)
    taken = -np.inf
    for band in sorted(bands, key=lambda band: band.position):
        taken = max(band.position, taken + nearest)
        axes.annotate(
            f"{band.position:.0f}",
            (taken, 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(0, 1),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize="small",
            color=UNIQUE if band.zone is Zone.UNIQUE else "0.25",
            annotation_clip=False,
        )
        axes.axvline(band.position, color="0.6", linewidth=0.7, linestyle=":", zorder=0, label=label)


def _draw_components(axes: Axes, spectra: Spectra, name: str, parts: Mapping[str, Floats]) -> None:
    assert spectra.truth is not None
    colors = compound_colors(spectra.truth)
    strongest = sorted(parts, key=lambda compound: -float(np.max(parts[compound])))[:MOST_IN_LEGEND]
    for compound in (each for each in parts if each in strongest):
        part = spectra.truth.component(spectra.wavenumber, name, compound)
        axes.plot(spectra.wavenumber, part, color=colors[compound], label=compound)
    some = f" (the {MOST_IN_LEGEND} strongest of {len(parts)})" if len(parts) > MOST_IN_LEGEND else ""
    axes.set_title(f"pure components{some}, in their share of the class mean", fontsize="small")
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize="x-small")
    no_intensity_scale(axes)


def compound_colors(truth: Truth) -> dict[str, str]:
    """One colour for a compound in all pictures; no two of one class alike, while colours last."""
    together = [set(parts) for parts in truth.components.values()]
    colors: dict[str, str] = {}
    for compound in sorted(set().union(*together)):
        beside = set().union(*(parts for parts in together if compound in parts))
        used = [colors[other] for other in beside if other in colors]
        colors[compound] = min(LINES, key=used.count)
    return colors


def zones_of(spectra: Spectra) -> NDArray[np.int8]:
    """(classes, channels) zones by the truth of the spectra."""
    assert spectra.truth is not None
    return spectra.truth.zones(spectra.wavenumber, spectra.classes)
