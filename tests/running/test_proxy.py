"""A proxy before the MLflow server: its own answers are an outage, and never mean that a fit is gone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from test_failed_runs import shows_a_result

from mlflow_server import Server, free_port
from proxy import Proxy
from running.conftest import Quick

pytestmark = pytest.mark.slow

HTML = b"<html><body><h1>404 Not Found</h1>RESOURCE_DOES_NOT_EXIST</body></html>"
JSON = b'{"message": "no such route"}'


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    server = Server(folder, f"sqlite:///{folder / 'mlflow.db'}", free_port())
    server.start()
    yield server
    server.stop()


@pytest.fixture
def proxy(server: Server) -> Iterator[Proxy]:
    proxy = Proxy(server.uri, HTML)
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
