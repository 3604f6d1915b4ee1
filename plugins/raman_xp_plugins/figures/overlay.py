"""Maps of several explainers over one spectrum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

import numpy as np
from pydantic import Field, model_validator

from raman_xp import hookimpl
from raman_xp.components import Figure, FigureTask, SweepTask
from raman_xp.errors import DataError
from raman_xp.figures.choice import MOST_IN_LEGEND, PAGES, PANELS, chosen_classes, noted, pages
from raman_xp.figures.examples import Example, examples_of, line_of
from raman_xp.figures.rows import Row, key_below, rows_in
from raman_xp.figures.style import INPUT, SERIES, figure, shortened, titled
from raman_xp.maps import Maps
from raman_xp.spectra import Spectra

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Picture

Range = tuple[float, float]
MOST_TOLD = 3
"""Mistakes that a title tells, at most."""


class Overlay(Figure):
    """A test spectrum of each class in black, and over it the maps of explainers as lines, each relative to
    its largest magnitude (Fukuhara et al. 2019, Figs. 3, 5 and S6)."""

    name: ClassVar = "overlay"
    frameworks: ClassVar = ("matplotlib",)

    explainers: Annotated[list[str], Field(min_length=1)] | None = None
    """Ids of explainers; default: all."""
    classes: Annotated[list[str], Field(min_length=1)] | None = None
    """Classes to draw, a panel each; default: all."""
    colors: Annotated[list[str], Field(min_length=1)] | None = None
    """A colour for each explainer, as matplotlib names them; default: blue, green, orange, …"""
    range: Range | None = None
    """Part of the axis to draw, such as `[340, 380]`; default: all of it."""
    inset: Range | None = None
    """Part of the axis to draw larger, beside each panel."""

    @model_validator(mode="after")
    def _drawable(self) -> Self:
        for key, part in (("range", self.range), ("inset", self.inset)):
            if part and not part[0] < part[1]:
                raise ValueError(f"{key}: {part[0]:g} is not below {part[1]:g}")
        if self.colors:
            from matplotlib.colors import is_color_like

            if wrong := [color for color in self.colors if not is_color_like(color)]:
                raise ValueError(
                    f"colors: matplotlib knows no {', '.join(wrong)}; such as green or #009e73 would do"
                )
        return self

    def require(self, test: Spectra, explainers: Sequence[str]) -> None:
        self.require_known("explainers", self.explainers, explainers)
        tested = [name for label, name in enumerate(test.classes) if label in test.labels]
        self.require_known("classes", self.classes, tested)
        first, last = test.wavenumber[[0, -1]]
        for key, part in (("range", self.range), ("inset", self.inset)):
            if part and (part[1] <= first or part[0] >= last):
                raise DataError(f"{self.slug}: {key}: the spectra end at {first:g} and {last:g}")

    def draw(self, task: FigureTask) -> None:
        test, maps = task.test, task.result.maps_of_predicted
        lines = {name.replace("_", " "): maps[name] for name in self.explainers or maps}
        examples = [each for each in examples_of(test, task.result) if self._is_asked(each, test)]
        choice = chosen_classes(task, [each.label for each in examples], PAGES * PANELS)
        examples = [each for each in examples if each.label in choice.labels]
        title = examples[0].caption if len(examples) == 1 else "one test spectrum of each class"
        predicted = task.result.logits.argmax(axis=1)
        if len(examples) > 1 and (wrong := [each for each in examples if predicted[each.row] != each.label]):
            told = (f"{test.classes[each.label]} for {test.classes[predicted[each.row]]}" for each in wrong)
            mistaken = ", ".join(map(shortened, told))
            few = len(wrong) <= MOST_TOLD
            title += f"; mistaken: {mistaken}" if few else f"; {len(wrong)} of {len(examples)} mistaken"
        for page in pages(examples):
            path = task.folder / f"{page.file(self.slug)}.png"
            self._draw_panels(path, title, test, lines, page.items, noted(choice.note, page.note))

    def _draw_panels(
        self,
        path: Path,
        title: str,
        test: Spectra,
        lines: Mapping[str, Maps],
        examples: Sequence[Example],
        note: str = "",
        ordered: bool = False,
    ) -> None:
        """A panel for each example: its spectrum, and maps of it.

        Args:
            lines: label → maps.
            note: which of many classes and trials they are.
            ordered: whether they differ by steps, and their colours as well.
        """
        colors = self._colors(len(lines), ordered)
        names = [shortened(test.classes[example.label]) for example in examples]
        height = 1.3 + 1.35 * len(examples)
        with figure(path, 8, height, vector=True) as drawn:
            look: dict[str, Any] = {"left": names, "note": note}
            rows = _rows(drawn, test, len(examples), self.range, part=(0, 0.7 if self.inset else 1), **look)
            beside = (
                _rows(drawn, test, len(examples), self.inset, part=(0.74, 1), **look) if self.inset else []
            )
            for place, (example, name) in enumerate(zip(examples, names, strict=True)):
                rows[place].name(name)
                if self.inset:
                    rows[place].shade(*self.inset, color="0.9")
                for row in (rows[place], *beside[place : place + 1]):
                    _draw(row, test, lines, example, colors)
            rows[0].axes.set_title(titled(title, test.about), pad=10)
            key_below(drawn, [rows[0].axes])

    def _colors(self, number: int, ordered: bool) -> list[Any]:
        if self.colors or not ordered:
            return list(islice(cycle(self.colors or SERIES), number))
        import matplotlib as mpl

        return list(mpl.colormaps["viridis"](np.linspace(0.2, 0.95, number)))

    def draw_sweep(self, task: SweepTask) -> None:
        """Of each explainer: one spectrum of each class, and over it the map of every trial (Fig. 2)."""
        test = task.trials[0].test
        rows = {name: np.flatnonzero(test.labels == label) for label, name in enumerate(test.classes)}
        examples = [
            Example(test.classes.index(name), int(some[len(some) // 2]), "")
            for name, some in rows.items()
            if len(some) and (self.classes is None or name in self.classes)
        ]
        alike = [each for each in task.trials if np.array_equal(each.test.intensity, test.intensity)]
        if len(alike) < 2:  # maps of different spectra cannot lie over one
            return
        shown = np.unique(np.linspace(0, len(alike) - 1, MOST_IN_LEGEND).round().astype(int))
        notes = [f"{len(shown)} of {len(alike)} trials"] if len(shown) < len(alike) else []
        alike = [alike[place] for place in shown]
        if len(examples) > PANELS:
            notes.append(f"the first {PANELS} of {len(examples)} classes")
        for explainer in self.explainers or task.explainers:
            maps = {str(trial.chosen[task.key]): trial.maps(explainer) for trial in alike}
            there = {value: each for value, each in maps.items() if each}
            title = f"{explainer.replace('_', ' ')} by {task.key}"
            path = task.folder / f"{self.slug}_{explainer}.png"
            self._draw_panels(path, title, test, there, examples[:PANELS], noted(*notes), ordered=True)

    def _is_asked(self, example: Example, test: Spectra) -> bool:
        return self.classes is None or test.classes[example.label] in self.classes


def _rows(drawn: Picture, test: Spectra, number: int, part_of_axis: Range | None, **look: Any) -> list[Row]:
    """Rows over a part of the axis."""
    first, last = (float(end) for end in part_of_axis or test.wavenumber[[0, -1]])
    return rows_in(drawn, [1] * number, (first, last), test.about.axis_label, **look)


def _draw(
    row: Row, test: Spectra, lines: Mapping[str, Maps], example: Example, colors: Sequence[Any]
) -> None:
    spectrum = test.intensity[example.row]
    spectrum = spectrum / max(float(np.abs(spectrum).max()), 1e-30)
    drawn = {label: line_of(maps, example) for label, maps in lines.items()}
    low, high = row.axes.get_xlim()
    inside = (test.wavenumber >= low) & (test.wavenumber <= high)
    if not inside.any():  # between two channels
        inside[:] = True
    row.scale(spectrum[inside], np.zeros(1), *(values[inside] for values in drawn.values()))
    row.zero()
    row.plot(test.wavenumber, spectrum, color=INPUT, label="input")
    for (label, values), color in zip(drawn.items(), colors, strict=True):
        row.plot(test.wavenumber, values, color=color, linewidth=1.1, label=label)


@hookimpl
def raman_xp_figures() -> list[type[Figure]]:
    return [Overlay]
