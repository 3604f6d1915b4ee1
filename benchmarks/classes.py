"""Time and largest memory of a whole run, with and without pictures, against the number of classes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.commands import command, fresh_folder, installed
from benchmarks.measure import Report, in_turn
from benchmarks.sweep import HERE, QUICK_MODEL

CLASSES = (10, 50, 200, 460)
EACH, CHANNELS = 8, 500
SPEC = """\
name: classes
data: {{use: pharma_csv, path: many.csv}}
split: {{use: stratified, test: 0.25, folds: null}}
model: {{use: nearest_mean}}
explain: [{{use: input_magnitude}}]
figures: [{{use: overlay}}, {{use: class_spectra}}]
pictures: {pictures}
"""


def measure(repeats: int) -> Report:
    """Whole commands, in one process."""
    memory: dict[tuple[int, bool], list[float]] = {}
    with fresh_folder() as site:
        models = {"nearest_mean": QUICK_MODEL}
        installed(site, "benchmark-plugins", {"model.nearest_mean": "nearest_mean"}, models)

        def run(classes: int, pictures: bool) -> None:
            with fresh_folder() as folder:
                _write(folder / "many.csv", classes)
                (folder / "many.yaml").write_text(SPEC.format(pictures=str(pictures).lower()))
                environment = {"PYTHONPATH": f"{HERE.parent}:{site}", "XP_FITS": str(folder / "fits.txt")}
                done = command(folder, "raman_xp", "run", "many.yaml", "--workers", "0", **environment)
                memory.setdefault((classes, pictures), []).append(done.peak_mb)

        cases = {
            f"{classes} classes, {'with' if pictures else 'without'} pictures": (classes, pictures)
            for pictures in (True, False)
            for classes in CLASSES
        }
        calls: dict[str, Callable[[], object]] = {name: partial(run, *case) for name, case in cases.items()}
        times = in_turn(calls, repeats)
    report = Report(
        f"Memory against the number of classes, {EACH} spectra of {CHANNELS} channels of each",
        ["", "time", "largest memory", "more for each class"],
        bars=dict(times),
    )
    for name, (classes, pictures) in cases.items():
        peak = max(memory[classes, pictures])
        fewer = [each for each in CLASSES if each < classes]
        more = (peak - max(memory[fewer[-1], pictures])) / (classes - fewer[-1]) if fewer else None
        told = f"{1e3 * more:.0f} kB" if more is not None else ""
        report.rows.append([name, str(times[name]), f"{peak:.0f} MB", told])
    report.remarks.append(
        "Where memory is linear in the classes, each class takes as much more, however many there are."
    )
    return report


def _write(path: Path, classes: int) -> None:
    """Spectra of three lines at places of each class."""
    rng = np.random.default_rng(0)
    channels = np.arange(CHANNELS)
    lines = ["label," + ",".join(map(str, 400 + 2 * channels))]
    for label in range(classes):
        places, heights = rng.uniform(10, CHANNELS - 10, (3, 1)), rng.uniform(0.4, 1, (3, 1))
        mean = (heights / (1 + ((channels - places) / 3) ** 2)).sum(axis=0)
        for row in rng.uniform(1, 9, (EACH, 1)) * mean + rng.normal(0, 0.4, (EACH, CHANNELS)):
            lines.append(f"substance {label}," + ",".join(f"{value:.3f}" for value in row))
    path.write_text("\n".join(lines) + "\n")
