"""A proxy before the MLflow server: its own answers are an outage, and never mean that a fit is gone."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests

from execution.conftest import Quick
from mlflow_server import Server, free_port
from test_failed_runs import shows_a_result

pytestmark = pytest.mark.slow

HTML = b"<html><body><h1>404 Not Found</h1>RESOURCE_DOES_NOT_EXIST</body></html>"
JSON = b'{"message": "no such route"}'


class Proxy:
    """Forwards requests to a server; those whose path matches ``lost`` are answered with 404 by itself.

    Args:
        target: address of the server.
    """

    def __init__(self, target: str) -> None:
        self.lost: re.Pattern[str] | None = None
        self.body = HTML
        self.refused: list[str] = []
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def forward(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if proxy.lost and proxy.lost.search(self.path):
                    proxy.refused.append(self.path)
                    self.answer(404, proxy.body, "text/html")
                    return
                headers = {name: value for name, value in self.headers.items() if name != "Host"}
                got = requests.request(
                    self.command, target + self.path, data=body, headers=headers, timeout=60
                )
                self.answer(got.status_code, got.content, got.headers.get("Content-Type", ""))

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = forward

            def answer(self, status: int, body: bytes, kind: str) -> None:
                self.send_response(status)
                self.send_header("Content-Type", kind)
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


@pytest.mark.parametrize("body", [HTML, JSON], ids=["html", "json"])
@pytest.mark.parametrize(
    "lost",
    ["/logged-models/m-[^/]+$", "/mlflow-artifacts/artifacts", "/runs/search"],
    ids=["model", "artifacts", "runs"],
)
def test_what_a_proxy_answers_is_an_outage_and_costs_no_fit(
    quick: Quick, proxy: Proxy, lost: str, body: bytes, tmp_path: Path
) -> None:
    options = ("quick.yaml", "--tracking-uri", proxy.uri, "--set", f"name={tmp_path.name}")
    quick.run(*options).assert_success()
    fitted = quick.fits
    explained_anew = (*options, "--set", "score=[]")  # needs the saved fit and its model
    proxy.lost, proxy.body = re.compile(lost), body
    ran = quick.run(*explained_anew)
    assert proxy.refused
    ran.assert_error("the same command", code=1)
    assert not shows_a_result(ran.output), ran.output
    assert quick.fits == fitted
    proxy.lost = None
    quick.run(*explained_anew).assert_success()
    assert quick.fits == fitted
