"""``python -m benchmarks``: measure, and write a table and a picture."""

from __future__ import annotations

import os
import platform
from datetime import date
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

import click

from benchmarks.measure import Report

ALL = ("start", "training", "explaining", "costs", "memory", "workers", "sweep", "pharma")


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(ALL))
@click.option("--repeats", default=3, show_default=True, help="Measurements of each thing.")
@click.option("--output", type=click.Path(path_type=Path), help="Folder for the table and the picture.")
def main(names: tuple[str, ...], repeats: int, output: Path | None) -> None:
    """Measure, side by side in one run, and report ratios.

    \b
    python -m benchmarks                      all of it: about an hour on two cores
    python -m benchmarks training workers     some of it
    """
    reports = []
    for name in names or ALL:
        click.echo(f"{name} …", err=True)
        reports.append(import_module(f"benchmarks.{name}").measure(repeats))
        click.echo(reports[-1].markdown())
    if output:
        output.mkdir(parents=True, exist_ok=True)
        text = "\n".join([_machine(), "", *(report.markdown() for report in reports)])
        (output / "results.md").write_text(text)
        _draw(output / "results.png", reports)


def _machine() -> str:
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        models = [line.partition(":")[2] for line in info.read_text().splitlines() if "model name" in line]
        cpu = models[0].strip() if models else cpu
    versions = ", ".join(f"{name} {version(name)}" for name in ("tensorflow", "keras", "mlflow", "numpy"))
    cores = len(os.sched_getaffinity(0))
    return f"{date.today()}, {cpu}, {cores} cores, Python {platform.python_version()}, {versions}"


def _draw(path: Path, reports: list[Report]) -> None:
    """Medians as bars, from the least to the largest as a line."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    drawn = [report for report in reports if report.bars]
    heights = [len(report.bars) + 1.2 for report in drawn]
    figure, panels = plt.subplots(
        len(drawn),
        1,
        figsize=(8, 0.32 * sum(heights)),
        height_ratios=heights,
        squeeze=False,
        layout="constrained",
    )
    for axes, report in zip(panels[:, 0], drawn, strict=True):
        for row, (name, times) in enumerate(report.bars.items()):
            axes.barh(row, times.median, color="#56b4e9")
            axes.plot([min(times.seconds), max(times.seconds)], [row, row], color="black")
            axes.text(0, row, f" {name}", va="center", fontsize="small")
        axes.set_yticks([])
        axes.invert_yaxis()
        axes.set_xlabel("seconds")
        axes.set_title(report.title, loc="left", fontsize="medium")
        for side in ("top", "right", "left"):
            axes.spines[side].set_visible(False)
    figure.savefig(path, dpi=130)


if __name__ == "__main__":
    main()
