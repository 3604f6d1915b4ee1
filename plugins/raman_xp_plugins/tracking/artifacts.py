"""Files of runs and logged models: where a store may keep them, and how they are read.

A server tells its clients where files are. Whoever runs it may name any place, also a folder of the client's
machine; so a place is looked at before a file goes there or comes from there.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit
from urllib.request import url2pathname

from raman_xp.errors import StoreError
from raman_xp.text.file_names import fault_of_path
from raman_xp_plugins.tracking.address import shown_address

DEEPEST = 16
"""Levels of folders below a run or a model; a list without end is no list of files."""


def files_at(address: str, store: str) -> Any:
    """Return MLflow's repository of the files at an address.

    Args:
        address: as the store gives it, for a run, a logged model or an experiment.
        store: the store's own address.

    Raises:
        StoreError: a server names a place that is not its own.
    """
    from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

    require_place(address, store)
    return get_artifact_repository(address, tracking_uri=store)


def require_place(address: str, store: str) -> None:
    """Check that a tracking server keeps files where it may: itself, or a storage service.

    Any other store is a database whose files are in folders of this machine.

    Raises:
        StoreError: the server names a folder of this machine, another server, or another run.
    """
    if not store.startswith(("http://", "https://")):
        return
    place, server = urlsplit(address), urlsplit(store)
    who = f"the MLflow tracking server {shown_address(store)} keeps files in {address!r}"
    if place.scheme in ("", "file") or len(place.scheme) == 1:  # a path, or a drive of Windows
        raise StoreError(
            f"{who}, a folder of this machine, where nothing is read or written for a server. Start "
            "the server with `--artifacts-destination FOLDER` and without `--no-serve-artifacts`, and "
            "give the spec another name: the place of an experiment never changes"
        )
    of_server = place.scheme in ("http", "https", "mlflow-artifacts")
    if place.scheme in ("runs", "models") or (of_server and not _is_same(place, server)):
        raise StoreError(
            f"{who}, which is another place than the server itself: your password would go there. "
            "Name a store whose files are its own, or in a storage service such as s3://"
        )


def require_inside(address: str, home: Path) -> None:
    """Check that a store which nobody has named keeps files in its own folder.

    A folder that was unpacked may hold the store of a stranger.

    Args:
        address: where files are about to be written or deleted.
        home: the folder of the store.

    Raises:
        StoreError: they are elsewhere.
    """
    parts = urlsplit(address)
    place = Path(url2pathname(parts.path)).resolve() if parts.scheme in ("", "file") else None
    if place is None or not place.is_relative_to(home.resolve()):
        raise StoreError(
            f"the MLflow store of the folder {home} keeps files in {address!r}, which is elsewhere. Nothing "
            "is written there for a store that nobody has named. If you know it, name it: --tracking-uri "
            "sqlite:///mlflow.db"
        )


def _is_same(place: SplitResult, server: SplitResult) -> bool:
    """Whether an address of files leads to the server itself."""
    if place.scheme == "mlflow-artifacts":
        return not place.netloc or _host(place, server.scheme) == _host(server, server.scheme)
    return place.scheme == server.scheme and _host(place, place.scheme) == _host(server, server.scheme)


def _host(address: SplitResult, scheme: str) -> tuple[str | None, int | None] | None:
    try:
        return address.hostname, address.port or {"http": 80, "https": 443}.get(scheme)
    except ValueError:  # a port that is no number
        return None


def download(files: Any, path: str, folder: Path) -> bool:
    """Download a file or folder; false where the store shows that it is not there.

    Only a list of what is there tells that something is gone. Whatever else keeps a file from being read may
    be an outage, after which it is there again.

    Args:
        files: as `files_at` gives them.
        path: below the address; empty: everything.
        folder: an existing folder, which nothing leaves.

    Raises:
        StoreError: the store lists a file whose name leads out of the folder, or that some system refuses.
    """
    parent, _, name = path.rpartition("/")
    listed = {each.path: each for each in files.list_artifacts(parent or None)}
    if not listed or (name and path not in listed):
        return False
    is_folder = not name or listed[path].is_dir
    for each in paths_below(files, path) if is_folder else [path]:
        target = folder / each
        target.parent.mkdir(parents=True, exist_ok=True)
        # One file to a path that was looked at: MLflow would ask for the list again, and follow it.
        files._download_file(each, str(target))
    return True


def paths_below(files: Any, path: str = "", level: int = 0) -> Iterator[str]:
    """Paths of all files below a folder.

    Args:
        files: as `files_at` gives them.
        path: of the folder; default: the address itself.
        level: how deep the folder is.

    Raises:
        StoreError: the store lists a file whose name leads out of the folder, or that some system refuses.
    """
    for each in files.list_artifacts(path or None):
        parent, _, name = each.path.rpartition("/")
        fault = fault_of_path(each.path)
        if parent != path or not name:
            fault = fault or "it is not in the folder that was asked for"
        if level > DEEPEST:
            fault = fault or f"it is more than {DEEPEST} folders deep"
        if fault:
            raise StoreError(
                f"the store lists a file called {each.path[:200]!r}: {fault}. It was not read; is this a "
                "store that you know?"
            )
        if each.is_dir:
            yield from paths_below(files, each.path, level + 1)
        else:
            yield each.path
