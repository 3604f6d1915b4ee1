"""Whether the runner of a run still lives."""

from __future__ import annotations

import subprocess
import sys
import time

import psutil
import pytest

from raman_xp_plugins.tracking import heartbeat
from raman_xp_plugins.tracking.heartbeat import SILENCE, Heartbeat, Life, life_of, runner_of, this_runner


@pytest.fixture
def clock(monkeypatch) -> list[float]:
    """The clock that looks are timed by, which a test sets."""
    now = [1000.0]
    monkeypatch.setattr(heartbeat.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(heartbeat, "_watched", {})
    return now


def test_this_process_lives():
    assert life_of(this_runner()) is Life.LIVES


def test_a_process_of_this_machine_that_has_ended_is_dead_at_once():
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    created = psutil.Process(process.pid).create_time()
    runner = f"{heartbeat.this_machine()} {process.pid} {created:.2f}"
    assert life_of(runner) is Life.LIVES
    process.communicate(b"\n")
    assert life_of(runner) is Life.DEAD


@pytest.mark.skipif(sys.platform == "win32", reason="there are no zombies")
def test_one_that_has_ended_but_is_not_waited_for_is_dead():
    process = subprocess.Popen([sys.executable, "-c", ""])
    running = psutil.Process(process.pid)
    runner = f"{heartbeat.this_machine()} {process.pid} {running.create_time():.2f}"
    while running.status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.02)
    assert life_of(runner) is Life.DEAD
    process.wait()


def test_another_process_of_the_same_number_is_not_the_runner():
    machine, pid, created = this_runner().rsplit(" ", 2)
    assert life_of(f"{machine} {pid} {float(created) - 60:.2f}") is Life.DEAD


class TestOnAnotherMachine:
    RUNNER = "other/1/2 33 44.00"

    def test_nothing_is_known_at_the_first_look(self, clock):
        assert life_of(self.RUNNER, "claim", 5) is Life.UNKNOWN
        assert runner_of(self.RUNNER) == "process 33 on other"

    def test_whoever_gives_another_sign_lives(self, clock):
        life_of(self.RUNNER, "claim", 5)
        clock[0] += 1
        assert life_of(self.RUNNER, "claim", 6) is Life.LIVES
        clock[0] += SILENCE - 1
        assert life_of(self.RUNNER, "claim", 6) is Life.LIVES

    def test_whoever_gives_the_same_sign_for_long_is_dead(self, clock):
        life_of(self.RUNNER, "claim", 5)
        clock[0] += SILENCE - 1
        assert life_of(self.RUNNER, "claim", 5) is Life.UNKNOWN
        clock[0] += 1
        assert life_of(self.RUNNER, "claim", 5) is Life.DEAD

    def test_whoever_returns_lives(self, clock):
        life_of(self.RUNNER, "claim", 5)
        clock[0] += SILENCE
        assert life_of(self.RUNNER, "claim", 6) is Life.LIVES

    def test_a_sign_for_one_trial_shows_life_for_all_runs_of_the_runner(self, clock):
        life_of(self.RUNNER, "claim", 5)
        life_of(self.RUNNER)
        clock[0] += SILENCE - 1
        life_of(self.RUNNER, "claim", 6)
        clock[0] += 1
        assert life_of(self.RUNNER) is Life.LIVES


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
