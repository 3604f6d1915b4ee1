"""Whether the runner of a run still lives."""

from __future__ import annotations

import subprocess
import sys
import time

import psutil
import pytest

from raman_xp_plugins.tracking import heartbeat
from raman_xp_plugins.tracking.heartbeat import (
    HEARTBEAT,
    RUNNER,
    Heartbeat,
    is_alive,
    runner_of,
    signs_of_life,
)


def test_this_process_lives():
    assert is_alive(signs_of_life())


def test_a_process_of_this_machine_that_has_ended_is_dead_at_once():
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    tags = signs_of_life()
    created = psutil.Process(process.pid).create_time()
    tags[RUNNER] = f"{heartbeat.this_machine()} {process.pid} {created:.2f}"
    assert is_alive(tags)
    process.communicate(b"\n")
    assert not is_alive(tags)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no zombies")
def test_one_that_has_ended_but_is_not_waited_for_is_dead():
    process = subprocess.Popen([sys.executable, "-c", ""])
    running = psutil.Process(process.pid)
    tags = {RUNNER: f"{heartbeat.this_machine()} {process.pid} {running.create_time():.2f}"}
    while running.status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.02)
    assert not is_alive(tags)
    process.wait()


def test_another_process_of_the_same_number_is_not_the_runner():
    machine, pid, created = signs_of_life()[RUNNER].rsplit(" ", 2)
    assert not is_alive({RUNNER: f"{machine} {pid} {float(created) - 60:.2f}", HEARTBEAT: f"{time.time()}"})


def test_elsewhere_a_long_silence_tells():
    tags = {RUNNER: "other/1/2 33 44.00", HEARTBEAT: f"{time.time() - heartbeat.SILENCE + 20:.0f}"}
    assert is_alive(tags)
    assert not is_alive(tags | {HEARTBEAT: f"{time.time() - heartbeat.SILENCE - 20:.0f}"})
    assert runner_of(tags[RUNNER]) == "process 33 on other"


def test_runs_of_others_are_left_alone():
    assert is_alive({})


def test_trials_beat_and_a_store_that_is_away_stops_nothing(monkeypatch):
    class Trial:
        beats = 0

        def beat(self) -> None:
            self.beats += 1
            raise ConnectionError("away")

    monkeypatch.setattr(heartbeat, "INTERVAL", 0.02)
    beating, trial = Heartbeat(), Trial()
    beating.trials.add(trial)
    time.sleep(0.3)
    beating.stop()
    assert trial.beats > 2
