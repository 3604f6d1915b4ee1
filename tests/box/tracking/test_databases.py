"""A database that cannot be a store is refused within seconds, in one sentence."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from raman_xp.errors import StoreError
from raman_xp.testing import Project
from raman_xp_plugins.tracking import database_file, store
from raman_xp_plugins.tracking.store import require_store


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def listening() -> Iterator[int]:
    """A port that accepts connections and never answers."""
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        yield mute.getsockname()[1]


@pytest.fixture
def closed() -> int:
    """A port on which nothing listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


def refusal(uri: str) -> str:
    began = time.monotonic()
    with pytest.raises(StoreError) as refused:
        require_store(uri)
    assert time.monotonic() - began < 12
    assert "\n" not in str(refused.value)
    assert str(refused.value).endswith("Nothing was run")
    return str(refused.value)


@pytest.mark.parametrize(
    "uri",
    ["sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite:///file::memory:?cache=shared", "sqlite:here"],
)
def test_a_store_in_memory_is_refused_with_what_to_write(folder, uri):
    said = refusal(uri)
    assert f"{uri} names no file: what is recorded would be lost when this command ends" in said
    assert "Write sqlite:///mlflow.db for a file in this folder" in said
    assert not list(folder.iterdir())


def test_a_run_into_memory_is_refused_before_anything_is_done(project: Project):
    project.assert_refused("names no file", "tiny.yaml", "--tracking-uri", "sqlite:///", code=1)


def test_a_folder_named_like_the_database_is_told(folder):
    (folder / "mlflow.db").mkdir()
    assert "mlflow.db is a folder, not a database file. Rename or remove it" in refusal("sqlite:///mlflow.db")


def test_a_file_of_another_format_is_told(folder):
    (folder / "mlflow.db").write_text("label,400,401\n" * 1000)
    assert "mlflow.db cannot be used (DatabaseError: file is not a database)" in refusal(
        "sqlite:///mlflow.db"
    )


def test_a_database_that_another_program_keeps_locked_is_told(folder, monkeypatch):
    monkeypatch.setattr(database_file, "LOCKED", 0.2)
    with closing(sqlite3.connect(folder / "mlflow.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert "database is locked). End the program that holds it, or wait" in refusal("sqlite:///mlflow.db")


@pytest.mark.skipif(sys.platform != "linux", reason="makes a read-only mount")
def test_a_read_only_database_is_told(folder):
    """A read-only mount holds for root, too, where permissions do not."""
    with closing(sqlite3.connect(folder / "mlflow.db")) as made:
        made.execute("CREATE TABLE a (b)")
    ask = (
        "from pathlib import Path\n"
        "from raman_xp_plugins.tracking.database_file import require_database as ask\n"
        "ask(Path('mlflow.db').resolve(), 'sqlite:///mlflow.db')"
    )
    command = [sys.executable, "-c", ask]
    if os.geteuid() == 0:
        mount = "mount --bind mlflow.db mlflow.db && mount -o remount,ro,bind mlflow.db"
        command = ["unshare", "--mount", "sh", "-c", f'{mount} && exec "$@"', "sh", *command]
    else:
        (folder / "mlflow.db").chmod(0o444)
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    if "unshare failed" in done.stderr or "permission denied" in done.stderr:
        pytest.skip(f"no mount can be made here: {done.stderr.strip()}")
    assert "attempt to write a readonly database). Make the file and its folder writable" in done.stderr


def test_a_port_on_which_nothing_listens_is_told(closed):
    said = refusal(f"postgresql+psycopg://me:secret@127.0.0.1:{closed}/runs")
    assert f"postgresql+psycopg://me:***@127.0.0.1:{closed}/runs cannot be reached" in said
    assert "Start it, or check its host, port, user and password" in said


def test_a_database_server_that_never_answers_is_told_within_seconds(listening):
    said = refusal(f"postgresql+psycopg://me@127.0.0.1:{listening}/runs")
    assert "cannot be reached (connection timeout expired)" in said


def test_an_address_that_is_none_is_told():
    assert "Write it as postgresql://USER:PASSWORD@HOST:5432/DATABASE" in refusal("postgresql:here")


def test_a_missing_driver_is_told():
    assert "needs a database driver that is not installed" in refusal("mssql+no_such_driver://host/runs")


def test_a_lock_file_that_cannot_be_opened_is_told(folder, monkeypatch):
    """As one that another user has made, for root opens every file."""
    monkeypatch.setattr(tempfile, "tempdir", str(folder / "tmp"))
    lock = store._lock_file(folder / "mlflow.db")
    lock.mkdir(parents=True)
    said = refusal("sqlite:///mlflow.db")
    assert f"the lock file {lock} cannot be opened" in said
    assert "set TMPDIR to a folder of your own" in said


def test_a_database_that_is_removed_while_runs_are_recorded_is_told(folder):
    (folder / "mlflow.db").touch()
    database_file.require_still_there("sqlite:///mlflow.db")
    (folder / "mlflow.db").unlink()
    with pytest.raises(StoreError, match=r"was removed or moved while runs were recorded in it: .*mlflow.db"):
        database_file.require_still_there("sqlite:///mlflow.db")
    database_file.require_still_there("http://server:5000")


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="users have no numbers")
def test_users_who_share_a_temporary_folder_have_lock_files_of_their_own(folder, monkeypatch):
    mine = store._lock_file(folder / "mlflow.db")
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    assert store._lock_file(folder / "mlflow.db") != mine
