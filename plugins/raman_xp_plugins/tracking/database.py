"""The file of a SQLite store, and addresses of it and of its artifacts that work for a folder of any name.

An address is percent-encoded in some places and not in others: MLflow decodes the path of an artifact, but
makes the folder of a database without decoding it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlparse
from urllib.request import url2pathname

from raman_xp.errors import StoreError

SQLITE = "sqlite:///"


def database_of(uri: str) -> Path | None:
    """The file that a tracking URI leads to, absolute; nothing where the store is not a file of SQLite."""
    if not uri.startswith(SQLITE):
        return None
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(uri)
    except ArgumentError:  # MLflow says so
        return None
    if not url.database or url.database == ":memory:":
        return None
    name = url2pathname(urlparse(url.database).path) if "uri" in url.query else url.database
    return Path(name).absolute()


def address_of(database: Path) -> str:
    """The tracking URI of a file.

    Raises:
        StoreError: no address leads there.
    """
    plain = f"{SQLITE}{database}"
    encoded = plain.replace("%", "%25").replace("?", "%3F")
    for uri in (plain, encoded):
        if database_of(uri) == database:
            return uri
    raise StoreError(
        f"MLflow cannot open {database}, because of the percent or question mark in its name; "
        "rename the folder, or choose another store with --tracking-uri. Nothing was run"
    )


def artifact_root() -> str:
    """Address of mlruns/ in the working folder, where MLflow puts the artifacts of a SQLite store."""
    return Path("mlruns").absolute().as_uri()


def open_store(uri: str) -> Any:
    """MLflow's own store of a file; what is created through it has artifacts below `artifact_root`."""
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    store: Any = SqlAlchemyStore
    return store(uri, artifact_root())


def close_store(uri: str) -> None:
    """Close MLflow's connections to a database file. SQLite then removes the log beside the file."""
    open_store(uri).engine.dispose()


@contextmanager
def without_stray_folder(uri: str) -> Iterator[None]:
    """Remove the folder that MLflow makes meanwhile because it does not decode the address."""
    database = database_of(uri)
    written = Path(uri.removeprefix(SQLITE)).absolute()
    absent = [folder for folder in written.parents if not folder.exists()]
    try:
        yield
    finally:
        if database and database.parent != written.parent:
            for folder in absent:
                with suppress(OSError):  # another program uses it
                    folder.rmdir()
