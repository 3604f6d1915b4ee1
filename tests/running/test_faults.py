"""What is killed, what remains, and what the same command does afterwards."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import psutil
import pytest
from mlflow import MlflowClient

from mlflow_server import Server, free_port
from raman_xp.plugins.installed import installed
from running.conftest import QUICK, Quick


def wait_for(what: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.05)


def workers(quick: Quick) -> list[int]:
    """Process of each fit so far."""
    told = quick.folder / "fits.txt"
    return list(map(int, told.read_text().split())) if told.exists() else []


def finished_folds(quick: Quick) -> int:
    return quick.statuses().count("fold FINISHED")


class TestWorkers:
    def test_a_unit_whose_process_dies_is_done_again(self, quick: Quick, caplog):
        result = quick.invoke("run", "quick.yaml", "--workers", "2", "--set", "model.dies=1")
        assert result.exit_code == 0, result.output
        assert "its process ended abruptly: killed, out of memory, or crashed (attempt 1 of 3)" in caplog.text
        assert quick.fits == 3 + 1
        assert quick.statuses() == ["fold FINISHED"] * 2 + ["trial FINISHED"]

    @pytest.mark.slow
    def test_one_that_always_dies_fails_its_trial_and_the_rest_goes_on(self, quick: Quick):
        quick.spec(QUICK + "sweep: {model.dies: [99, 0]}\n", "quick.yaml")
        result = quick.invoke("run", "quick.yaml", "--workers", "2")
        assert result.exit_code == 1
        assert "its process ended abruptly" in result.stderr
        assert "(3 times; it is not tried again)" in result.stderr
        ended = {run.info.run_name: run.info.status for run in quick.trials()}
        assert ended == {"dies=99": "FAILED", "dies=0": "FINISHED"}

    @pytest.mark.slow
    def test_a_killed_process_takes_no_other_unit_with_it(self, quick: Quick, command):
        process = command(quick, "quick.yaml", "--workers", "2", "--set", "model.seconds=4")
        wait_for(lambda: len(workers(quick)) == 2)
        os.kill(workers(quick)[0], signal.SIGKILL)
        _, said = process.communicate(timeout=60)
        assert process.returncode == 0, said
        assert "it is done again" in said
        assert quick.fits == 3 + 1


class TestTheRunner:
    @pytest.mark.slow
    def test_a_killed_runner_leaves_what_was_finished(self, quick: Quick, command, monkeypatch):
        lasting = (
            "--set",
            "model.seconds=300",
        )  # the last of three fits, which is under way until it is killed
        process = command(quick, "quick.yaml", "--workers", "1", *lasting, XP_QUICK="2")
        wait_for(lambda: finished_folds(quick) == 1 and len(workers(quick)) == 3)
        (trial,) = quick.trials()

        busy = quick.run("quick.yaml", *lasting)
        assert busy.exit_code == 1
        assert f"quick: process {process.pid} on " in busy.stderr
        assert f"is at work on it (run {trial.info.run_id}); wait for it or stop it" in busy.stderr
        assert quick.fits == 3

        process.kill()
        process.wait()
        wait_for(lambda: not psutil.pid_exists(workers(quick)[0]), seconds=10)
        assert quick.statuses() == ["fold FINISHED", "trial RUNNING"]

        monkeypatch.setenv("XP_HASTE", "1")
        result = quick.run("quick.yaml", *lasting)
        assert result.exit_code == 0, result.output
        assert quick.fits == 3 + 1  # the fold that was under way
        assert quick.statuses() == ["fold FINISHED"] * 2 + ["trial FINISHED"]
        (completed,) = quick.trials()
        assert completed.info.run_id == trial.info.run_id

    def test_a_stopped_run_goes_on(self, quick: Quick, command):
        temporary = quick.folder / "temporary"
        temporary.mkdir()
        options = ["--workers", "1", "--set", "model.seconds=2"]
        process = command(quick, "quick.yaml", *options, TMPDIR=str(temporary))
        wait_for(lambda: finished_folds(quick) == 1 and len(workers(quick)) == 3)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
        assert process.returncode == 130, said
        assert [path.name for path in temporary.iterdir() if path.is_dir()] == []
        assert quick.statuses() == ["fold FINISHED", "trial KILLED"]
        assert quick.run("quick.yaml", "--set", "model.seconds=2").exit_code == 0
        assert quick.fits == 3 + 1
        assert quick.statuses() == ["fold FINISHED"] * 2 + ["trial FINISHED"]
        (completed,) = quick.trials()
        assert "raman_xp.error" not in completed.data.tags

    def test_runs_of_a_dead_runner_are_closed_by_whoever_comes_next(self, quick: Quick, command):
        process = command(quick, "quick.yaml", "--workers", "1", "--set", "model.seconds=2")
        wait_for(lambda: len(workers(quick)) == 1 and quick.runs())
        process.kill()
        process.wait()
        assert quick.run("quick.yaml").exit_code == 0
        ended = {run.data.params["model.seconds"]: run for run in quick.trials()}
        assert ended["0.0"].info.status == "FINISHED"
        assert ended["2.0"].info.status == "KILLED"
        assert f"its runner died: process {process.pid} on " in ended["2.0"].data.tags["raman_xp.error"]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="mounts a small disk")
def test_a_full_disk_loses_nothing(quick: Quick):
    script = """
        mkdir ../disk && mount -t tmpfs -o size=16m tmpfs ../disk && cp -r . ../disk && cd ../disk || exit 77
        dd if=/dev/zero of=filler bs=1k 2>/dev/null
        truncate -s -200k filler
        "$@"; echo "code $?"
        rm filler
        "$@"; echo "code $?"
        cp -r mlflow.db mlruns fits.txt ../after
    """
    (quick.folder.parent / "after").mkdir()
    told = quick.folder.parent / "disk" / "fits.txt"
    quick_run = [sys.executable, "-m", "raman_xp", "run", "quick.yaml", "--workers", "0"]
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script, "sh", *quick_run],
        cwd=quick.folder,
        env=os.environ | {"XP_FITS": str(told)},
        capture_output=True,
        text=True,
    )
    if done.returncode == 77 or "unshare" in done.stderr:
        pytest.skip(f"no disk can be mounted here: {done.stderr.strip()}")
    codes = [line for line in done.stdout.splitlines() if line.startswith("code")]
    assert codes == ["code 1", "code 0"], done.stderr
    assert "Traceback" not in done.stderr
    assert "disk" in done.stderr
    assert "the same command goes on from there" in done.stderr
    after = Quick(quick.folder.parent / "after", quick.invoke)
    assert after.statuses() == ["fold FINISHED"] * 2 + ["trial FINISHED"]


@pytest.mark.slow
class TestTheStore:
    @pytest.fixture
    def server(self, quick: Quick) -> Iterator[Server]:
        server = Server(quick.folder, f"sqlite:///{quick.folder / 'mlflow.db'}", free_port())
        server.start()
        yield server
        server.stop()

    def test_a_server_that_goes_away_for_a_while_is_waited_for(self, quick: Quick, command, server):
        process = command(
            quick, "quick.yaml", "--workers", "1", "--set", "model.seconds=1", "--tracking-uri", server.uri
        )
        wait_for(lambda: finished_folds(quick) == 1)
        server.stop()
        wait_for(lambda: len(workers(quick)) == 3)
        time.sleep(6)
        assert process.poll() is None
        server.start()
        _, said = process.communicate(timeout=120)
        assert process.returncode == 0, said
        assert quick.fits == 3
        assert quick.statuses() == ["fold FINISHED"] * 2 + ["trial FINISHED"]

    def test_a_server_that_stays_away_ends_the_run_and_the_rerun_completes_it(
        self, quick: Quick, command, server
    ):
        arguments = ["quick.yaml", "--set", "model.seconds=1", "--tracking-uri", server.uri]
        process = command(quick, *arguments, "--workers", "1", MLFLOW_HTTP_REQUEST_MAX_RETRIES="1")
        wait_for(lambda: finished_folds(quick) == 1)
        server.stop()
        _, said = process.communicate(timeout=120)
        assert process.returncode == 1, said
        assert "Error: mlflow failed to record quick: " in said  # whichever unit came first
        assert "once the store can be written again, the same command goes on from there" in said
        assert "Traceback" not in said
        assert quick.statuses() == ["fold FINISHED", "trial RUNNING"]
        server.start()
        assert quick.run(*arguments).exit_code == 0
        assert quick.statuses() == ["fold FINISHED"] * 2 + ["trial FINISHED"]


@pytest.mark.slow
class TestTheCluster:
    def test_a_killed_dask_worker_costs_nothing_but_time(self, quick: Quick, command, cluster):
        file = str(cluster(workers=2).file)
        process = command(quick, "quick.yaml", "--cluster", file, "--set", "model.seconds=3")
        wait_for(lambda: len(workers(quick)) == 2)
        os.kill(workers(quick)[0], signal.SIGKILL)
        _, said = process.communicate(timeout=120)
        assert process.returncode == 0, said
        assert quick.fits >= 3 + 1
        assert quick.statuses() == ["fold FINISHED"] * 2 + ["trial FINISHED"]

    def test_a_dead_scheduler_ends_the_run_and_the_rerun_completes_it(self, quick: Quick, command, cluster):
        there = cluster(workers=1)
        process = command(quick, "quick.yaml", "--cluster", str(there.file), "--set", "model.seconds=2")
        wait_for(lambda: finished_folds(quick) == 1)
        there.scheduler.kill()
        _, said = process.communicate(timeout=120)
        assert process.returncode == 1, said
        assert "the connection to the cluster is lost; what was recorded stays" in said
        assert "Traceback" not in said
        assert quick.statuses() == ["fold FINISHED", "trial FAILED"]
        before = quick.fits
        assert quick.run("quick.yaml", "--set", "model.seconds=2").exit_code == 0
        assert quick.fits == before + 1
        assert quick.statuses() == ["fold FINISHED"] * 2 + ["trial FINISHED"]


@pytest.mark.slow
class TestAnotherWorker:
    def test_other_data_of_the_same_name_are_refused(self, quick: Quick, command, cluster):
        """The worker reads the file anew, and it has changed since the runner read it."""
        process = command(quick, "quick.yaml", "--workers", "1", "--set", "model.seconds=2")
        wait_for(lambda: len(workers(quick)) == 1)
        os.kill(workers(quick)[0], signal.SIGSTOP)
        path = quick.folder / "tiny.csv"
        path.write_text(path.read_text().replace(".1,", ".2,", 1))
        os.kill(workers(quick)[0], signal.SIGKILL)
        _, said = process.communicate(timeout=60)
        assert process.returncode == 1, said
        assert "is not what the runner is: data: " in said

    def test_another_version_of_an_explainer_is_refused(self, quick: Quick, install, cluster):
        """A worker keeps what it has imported, also when the plugin changes on disk."""
        source = """
            from raman_xp import hookimpl
            from raman_xp.components import Explainer
            from raman_xp.maps import Maps

            class Same(Explainer):
                name = "same"
                def explain(self, task):
                    return Maps(task.spectra.intensity, task.spectra.labels)

            @hookimpl
            def raman_xp_explainers():
                return [Same]
            """
        site = install("xp-same", {"explainer.same": "xp_same"}, xp_same=source)
        quick.spec(QUICK.replace("use: input_magnitude", "use: same"), "quick.yaml")
        there = str(cluster(workers=1).file)
        assert quick.invoke("run", "quick.yaml", "--cluster", there).exit_code == 0
        metadata = site / "xp_same-1.0.dist-info" / "METADATA"
        metadata.write_text(metadata.read_text().replace("Version: 1.0", "Version: 1.1"))
        installed.cache_clear()
        result = quick.invoke("run", "quick.yaml", "--cluster", there)
        assert result.exit_code == 1
        assert "code: xp-same 1.0 xp_same " in result.stderr

    def test_a_plugin_that_is_missing_there_is_named(self, quick: Quick, cluster, monkeypatch):
        monkeypatch.delenv("PYTHONPATH")
        result = quick.invoke("run", "quick.yaml", "--cluster", str(cluster(workers=1).file))
        assert result.exit_code == 1
        assert "no model is called 'nearest_mean'" in result.stderr


ODD_SCORE = """
    from raman_xp import hookimpl
    from raman_xp.components import MapScore

    class Odd(MapScore):
        name = "odd"
        calls: str = "fine"
        def score(self, task):
            return {self.calls: [0.5] * len(task.spectra.classes)}

    @hookimpl
    def raman_xp_map_scores():
        return [Odd]
