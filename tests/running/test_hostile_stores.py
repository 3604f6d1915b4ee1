"""A server that lies: it names the user's own folders, other servers, and files outside of a folder."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from mlflow.exceptions import MlflowException

from mlflow_server import Server, free_port
from proxy import Proxy
from raman_xp.errors import StoreError
from raman_xp_plugins.tracking.artifacts import download, files_at, require_place
from running.conftest import Quick

SERVER = "http://server:5000"


@pytest.mark.parametrize(
    "address",
    [
        "/home/me",
        "mlruns/1",
        "file:///home/me",
        "FILE:/home/me",
        "file://localhost/home/me",
        "C:/Users/me",
        "c:\\Users\\me",
        "\\\\host\\share",
        " /home/me",
        "",
    ],
)
def test_a_server_that_names_a_folder_of_this_machine_is_refused(address):
    with pytest.raises(
        StoreError, match="a folder of this machine, where nothing is read or written"
    ) as told:
        require_place(address, SERVER)
    assert "--artifacts-destination" in str(told.value)
    require_place(address, "sqlite:///mlflow.db")


@pytest.mark.parametrize(
    "address",
    [
        "http://evil:5000/x",
        "https://server:5000/x",
        "http://server:6000/x",
        "http://server:5000@evil/x",
        "mlflow-artifacts://evil/x",
        "mlflow-artifacts://server:1/x",
        "runs:/0/x",
        "models:/x/1",
    ],
)
def test_a_server_that_names_another_place_is_refused(address):
    with pytest.raises(
        StoreError, match="another place than the server itself: your password would go there"
    ):
        require_place(address, SERVER)


@pytest.mark.parametrize(
    "address",
    [
        "mlflow-artifacts:/1/x/artifacts",
        "mlflow-artifacts://server:5000/1/x",
        "http://server:5000/api/2.0/mlflow-artifacts/artifacts/1",
        "s3://bucket/x",
        "gs://bucket/x",
        "wasbs://a@b/x",
    ],
)
def test_a_server_may_keep_files_itself_or_in_a_storage_service(address):
    require_place(address, SERVER)


class Listing:
    """A server of artifacts that answers any list with the same names, and any file with ``evil``."""

    def __init__(self, files: list[dict[str, object]]) -> None:
        self.files = files
        listing = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                listed = "path" in parse_qs(urlsplit(self.path).query) or self.path.endswith("/artifacts")
                body = json.dumps({"files": listing.files}).encode() if listed else b"evil"
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.uri = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def listing() -> Iterator[Listing]:
    server = Listing([])
    yield server
    server.stop()


def _everything(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("../spec.yaml", ""),
        ("%2e%2e/spec.yaml", ""),
        ("/etc/x", ""),
        ("a/../../spec.yaml", ""),
        ("aux", "Windows reserves this name"),
        ("C:x", "no file name can hold ':'"),
        ("a\\b", "no file name can hold"),
        ("a\x9bb", "no file name can hold '\\x9b'"),
        ("a\u202egnp.exe", "no file name can hold '\\u202e'"),
        ("a" * 300, "it takes"),
    ],
)
def test_a_file_that_leads_out_of_its_folder_is_not_downloaded(tmp_path, listing, name, fault):
    (tmp_path / "spec.yaml").write_text("mine", "utf-8")
    (tmp_path / "below").mkdir()
    listing.files = [{"path": name, "is_dir": False, "file_size": 4}]
    before = _everything(tmp_path)
    files = files_at("mlflow-artifacts:/1", listing.uri)
    with pytest.raises((StoreError, MlflowException)) as refused:
        download(files, "", tmp_path / "below")
    if fault:
        assert isinstance(refused.value, StoreError)
        assert fault in str(refused.value)
    assert _everything(tmp_path) == before
    assert (tmp_path / "spec.yaml").read_text("utf-8") == "mine"


def test_a_list_without_end_is_refused(tmp_path, listing):
    listing.files = [{"path": "a", "is_dir": True}]
    with pytest.raises(StoreError, match="it is more than 16 folders deep"):
        download(files_at("mlflow-artifacts:/1", listing.uri), "", tmp_path)


def test_files_of_a_server_are_downloaded(tmp_path, listing):
    listing.files = [{"path": "fit.npz", "is_dir": False}, {"path": "MLmodel", "is_dir": False}]
    files = files_at("mlflow-artifacts:/1", listing.uri)
    assert download(files, "fit.npz", tmp_path)
    assert not download(files, "gone", tmp_path)
    assert _everything(tmp_path) == {"fit.npz"}
    assert download(files, "", tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        "fit.npz": b"evil",
        "MLmodel": b"evil",
    }


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    server = Server(folder, f"sqlite:///{folder / 'mlflow.db'}", free_port())
    server.start()
    yield server
    server.stop()


@pytest.fixture
def proxy(server: Server) -> Iterator[Proxy]:
    proxy = Proxy(server.uri)
    yield proxy
    proxy.stop()


@pytest.mark.slow
@pytest.mark.parametrize("place", ["path", "file"])
@pytest.mark.parametrize("named", ["experiment", "run", "model"])
@pytest.mark.parametrize("when", ["first", "recalled"])
def test_a_server_never_touches_the_users_own_files(
    quick: Quick, proxy: Proxy, place: str, named: str, when: str, tmp_path: Path
) -> None:
    victim = tmp_path / "mine"
    victim.mkdir()
    for name in ("spec.yaml", "fit.npz", "numbers.json", "MLmodel", "plugins.csv"):
        (victim / name).write_text("mine", "utf-8")
    address = victim.as_uri() if place == "file" else str(victim)
    field = {"experiment": "experiments", "run": "runs", "model": "logged-models"}[named]

    def lying(path: str, body: bytes) -> bytes:
        if f"/mlflow/{field}" not in path:
            return body
        return re.sub(rb'("artifact_(?:uri|location)": *)"[^"]*"', rb'\1"' + address.encode() + b'"', body)

    options = ("quick.yaml", "--tracking-uri", proxy.uri, "--set", f"name={tmp_path.name}")
    if when == "recalled":
        quick.run(*options).assert_success()
        options = (*options, "--set", "score=[]")  # needs the saved fit and its model
    proxy.changed = lying
    ran = quick.run(*options)
    ran.assert_error(f"keeps files in {address!r}, a folder of this machine", code=1)
    assert {path.name: path.read_text("utf-8") for path in victim.iterdir()} == dict.fromkeys(
        ("spec.yaml", "fit.npz", "numbers.json", "MLmodel", "plugins.csv"), "mine"
    )
