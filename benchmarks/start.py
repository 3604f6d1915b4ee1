"""How soon the command line is there, also with many plugins, and what a check of the main job takes."""

from __future__ import annotations

from pathlib import Path

from benchmarks.commands import PHARMA, ROOT, command, fresh_folder, installed
from benchmarks.measure import Report, in_turn

EMPTY = "import click\n@click.group()\ndef main(): pass\nmain()\n"
MANY = 30
"""Installed plugins, each of which imports TensorFlow."""
HEAVY = "import tensorflow\n"


def measure(repeats: int) -> Report:
    """Whole processes."""
    with fresh_folder() as folder:
        (folder / "empty.py").write_text(EMPTY)
        path = f"{ROOT}:{_many_plugins(folder / 'site-packages')}"
        check = ("check", str(PHARMA))
        missing = (str(PHARMA), "--set", "data.path=missing.csv")
        times = in_turn(
            {
                "an empty click group, --help": lambda: command(folder, "empty", "--help"),
                "raman-xp --help": lambda: command(folder, "raman_xp", "--help"),
                "… with 30 plugins": lambda: command(folder, "raman_xp", "--help", PYTHONPATH=path),
                "raman-xp plugins": lambda: command(folder, "raman_xp", "plugins"),
                "… with 30 plugins ": lambda: command(folder, "raman_xp", "plugins", PYTHONPATH=path),
                "raman-xp check pharma.yaml": lambda: command(folder, "raman_xp", *check),
                "… with 30 plugins  ": lambda: command(folder, "raman_xp", *check, PYTHONPATH=path),
                "raman-xp check, data missing": lambda: command(
                    folder, "raman_xp", "check", *missing, code=2
                ),
                "raman-xp run, data missing": lambda: command(folder, "raman_xp", "run", *missing, code=2),
            },
            5 * repeats,
        )
    report = Report("Start", ["", "time", "against an empty group"], bars=dict(times))
    empty = times["an empty click group, --help"].median
    report.rows += [[name, str(each), f"{each.median / empty:.2f}"] for name, each in times.items()]
    return report


def _many_plugins(site: Path) -> Path:
    """A folder with distributions, each of an explainer whose module imports TensorFlow."""
    site.mkdir()
    source = site / "source.txt"
    source.write_text(HEAVY)
    for number in range(MANY):
        name = f"xp_heavy_{number}"
        installed(site, name, {f"explainer.heavy_{number}": name}, {name: source})
    return site
