"""Where each second of the main job goes, by what its runs recorded of themselves."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from benchmarks.commands import PHARMA, command, fresh_folder
from benchmarks.measure import Report, Times

PARTS = {
    "fit": "fit",
    "predict": "predict",
    "save": "save the model (and import MLflow)",
    "load": "load the final model",
    "explain": "explain",
    "tables": "tables",
    "draw": "pictures",
}
WAYS = {"in one process": ("--workers", "0"), "two workers": ("--workers", "2")}


def measure(repeats: int) -> Report:
    """Medians over whole commands."""
    seconds: dict[str, dict[str, list[float]]] = {}
    for _ in range(repeats):
        for way, options in WAYS.items():
            for part, spent in _profile(options).items():
                seconds.setdefault(part, {}).setdefault(way, []).append(spent)
    report = Report("Where the seconds of the main job go", ["", *WAYS])
    for part, ways in seconds.items():
        report.rows.append([part, *(str(Times(ways[way])) if way in ways else "" for way in WAYS)])
    report.bars = {part: Times(ways["in one process"]) for part, ways in seconds.items()}
    report.remarks.append("With two workers the parts run side by side and add up to more than the whole.")
    return report


def _profile(options: tuple[str, ...]) -> Mapping[str, float]:
    """Part → seconds, of one run in a fresh folder."""
    with fresh_folder() as folder:
        began = time.perf_counter()
        command(folder, "raman_xp", "run", str(PHARMA), *options)
        whole = time.perf_counter() - began
        spent = _recorded(folder)
    rest = whole - sum(spent.values())
    return {"whole": whole} | spent | ({"start, read, prepare, record": rest} if rest > 0 else {})


def _recorded(folder: Path) -> dict[str, float]:
    """Part → seconds of all folds and the final fit."""
    from mlflow import MlflowClient

    client = MlflowClient(f"sqlite:///{folder / 'mlflow.db'}")
    ids = [each.experiment_id for each in client.search_experiments()]
    total: Counter[str] = Counter()
    for run in client.search_runs(ids):
        folds = "folds" if run.data.tags["raman_xp.kind"] == "fold" else "final"
        for metric, spent in run.data.metrics.items():
            group, _, part = metric.partition("/")
            key = part.partition(".")[0]  # explain.grad_cam
            if group == "seconds" and key in PARTS:
                total[f"{PARTS[key]}, {folds}" if key == "fit" else PARTS[key]] += spent
    return dict(total)
