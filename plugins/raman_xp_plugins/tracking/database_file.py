"""A file of SQLite as MLflow store: asked once, before MLflow, whose own client retries for minutes."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from raman_xp.errors import StoreError
from raman_xp_plugins.tracking.database import database_of
from raman_xp_plugins.tracking.database_server import OTHER

LOCKED = 10.0
"""Seconds that another program may keep a SQLite file locked."""


def required_file(uri: str) -> Path:
    """Return the file of a SQLite store.

    Raises:
        StoreError: The URI names none: such a database lives in memory and is lost with the process.
    """
    database = database_of(uri)
    if database is None or ":memory:" in database.name:
        raise StoreError(
            f"the MLflow store {uri} names no file: what is recorded would be lost when this command ends. "
            "Write sqlite:///mlflow.db for a file in this folder, or sqlite:////tmp/mlflow.db for an "
            "absolute path. Nothing was run"
        )
    return database.resolve()


def require_database(database: Path, uri: str) -> None:
    """Check that a file, if it exists, is a SQLite database that can be written.

    Raises:
        StoreError: It is a folder or of another format, it is read-only, or another program keeps it locked.
    """
    if database.is_dir():
        raise StoreError(
            f"the MLflow store {uri} cannot be used: {database} is a folder, not a database file. Rename or "
            f"remove it. {OTHER}"
        )
    if not database.exists():
        return
    try:
        with closing(sqlite3.connect(database, timeout=LOCKED, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            (number,) = connection.execute("PRAGMA user_version").fetchone()
            connection.execute(f"PRAGMA user_version = {number}")  # only a write shows that it is read-only
            connection.execute("ROLLBACK")
    except sqlite3.Error as error:
        advice = {
            "SQLITE_READONLY": "Make the file and its folder writable",
            "SQLITE_CANTOPEN": "Make the file and its folder writable",
            "SQLITE_BUSY": "End the program that holds it, or wait",
        }.get(getattr(error, "sqlite_errorname", "").partition("_CANTINIT")[0], "Restore it from a copy")
        raise StoreError(
            f"the MLflow store {uri} cannot be used ({type(error).__name__}: {error}). {advice}. {OTHER}"
        ) from error


def require_still_there(uri: str) -> None:
    """Check, after runs were recorded, that the file of a SQLite store is still in its place.

    A file that was removed while it was open can be written, and is lost with the process.

    Raises:
        StoreError: There is no such file any more.
    """
    if uri.startswith("sqlite:") and not (database := required_file(uri)).exists():
        raise StoreError(
            "the database file of the MLflow store was removed or moved while runs were recorded in it: "
            f"{database}. Their results are lost, or in the place it was moved to. Move it back, or run the "
            "same command again"
        )


def write_ahead(database: Path) -> None:
    """Make a database that logs ahead of its pages.

    A commit costs a third, is as safe, and whoever reads (`mlflow ui`) holds up nobody. It is for processes
    of one machine only (https://sqlite.org/wal.html).
    """
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")


def is_made(database: Path) -> bool:
    """Whether MLflow has made its tables in a database, and the experiment that each store has."""
    try:
        with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
            made = connection.execute("SELECT 1 FROM experiments WHERE experiment_id = 0").fetchone()
            return made is not None
    except sqlite3.Error:
        return False
