"""Time and memory of planning a sweep, by its trials."""

from __future__ import annotations

import numpy as np

from benchmarks.commands import Finished, command, fresh_folder
from benchmarks.measure import Report, in_turn
from benchmarks.sweep import three_classes

TRIALS = (250, 1000, 4000)
SPEC = """\
name: sweep
data: {{use: pharma_csv, path: three.csv}}
split: {{use: stratified, test: 0.4, folds: 2}}
model: {{use: shallow_cnn, filters: 4}}
explain: [{{use: input_magnitude}}]
sweep: {{seed: {seeds}}}
"""


def measure(repeats: int) -> Report:
    """`check` of whole sweeps, each in a process of its own; one trial is the start that all have."""
    memory: dict[str, list[float]] = {}

    def check(name: str, trials: int) -> float:
        with fresh_folder() as folder:
            three_classes(folder / "three.csv")
            (folder / "sweep.yaml").write_text(SPEC.format(seeds=list(range(trials))))
            done: Finished = command(folder, "raman_xp", "check", "sweep.yaml")
        memory.setdefault(name, []).append(done.peak_mb)
        return done.cpu_seconds

    names = {1: "one trial", **{trials: f"{trials:,} trials" for trials in TRIALS}}
    calls = {name: lambda name=name, trials=trials: check(name, trials) for trials, name in names.items()}
    times = in_turn(calls, repeats)
    start, first = times[names[1]].median, float(np.median(memory[names[1]]))
    seconds = [times[names[trials]].median - start for trials in TRIALS]
    megabytes = [float(np.median(memory[names[trials]])) - first for trials in TRIALS]
    report = Report(
        "Planning a sweep, by its trials",
        ["", "processor time", "each trial", "largest process", "each trial "],
        curves={"trials": {"processor time beyond the start": (list(TRIALS), seconds)}},
    )
    report.rows.append([names[1], str(times[names[1]]), "", f"{first:.0f} MB", ""])
    for trials, time, more in zip(TRIALS, seconds, megabytes, strict=True):
        name = names[trials]
        each = [f"{1e3 * time / trials:.1f} ms", f"{1e3 * more / trials:.0f} kB"]
        report.rows.append([name, str(times[name]), each[0], f"{first + more:.0f} MB", each[1]])
    report.remarks.append(
        f"Beyond the start, time grows with trials to the power of {_exponent(seconds):.2f}, and memory to "
        f"that of {_exponent(megabytes):.2f}."
    )
    return report


def _exponent(values: list[float]) -> float:
    return float(np.polyfit(np.log(TRIALS), np.log(values), 1)[0])
