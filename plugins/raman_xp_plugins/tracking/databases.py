"""Databases as MLflow stores: each is asked once, before MLflow, whose own client retries for minutes."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from raman_xp.errors import StoreError

TIMEOUTS = {"postgresql": "connect_timeout", "mysql": "connect_timeout", "mssql": "timeout"}
"""Database server → the argument of its drivers that limits how long a connection may take to open."""
LOCKED = 10.0
"""Seconds that another program may keep a SQLite file locked."""
OTHER = "Or choose another store with --tracking-uri or MLFLOW_TRACKING_URI. Nothing was run"


def of_server(uri: str) -> bool:
    """Return whether a tracking URI names a database server."""
    return uri.partition(":")[0].partition("+")[0] in TIMEOUTS


def require_server(uri: str, patience: float) -> None:
    """Check that a database server accepts a connection.

    Args:
        uri: Address of the database, as SQLAlchemy writes it.
        patience: Seconds to wait for each address of the host.

    Raises:
        StoreError: It does not answer, or refuses the connection.
    """
    from sqlalchemy import create_engine
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

    try:
        url = make_url(uri)
    except (ArgumentError, ValueError) as error:
        raise StoreError(
            f"the address of the MLflow store cannot be read ({type(error).__name__}). Write it as "
            "postgresql://USER:PASSWORD@HOST:5432/DATABASE. Nothing was run"
        ) from error
    shown = url.render_as_string(hide_password=True)
    arguments: dict[str, Any] = {TIMEOUTS[url.get_backend_name()]: int(patience)}
    try:
        create_engine(url, connect_args=arguments).connect().close()
    except (ImportError, NoSuchModuleError) as error:
        raise StoreError(
            f"the MLflow store {shown} needs a database driver that is not installed ({error}). "
            f"Install it with pip. {OTHER}"
        ) from error
    except (SQLAlchemyError, OSError) as error:
        reason = str(getattr(error, "orig", None) or error).strip()
        said = reason.splitlines()[0] if reason else type(error).__name__
        raise StoreError(
            f"the database server of the MLflow store {shown} cannot be reached ({said}). Start it, or check "
            f"its host, port, user and password. {OTHER}"
        ) from error


def sqlite_path(uri: str) -> Path:
    """Return the file of a SQLite store.

    Raises:
        StoreError: The URI names none: such a database lives in memory and is lost with the process.
    """
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        database = make_url(uri).database or ""
    except (ArgumentError, ValueError):
        database = ""
    if not database or "memory:" in database or database.startswith("file:"):
        raise StoreError(
            f"the MLflow store {uri} names no file: what is recorded would be lost when this command ends. "
            "Write sqlite:///mlflow.db for a file in this folder, or sqlite:////tmp/mlflow.db for an "
            "absolute path. Nothing was run"
        )
    return Path(database).resolve()


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
    if uri.startswith("sqlite:") and not (database := sqlite_path(uri)).exists():
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
