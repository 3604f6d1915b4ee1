"""How time grows with spectra, channels, classes and filters: the fitted exponent of each, one thread."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import numpy as np

from benchmarks.commands import command, fresh_folder
from benchmarks.measure import Report, Times, in_turn

USUAL = {"spectra": 256, "channels": 1451, "classes": 9, "filters": 64}
GROWING = {
    "spectra": (128, 256, 512, 1024),
    "channels": (726, 1451, 2902, 5804),
    "classes": (3, 9, 27, 81),
    "filters": (16, 32, 64, 128),
}


def measure(repeats: int) -> Report:
    """In a process of its own, in which TensorFlow and NumPy have one thread."""
    with fresh_folder() as folder:
        threads = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        done = command(folder, "benchmarks.costs", str(repeats), **threads)
    usual = ", ".join(f"{value} {name}" for name, value in USUAL.items())
    report = Report(
        f"Cost, one thread; where nothing else is said: {usual}", ["", "sizes", "time", "exponent"]
    )
    series: dict[tuple[str, str], list[tuple[int, Times]]] = {}
    for line in done.said.splitlines():
        what, name, size, *seconds = line.split("\t")
        series.setdefault((what, name), []).append((int(size), Times([float(each) for each in seconds])))
    for (what, name), points in series.items():
        sizes, times = zip(*points, strict=True)
        exponent = np.polyfit(np.log(sizes), np.log([each.median for each in times]), 1)[0]
        report.curves.setdefault(name, {})[what] = list(sizes), [each.median for each in times]
        shown = ", ".join(f"{each.median:.3g}" for each in times)
        report.rows.append(
            [f"{what}, by {name}", ", ".join(map(str, sizes)), f"{shown} s", f"{exponent:.2f}"]
        )
    return report


def main(repeats: int) -> None:
    """Print what, by what, size, and seconds of each measurement."""
    calls: dict[tuple[str, str, int], Callable[[], float]] = {}
    for name, sizes in GROWING.items():
        for size in sizes:
            train, explain = _of_size(**USUAL | {name: size})
            calls["an epoch", name, size] = train
            calls["fc_importance of every class", name, size] = explain
    for call in calls.values():
        call()
    times = in_turn({"\t".join(map(str, key)): call for key, call in calls.items()}, repeats)
    for key, each in times.items():
        print(key, *each.seconds, sep="\t")


def _of_size(spectra: int, channels: int, classes: int, filters: int) -> tuple[Callable[[], float], ...]:
    from raman_xp.components import FitTask
    from raman_xp.seeds import Seeds
    from raman_xp.spectra import About, Samples, Spectra
    from raman_xp.trial.explain import explain_all
    from raman_xp_plugins.explainers.fc_importance import FcImportance
    from raman_xp_plugins.models.shallow_cnn import ShallowCnn

    rng = np.random.default_rng(0)
    labels = np.arange(spectra) % classes
    names = tuple(map(str, range(spectra)))
    samples = Samples(tuple(f"class {label}" for label in range(classes)), labels, names)
    x = rng.random((spectra, channels), dtype=np.float32)
    data = Spectra(np.arange(float(channels)), x, np.ones(spectra), samples, About("noise"))
    model = ShallowCnn(filters=filters, epochs=1).fit(FitTask(data, None, Seeds(0)))
    logits = model.logits(x)

    def train() -> float:
        told: list[float] = []
        ShallowCnn(filters=filters, epochs=2).fit(
            FitTask(data, None, Seeds(0), report=lambda *_: told.append(time.perf_counter()))
        )
        return told[1] - told[0]

    def explain() -> float:
        began = time.perf_counter()
        every = [FcImportance(target="every")]
        explain_all(every, model, data, logits, data, Seeds(0), lambda *_: None)
        return time.perf_counter() - began

    return train, explain


if __name__ == "__main__":
    main(int(sys.argv[1]))
