"""Runners on several machines share a store. Their clocks differ, and none is compared with another."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest
from mlflow import MlflowClient

from raman_xp_plugins.tracking import claims, closing, heartbeat
from running.conftest import Quick
from running.test_faults import wait_for

ELSEWHERE = """
import socket, time
socket.gethostname = lambda: "elsewhere"
true_time = time.time
time.time = lambda: true_time() + {offset}
from raman_xp_plugins.tracking import heartbeat
heartbeat.INTERVAL = 0.3
from raman_xp.cli import main
main()
"""


@pytest.fixture
def elsewhere(quick: Quick) -> Iterator[Callable[[float], subprocess.Popen[str]]]:
    """Starts a run, and begins its trial, on another machine, whose clock is off by some seconds."""
    processes = []

    def start(offset: float) -> subprocess.Popen[str]:
        arguments = ("run", "quick.yaml", "--workers", "0", "--set", "model.seconds=600")
        process = subprocess.Popen(
            [sys.executable, "-c", ELSEWHERE.format(offset=offset), *arguments],
            cwd=quick.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        wait_for(lambda: quick.fits == 1)
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


@pytest.fixture(autouse=True)
def watch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims, "LOOK", 0.1)
    monkeypatch.setattr(heartbeat, "_watched", {})


def shorten_silence(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    for module in (heartbeat, closing):
        monkeypatch.setattr(module, "SILENCE", seconds)


SLOW = ("quick.yaml", "--set", "model.seconds=600")


@pytest.mark.parametrize(
    "offset",
    [
        pytest.param(-1000.0, id="a clock behind"),
        pytest.param(100_000.0, id="a clock ahead", marks=pytest.mark.slow),
    ],
)
def test_a_live_trial_is_left_alone_and_a_dead_one_is_taken_over(
    quick: Quick, elsewhere, offset: float, monkeypatch, caplog
):
    process = elsewhere(offset)
    (trial,) = quick.trials()
    quick.run(*SLOW).assert_error(
        f"quick: process {process.pid} on elsewhere is at work on it (run {trial.info.run_id})", code=1
    )
    assert quick.fits == 1
    assert process.poll() is None

    process.kill()
    process.communicate()
    shorten_silence(monkeypatch, 2.0)
    monkeypatch.setattr(heartbeat, "_watched", {})
    begun = time.monotonic()
    monkeypatch.setenv("XP_HASTE", "1")
    quick.run(*SLOW).assert_success()
    assert time.monotonic() - begun > 2.0
    assert f"process {process.pid} on elsewhere has begun it (run {trial.info.run_id})" in caplog.text
    assert quick.statuses() == ["fold FINISHED"] * 2 + ["trial FINISHED"]
    (completed,) = quick.trials()
    assert completed.info.run_id == trial.info.run_id


def left_elsewhere() -> str:
    """A run of another trial that a runner on another machine has left open."""
    client = MlflowClient()
    experiment = client.create_experiment("quick")
    runner = "elsewhere/1/2 33 44.00"
    claim = {"id": "other", "runner": runner, "since": 0.0, "beat": 7, "state": "held"}
    tags = {"raman_xp.kind": "trial", "raman_xp.trial_key": "another", "raman_xp.runner": runner}
    tags["raman_xp.claim.other"] = json.dumps(claim)
    return str(client.create_run(experiment, tags=tags).info.run_id)


def test_nobody_waits_for_runners_of_other_trials(quick: Quick, monkeypatch):
    run = left_elsewhere()
    monkeypatch.setattr(claims.time, "sleep", lambda seconds: pytest.fail("it waits"))
    quick.run("quick.yaml").assert_success()
    assert MlflowClient().get_run(run).info.status == "RUNNING"


def test_a_run_that_stayed_silent_while_others_worked_is_ended(quick: Quick, monkeypatch):
    run = left_elsewhere()
    shorten_silence(monkeypatch, 0.3)
    quick.run("quick.yaml", "--set", "model.seconds=0.2").assert_success()
    ended = MlflowClient().get_run(run)
    assert ended.info.status == "KILLED"
    assert ended.data.tags["raman_xp.error"] == "its runner died: process 33 on elsewhere"
    assert "raman_xp.claim.other" not in ended.data.tags
