"""Fixtures for pytest: ``pytest -p raman_xp.testing.fixtures``, or the same in ``addopts``."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from raman_xp.components import FittedModel
from raman_xp.spectra import Spectra
from raman_xp.testing import trained
from raman_xp.testing.planted import planted_spectra as make_spectra
from raman_xp.testing.planted import write_csv
from raman_xp.testing.project import SPEC, Project

NOT_YOURS = (
    "ignore:__array__ implementation:DeprecationWarning:keras",  # under NumPy 2
    "ignore:The ``noload`` loader strategy",  # of SQLAlchemy, by MLflow
)
"""Warnings of libraries about themselves."""


def pytest_configure(config: pytest.Config) -> None:
    """Leave out of a plugin's test report what its author can do nothing about."""
    for warning in NOT_YOURS:
        config.addinivalue_line("filterwarnings", warning)


@pytest.fixture
def planted_spectra() -> Spectra:
    """Three classes of eight Lorentzians, (24, 256) on an axis of channels, and their truth."""
    return make_spectra()


@pytest.fixture(scope="session")
def trained_network() -> FittedModel:
    """The paper's network, made small, that tells the classes of ``planted_spectra`` apart."""
    return trained.trained_network()


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
def empty_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A working folder with ``tiny.yaml`` and ``tiny.csv``, and no store yet."""
    from raman_xp.cli import main

    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    write_csv(tmp_path / "tiny.csv")
    (tmp_path / "tiny.yaml").write_text(SPEC, "utf-8")
    runner = CliRunner()
    return Project(tmp_path, lambda *arguments: runner.invoke(main, list(map(str, arguments))))


@pytest.fixture
def raman_project(empty_project: Project, migrated_store: Path) -> Project:
    """The same with a fresh store: ``raman_project.run().assert_success()``."""
    shutil.copy(migrated_store, empty_project.folder / "mlflow.db")
    return empty_project
