"""What the machinery costs: 250 trials that fit at once, without a tracker and with MLflow."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from benchmarks.commands import command, fresh_folder, installed
from benchmarks.measure import Report, in_turn

TRIALS, FOLDS = 250, 5
SPEC = """\
name: sweep
data: {{use: pharma_csv, path: three.csv}}
split: {{use: stratified, test: 0.4, folds: {folds}}}
model: {{use: nearest_mean}}
explain: [{{use: input_magnitude}}]
pictures: false
track: {{use: {tracker}}}
sweep: {{model.width: {widths}}}
"""
HERE = Path(__file__).parent
QUICK_MODEL = HERE.parent / "tests" / "running" / "nearest_mean.py"


def measure(repeats: int) -> Report:
    """Whole commands, over two workers."""
    runs = TRIALS * (1 + FOLDS)

    def run(tracker: str, trials: int, *, again: bool = False) -> float:
        with fresh_folder() as folder:
            points = {"model.nearest_mean": "nearest_mean", "tracker.nowhere": "nowhere"}
            modules = {"nearest_mean": QUICK_MODEL, "nowhere": HERE / "nowhere.py"}
            site = installed(folder / "site", "benchmark-plugins", points, modules)
            three_classes(folder / "three.csv")
            widths = list(range(1, trials + 1))
            (folder / "sweep.yaml").write_text(SPEC.format(tracker=tracker, folds=FOLDS, widths=widths))
            environment = {"PYTHONPATH": f"{HERE.parent}:{site}", "XP_FITS": str(folder / "fits.txt")}
            seconds = []
            for _ in range(1 + again):
                began = time.perf_counter()
                command(folder, "raman_xp", "run", "sweep.yaml", "--workers", "2", **environment)
                seconds.append(time.perf_counter() - began)
            return seconds[-1]

    times = in_turn(
        {
            "one trial, no tracker": lambda: run("nowhere", 1),
            "no tracker": lambda: run("nowhere", TRIALS),
            "MLflow, SQLite": lambda: run("mlflow", TRIALS),
            "the same command again": lambda: run("mlflow", TRIALS, again=True),
        },
        repeats,
    )
    start, plain, tracked, _ = (each.median for each in times.values())
    report = Report(
        f"A sweep of {TRIALS} trivial trials with {FOLDS} folds", ["", "time", "each"], bars=dict(times)
    )
    each = {
        "no tracker": f"{1e3 * (plain - start) / TRIALS:.1f} ms a trial of {1 + FOLDS} units",
        "MLflow, SQLite": f"{1e3 * (tracked - plain) / runs:.1f} ms more for each of {runs} runs",
        "the same command again": "nothing is fitted",
    }
    report.rows += [[name, str(time), each.get(name, "")] for name, time in times.items()]
    return report


def three_classes(path: Path) -> None:
    """Thirty spectra of three classes."""
    rng = np.random.default_rng(1)
    channels = np.arange(64)
    lines = ["label," + ",".join(map(str, 400 + 2 * channels))]
    for index, name in enumerate("ABC"):
        for _ in range(10):
            place = 64 * (index + 0.5) / 3
            counts = 500 + 2000 / (1 + ((channels - place) / 2) ** 2) + rng.normal(0, 20, 64)
            lines.append(",".join([name, *(f"{value:.1f}" for value in counts)]))
    path.write_text("\n".join(lines) + "\n")
