"""One look for all pictures: sizes, colours, axes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from raman_xp.spectra import About, Spectra

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.backends.backend_agg import FigureCanvasAgg
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
    "axes.titley": 1.0,  # where it is anyway, since no axis has ticks above; looking for them takes long
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "legend.frameon": False,
    "lines.linewidth": 0.8,
    "svg.fonttype": "none",  # text that can be searched and edited
    "svg.hashsalt": "raman-xp",  # the same picture, the same file
    "text.hinting": "none",  # glyphs are drawn in two thirds of the time
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
        # As savefig does, but that draws all of it once more for the layout, each time.
        if layout := drawn.get_layout_engine():
            layout.execute(drawn)
            drawn.set_layout_engine("none")
        write_png(canvas, path)
        if vector:
            write_svg(drawn, path.with_suffix(".svg"))


def write_svg(drawn: Figure, path: Path) -> None:
    """Write a figure whose layout is known."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    FigureCanvasSVG(drawn).print_svg(path, metadata={"Date": None})  # type: ignore[no-untyped-call]


def write_png(canvas: FigureCanvasAgg, path: Path) -> None:
    """Draw a figure and write it without its alpha channel, which is opaque and costs a fifth of the time."""
    from PIL import Image

    canvas.draw()  # type: ignore[no-untyped-call]
    pixels: Any = canvas.buffer_rgba()  # type: ignore[no-untyped-call]
    resolution = canvas.figure.dpi
    picture = Image.frombuffer("RGBA", canvas.get_width_height(), pixels, "raw", "RGBA", 0, 1)
    picture.convert("RGB").save(path, compress_level=1, dpi=(resolution, resolution))


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
