"""The spectra of the classes, before any map."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, ClassVar, Literal, NamedTuple

import numpy as np
from pydantic import Field, PositiveInt

from raman_xp import hookimpl
from raman_xp.components import Figure, FigureTask
from raman_xp.errors import DataError
from raman_xp.figures.choice import PAGES, Page, chosen_classes, noted, pages
from raman_xp.figures.rows import rows_in_columns
from raman_xp.figures.style import INPUT, figure, shortened, titled
from raman_xp.spectra import Floats, Spectra

TALL = 10
"""Panels that stand above each other, at most, before a second column begins."""
PANELS = 3 * TALL
"""Panels of a page, at most."""


class ClassSpectra(Figure):
    """A panel for each class: its strongest spectrum, the spectra it is learnt from, or its pure spectrum
    (Fukuhara et al. 2019, Figs. 4a, 4b and 6)."""

    name: ClassVar = "class_spectra"
    frameworks: ClassVar = ("matplotlib",)

    show: Literal["strongest", "training", "pure"] = "strongest"
    """`strongest`: of all spectra of a class, after preprocessing. `training`: those of the fit, each as high
    as its signal. `pure`: without noise and background, where that is known."""
    classes: Annotated[list[str], Field(min_length=1)] | None = None
    """Classes to draw, a panel each; default: all."""
    most: PositiveInt = 6
    """Training spectra of a class, at most, evenly by their signal."""

    def require(self, test: Spectra, explainers: Sequence[str]) -> None:
        self.require_known("classes", self.classes, test.classes)
        if self.show == "pure" and test.truth is None:
            raise DataError(f"{self.slug}: the pure spectra of these data are not known; show others")

    def draw(self, task: FigureTask) -> None:
        names = self.classes or task.spectra.classes
        choice = chosen_classes(task, [task.spectra.classes.index(name) for name in names], PAGES * PANELS)
        for page in pages([task.spectra.classes[label] for label in choice.labels], PANELS):
            self._draw_page(task, page, noted(choice.note, page.note))

    def _draw_page(self, task: FigureTask, page: Page[str], note: str) -> None:
        columns = -(-len(page.items) // TALL)
        path = task.folder / f"{page.file(self.slug)}.png"
        about = task.spectra.about
        title = titled(_TITLES[self.show], about)
        if self.show == "pure":  # mixtures are computed, also of measured spectra
            title = f"{_TITLES['pure']} ({about.source})"
        first, last = map(float, task.spectra.wavenumber[[0, -1]])
        axis = (first, last), about.axis_label
        with figure(path, 8, 1.25 + 0.85 * -(-len(page.items) // columns), vector=True) as drawn:
            rows = rows_in_columns(drawn, len(page.items), columns, *axis, title=title, note=note)
            for row, name in zip(rows, page.items, strict=True):
                lines = list(self._lines(task, name))
                row.scale(np.zeros(1), *(each.values for each in lines))
                row.zero()
                for number, each in enumerate(lines):
                    row.plot(task.spectra.wavenumber, each.values, color=each.color, zorder=2 - number / 100)
                notes = (shortened(name), *(each.note for each in lines))
                row.title(" ".join(filter(None, notes)), 1.0, ha="right")

    def _lines(self, task: FigureTask, name: str) -> Iterator[_Line]:
        spectra, label = task.spectra, task.spectra.classes.index(name)
        if self.show == "pure":
            assert spectra.truth is not None
            yield _Line(spectra.truth.mean(spectra.wavenumber, name))
            return
        training = self.show == "training"
        rows = task.split.train if training else np.arange(len(spectra))
        rows = rows[spectra.labels[rows] == label]
        rows = rows[np.argsort(-spectra.signal[rows], kind="stable")]
        highest = spectra.signal[rows[0]]
        shown = np.unique(np.linspace(0, len(rows) - 1, min(self.most, len(rows))).round().astype(int))
        for number, row in enumerate(rows[shown] if training else rows[:1]):
            values = spectra.intensity[row].astype(np.float64)
            share = spectra.signal[row] / highest
            values *= share / max(float(np.abs(values).max()), 1e-300)
            color = str(0.8 * number / max(len(shown) - 1, 1)) if training else INPUT
            yield _Line(values, color, f"{share:.2f}" if training else "")


class _Line(NamedTuple):
    """A spectrum, (channels,), and what the panel says of it."""

    values: Floats
    color: str = INPUT
    note: str = ""


_TITLES = {
    "pure": "pure spectra",
    "strongest": "strongest spectrum of each class",
    "training": "training spectra of each class, as high as their signal",
}


@hookimpl
def raman_xp_figures() -> list[type[Figure]]:
    return [ClassSpectra]
