"""A working folder holds specs and data: what lies in it is no code, and changes no picture."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from raman_xp.testing import Project
from running.conftest import Quick

PLANTED = "from pathlib import Path\nPath(__file__).with_name('code was run').touch()\nraise SystemExit(3)\n"
NAMES = ("signal", "random", "yaml", "numpy", "mlflow", "sitecustomize", "xp_planted")


def _run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={key: value for key, value in os.environ.items() if key != "PYTHONSAFEPATH"},
    )


def _plant(folder: Path) -> Path:
    """Put modules with the names of Python's own and of libraries into a folder, and a plugin's metadata."""
    for name in NAMES:
        (folder / f"{name}.py").write_text(PLANTED)
    metadata = folder / "xp_planted-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: xp-planted\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[raman_xp]\nmodel.planted = xp_planted\n")
    return folder / "code was run"


@pytest.mark.parametrize(
    "program",
    [[str(Path(sys.executable).parent / "raman-xp")], [sys.executable, "-m", "raman_xp"]],
    ids=["command", "module"],
)
def test_modules_that_lie_in_it_are_not_imported(quick: Quick, program):
    marker = _plant(quick.folder)
    ran = _run(quick.folder, *program, "run", "quick.yaml", "--workers", "1")
    assert ran.returncode == 0, ran.stderr
    assert quick.fits == 3
    assert not marker.exists()
    listed = _run(quick.folder, *program, "plugins", "--check")
    assert listed.returncode == 0, listed.stderr
    assert "planted" not in listed.stdout
    assert not marker.exists()


def test_settings_of_matplotlib_that_lie_in_it_draw_nothing_else(stored: Project):
    """They could have LaTeX run over what a class is called, and make equal results look different."""
    drawn = []
    for settings in ("", "axes.facecolor: red\ntext.usetex: True\nsavefig.dpi: 20\nsvg.fonttype: path\n"):
        (stored.folder / "matplotlibrc").write_text(settings)
        ran = _run(stored.folder, sys.executable, "-m", "raman_xp", "run", "tiny.yaml", "--fresh")
        assert ran.returncode == 0, ran.stderr
        drawn.append(stored.artifact("figures/confusion.png"))
    assert drawn[0] == drawn[1]
