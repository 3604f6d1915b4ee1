"""Which component of a mixture a map picks out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar

import numpy as np
from pydantic import Field, PositiveFloat

from raman_xp import hookimpl
from raman_xp.components import Figure, FigureTask
from raman_xp.errors import DataError
from raman_xp.figures.choice import PAGES, Page, chosen_classes, noted, pages
from raman_xp.figures.examples import Example, line_of
from raman_xp.figures.style import (
    AGAINST,
    FOR,
    INPUT,
    figure,
    gridded,
    no_intensity_scale,
    shortened,
    titled,
)
from raman_xp.maps import Maps
from raman_xp.spectra import Floats, Spectra

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TALL = 7
"""Panels that stand above each other, at most, before a second column begins."""
MIXTURES = 4 * TALL - 1
"""Mixtures of a page, at most."""
PURE = "#c00000"


class Mixture(Figure):
    """Mixtures of one partner with other components: mixture in black, map in blue, pure component in red,
    and the pure partner above (Fukuhara et al. 2019, Figs. 7 and S7)."""

    name: ClassVar = "mixture"
    frameworks: ClassVar = ("matplotlib",)

    partner: str
    """The component that is in all of them, at less than weight 1."""
    components: Annotated[list[str], Field(min_length=1)] | None = None
    """Components at weight 1 to draw, a panel each; default: every one that is tested with the partner."""
    ratio: PositiveFloat = 0.45
    """Of all test mixtures of a pair, the nearest to this weight of the partner is drawn."""
    explainer: str | None = None
    """Id of the explainer whose map is drawn; default: the first."""

    def require(self, test: Spectra, explainers: Sequence[str]) -> None:
        contents = test.contents
        if contents is None or contents.partners is None:
            raise DataError(f"{self.slug}: what is mixed in these spectra is not known; use another figure")
        self.require_known("partner", [self.partner], sorted(set(contents.partners)))
        mixed = test.labels[np.array(contents.partners) == self.partner]
        self.require_known("components", self.components, [test.classes[label] for label in np.unique(mixed)])
        self.require_known("explainer", self.explainer and [self.explainer], explainers)
        if not explainers:
            raise DataError(f"{self.slug}: there is no map to draw; add an explainer")

    def draw(self, task: FigureTask) -> None:
        test, maps = task.test, task.result.maps_of_predicted
        explainer = self.explainer or next(iter(maps))
        mixtures = {int(test.labels[row]): (row, ratio) for row, ratio in self._chosen(test)}
        choice = chosen_classes(task, list(mixtures), PAGES * MIXTURES)
        for page in pages([mixtures[label] for label in choice.labels], MIXTURES):
            self._draw_page(task, maps[explainer], explainer, page, noted(choice.note, page.note))

    def _draw_page(
        self, task: FigureTask, maps: Maps, explainer: str, page: Page[tuple[int, float]], note: str
    ) -> None:
        test, chosen = task.test, page.items
        columns = -(-(1 + len(chosen)) // TALL)
        height = 1.35 + 1.1 * -(-(1 + len(chosen)) // columns)
        path = task.folder / f"{page.file(self.slug)}.png"
        with figure(path, 6 + 2 * columns, height, vector=True) as drawn:
            title = f"{explainer.replace('_', ' ')} of mixtures (dotted: strongest band of {self.partner})"
            panels = gridded(drawn, test, 1 + len(chosen), columns, titled(title, test.about), note)
            self._draw_partner(panels[0], test)
            for axes, (row, ratio) in zip(panels[1:], chosen, strict=True):
                self._draw_mixture(axes, test, maps, row, ratio)
            at = test.wavenumber[_pure(test, self.partner).argmax()]
            for axes in panels:
                axes.axhline(0, color="0.8", linewidth=0.6, zorder=0)
                axes.axvline(at, color="0.6", linewidth=0.7, linestyle=":", zorder=0)
                no_intensity_scale(axes)
            drawn.legend(*panels[1].get_legend_handles_labels(), loc="lower left", ncols=3, fontsize="small")

    def _chosen(self, test: Spectra) -> list[tuple[int, float]]:
        """Of each pair the row nearest to the ratio, and its own."""
        contents = test.contents
        assert contents is not None  # or `require` has refused
        ratios = contents.other.max(axis=1) / contents.own.max(axis=1)
        mixed = np.array(contents.partners) == self.partner
        names = [name for name in self.components or test.classes if name != self.partner]
        rows = [np.flatnonzero(mixed & (test.labels == test.classes.index(name))) for name in names]
        nearest = [some[np.abs(ratios[some] - self.ratio).argmin()] for some in rows if some.size]
        return [(int(row), float(ratios[row])) for row in nearest]

    def _draw_partner(self, axes: Axes, test: Spectra) -> None:
        axes.plot(test.wavenumber, _pure(test, self.partner), color=INPUT)
        axes.set_title(f"pure {shortened(self.partner)}", loc="right", pad=1)

    def _draw_mixture(self, axes: Axes, test: Spectra, maps: Maps, row: int, ratio: float) -> None:
        name = test.classes[test.labels[row]]
        spectrum = test.intensity[row] / max(float(np.abs(test.intensity[row]).max()), 1e-30)
        target = int(maps.targets[row]) if maps.per == "spectrum" else int(test.labels[row])
        axes.plot(test.wavenumber, _pure(test, name), color=PURE, linewidth=0.7, label="pure component")
        axes.plot(test.wavenumber, spectrum, color=INPUT, linewidth=0.7, label="mixture")
        values = line_of(maps, Example(target, row, ""))
        axes.plot(test.wavenumber, values, color=FOR, linewidth=1.1, label="map")
        axes.set_title(f"{shortened(name)} + {ratio:.2f} {shortened(self.partner)}", loc="right", pad=1)
        if target != test.labels[row]:
            axes.text(
                0.99,
                0.03,
                f"taken for {shortened(test.classes[target])}",
                transform=axes.transAxes,
                ha="right",
                color=AGAINST,
            )


def _pure(test: Spectra, name: str) -> Floats:
    assert test.truth is not None
    return test.truth.mean(test.wavenumber, name)


@hookimpl
def raman_xp_figures() -> list[type[Figure]]:
    return [Mixture]
