"""Rows of spectra above each other, and keys to their lines.

All rows are in one pair of axes, which is drawn in a fraction of the time that axes of their own would take.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from raman_xp.spectra import Floats

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

GAP = 0.3
"""Between rows, in heights of a mean row."""
COLUMN_GAP = 0.03
"""Between columns, as a part of the width."""


@dataclass
class Row:
    """A row of a picture, with a vertical scale of its own.

    Args:
        axes: of all rows, whose vertical axis goes from 0 to 1.
        bottom: lower end of the row on that axis.
        top: upper end.
        low: value at the lower end; set it with `scale` before anything is drawn.
        high: value at the upper end.
    """

    axes: Axes
    bottom: float
    top: float
    low: float = 0.0
    high: float = 1.0

    def scale(self, *values: Floats, margin: float = 0.05) -> None:
        """Let the row reach from the least to the largest of these values, and a margin beyond."""
        self.low = min(float(np.min(each)) for each in values)
        self.high = max(float(np.max(each)) for each in values)
        beyond = margin * ((self.high - self.low) or 1.0)
        self.low, self.high = self.low - beyond, self.high + beyond

    def at(self, values: Any) -> Any:
        """Return the height of values on the axis of all rows."""
        step = (self.top - self.bottom) / (self.high - self.low)
        return self.bottom + (np.asarray(values) - self.low) * step

    def plot(self, x: Floats, values: Floats, **style: Any) -> None:
        """Draw a line."""
        self.axes.plot(x, self.at(values), **style)

    def fill(self, x: Floats, values: Floats, **style: Any) -> None:
        """Fill the space between a line and zero."""
        self.axes.fill_between(x, self.at(values), float(self.at(0.0)), **style)

    def zero(self) -> None:
        """Draw a thin line at zero."""
        self.axes.axhline(float(self.at(0.0)), color="0.8", linewidth=0.6, zorder=0)

    def mark(self, places: Sequence[float], **style: Any) -> None:
        """Draw a vertical line through the row at each place."""
        from matplotlib.collections import LineCollection

        lines = [[(place, self.bottom), (place, self.top)] for place in places]
        self.axes.add_collection(LineCollection(lines, zorder=0, **style), autolim=False)

    def shade(self, first: float, last: float, **style: Any) -> None:
        """Shade a part of the axis."""
        from matplotlib.patches import Rectangle

        area = Rectangle(
            (first, self.bottom), last - first, self.top - self.bottom, linewidth=0, zorder=0, **style
        )
        self.axes.add_patch(area)

    def name(self, text: str, beside: float = 0.1) -> None:
        """Write a name left of the row, so many inches beside it."""
        middle = (self.bottom + self.top) / 2
        self._text(0.0, middle, text, (-72 * beside, 0), ha="right", va="center")

    def ends(self, least: float, most: float) -> None:
        """Write two values left of the row, each at its height, with a tick."""
        from matplotlib.collections import LineCollection

        first, last = self.axes.get_xlim()
        heights = self.at([least, most])
        ticks = [[(first, height), (first - 0.008 * (last - first), height)] for height in heights]
        axis = [(first, heights[0]), (first, heights[1])]
        lines = LineCollection([axis, *ticks], colors="black", linewidths=0.8, clip_on=False)
        self.axes.add_collection(lines, autolim=False)
        for value, height in zip((least, most), heights, strict=True):
            self._text(
                0.0, float(height), f"{value:.4g}", (-6, 0), ha="right", va="center", fontsize="x-small"
            )

    def title(self, text: str, across: float = 0.0, **style: Any) -> None:
        """Write a title above the row.

        Args:
            across: place from left (0) to right (1).
        """
        self._text(across, self.top, text, (0, 1), va="bottom", **style)

    def below(self, across: float, text: str, down: float) -> None:
        """Write a text below the row.

        Args:
            across: place from left (0) to right (1).
            down: distance, in points.
        """
        self._text(across, self.bottom, text, (0, -down), ha="center", va="top")

    def note(self, across: float, up: float, text: str, **style: Any) -> None:
        """Write a text in the row.

        Args:
            across: place from left (0) to right (1).
            up: place from bottom (0) to top (1).
        """
        self._text(across, self.bottom + up * (self.top - self.bottom), text, (0, 0), **style)

    def _text(
        self, across: float, height: float, text: str, shift: tuple[float, float], **style: Any
    ) -> None:
        """A text at a part of the width, shifted by so many points."""
        from matplotlib.transforms import ScaledTranslation

        assert self.axes.figure is not None
        by = ScaledTranslation(shift[0] / 72, shift[1] / 72, self.axes.figure.dpi_scale_trans)
        self.axes.text(across, height, text, transform=self.axes.get_yaxis_transform() + by, **style)


def rows_in(
    drawn: Figure,
    heights: Sequence[float],
    span: tuple[float, float],
    label: str,
    *,
    left: Iterable[str] = (),
    right: Iterable[str] = (),
    part: tuple[float, float] = (0.0, 1.0),
    note: str = "",
    shown: int | None = None,
) -> list[Row]:
    """Rows above each other, with one horizontal axis below the last one, and its ticks below all.

    Args:
        heights: of the rows, relative to each other.
        span: ends of the horizontal axis.
        label: of the horizontal axis.
        left: names that stand left of rows.
        right: entries of keys right of rows.
        part: of the width between the margins, from 0 to 1, for rows beside others.
        note: a line above the title, such as which of many classes are shown.
        shown: rows from above that are there; default: all.
    """
    drawn.set_layout_engine("none")
    width, height = drawn.get_size_inches()
    first, last = (
        (0.2 + max(map(_small, left), default=0.0)) / width,
        1 - (0.2 + (0.5 + widest if (widest := max(map(_tiny, right), default=0.0)) else 0.0)) / width,
    )
    bottom, top = 0.75 / height, 1 - (0.7 if note else 0.5) / height
    if note and part[0] == 0:
        drawn.text(first, 1 - 0.08 / height, note, fontsize="small", color="0.35", va="top")
    start, end = (first + each * (last - first) for each in part)
    axes = drawn.add_axes((start, bottom, end - start, top - bottom))
    axes.set_xlim(*span)
    axes.set_ylim(0, 1)
    axes.set_axis_off()  # the frames are drawn at once, in a fraction of the time
    gap = GAP * sum(heights) / len(heights)
    total = sum(heights) + gap * (len(heights) - 1)
    rows, above = [], 1.0
    for each in heights:
        rows.append(Row(axes, above - each / total, above))
        above -= (each + gap) / total
    rows[-1].bottom = 0.0
    if shown and shown < len(rows):  # the axis follows the last row that is there
        rows = rows[:shown]
        cut = rows[-1].bottom
        axes.set_position((start, bottom + cut * (top - bottom), end - start, (1 - cut) * (top - bottom)))
        axes.set_ylim(cut, 1)
    box = axes.get_position()
    _draw_frames(rows, box.width * width, box.height * height, label)
    return rows


def rows_in_columns(
    drawn: Figure,
    number: int,
    columns: int,
    span: tuple[float, float],
    label: str,
    *,
    title: str,
    note: str = "",
) -> list[Row]:
    """So many rows in columns that are filled from above.

    Args:
        title: of the picture; the rows may have titles of their own.
    """
    rows = -(-number // columns)
    wide = (1 + COLUMN_GAP) / columns - COLUMN_GAP
    made: list[Row] = []
    for column in range(columns):
        start = column * (wide + COLUMN_GAP)
        left_over = min(rows, number - len(made))
        part = (start, start + wide)
        made += rows_in(drawn, [1] * rows, span, label, part=part, note=note, shown=left_over)
    width, height = drawn.get_size_inches()
    drawn.text(0.2 / width, 1 - (0.43 if note else 0.23) / height, title, fontsize="medium")
    return made


def _draw_frames(rows: Sequence[Row], wide: float, tall: float, label: str) -> None:
    """The axis below each row, with ticks; below the last one with numbers and label.

    Args:
        wide: width of all rows, in inches.
        tall: their height.
    """
    from matplotlib.collections import LineCollection
    from matplotlib.ticker import MaxNLocator

    axes = rows[0].axes
    first, last = axes.get_xlim()
    locator = MaxNLocator(nbins=int(np.clip(wide / 0.75, 2, 9)), steps=[1, 2, 2.5, 5, 10])
    low, high = sorted((first, last))
    ticks = [float(place) for place in locator.tick_values(low, high) if low <= place <= high]
    tick = 3.5 / 72 / tall * np.ptp(axes.get_ylim())
    lines = [[(first, row.bottom), (last, row.bottom)] for row in rows]
    lines += [[(place, row.bottom), (place, row.bottom - tick)] for row in rows for place in ticks]
    axes.add_collection(LineCollection(lines, colors="black", linewidths=0.8, clip_on=False), autolim=False)
    for place in ticks:
        rows[-1].below((place - first) / (last - first), f"{place:.12g}", 7)
    rows[-1].below(0.5, label, 19)


def key_below(drawn: Figure, axes: Sequence[Axes]) -> None:
    """The label of every line and area, below the picture; beyond two lines of labels, their number."""
    handles = list(_labelled(axes).items())
    width, _ = drawn.get_size_inches()
    lines = _broken([0.31 + _key(label) for label, _ in handles], width - 0.25)
    shown = sum(map(len, lines[:2]))
    for number, line in enumerate(lines[:2]):
        y = 0.13 if len(lines) == 1 else 0.24 - 0.15 * number
        for place, x in line:
            label, handle = handles[place]
            _draw_sample(drawn, handle, 0.12 + x, y)
            _write(drawn, 0.43 + x, y, label, fontsize="small")
    if shown < len(handles):
        more = f"and {len(handles) - shown} more"
        _write(drawn, width - 0.1 - _key(more), 0.39, more, fontsize="small")


def _broken(widths: Sequence[float], most: float) -> list[list[tuple[int, float]]]:
    """Lines of things that stand beside each other, each with its place and its left end."""
    lines: list[list[tuple[int, float]]] = [[]]
    x = 0.0
    for place, wide in enumerate(widths):
        if lines[-1] and x + wide > most:
            lines.append([])
            x = 0.0
        lines[-1].append((place, x))
        x += wide + 0.25
    return lines


def key_beside(drawn: Figure, row: Row, labels: Mapping[str, str]) -> None:
    """Right of a row, the label of every colour.

    Args:
        labels: label → colour.
    """
    width, height = drawn.get_size_inches()
    box = row.axes.get_position()
    middle = (box.y0 + (row.bottom + row.top) / 2 * box.height) * height
    step = min(0.16, (row.top - row.bottom) * box.height * height / max(len(labels), 1) * 1.4)
    for number, (label, color) in enumerate(labels.items()):
        y = middle + step * ((len(labels) - 1) / 2 - number)
        _draw_line(drawn, box.x1 * width + 0.12, y, color, 0.8)
        _write(drawn, box.x1 * width + 0.44, y, label, fontsize="x-small")


def _labelled(axes: Sequence[Axes]) -> dict[str, Artist]:
    """Label → the first line or area that has it."""
    handles: dict[str, Artist] = {}
    for each in axes:
        for artist in (*each.lines, *each.collections, *each.patches):
            label = str(artist.get_label())
            if label and not label.startswith("_"):
                handles.setdefault(label, artist)
    return handles


def _draw_sample(drawn: Figure, handle: Any, x: float, y: float) -> None:
    """A short line, or a small area, as the handle's."""
    from matplotlib.collections import LineCollection
    from matplotlib.lines import Line2D
    from matplotlib.patches import Rectangle

    if isinstance(handle, Line2D):
        _draw_line(drawn, x, y, handle.get_color(), handle.get_linewidth(), handle.get_linestyle())
    elif isinstance(handle, LineCollection):
        _draw_line(drawn, x, y, handle.get_edgecolor()[0], np.ravel(handle.get_linewidth())[0], ":")
    else:
        color = np.atleast_2d(handle.get_facecolor())[0]
        area = Rectangle((x, y - 0.03), 0.25, 0.07, color=color, linewidth=0, transform=drawn.dpi_scale_trans)
        drawn.add_artist(area)


def _draw_line(drawn: Figure, x: float, y: float, color: Any, width: float, style: Any = "-") -> None:
    from matplotlib.lines import Line2D

    look = {"color": color, "linewidth": width, "linestyle": style}
    drawn.add_artist(Line2D([x, x + 0.25], [y, y], transform=drawn.dpi_scale_trans, **look))


def _write(drawn: Figure, x: float, y: float, text: str, **style: Any) -> None:
    drawn.text(x, y, text, transform=drawn.dpi_scale_trans, va="center_baseline", **style)


def _small(text: str) -> float:
    return width_of(text, 9.0)


def _key(text: str) -> float:
    return width_of(text, 7.5)


def _tiny(text: str) -> float:
    return width_of(text, 6.25)


@lru_cache(maxsize=4096)
def width_of(text: str, size: float) -> float:
    """Return the width of a text in inches."""
    from matplotlib.backends.backend_agg import RendererAgg
    from matplotlib.font_manager import FontProperties

    font = FontProperties(family="DejaVu Sans", size=size)
    renderer: Any = RendererAgg
    return float(renderer(1, 1, 72).get_text_width_height_descent(text, font, False)[0]) / 72
