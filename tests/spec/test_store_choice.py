"""The user says where results go, and a spec, which may be a stranger's, does not."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from raman_xp.testing.project import Project, Ran
from raman_xp_plugins.tracking.address import shown_address

SPEC = """\
name: tiny
data: {use: pharma_csv, path: tiny.csv}
split: {use: stratified, test: 0.4, folds: null}
model: {use: pca_svm, components: 2, C: 1.0}
pictures: false
"""


def _shown_store(ran: Ran) -> str:
    """The store in a plan, whose lines a narrow terminal has broken."""
    _, _, after = ran.stdout.partition("\nstore ")
    lines, _, _ = after.partition("\nfits ")
    return "".join(line.strip() for line in lines.split("\n"))


class Listener:
    """A server that counts who connects, and says nothing."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.uri = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.callers = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.callers += 1
            connection.close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.socket.close()


@pytest.mark.parametrize("command", ["check", "run"])
@pytest.mark.parametrize(
    ("more", "where"),
    [
        ("track: {{use: mlflow, tracking_uri: '{uri}'}}", "tiny.yaml:6:36: track.tracking_uri: "),
        ("track: {{tracking_uri: '{uri}'}}", "tiny.yaml:6:23: track.tracking_uri: "),
        ("sweep: {{track.tracking_uri: ['{uri}']}}", "tiny.yaml:6:30: track.tracking_uri: "),
        ("sweep: {{track: [{{tracking_uri: '{uri}'}}]}}", "tiny.yaml:6:17: track.tracking_uri: "),
    ],
)
def test_a_spec_that_names_another_store_is_refused_and_nobody_is_called(
    stored: Project, listener: Listener, monkeypatch, command, more, where
):
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "ann")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "secret")
    stored.spec(SPEC + more.format(uri=listener.uri))
    before = sorted(stored.folder.rglob("*"))
    ran = stored.check() if command == "check" else stored.run()
    ran.assert_error(
        f"{where}the spec names the store {listener.uri}, "
        f"and results go to sqlite:///{stored.folder}/mlflow.db. "
        "Whoever runs a spec says where results go: remove the key or, if you trust that store, add "
        f"--tracking-uri {listener.uri}"
    )
    assert listener.callers == 0
    assert sorted(stored.folder.rglob("*")) == before


@pytest.mark.parametrize("how", ["option", "set", "environment"])
def test_what_the_user_says_is_taken_and_not_recorded_in_the_spec(stored: Project, monkeypatch, how):
    uri = f"sqlite:///{stored.folder}/other #2.db"
    if how == "environment":  # which the spec may repeat
        monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
        stored.spec(SPEC + f"track: {{tracking_uri: '{uri}'}}")
        options = []
    else:
        stored.spec(SPEC + "track: {tracking_uri: 'http://127.0.0.1:9'}")
        options = ["--tracking-uri", uri] if how == "option" else ["--set", f"track.tracking_uri='{uri}'"]
    ran = stored.run("tiny.yaml", *options).assert_success()
    assert _shown_store(ran) == uri
    assert (stored.folder / "other #2.db").exists()
    (written,) = (stored.folder / "mlruns").rglob("spec.yaml")
    assert "tracking_uri" not in written.read_text("utf-8")
    assert "use: mlflow" in written.read_text("utf-8")


def test_the_plan_shows_the_store(stored: Project):
    stored.spec(SPEC)
    for ran in (stored.check(), stored.run()):
        assert _shown_store(ran.assert_success()) == f"sqlite:///{stored.folder}/mlflow.db"


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("http://ann:secret@server:5000/", "http://ann:…@server:5000"),
        ("mysql+pymysql://ann:se:cr/et@server/runs", "mysql+pymysql://ann:…@server/runs"),
        ("postgresql://server/runs", "postgresql://server/runs"),
        ("sqlite:////data/mlflow.db", "sqlite:////data/mlflow.db"),
        ("databricks", "databricks"),
    ],
)
def test_an_address_is_shown_without_its_password(uri, shown):
    assert shown_address(uri) == shown
