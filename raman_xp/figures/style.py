"""One look for all pictures: sizes, colours, axes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from raman_xp.spectra import About, Spectra

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INPUT = "black"
FOR = "#0072b2"
"""What speaks for a class; this and the next are told apart by the colour-blind (Okabe & Ito)."""
AGAINST = "#d55e00"
UNIQUE = "#009e73"
LINES = ("#cc79a7", "#e69f00", "#56b4e9", "#8c564b", "#7f7f7f", "#bcbd22", "#9467bd", "#17becf")
"""For compounds: none of the colours above."""
SERIES = (FOR, UNIQUE, AGAINST, *LINES)
"""For lines that stand beside each other."""

_RC: dict[Any, Any] = {
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": "medium",
    "axes.titlelocation": "left",
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "legend.frameon": False,
    "lines.linewidth": 0.8,
    "svg.fonttype": "none",  # text that can be searched and edited
    "svg.hashsalt": "raman-xp",  # the same picture, the same file
    "text.parse_math": False,  # a class may be called $x
    "xtick.direction": "out",
}


@cache
def _settings() -> dict[Any, Any]:
    """Every setting of matplotlib: no ``matplotlibrc`` in a working folder changes a picture."""
    import matplotlib as mpl

    defaults = {key: value for key, value in dict.items(mpl.rcParamsDefault) if key != "backend"}
    return defaults | _RC


@contextmanager
def figure(path: Path, width: float, height: float, *, vector: bool = False) -> Iterator[Figure]:
    """A figure of so many inches, written as PNG when the block ends.

    Args:
        path: ends in ``.png``.
        width: in inches.
        height: in inches.
        vector: write an SVG file beside it as well.
    """
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with mpl.rc_context(_settings()):
        drawn = Figure(figsize=(width, height), dpi=140, layout="constrained")
        canvas = FigureCanvasAgg(drawn)
        yield drawn
        path.parent.mkdir(parents=True, exist_ok=True)
        # As savefig does, but that draws all of it once more for the layout, and compresses for long.
        if layout := drawn.get_layout_engine():
            layout.execute(drawn)
            drawn.set_layout_engine("none")
        canvas.print_png(  # type: ignore[no-untyped-call]
            path, pil_kwargs={"compress_level": 2}
        )
        if vector:
            drawn.savefig(path.with_suffix(".svg"), metadata={"Date": None})


def stacked(
    drawn: Figure,
    heights: Sequence[float],
    left: Iterable[str] = (),
    right: Iterable[str] = (),
    widths: Sequence[float] = (1,),
) -> NDArray[Any]:
    """Panels (rows, columns), each column on one horizontal axis, with a title above and a legend below.

    The margins are known beforehand, so that nothing is measured twice as a layout engine would.

    Args:
        heights: of the panels, relative to each other.
        left: texts that stand left of the panels.
        right: entries of legends on the right, in ``x-small``.
        widths: of panels beside each other, relative to each other.
    """
    drawn.set_layout_engine("none")
    width, height = drawn.get_size_inches()
    margins = {
        "left": (0.15 + _widest(drawn, left, "medium")) / width,
        "right": 1 - (0.2 + (0.5 + widest if (widest := _widest(drawn, right, "x-small")) else 0)) / width,
        "bottom": 0.75 / height,
        "top": 1 - 0.5 / height,
    }
    shape: dict[str, Any] = {"height_ratios": heights, "width_ratios": widths}
    grid = drawn.add_gridspec(len(heights), len(widths), hspace=0.3, wspace=0.08, **shape, **margins)
    panels: NDArray[Any] = grid.subplots(sharex="col", squeeze=False)
    return panels


def gridded(drawn: Figure, spectra: Spectra, number: int, columns: int) -> list[Axes]:
    """So many panels over the axis of the spectra, in columns that are filled from above; the lowest panel of
    each column has the labels."""
    rows = -(-number // columns)
    panels = stacked(drawn, [1] * rows, widths=[1] * columns).T.ravel()
    for spare in panels[number:]:
        spare.set_axis_off()
    for place, axes in enumerate(panels[:number], 1):
        axes.set_xlim(*spectra.wavenumber[[0, -1]])
        if place % rows == 0 or place == number:
            axes.tick_params(labelbottom=True)
            wavenumber_axis(axes, spectra)
    return list(panels[:number])


def _widest(drawn: Figure, texts: Iterable[str], size: str) -> float:
    """Width of the widest text, in inches."""
    from matplotlib.font_manager import FontProperties

    canvas: Any = drawn.canvas
    measure, font = canvas.get_renderer().get_text_width_height_descent, FontProperties(size=size)
    return float(max((measure(text, font, False)[0] for text in texts), default=0)) / drawn.dpi


def wavenumber_axis(axes: Axes, spectra: Spectra) -> None:
    """The horizontal axis: the whole range, with its unit.

    Args:
        axes: that get it.
        spectra: whose axis it is.
    """
    axes.set_xlim(float(spectra.wavenumber[0]), float(spectra.wavenumber[-1]))
    axes.set_xlabel(spectra.about.axis_label)


def titled(text: str, about: About) -> str:
    """A title that tells where the spectra are no measurement."""
    return f"{text} (simulated)" if about.simulated else text


def shortened(name: str) -> str:
    """A class's name as it fits beside a panel."""
    return name if len(name) <= 24 else f"{name[:23]}…"


def no_intensity_scale(axes: Axes, **label: Any) -> None:
    """Relative intensities carry no numbers."""
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    if label:
        axes.set_ylabel(**label)
