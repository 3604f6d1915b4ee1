"""Who owns a trial: at most one runner, whatever the order of their requests."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace

import pytest
from mlflow import MlflowClient

from raman_xp.errors import BusyError
from raman_xp.plugins.registry import Registry
from raman_xp.spec import load_experiment
from raman_xp.trial.plan import Planned, plan
from raman_xp_plugins.tracking import claims
from raman_xp_plugins.tracking import experiment as claims_user
from raman_xp_plugins.tracking.claims import PREFIX
from raman_xp_plugins.tracking.experiment import MlflowExperiment
from raman_xp_plugins.tracking.runs import Runs
from running.conftest import Quick, assert_one_of_a_race_did_all

STEPS = {"search_runs", "create_run", "set_tag", "delete_tag", "delete_run", "update_run", "get_run"}


class Stepping:
    """The real client, whose calls in one thread wait until the test allows them."""

    def __init__(self, client: MlflowClient) -> None:
        self._client = client
        self._allowed = threading.Semaphore(0)
        self._waiting = threading.Event()
        self.free = False
        self.pending = ""

    def __getattr__(self, name: str):
        call = getattr(self._client, name)
        if name not in STEPS:
            return call

        def stepped(*args, **kwargs):
            if not self.free:
                self.pending = name
                self._waiting.set()
                self._allowed.acquire()
            return call(*args, **kwargs)

        return stepped

    def step(self, thread: threading.Thread) -> None:
        """Allow the call that waits, and return when the next one waits or the thread has ended."""
        while thread.is_alive() and not self._waiting.wait(0.01):
            pass
        self._waiting.clear()
        self._allowed.release()
        while thread.is_alive() and not self._waiting.wait(0.01):
            pass

    def release(self) -> None:
        self.free = True
        self._allowed.release(1000)


@pytest.fixture
def planned(quick: Quick) -> Planned:
    registry = Registry()
    (planned,) = plan([load_experiment(quick.folder / "quick.yaml", registry)], registry)
    return planned


@pytest.fixture
def opened(quick: Quick, planned: Planned, monkeypatch):
    """Opens the experiment with a client that can be held at each of its calls."""
    monkeypatch.setattr(claims, "PAUSE", 0.01)
    experiments = []
    client = MlflowClient()
    known = client.get_experiment_by_name("quick")
    name = known.experiment_id if known else client.create_experiment("quick")

    def open_() -> tuple[MlflowExperiment, Stepping]:
        stepping = Stepping(client)
        stepping.free = True
        experiments.append(MlflowExperiment(Runs(stepping, f"sqlite:///{quick.folder / 'mlflow.db'}", name)))
        stepping.free = False
        return experiments[-1], stepping

    yield open_
    for experiment in experiments:
        experiment.runs.client.release()
        experiment.close()


def left_behind(planned: Planned) -> str:
    """A run of the trial that was stopped."""
    client = MlflowClient()
    tags = {"raman_xp.kind": "trial", "raman_xp.trial_key": planned.context.key}
    run = client.create_run(client.get_experiment_by_name("quick").experiment_id, tags=tags).info.run_id
    client.set_terminated(run, "KILLED")
    return run


def begin(experiment: MlflowExperiment, planned: Planned, ended: list[object]) -> threading.Thread:
    def work() -> None:
        try:
            ended.append(experiment.begin(planned.context, False))
        except BaseException as error:
            ended.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


@pytest.mark.parametrize("left", [False, True], ids=["new", "taken up"])
@pytest.mark.parametrize("ahead", range(1, 6))
@pytest.mark.parametrize("clock", [0.0, -100.0], ids=["in order", "the second has an earlier clock"])
def test_of_two_that_begin_one_owns_the_trial_wherever_the_first_pauses(
    opened: Callable, planned: Planned, quick: Quick, monkeypatch, left, ahead, clock
):
    if left:
        opened()
        left_behind(planned)
    (one, first), (two, second) = opened(), opened()
    ended: list[object] = []
    thread = begin(one, planned, ended)
    for _ in range(ahead):
        first.step(thread)
    new = claims.new_claim
    monkeypatch.setattr(
        claims_user, "new_claim", lambda state: replace(claim := new(state), since=claim.since + clock)
    )
    other = begin(two, planned, ended)
    for _ in range(3):
        second.step(other)
    first.release()
    second.release()
    thread.join(20)
    other.join(20)
    assert not thread.is_alive()
    assert not other.is_alive()
    busy = [each for each in ended if isinstance(each, BusyError)]
    assert len(ended) == 2, ended
    assert len(busy) == 1, ended
    assert "is at work on it (run " in str(busy[0])
    assert quick.statuses() == ["trial RUNNING"]
    (run,) = quick.trials()
    assert [name for name in run.data.tags if name.startswith(PREFIX)] != []


def test_nobody_takes_up_a_run_that_its_loser_is_about_to_delete(opened, planned, quick: Quick):
    """The loser pauses before it deletes its run, and the owner ends meanwhile."""
    (one, first), (two, second), (three, third) = opened(), opened(), opened()
    ended: list[object] = []
    thread = begin(two, planned, ended)
    second.step(thread)  # it has seen no run of the trial
    first.release()
    record = one.begin(planned.context, False)
    while second.pending != "delete_run":
        assert thread.is_alive(), ended
        second.step(thread)
    record.abandon(KeyboardInterrupt())
    third.release()
    with pytest.raises(BusyError, match="is at work on it"):
        three.begin(planned.context, False)
    second.release()
    thread.join(20)
    assert isinstance(ended[0], BusyError)
    taken = three.begin(planned.context, False)
    (run,) = quick.trials()
    assert (run.info.run_id, run.info.status) == (taken.run.id, "RUNNING")


def test_a_dead_runners_claim_does_not_count_and_is_deleted(opened, planned, quick: Quick, monkeypatch):
    opened()
    run = left_behind(planned)
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    dead = {
        "id": "dead",
        "runner": f"{claims.this_runner().rsplit(' ', 2)[0]} {process.pid} 1.00",
        "since": 0.0,
        "beat": 0,
        "state": "held",
    }
    MlflowClient().set_tag(run, f"{PREFIX}dead", json.dumps(dead))
    experiment, client = opened()
    client.release()
    monkeypatch.setattr(claims.time, "sleep", lambda seconds: pytest.fail("it waits"))
    experiment.begin(planned.context, False)
    (taken,) = quick.trials()
    assert taken.info.run_id == run
    assert f"{PREFIX}dead" not in taken.data.tags


def test_a_runner_that_was_silent_for_too_long_stops_writing(opened, planned, quick: Quick):
    """Another has deleted its claim and has taken the run over."""
    experiment, client = opened()
    client.release()
    record = experiment.begin(planned.context, False)
    (run,) = quick.trials()
    (tag,) = [name for name in run.data.tags if name.startswith(PREFIX)]
    MlflowClient().delete_tag(run.info.run_id, tag)
    other = json.loads(run.data.tags[tag]) | {"id": "other", "runner": "elsewhere/1/2 33 44.00"}
    MlflowClient().set_tag(run.info.run_id, f"{PREFIX}other", json.dumps(other))
    record.owned.beat()
    with pytest.raises(BusyError, match=r"process 33 on elsewhere has taken over run .* writes nothing more"):
        record.conclude(None)
    record.abandon(BusyError("lost"))
    (after,) = quick.trials()
    assert after.info.status == "RUNNING"
    assert "raman_xp.error" not in after.data.tags


def test_a_claim_that_was_not_confirmed_for_a_while_is_looked_at_before_a_write(
    opened, planned, quick, monkeypatch
):
    experiment, client = opened()
    client.release()
    record = experiment.begin(planned.context, False)
    (run,) = quick.trials()
    (tag,) = [name for name in run.data.tags if name.startswith(PREFIX)]
    MlflowClient().delete_tag(run.info.run_id, tag)
    record.owned.require()  # confirmed a moment ago
    monkeypatch.setattr(claims, "TRUSTED", 0.0)
    with pytest.raises(BusyError, match="another runner has taken over run "):
        record.owned.require()


def test_a_trial_that_is_ended_has_no_claim(quick: Quick):
    assert quick.run("quick.yaml").exit_code == 0
    (run,) = quick.trials()
    assert not [name for name in run.data.tags if name.startswith(PREFIX)]


def test_a_trial_that_another_finished_since_it_was_looked_for_is_not_done_again(
    opened, planned, quick: Quick
):
    experiment, client = opened()
    client.release()
    assert quick.run("quick.yaml").exit_code == 0
    with pytest.raises(BusyError, match="another runner has finished it meanwhile"):
        experiment.begin(planned.context, False)
    assert experiment.finished(planned.context.key)
    assert quick.statuses() == ["fold FINISHED"] * 2 + ["trial FINISHED"]


@pytest.mark.slow
def test_of_several_processes_that_race_one_does_the_trial(quick: Quick, command):
    running = [command(quick, "quick.yaml", "--workers", "0", "--set", "model.seconds=1") for _ in range(4)]
    assert_one_of_a_race_did_all(running, quick)
    assert quick.statuses() == ["fold FINISHED"] * 2 + ["trial FINISHED"]
