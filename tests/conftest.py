"""Plugins made on the spot, and folders with a spec, its data and a fresh store."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest

from distributions import write_distribution
from raman_xp.testing import Project

hypothesis.settings.register_profile("tests", deadline=None)  # machines are shared: time shows nothing
hypothesis.settings.register_profile("long", deadline=None, max_examples=2000, print_blob=True)
hypothesis.settings.load_profile("tests")

pytest_plugins = ["raman_xp.testing.fixtures"]


@pytest.fixture
def project(empty_project: Project) -> Project:
    """A working folder without a store."""
    return empty_project


@pytest.fixture
def stored(raman_project: Project) -> Project:
    """A working folder whose store is there already."""
    return raman_project


@pytest.fixture
def forgotten() -> Iterator[Callable[[Path], None]]:
    """Forgets, at the end, the modules that were imported from folders meanwhile."""
    folders: list[Path] = []
    before = set(sys.modules)
    yield folders.append
    for module in set(sys.modules) - before:
        file = getattr(sys.modules[module], "__file__", None)
        if file and any(folder in Path(file).parents for folder in folders):
            del sys.modules[module]


@pytest.fixture
def install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, forgotten: Callable[[Path], None]
) -> Callable[..., Path]:
    """Installs a distribution into a folder on the path: metadata, entry points and modules."""
    site = tmp_path / "site-packages"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    forgotten(site)

    def install(name: str, entry_points: dict[str, str], version: str = "1.0", **modules: str) -> Path:
        write_distribution(site, name, entry_points, version, **modules)
        return site

    return install


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """Runs Python in a new environment, in which raman-xp is installed and no plugin is."""
    home = tmp_path_factory.mktemp("fresh")
    venv.create(home / "venv", with_pip=True)
    (site,) = (home / "venv" / "lib").glob("python*/site-packages")
    here = [path for path in sys.path if path.endswith("site-packages")]
    (site / "below.pth").write_text("".join(f"import site; site.addsitedir({path!r})\n" for path in here))

    def run(folder: Path, *arguments: str) -> str:
        done = subprocess.run(
            [str(home / "venv" / "bin" / "python"), "-m", *arguments],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        )
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        return done.stdout

    return run
