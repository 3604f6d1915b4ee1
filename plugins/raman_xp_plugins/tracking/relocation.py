"""Addresses of artifacts in a SQLite store whose folder was moved or copied.

MLflow stores an absolute address with each experiment, run and logged model. A project that was moved would
find none of its files, and write to its old place; a copy would write to the original. Where the folder of
the database shows that its artifacts were moved with it, the addresses are corrected before anything is read.
"""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlparse
from urllib.request import url2pathname

from raman_xp.errors import StoreError

log = logging.getLogger(__name__)

ENDED = "SELECT run_uuid FROM runs WHERE status = 'FINISHED'"
ADDRESSES = (
    ("runs", "run_uuid", "artifact_uri", f"run_uuid IN ({ENDED})"),
    ("logged_models", "model_id", "artifact_location", f"source_run_id IN ({ENDED})"),
)
"""Table, its key, its column of addresses, and whether nobody writes there any more."""


@dataclass(frozen=True)
class Moved:
    """An experiment whose artifacts are not where its address leads.

    Args:
        former: the project's folder as the address has it.
        target: folder of the experiment's artifacts now.
        has_runs: whether the experiment has runs.
    """

    experiment: int
    former: Path
    target: Path
    has_runs: bool


def correct_addresses(database: Path) -> None:
    """Correct the addresses in a store that was moved or copied, all of them or none.

    Addresses of finished runs are kept where their files did not come along.

    Raises:
        StoreError: the database cannot be written.
    """
    try:
        _correct(database, database.resolve().parent)
    except sqlite3.Error as error:
        raise StoreError(
            f"{database.parent} was moved or copied, and the addresses of artifacts in {database} cannot be "
            f"corrected ({error}). Nothing was changed. Free space, or stop the program that uses the file, "
            "and run the same command again"
        ) from error


def _correct(database: Path, here: Path) -> None:
    with closing(sqlite3.connect(database, timeout=60, isolation_level=None)) as connection:
        if not list(_moved(connection, database, here)):
            return
        connection.execute("BEGIN IMMEDIATE")
        try:
            moved = list(_moved(connection, database, here))  # another process may have been quicker
            changed = sum(_corrected(connection, each, here) for each in moved)
            connection.execute("COMMIT")
        except BaseException:
            connection.rollback()
            raise
    for former in sorted({each.former for each in moved if each.has_runs}):
        log.warning(
            "%s %s: the addresses of its artifacts are corrected (%d experiments, %d runs and models). "
            "Files are now read and written in %s",
            database.name,
            "led to another folder" if former == here else f"was moved or copied from {former}",
            len(moved),
            changed,
            here,
        )


def _moved(connection: sqlite3.Connection, database: Path, here: Path) -> Iterator[Moved]:
    for experiment, address in connection.execute("SELECT experiment_id, artifact_location FROM experiments"):
        place = _meant(address or "")
        if place is None:
            continue
        if place.is_relative_to(here):
            former: Path | None = here if _read(address) != place else None
        else:
            former = _former(connection, database, here, experiment, place)
        if former:
            runs = connection.execute("SELECT 1 FROM runs WHERE experiment_id = ?", [experiment])
            target = here / place.relative_to(former)
            yield Moved(experiment, former, target, runs.fetchone() is not None)


def _former(
    connection: sqlite3.Connection, database: Path, here: Path, experiment: int, place: Path
) -> Path | None:
    """The folder that the database was in when this address was written; nothing where it need not change."""
    for length in range(len(place.parts) - 1, 0, -1):
        if _holds(connection, experiment, here.joinpath(*place.parts[-length:])):
            former = Path(*place.parts[:-length])
            return None if _is_same(former, here) else former
    if place.parent.name != "mlruns" or _is_same(place.parent.parent, here):
        return None  # a place of the user's choice, or this one by another name
    former = place.parent.parent
    return former if not former.exists() or _is_copy(connection, former / database.name, experiment) else None


def _holds(connection: sqlite3.Connection, experiment: int, folder: Path) -> bool:
    """Whether a folder has artifacts of the experiment."""
    if not folder.is_dir():
        return False
    runs = connection.execute("SELECT run_uuid FROM runs WHERE experiment_id = ?", [experiment])
    return any((folder / run).is_dir() for (run,) in runs)


def _is_same(one: Path, other: Path) -> bool:
    return one.exists() and os.path.samefile(one, other)


def _is_copy(connection: sqlite3.Connection, original: Path, experiment: int) -> bool:
    """Whether another database has the same experiment."""
    if not original.is_file():
        return False
    query = "SELECT name, creation_time FROM experiments WHERE experiment_id = ?"
    with suppress(sqlite3.Error), closing(sqlite3.connect(f"{original.as_uri()}?mode=ro", uri=True)) as other:
        theirs: object = other.execute(query, [experiment]).fetchone()
        return bool(theirs == connection.execute(query, [experiment]).fetchone())
    return False


def _corrected(connection: sqlite3.Connection, moved: Moved, here: Path) -> int:
    """Correct the addresses of an experiment; returns how many of its runs and models are changed."""
    connection.execute(
        "UPDATE experiments SET artifact_location = ? WHERE experiment_id = ?",
        [moved.target.as_uri(), moved.experiment],
    )
    changed = 0
    for table, key, column, ended in ADDRESSES:
        rows = connection.execute(
            f"SELECT {key}, {column}, {ended} FROM {table} WHERE experiment_id = ?", [moved.experiment]
        ).fetchall()
        for row, address, is_ended in rows:
            place = _meant(address or "")
            if place is None or not place.is_relative_to(moved.former):
                continue
            target = here / place.relative_to(moved.former)
            if target != _read(address) and (target.exists() or not is_ended):
                connection.execute(f"UPDATE {table} SET {column} = ? WHERE {key} = ?", [target.as_uri(), row])
                changed += 1
    return changed


def _meant(address: str) -> Path | None:
    """The local folder that was written as an address; nothing for an address elsewhere."""
    if address.startswith("file:"):
        return _read(address)
    return None if "://" in address or not Path(address).is_absolute() else Path(address)


def _read(address: str) -> Path:
    """The local folder that MLflow takes from an address: it decodes also what was not encoded."""
    return Path(url2pathname(urlparse(address).path if address.startswith("file:") else address))
