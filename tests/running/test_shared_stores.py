"""Runners that share a store: what each records is there once, whole, and closed."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from mlflow import MlflowClient
from mlflow.entities import Run
from mlflow.server import get_app_client

from mlflow_server import Server, free_port
from postgres import Postgres, programs
from running.conftest import QUICK, Quick, assert_one_of_a_race_did_all

PAGE = Path(__file__).parents[2] / "docs" / "how_to" / "shared_server.md"
TRIALS, FOLDS = 20, 4
PASSWORDS = {"ann": "the password of Ann", "ben": "the password of Ben"}


def sweep(quick: Quick, name: str, file: str, first: int) -> str:
    """A spec of twenty trials that nobody else has."""
    spec = QUICK.replace("name: quick", f"name: {name}").replace("folds: 2", f"folds: {FOLDS}")
    widths = list(range(first, first + TRIALS))
    quick.spec(spec + f"sweep: {{model.width: {widths}}}\n", file)
    return file


def run_both(quick: Quick, command, files: Mapping[str, Mapping[str, str]]) -> None:
    """Run specs at once, each with its environment, to the end."""
    running = [command(quick, file, "--workers", "1", **environment) for file, environment in files.items()]
    for process in running:
        _, said = process.communicate(timeout=300)
        assert process.returncode == 0, said
        assert "Traceback" not in said


def all_runs(client: MlflowClient) -> list[Run]:
    names = [each.experiment_id for each in client.search_experiments()]
    return list(client.search_runs(names, max_results=1000))


def assert_each_is_there_once(client: MlflowClient, runs: list[Run]) -> None:
    """Forty trials with four folds each, all FINISHED, with their numbers, models and files."""
    kinds = Counter((run.data.tags["raman_xp.kind"], run.info.status) for run in runs)
    numbers = {"trial": 2 * TRIALS, "fold": 2 * TRIALS * FOLDS, "sweep": 2}
    assert kinds == {(kind, "FINISHED"): number for kind, number in numbers.items()}
    runs = [run for run in runs if run.data.tags["raman_xp.kind"] != "sweep"]
    trials = {run.info.run_id: run for run in runs if run.data.tags["raman_xp.kind"] == "trial"}
    assert len({run.data.tags["raman_xp.trial_key"] for run in trials.values()}) == 2 * TRIALS
    assert {int(run.data.params["model.width"]) for run in trials.values()} == {*range(1, 2 * TRIALS + 1)}
    folds = Counter(
        (run.data.tags["mlflow.parentRunId"], run.info.run_name)
        for run in runs
        if run.info.run_id not in trials
    )
    assert folds == {(trial, f"fold {fold}"): 1 for trial in trials for fold in range(1, FOLDS + 1)}
    assert len({run.data.tags["raman_xp.fit_key"] for run in runs}) == len(runs)
    for run in [*list(trials.values())[::10], *(run for run in runs if run.info.run_id not in trials)][:20]:
        files = {file.path for file in client.list_artifacts(run.info.run_id)}
        assert {"fit.npz", "predictions.csv"} <= files
        assert "test/accuracy" in run.data.metrics or "valid/accuracy" in run.data.metrics


@pytest.mark.slow
def test_two_runners_write_to_one_file_and_one_experiment(quick: Quick, command):
    """Which neither of them finds there."""
    (quick.folder / "mlflow.db").unlink()
    run_both(
        quick,
        command,
        {sweep(quick, "shared", "first.yaml", 1): {}, sweep(quick, "shared", "second.yaml", 21): {}},
    )
    client = MlflowClient(f"sqlite:///{quick.folder / 'mlflow.db'}")
    assert len(client.search_experiments(filter_string="name = 'shared'")) == 1
    assert_each_is_there_once(client, all_runs(client))


class TestANewFile:
    """Journal modes: https://sqlite.org/wal.html."""

    def mode(self, quick: Quick) -> str:
        with closing(sqlite3.connect(quick.folder / "mlflow.db")) as connection:
            (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
            return str(mode)

    def test_is_read_while_it_is_written(self, quick: Quick):
        (quick.folder / "mlflow.db").unlink()
        assert quick.run("quick.yaml").exit_code == 0
        assert self.mode(quick) == "wal"
        with closing(sqlite3.connect(quick.folder / "mlflow.db", isolation_level=None)) as reader:
            reader.execute("BEGIN")
            (before,) = reader.execute("SELECT count(*) FROM runs").fetchone()
            assert quick.run("quick.yaml", "--fresh").exit_code == 0
            assert reader.execute("SELECT count(*) FROM runs").fetchone() == (before,)
        assert len(quick.runs()) == 2 * before

    def test_that_other_machines_may_write_to_keeps_the_mode_that_bears_it(self, quick: Quick, monkeypatch):
        (quick.folder / "mlflow.db").unlink()
        network = [SimpleNamespace(mountpoint="/", fstype="nfs4")]
        monkeypatch.setattr(psutil, "disk_partitions", lambda all: network)
        assert quick.run("quick.yaml").exit_code == 0
        assert self.mode(quick) == "delete"

    def test_is_found_by_whichever_name_it_has(self, quick: Quick):
        """Such as a link, or a relative address."""
        (quick.folder / "mlflow.db").unlink()
        (quick.folder / "link.db").symlink_to("mlflow.db")
        assert quick.run("quick.yaml", "--tracking-uri", "sqlite:///link.db").exit_code == 0
        assert quick.statuses() == ["fold FINISHED"] * 2 + ["trial FINISHED"]


@pytest.mark.slow
@pytest.mark.skipif(programs() is None, reason="PostgreSQL is not installed (Debian: apt install postgresql)")
class TestServer:
    """As the page on it says: PostgreSQL, artifacts passed through, users by name."""

    @pytest.fixture
    def server(self, quick: Quick, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
        settings = PAGE.read_text().partition("```ini\n")[2].partition("```")[0]
        assert "admin_password = " in settings
        (quick.folder / "auth.ini").write_text(settings)
        database = Postgres(free_port())
        server = Server(
            quick.folder,
            database.uri,
            free_port(),
            *("--app-name", "basic-auth"),
            MLFLOW_AUTH_CONFIG_PATH="auth.ini",
            MLFLOW_FLASK_SERVER_SECRET_KEY="only for this test",
        )
        server.start()
        administrator = dict(line.split(" = ", 1) for line in settings.splitlines() if " = " in line)
        monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", administrator["admin_username"])
        monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", administrator["admin_password"])
        users = get_app_client("basic-auth", server.uri)
        for name, password in PASSWORDS.items():
            users.create_user(name, password)
        yield server
        server.stop()
        database.stop()

    def test_two_users_at_once_lose_and_double_nothing(self, quick: Quick, command, server: Server):
        environments = {
            sweep(quick, user, f"{user}.yaml", first): {
                "MLFLOW_TRACKING_URI": server.uri,
                "MLFLOW_TRACKING_USERNAME": user,
                "MLFLOW_TRACKING_PASSWORD": PASSWORDS[user],
            }
            for user, first in (("ann", 1), ("ben", 21))
        }
        run_both(quick, command, environments)
        fits = quick.fits
        assert fits == 2 * TRIALS * (1 + FOLDS)
        client = MlflowClient(server.uri)
        runs = all_runs(client)
        assert_each_is_there_once(client, runs)
        run_both(quick, command, environments)
        assert quick.fits == fits
        assert {run.info.run_id for run in all_runs(client)} == {run.info.run_id for run in runs}

    def test_of_several_processes_that_race_one_does_the_trial(self, quick: Quick, command, server: Server):
        environment = {
            "MLFLOW_TRACKING_URI": server.uri,
            "MLFLOW_TRACKING_USERNAME": "ann",
            "MLFLOW_TRACKING_PASSWORD": PASSWORDS["ann"],
        }
        slowly = ("--workers", "0", "--set", "model.seconds=1")
        assert_one_of_a_race_did_all(
            [command(quick, "quick.yaml", *slowly, **environment) for _ in range(4)], quick
        )
        kinds = Counter(
            (run.data.tags["raman_xp.kind"], run.info.status) for run in all_runs(MlflowClient(server.uri))
        )
        assert kinds == {("trial", "FINISHED"): 1, ("fold", "FINISHED"): 2}

    def test_whoever_is_not_let_in_hears_it_before_anything_runs(
        self, quick: Quick, server: Server, monkeypatch
    ):
        for name, password in (("ann", "a wrong password"), ("nobody", "a password")):
            monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", name)
            monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", password)
            refused = quick.run("quick.yaml", "--tracking-uri", server.uri)
            assert refused.exit_code == 1
            assert f"the MLflow tracking server {server.uri} does not let you in; set " in refused.stderr
            assert "MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD" in refused.stderr
        assert quick.fits == 0
