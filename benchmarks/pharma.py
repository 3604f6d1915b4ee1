"""The main job against the plain script that does the same work."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.commands import PHARMA, command, fresh_folder
from benchmarks.measure import Report, in_turn

WAYS = {
    "raman-xp, 2 workers": (),
    "raman-xp, 2 workers, bfloat16": ("--set", "model.precision=mixed_bfloat16"),
    "raman-xp, 1 worker": ("--workers", "1"),
}


def measure(repeats: int) -> Report:
    """Whole commands, from an empty folder to the last record."""
    accuracy: dict[str, str] = {}

    def plain() -> None:
        with fresh_folder() as folder:
            done = command(folder, "benchmarks.plain", str(folder))
            test, cv = done.number(r"test ([\d.]+)"), done.number(r"cv ([\d.]+)")
            accuracy["plain script"] = f"{100 * test:.1f} %, {100 * cv:.1f} %"

    def ours(name: str, options: tuple[str, ...]) -> Callable[[], None]:
        def run() -> None:
            with fresh_folder() as folder:
                done = command(folder, "raman_xp", "run", str(PHARMA), "--workers", "2", *options)
                test = done.number(r"test +([\d.]+) %")
                cv = done.number(r"cross-validation +([\d.]+) %")
                accuracy[name] = f"{test:.1f} %, {cv:.1f} %"

        return run

    calls = {"plain script": plain} | {name: ours(name, options) for name, options in WAYS.items()}
    times = in_turn(calls, repeats)
    report = Report(
        "The main job, whole", ["", "time", "times as fast", "accuracy: test, CV"], bars=dict(times)
    )
    slow = times["plain script"].median
    for name, each in times.items():
        report.rows.append([name, str(each), f"{slow / each.median:.2f}", accuracy[name]])
    return report
