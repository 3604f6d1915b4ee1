"""``python -m benchmarks``: measure, and write tables and pictures."""

from __future__ import annotations

import os
import platform
from datetime import date
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

import click

from benchmarks.drawing import draw
from benchmarks.measure import Report

ALL = (
    *("start", "training", "explaining", "costs", "memory", "classes"),
    *("workers", "sweep", "planning", "pharma", "profile"),
)


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(ALL))
@click.option("--repeats", default=3, show_default=True, help="Measurements of each thing.")
@click.option("--output", type=click.Path(path_type=Path), help="Folder for tables and pictures.")
def main(names: tuple[str, ...], repeats: int, output: Path | None) -> None:
    """Measure, side by side in one run, and report ratios.

    \b
    python -m benchmarks                      all of it: about an hour on two cores
    python -m benchmarks training workers     some of it; the rest in the folder stays
    """
    for name in names or ALL:
        click.echo(f"{name} …", err=True)
        report: Report = import_module(f"benchmarks.{name}").measure(repeats)
        click.echo(report.markdown())
        if output:
            output.mkdir(parents=True, exist_ok=True)
            draw(output / f"{name}.png", report)
            told = f"{report.markdown()}\n![{report.title}]({name}.png)\n\n{_machine()}\n"
            (output / f"{name}.md").write_text(told)
    if output:  # those of earlier, too
        parts = [output / f"{name}.md" for name in ALL]
        text = "\n".join(part.read_text() for part in parts if part.exists())
        (output / "README.md").write_text(f"# What was measured\n\n{text}")


def _machine() -> str:
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        models = [line.partition(":")[2] for line in info.read_text().splitlines() if "model name" in line]
        cpu = models[0].strip() if models else cpu
    versions = ", ".join(f"{name} {version(name)}" for name in ("tensorflow", "keras", "mlflow", "numpy"))
    cores = len(os.sched_getaffinity(0))
    return f"{date.today()}, {cpu}, {cores} cores, Python {platform.python_version()}, {versions}"


if __name__ == "__main__":
    main()
