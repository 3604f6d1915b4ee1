"""What flows through the layers of a network for one spectrum."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar

import numpy as np
from pydantic import Field

from raman_xp import hookimpl
from raman_xp.components import Capability, Figure, FigureTask, Layer
from raman_xp.figures.choice import MOST_SINGLE
from raman_xp.figures.examples import Example, examples_of
from raman_xp.figures.style import (
    AGAINST,
    FOR,
    INPUT,
    figure,
    no_intensity_scale,
    shortened,
    titled,
    wavenumber_axis,
)
from raman_xp.spectra import Floats, Spectra

if TYPE_CHECKING:
    from matplotlib.axes import Axes


MOST_NAMED = 60
"""Classes whose names stand below a layer, at most."""


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
    heights = [1.0, *(1.0 if layer.centers is not None else 0.7 for layer in layers)]
    with figure(path, 8, 1.0 + 0.95 * sum(heights), vector=True) as drawn:
        input_axes, *panels = drawn.subplots(len(heights), 1, height_ratios=heights)
        input_axes.plot(test.wavenumber, test.intensity[example.row], color=INPUT)
        wavenumber_axis(input_axes, test)
        no_intensity_scale(input_axes)
        _named(input_axes, "input")
        input_axes.set_title(
            titled(f"{shortened(test.classes[example.label])}: {example.caption}", test.about)
        )
        on_axis = [input_axes]
        for axes, layer in zip(panels, layers, strict=True):
            if layer.centers is None:
                _draw_units(axes, test, layer)
            else:
                _draw_feature_maps(axes, test, layer)
                on_axis.append(axes)
            _named(axes, layer.name.replace("_", " "))
        for axes in on_axis[:-1]:
            axes.set_xlabel("")
            axes.tick_params(labelbottom=False)


def _draw_feature_maps(axes: Axes, test: Spectra, layer: Layer) -> None:
    assert layer.centers is not None
    values = layer.values[0].T
    largest = max(float(np.abs(values).max()), 1e-30)
    image = axes.pcolormesh(
        _edges(np.interp(layer.centers, np.arange(test.channels), test.wavenumber)),
        np.arange(len(values) + 1),
        values,
        cmap="RdBu",
        vmin=-largest,
        vmax=largest,
        rasterized=True,
    )
    axes.figure.colorbar(image, ax=axes, pad=0.01, aspect=8).ax.tick_params(labelsize="x-small")
    axes.set_yticks([])
    axes.text(
        -0.01,
        0.0,
        f"{len(values)} × {values.shape[1]}",
        transform=axes.transAxes,
        ha="right",
        fontsize="x-small",
    )
    wavenumber_axis(axes, test)


def _draw_units(axes: Axes, test: Spectra, layer: Layer) -> None:
    values = layer.values[0]
    axes.bar(np.arange(len(values)), values, color=np.where(values < 0, AGAINST, FOR))
    axes.axhline(0, color="0.8", linewidth=0.6, zorder=0)
    axes.tick_params(labelsize="x-small")
    axes.set_xlim(-0.6, len(values) - 0.4)
    if len(values) == len(test.classes) <= MOST_NAMED:
        axes.set_xticks(range(len(values)), [shortened(name) for name in test.classes])
        axes.tick_params(axis="x", rotation=90 if len(values) > 12 else 0)
    else:
        axes.set_xlabel("class" if len(values) == len(test.classes) else "unit", fontsize="x-small")


def _edges(centers: Floats) -> Floats:
    """Borders half-way between centres, (n + 1,)."""
    between = (centers[1:] + centers[:-1]) / 2
    return np.concatenate([[2 * centers[0] - between[0]], between, [2 * centers[-1] - between[-1]]])


def _named(axes: Axes, name: str) -> None:
    axes.set_ylabel(name, rotation=0, ha="right", va="center", labelpad=18)


@hookimpl
def raman_xp_figures() -> list[type[Figure]]:
    return [Layers]
