"""``raman-xp`` and other commands, run as a user runs them, each in a fresh folder."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PHARMA = ROOT / "experiments" / "pharma.yaml"


@dataclass(frozen=True)
class Finished:
    """A command that has ended well: what it said, and its processes' time and largest memory."""

    said: str
    cpu_seconds: float
    peak_mb: float

    def number(self, pattern: str) -> float:
        """The first number that a regular expression finds."""
        found = re.search(pattern, self.said)
        assert found, self.said
        return float(found[1])


def command(folder: Path, *arguments: str, code: int = 0, **environment: str) -> Finished:
    """Run ``python -m …`` in a folder.

    Args:
        code: the exit code that is expected.
    """
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=folder,
            env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
            stdout=out,
            stderr=err,
        )
        _, status, used = os.wait4(process.pid, 0)  # of this command alone, with what it has waited for
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        assert process.returncode == code, err.read()
        return Finished(out.read(), used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


@contextmanager
def fresh_folder() -> Iterator[Path]:
    """A folder of its own, without a store."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        yield Path(folder)


def installed(folder: Path, name: str, entry_points: Mapping[str, str], modules: Mapping[str, Path]) -> Path:
    """Make a distribution of some modules in a folder, for the path of Python."""
    info = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    points = [f"{point} = {module}" for point, module in entry_points.items()]
    (info / "entry_points.txt").write_text("\n".join(["[raman_xp]", *points, ""]))
    for module, source in modules.items():
        (folder / f"{module}.py").write_text(source.read_text())
    return folder
