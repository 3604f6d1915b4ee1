"""Plugins made on the spot, and folders with a spec, its data and a fresh store."""

from __future__ import annotations

import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from textwrap import dedent

import pytest
from click.testing import CliRunner

from planted import write_csv
from project import SPEC, Project
from raman_xp.keys import _state


@pytest.fixture(scope="session")
def migrated_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite store that MLflow has set up, journal mode as ours: copying it is faster than making one."""
    from mlflow import MlflowClient

    path = tmp_path_factory.mktemp("store") / "mlflow.db"
    MlflowClient(f"sqlite:///{path}").search_experiments()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    return path


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """An empty working folder with ``tiny.yaml`` and ``tiny.csv``, and no store yet."""
    from raman_xp.cli import main

    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    write_csv(tmp_path / "tiny.csv")
    (tmp_path / "tiny.yaml").write_text(SPEC)
    runner = CliRunner()
    return Project(tmp_path, lambda *arguments: runner.invoke(main, list(map(str, arguments))))


@pytest.fixture
def stored(project: Project, migrated_store: Path) -> Project:
    """A project whose store is there already."""
    shutil.copy(migrated_store, project.folder / "mlflow.db")
    return project


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Path]]:
    """Installs a distribution into a folder on the path: metadata, entry points and modules."""
    site = tmp_path / "site-packages"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    before = set(sys.modules)

    def install(name: str, entry_points: dict[str, str], version: str = "1.0", **modules: str) -> Path:
        info = site / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        lines = [f"{point} = {module}" for point, module in entry_points.items()]
        (info / "entry_points.txt").write_text("\n".join(["[raman_xp]", *lines, ""]))
        _state.cache_clear()  # one process sees one state of what is installed; tests do not
        for module, source in modules.items():
            (site / f"{module}.py").write_text(dedent(source))
        return site

    yield install
    for module in set(sys.modules) - before:
        if getattr(sys.modules[module], "__file__", None) and str(site) in str(sys.modules[module].__file__):
            del sys.modules[module]
