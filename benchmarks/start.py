"""How soon the command line is there, and what a check of the main job takes."""

from __future__ import annotations

from benchmarks.commands import PHARMA, command, fresh_folder
from benchmarks.measure import Report, in_turn

EMPTY = "import click\n@click.group()\ndef main(): pass\nmain()\n"


def measure(repeats: int) -> Report:
    """Whole processes."""
    with fresh_folder() as folder:
        (folder / "empty.py").write_text(EMPTY)
        times = in_turn(
            {
                "an empty click group, --help": lambda: command(folder, "empty", "--help"),
                "raman-xp --help": lambda: command(folder, "raman_xp", "--help"),
                "raman-xp plugins": lambda: command(folder, "raman_xp", "plugins"),
                "raman-xp check pharma.yaml": lambda: command(folder, "raman_xp", "check", str(PHARMA)),
            },
            5 * repeats,
        )
    report = Report("Start", ["", "time", "against an empty group"], bars=dict(times))
    empty = times["an empty click group, --help"].median
    report.rows += [[name, str(each), f"{each.median / empty:.2f}"] for name, each in times.items()]
    return report
