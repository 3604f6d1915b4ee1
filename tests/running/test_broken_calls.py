"""A runner that dies, or loses its store, at any of its calls to it: the same command completes the record.

The record is then the one that a run without faults leaves: the same numbers to the last bit, whole learning
curves, every file, no run, point or model twice, and nothing left open.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from mlflow_server import Server, free_port
from running.breaking import BREAKAGES, Broken
from running.conftest import QUICK, Quick
from running.store_contents import Recorded, contents

SPEC = QUICK.replace("nearest_mean", "nearest_mean, points: 2000")
SWEEP = SPEC + "sweep: {model.width: [1, 2]}\n"
EVERY = [
    pytest.param(breakage, marks=pytest.mark.exhaustive if breakage != "death" else pytest.mark.slow)
    for breakage in BREAKAGES
]
PLACES = (
    "death:log_batch:4",  # the last part of the final fit's learning curve
    "death:finalize_logged_model:1",
    "outage:set_terminated:1",  # of a fold
    "lost answer:create_run:2",  # of a fold
    "death:delete_tag:1",  # of the claim to the finished trial
)


def broken_runs(quick: Quick, places: str, *more: str) -> list[Broken]:
    """Break the run of a copy of the project at each of some places, and run it whole afterwards."""
    template = quick.folder / "p"
    template.mkdir()
    for name in ("tiny.csv", "quick.yaml", "mlflow.db"):
        shutil.copy(quick.folder / name, template / name)
    script = Path(__file__).with_name("breaking.py")
    command = [sys.executable, str(script), str(template), places, "quick.yaml", "--set", "name=NAME", *more]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [Broken(**json.loads(line)) for line in done.stdout.splitlines()]


def assert_all_are_whole(quick: Quick, broken: list[Broken], server: Server | None = None) -> None:
    """Each record is as a run without faults leaves it."""

    def recorded(name: str) -> Counter[Recorded]:
        if server:
            return contents(quick.folder / "mlflow.db", name, quick.folder / "artifacts")
        return contents(quick.folder / f"p {name}" / "mlflow.db", name)

    whole = recorded("whole")
    assert set(whole.values()) == {1}
    wrong = []
    for each in broken:
        found = recorded(each.name)
        if found != whole or each.codes[1] != 0:
            wrong.append(f"{each.name} ({each.call}) {each.codes}: too much {shown(found - whole)}, ")
            wrong.append(f"missing {shown(whole - found)}\n{each.said}")
    assert not wrong, "\n".join(wrong)


def shown(runs: Counter[Recorded]) -> list[object]:
    """What one sees at a glance of runs."""
    return [(each.run, sum(n for *_, n in each.metrics), each.inputs, len(each.files)) for each in runs]


def test_at_some_calls(quick: Quick):
    quick.spec(SPEC, "quick.yaml")
    broken = broken_runs(quick, ",".join(PLACES))
    assert len(broken) == len(PLACES)
    assert_all_are_whole(quick, broken)


@pytest.mark.parametrize("breakage", EVERY)
def test_at_every_call_of_a_sweep(quick: Quick, breakage: str):
    quick.spec(SWEEP, "quick.yaml")
    broken = broken_runs(quick, breakage)
    assert len(broken) > 60
    assert_all_are_whole(quick, broken)


@pytest.mark.exhaustive
@pytest.mark.parametrize("breakage", BREAKAGES)
def test_at_every_call_to_a_server(quick: Quick, breakage: str):
    quick.spec(SPEC, "quick.yaml")
    server = Server(quick.folder, f"sqlite:///{quick.folder / 'mlflow.db'}", free_port())
    server.start()
    try:
        broken = broken_runs(quick, breakage, "--tracking-uri", server.uri)
        assert len(broken) > 30
        assert_all_are_whole(quick, broken, server)
    finally:
        server.stop()
