"""A folder that was unpacked may hold a stranger's store: nothing is written outside of the folder for it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from running.conftest import Quick

TABLES = {"experiments": "artifact_location", "runs": "artifact_uri", "logged_models": "artifact_location"}


def _lead_elsewhere(quick: Quick, table: str, place: Path) -> None:
    column = TABLES[table]
    with closing(sqlite3.connect(quick.folder / "mlflow.db")) as connection, connection:
        connection.execute(f"UPDATE {table} SET {column} = ?", (place.as_uri(),))
        connection.execute("UPDATE runs SET status = 'KILLED'")
        connection.execute("DELETE FROM tags WHERE key = 'raman_xp.fitted'")


@pytest.mark.parametrize("table", TABLES)
def test_it_does_not_make_the_user_overwrite_files_elsewhere(quick: Quick, tmp_path_factory, table):
    quick.run("quick.yaml").assert_success()
    own = tmp_path_factory.mktemp("own")
    (own / "spec.yaml").write_text("mine")
    (own / "means.npy").write_text("mine")
    _lead_elsewhere(quick, table, own)
    ran = quick.run("quick.yaml").assert_error(code=1)
    assert f"keeps files in '{own.as_uri()}" in ran.stderr
    assert "If you know it, name it: --tracking-uri sqlite:///mlflow.db" in ran.stderr
    assert {path.name: path.read_text() for path in own.iterdir()} == {
        "spec.yaml": "mine",
        "means.npy": "mine",
    }


def test_a_store_that_the_user_names_may_keep_files_anywhere(quick: Quick, tmp_path_factory):
    quick.run("quick.yaml").assert_success()
    own = tmp_path_factory.mktemp("own")
    _lead_elsewhere(quick, "experiments", own)
    quick.run("quick.yaml", "--fresh", "--tracking-uri", "sqlite:///mlflow.db").assert_success()
    assert list(own.rglob("spec.yaml"))