"""


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("F1 (macro) %", "it holds '('"),
        ("100 %", "it holds '%'"),
        ("../up", "a part between slashes is empty or only dots"),
        ("x" * 181, "it has 181 characters; at most 180 can be used"),
        (" ", "a text is needed"),
    ],
)
def test_a_name_that_the_store_would_refuse_fails_its_trial_only(quick: Quick, install, name, fault):
    install("xp-odd", {"map_score.odd": "xp_odd"}, xp_odd=ODD_SCORE)
    quick.spec(QUICK.replace("use: pointing", "use: odd"), "quick.yaml")
    sweep = f"sweep={{score.odd.calls: [before, {json.dumps(name)}, after]}}"
    ran = quick.run("quick.yaml", "--set", sweep)
    ran.assert_error("map_score 'odd' of xp-odd 1.0", f"called a number {name!r}: {fault}", code=1)
    assert sorted(run.info.status for run in quick.trials()) == ["FAILED", "FINISHED", "FINISHED"]


def test_two_scores_that_give_the_same_number_are_refused(quick: Quick, install):
    install("xp-odd", {"map_score.odd": "xp_odd"}, xp_odd=ODD_SCORE)
    quick.spec(QUICK.replace("{use: pointing}", "{use: odd}, {use: odd, id: other}"), "quick.yaml")
    ran = quick.run("quick.yaml")
    ran.assert_error("gave fine, as another score has; give one of them another id", code=1)


def test_what_the_store_refuses_of_one_trial_fails_that_trial_only(quick: Quick):
    """MLflow refuses a param that is logged again with another value: no outage."""
    from mlflow.exceptions import MlflowException

    from raman_xp_plugins.tracking.mlflow import MlflowTracker

    tracker = MlflowTracker()
    client = MlflowClient()
    run = client.create_run(client.create_experiment("other")).info.run_id
    client.log_param(run, "a", 1)
    with pytest.raises(MlflowException) as refused:
        client.log_param(run, "a", 2)
    assert not tracker.store_failed(refused.value)
    assert not tracker.store_failed(TypeError("a fault of ours"))
    assert tracker.store_failed(ConnectionError("away"))
    with pytest.raises(MlflowException) as absent:
        client.get_run("0" * 32)
    assert not tracker.store_failed(absent.value)


def test_only_what_keeps_a_store_from_answering_is_an_outage(quick: Quick):
    from mlflow.exceptions import MlflowException, RestException
    from sqlalchemy.exc import DataError, IntegrityError, OperationalError

    from raman_xp_plugins.tracking.mlflow import MlflowTracker

    def of_mlflow(cause: Exception) -> MlflowException:
        error = MlflowException(str(cause), error_code=3)
        error.__cause__ = cause
        return error

    failed = MlflowTracker().store_failed
    parts = ("INSERT", {}, Exception())
    for outage in (
        ConnectionError("away"),
        OSError(errno.ENOSPC, "no space left"),
        OperationalError(*parts),
        of_mlflow(OperationalError(*parts)),
        MlflowException("API request failed"),
        RestException({"error_code": "TEMPORARILY_UNAVAILABLE"}),
        RestException({"error_code": "PERMISSION_DENIED"}),
        RestException({"message": "no such route"}),
    ):
        assert failed(outage), outage
    for refusal in (
        OSError(errno.ENAMETOOLONG, "file name too long"),
        IntegrityError(*parts),
        DataError(*parts),
        of_mlflow(DataError(*parts)),
        RestException({"error_code": "INVALID_PARAMETER_VALUE"}),
        RestException({"error_code": "BAD_REQUEST"}),
        RestException({"error_code": "RESOURCE_DOES_NOT_EXIST"}),
        ValueError("a fault of ours"),
    ):
        assert not failed(refusal), refusal
