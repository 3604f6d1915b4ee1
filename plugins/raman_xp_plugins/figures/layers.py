"""What flows through the layers of a network for one spectrum."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar

import numpy as np
from pydantic import Field

from raman_xp import hookimpl
from raman_xp.components import Capability, Figure, FigureTask, Layer
from raman_xp.figures.choice import MOST_SINGLE
from raman_xp.figures.examples import Example, examples_of
from raman_xp.figures.rows import width_of
from raman_xp.figures.style import AGAINST, FOR, INPUT, figure, no_intensity_scale, shortened, titled
from raman_xp.spectra import Floats, Spectra

if TYPE_CHECKING:
    from matplotlib.axes import Axes


MOST_NAMED = 60
"""Classes whose names stand below a layer, at most."""


UPRIGHT = 12
"""Names that stand beside each other, at most; more are turned."""


class Layers(Figure):
    """A test spectrum of a class, and what every layer of the network makes of it (Fukuhara et al. 2019,
    Fig. S3). Feature maps are rows of an image, each column where its receptive field is centred."""

    name: ClassVar = "layers"
    frameworks: ClassVar = ("matplotlib",)
    needs: ClassVar = frozenset({Capability.LAYERS})

    classes: Annotated[list[str], Field(min_length=1, max_length=MOST_SINGLE)] | None = None
    """Classes to draw a spectrum of, a picture each, 24 at most; default: the first only."""

    def require(self, test: Spectra, explainers: Sequence[str]) -> None:
        tested = [name for label, name in enumerate(test.classes) if label in test.labels]
        self.require_known("classes", self.classes, tested)

    def draw(self, task: FigureTask) -> None:
        test = task.test
        examples = {test.classes[each.label]: each for each in examples_of(test, task.result)}
        chosen = self.classes or list(examples)[:1]
        for number, name in enumerate(chosen, 1):
            file = self.slug if len(chosen) == 1 else f"{self.slug}_{number}"
            layers = task.model.layers(test.intensity[[examples[name].row]])
            _draw(task.folder / f"{file}.png", test, examples[name], layers)


def _draw(path: Path, test: Spectra, example: Example, layers: Sequence[Layer]) -> None:
    on_axis = [True, *(layer.centers is not None for layer in layers)]
    last_on_axis = len(on_axis) - 1 - on_axis[::-1].index(True)
    heights = [0.75 if on else 0.55 for on in on_axis]
    below = [0.16, *(0.16 if layer.centers is not None else _space_of_units(layer, test) for layer in layers)]
    below[last_on_axis] = 0.5
    names = ["input", *(layer.name.replace("_", " ") for layer in layers)]
    height = 0.45 + sum(heights) + sum(below)
    left = 0.55 + max(width_of(name, 9.0) for name in names)  # the numbers of units stand between
    with figure(path, 8, height, vector=True) as drawn:
        drawn.set_layout_engine("none")
        places, top = [], height - 0.45
        for each, space in zip(heights, below, strict=True):
            places.append((left / 8, (top - each) / height, (7.2 - left) / 8, each / height))
            top -= each + space
        panels = [drawn.add_axes(place) for place in places]
        panels[0].plot(test.wavenumber, test.intensity[example.row], color=INPUT)
        no_intensity_scale(panels[0])
        told = f"{shortened(test.classes[example.label])}: {example.caption}"
        panels[0].set_title(titled(told, test.about))
        for axes, layer in zip(panels[1:], layers, strict=True):
            if layer.centers is None:
                _draw_units(axes, test, layer)
            else:
                _draw_feature_maps(axes, test, layer)
        for number, axes in enumerate(panels):
            if on_axis[number]:
                axes.set_xlim(float(test.wavenumber[0]), float(test.wavenumber[-1]))
                axes.tick_params(labelbottom=number == last_on_axis)
        panels[last_on_axis].set_xlabel(test.about.axis_label)
        for (start, bottom, _, tall), name in zip(places, names, strict=True):
            drawn.text(start - 0.4 / 8, bottom + tall / 2, name, ha="right", va="center")


def _space_of_units(layer: Layer, test: Spectra) -> float:
    """Inches below a layer without an axis, for the numbers of its units or the names of the classes."""
    if not _is_named(layer, test):
        return 0.45
    names = map(shortened, test.classes)
    return 0.25 + (max(width_of(name, 6.25) for name in names) if len(test.classes) > UPRIGHT else 0.05)


def _is_named(layer: Layer, test: Spectra) -> bool:
    return bool(layer.values.shape[1] == len(test.classes) <= MOST_NAMED)


def _draw_feature_maps(axes: Axes, test: Spectra, layer: Layer) -> None:
    assert layer.centers is not None
    values = layer.values[0].T
    largest = max(float(np.abs(values).max()), 1e-30)
    axes.pcolormesh(
        _edges(np.interp(layer.centers, np.arange(test.channels), test.wavenumber)),
        np.arange(len(values) + 1),
        values,
        cmap="RdBu",
        vmin=-largest,
        vmax=largest,
        rasterized=True,
    )
    axes.set_yticks([])
    shape = f"{len(values)} × {values.shape[1]}"
    axes.text(-0.015, 0.0, shape, transform=axes.transAxes, ha="right", fontsize="x-small")
    _draw_scale(axes, largest)


def _draw_scale(axes: Axes, largest: float) -> None:
    """The colours of the values right of them, from the most negative below to the most positive above."""
    import matplotlib as mpl
    from matplotlib.collections import PolyCollection

    steps = np.linspace(0, 1, 65)
    left, right = 1.012, 1.026
    boxes = [[(left, low), (left, high), (right, high), (right, low)] for low, high in pairwise(steps)]
    colors = mpl.colormaps["RdBu"]((steps[1:] + steps[:-1]) / 2)
    scale = PolyCollection(boxes, facecolors=colors, edgecolors=colors, linewidth=0.2, clip_on=False)
    scale.set_transform(axes.transAxes)
    axes.add_collection(scale, autolim=False)
    for height, value in ((0.0, -largest), (0.5, 0.0), (1.0, largest)):
        axes.text(1.033, height, f"{value:.3g}", transform=axes.transAxes, va="center", fontsize="x-small")


def _draw_units(axes: Axes, test: Spectra, layer: Layer) -> None:
    from matplotlib.collections import PolyCollection

    values = layer.values[0]
    bars = [
        [(place - 0.4, 0), (place - 0.4, value), (place + 0.4, value), (place + 0.4, 0)]
        for place, value in enumerate(values)
    ]
    colors = np.where(values < 0, AGAINST, FOR)
    axes.add_collection(PolyCollection(bars, facecolors=colors, linewidth=0))
    axes.set_ylim(1.05 * min(float(values.min()), 0.0), 1.05 * max(float(values.max()), 1e-30))
    axes.axhline(0, color="0.8", linewidth=0.6, zorder=0)
    axes.tick_params(labelsize="x-small")
    axes.locator_params(axis="y", nbins=3)
    axes.set_xlim(-0.6, len(values) - 0.4)
    if _is_named(layer, test):
        axes.set_xticks(range(len(values)), [shortened(name) for name in test.classes])
        axes.tick_params(axis="x", rotation=90 if len(values) > UPRIGHT else 0)
    else:
        axes.set_xlabel("class" if len(values) == len(test.classes) else "unit", fontsize="x-small")


def _edges(centers: Floats) -> Floats:
    """Borders half-way between centres, (n + 1,)."""
    between = (centers[1:] + centers[:-1]) / 2
    return np.concatenate([[2 * centers[0] - between[0]], between, [2 * centers[-1] - between[-1]]])


@hookimpl
def raman_xp_figures() -> list[type[Figure]]:
    return [Layers]
