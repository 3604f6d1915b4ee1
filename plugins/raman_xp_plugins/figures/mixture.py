"""Which component of a mixture a map picks out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field, PositiveFloat

from raman_xp import hookimpl
from raman_xp.components import Figure, FigureTask
from raman_xp.errors import DataError
from raman_xp.figures.choice import PAGES, Page, chosen_classes, noted, pages
from raman_xp.figures.examples import Example, line_of
from raman_xp.figures.rows import Row, key_below, rows_in_columns
from raman_xp.figures.style import AGAINST, FOR, INPUT, figure, shortened, titled
from raman_xp.maps import Maps
from raman_xp.spectra import Floats, Spectra

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
            first, last = map(float, test.wavenumber[[0, -1]])
            title, axis = titled(title, test.about), ((first, last), test.about.axis_label)
            rows = rows_in_columns(drawn, 1 + len(chosen), columns, *axis, title=title, note=note)
            self._draw_partner(rows[0], test)
            for line, (row, ratio) in zip(rows[1:], chosen, strict=True):
                self._draw_mixture(line, test, maps, row, ratio)
            at = float(test.wavenumber[_pure(test, self.partner).argmax()])
            for line in rows:
                line.zero()
                line.mark([at], color="0.6", linewidth=0.7, linestyle=":")
            key_below(drawn, [line.axes for line in rows])

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

    def _draw_partner(self, line: Row, test: Spectra) -> None:
        pure = _pure(test, self.partner)
        line.scale(np.zeros(1), pure)
        line.plot(test.wavenumber, pure, color=INPUT)
        line.title(f"pure {shortened(self.partner)}", 1.0, ha="right")

    def _draw_mixture(self, line: Row, test: Spectra, maps: Maps, row: int, ratio: float) -> None:
        name = test.classes[test.labels[row]]
        spectrum = test.intensity[row] / max(float(np.abs(test.intensity[row]).max()), 1e-30)
        target = int(maps.targets[row]) if maps.per == "spectrum" else int(test.labels[row])
        pure, values = _pure(test, name), line_of(maps, Example(target, row, ""))
        line.scale(np.zeros(1), pure, spectrum, values)
        line.plot(test.wavenumber, pure, color=PURE, linewidth=0.7, label="pure component")
        line.plot(test.wavenumber, spectrum, color=INPUT, linewidth=0.7, label="mixture")
        line.plot(test.wavenumber, values, color=FOR, linewidth=1.1, label="map")
        line.title(f"{shortened(name)} + {ratio:.2f} {shortened(self.partner)}", 1.0, ha="right")
        if target != test.labels[row]:
            taken_for = f"taken for {shortened(test.classes[target])}"
            line.note(0.99, 0.03, taken_for, ha="right", color=AGAINST)


def _pure(test: Spectra, name: str) -> Floats:
    assert test.truth is not None
    return test.truth.mean(test.wavenumber, name)


@hookimpl
def raman_xp_figures() -> list[type[Figure]]:
    return [Mixture]
