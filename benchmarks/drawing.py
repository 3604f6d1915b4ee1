"""Pictures of what was measured."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measure import Report

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw(path: Path, report: Report) -> None:
    """Medians as bars, from the least to the largest as a line; what grows as curves on logarithmic axes."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    if report.curves:
        size = (max(3 * len(report.curves), 5), 3.2)
        figure, (panels,) = plt.subplots(
            1, len(report.curves), figsize=size, sharey=True, squeeze=False, layout="constrained"
        )
        for axes, (name, curves) in zip(panels, report.curves.items(), strict=True):
            _draw_curves(axes, name, curves)
        panels[0].set_ylabel("seconds")
        panels[0].legend(fontsize="small")
    else:
        figure, axes = plt.subplots(figsize=(8, 0.9 + 0.3 * len(report.bars)), layout="constrained")
        _draw_bars(axes, report)
    figure.suptitle(report.title, fontsize="medium", x=0.01, ha="left")
    figure.savefig(path, dpi=110)
    plt.close(figure)


def _draw_bars(axes: Axes, report: Report) -> None:
    for row, times in enumerate(report.bars.values()):
        axes.barh(row, times.median, color="#56b4e9")
        axes.plot([min(times.seconds), max(times.seconds)], [row, row], color="black")
    axes.set_yticks(range(len(report.bars)), list(report.bars), fontsize="small")
    axes.tick_params(axis="y", length=0)
    axes.invert_yaxis()
    axes.set_xlabel("seconds: median, from least to most")
    axes.spines[["top", "right", "left"]].set_visible(False)


def _draw_curves(axes: Axes, name: str, curves: dict[str, tuple[list[int], list[float]]]) -> None:
    for what, (sizes, seconds) in curves.items():
        axes.plot(sizes, seconds, marker="o", markersize=4, label=what)
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set_xticks(sizes, list(map(str, sizes)), fontsize="small")
    axes.set_xlabel(name)
    axes.spines[["top", "right"]].set_visible(False)
