"""Is the MLflow store there, and can it be written? Asked once, with a short patience of our own."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from hashlib import sha256
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

from raman_xp.errors import StoreError
from raman_xp.text.file_names import LETTERS, REMEDY
from raman_xp_plugins.tracking.database import open_store, without_stray_folder
from raman_xp_plugins.tracking.database_file import is_made, require_database, required_file, write_ahead
from raman_xp_plugins.tracking.database_server import of_server, require_server

PATIENCE = 5.0
"""Seconds to wait for a server's first answer; MLflow's own client retries for minutes."""
OF_ONE_MACHINE = {"apfs", "btrfs", "ext2", "ext3", "ext4", "f2fs", "hfs", "overlay", "tmpfs", "xfs", "zfs"}
"""File systems that no other machine writes to."""


_REFUSALS = {
    "INVALID_PARAMETER_VALUE",
    "BAD_REQUEST",
    "INVALID_STATE",
    "RESOURCE_ALREADY_EXISTS",
    "RESOURCE_CONFLICT",
    "RESOURCE_DOES_NOT_EXIST",
    "ALREADY_EXISTS",
}
"""What a store that is there answers to what it cannot hold, or does not have."""
_NAMES = {errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ}
"""Faults of a name of a file, which a disk that is there refuses."""


def is_outage(error: Exception) -> bool:
    """Return whether an error means that the store cannot be reached or written.

    A store that refuses one value is there: only the trial that the value belongs to fails.
    """
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError

    cause = error.__cause__
    if isinstance(error, MlflowException) and isinstance(cause, SQLAlchemyError):
        error = cause  # MLflow calls most errors of a database a bad request
    if isinstance(error, MlflowException):
        return error.error_code not in _REFUSALS
    if isinstance(error, SQLAlchemyError):
        return not isinstance(error, DataError | IntegrityError)
    return isinstance(error, OSError) and error.errno not in _NAMES


def require_nameable(folder: Path) -> None:
    """Check that a store can hold the path of a folder.

    Raises:
        StoreError: the locale has no letters for it.
    """
    try:
        str(folder).encode()
    except UnicodeEncodeError as error:
        what = f"the path of the working folder has {LETTERS}; {REMEDY}. Nothing was run"
        raise StoreError(what) from error


def require_store(uri: str) -> None:
    """Check that a tracking URI leads to a store that answers, and local folders can be written.

    Raises:
        StoreError: saying what is wrong and what would work.
    """
    if uri.startswith(("http://", "https://")):
        _require_answer(uri)
    alone: AbstractContextManager[object] = nullcontext()
    database: Path | None = None
    if of_server(uri):
        require_server(uri, PATIENCE)
    if uri.startswith("sqlite:"):
        database = required_file(uri)
        _require_writable(database.parent, uri)
        _require_writable(Path.cwd(), "the artifacts in mlruns/")
        require_database(database, uri)
        alone = _made_alone(database)
    from mlflow import MlflowClient

    try:
        with alone, without_stray_folder(uri):
            if database and not is_made(database):
                open_store(uri)
            MlflowClient(uri).search_experiments(max_results=1)
    except Exception as error:  # of MLflow, its database layer, or a driver that is not there
        if getattr(error, "error_code", "") in ("UNAUTHENTICATED", "PERMISSION_DENIED"):
            raise StoreError(
                f"the MLflow tracking server {uri} does not let you in; set MLFLOW_TRACKING_USERNAME and "
                "MLFLOW_TRACKING_PASSWORD (or MLFLOW_TRACKING_TOKEN), or ask who runs it. Nothing was run"
            ) from error
        said = str(error).splitlines()[0] if str(error) else ""
        raise StoreError(
            f"the MLflow store {uri} cannot be used ({type(error).__name__}: {said}); "
            "such as sqlite:///mlflow.db or http://server:5000 would do. Nothing was run"
        ) from error


@contextmanager
def _made_alone(database: Path) -> Iterator[None]:
    """Make a new database in one process of this machine at a time.

    MLflow makes the tables of a new database at the first request, and two that do so at once fail, or leave
    half of them.

    Raises:
        StoreError: another process holds the lock for longer than tables take to be made.
    """
    lock = _lock_file(database)
    try:
        held = FileLock(lock, timeout=120, mode=0o600)
        held.acquire()
    except OSError as error:
        if not isinstance(error, Timeout):
            raise StoreError(
                f"the lock file {lock} cannot be opened ({error.strerror}). Remove it, or set TMPDIR to a "
                "folder of your own. Nothing was run"
            ) from error
        raise StoreError(
            f"another process has held {lock} for two minutes, by which only one makes the tables of "
            f"{database}. End that process, or choose another store with --tracking-uri. Nothing was run"
        ) from error
    try:
        if not database.exists() and _file_system(database.parent) in OF_ONE_MACHINE:
            write_ahead(database)
        yield
    finally:
        held.release()


def _lock_file(database: Path) -> Path:
    """A file of this user alone: one that another user has made could neither be opened nor removed."""
    key = sha256(str(database).encode()).hexdigest()[:16]
    user = f"-{os.getuid()}" if hasattr(os, "getuid") else ""
    return Path(tempfile.gettempdir()) / f"raman-xp-store{user}-{key}.lock"


def _file_system(folder: Path) -> str:
    around = {part.mountpoint: part.fstype for part in psutil.disk_partitions(all=True)}
    return next((around[str(each)] for each in (folder, *folder.parents) if str(each) in around), "")


def _require_answer(uri: str) -> None:
    import requests

    try:
        answer = requests.get(f"{uri.rstrip('/')}/health", timeout=PATIENCE)
        answer.raise_for_status()
    except requests.RequestException as error:
        reason = error.__cause__ or error
        raise StoreError(
            f"the MLflow tracking server {uri} does not answer ({type(reason).__name__}); "
            "start it (mlflow server), or choose another store with --tracking-uri or MLFLOW_TRACKING_URI. "
            "Nothing was run"
        ) from error


def _require_writable(folder: Path, what: str) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise StoreError(
            f"{folder} cannot be written ({error.strerror}), where {what} would go; run in a folder that can "
            "be written, or choose another store with --tracking-uri or MLFLOW_TRACKING_URI. Nothing was run"
        ) from error
