"""Time and largest memory of reading a large table, and of the main job."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from benchmarks.commands import PHARMA, Finished, command, fresh_folder
from benchmarks.measure import Report, in_turn

ROWS, CHANNELS = 22_000, 1451
SOURCE = """\
import numpy, pathlib
from raman_xp_plugins.data.{module} import {name}
{name}(path=pathlib.Path("{path}")).load(numpy.random.default_rng(0))
"""
LOAD = {
    "Python, NumPy and pandas alone": "import numpy, pandas",
    "raman-xp, CSV": SOURCE.format(module="pharma_csv", name="PharmaCsv", path="large.csv"),
    "raman-xp, Parquet": SOURCE.format(module="parquet", name="Parquet", path="large.parquet"),
    "pandas.read_csv": "import pandas; pandas.read_csv('large.csv')",
    "pandas.read_parquet": "import pandas; pandas.read_parquet('large.parquet')",
}


def measure(repeats: int) -> Report:
    """Whole processes; memory is that of the largest of each command."""
    with fresh_folder() as folder:
        # By a process of its own: a child begins with the largest memory of its parent.
        size = command(folder, "benchmarks.memory", str(folder)).number(r"([\d.]+)")
        memory: dict[str, float] = {}

        def noted(name: str, done: Finished) -> None:
            memory[name] = done.peak_mb

        calls = {}
        for number, (name, code) in enumerate(LOAD.items()):
            (folder / f"load_{number}.py").write_text(code)
            calls[name] = lambda name=name, number=number: noted(name, command(folder, f"load_{number}"))
        calls["the main job, 2 workers"] = lambda: noted("the main job, 2 workers", _pharma())
        times = in_turn(calls, repeats)
    report = Report(
        f"Reading {ROWS:,} spectra of {CHANNELS} channels from {size:.0f} MB of CSV, "
        f"{4e-6 * ROWS * CHANNELS:.0f} MB as float32",
        ["", "time", "largest process"],
        bars={name: each for name, each in times.items() if "main job" not in name},
    )
    report.rows += [[name, str(each), f"{memory[name]:.0f} MB"] for name, each in times.items()]
    return report


def _pharma() -> Finished:
    with fresh_folder() as folder:
        return command(folder, "raman_xp", "run", str(PHARMA), "--workers", "2")


def _write_large(folder: Path) -> float:
    """The table twice; the size of the CSV file in MB."""
    import pandas as pd

    rng = np.random.default_rng(0)
    values = rng.uniform(100, 9999, (ROWS, CHANNELS)).round(1).astype(np.float32)
    table = pd.DataFrame(values, columns=[str(350 + channel) for channel in range(CHANNELS)])
    table.insert(0, "label", np.array(["a", "b", "c"])[np.arange(ROWS) % 3])
    table.to_parquet(folder / "large.parquet", row_group_size=4096)
    with (folder / "large.csv").open("w") as file:
        file.write(",".join(table.columns) + "\n")
        for label, row in zip(table["label"], values, strict=True):
            file.write(label + "," + ",".join(f"{value:.1f}" for value in row) + "\n")
    return (folder / "large.csv").stat().st_size / 1e6


if __name__ == "__main__":
    print(_write_large(Path(sys.argv[1])))
