"""However a run ends, nothing stays RUNNING."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest
from mlflow import MlflowClient

from raman_xp.testing import Project
from raman_xp.testing.project import SPEC

BROKEN = """
from raman_xp import hookimpl
from raman_xp.components import Explainer

class Broken(Explainer):
    name = "broken"
    def explain(self, task):
        raise ValueError("no map today")

@hookimpl
def raman_xp_explainers():
    return [Broken]
"""


def statuses(project: Project) -> dict[str, str]:
    return {run.data.tags["raman_xp.kind"]: run.info.status for run in project.runs()}


@pytest.mark.parametrize(
    ("how", "workers", "times"),
    [
        (signal.SIGINT, "2", 3),
        (signal.SIGTERM, "0", 1),
        pytest.param(signal.SIGINT, "0", 3, marks=pytest.mark.slow),
        pytest.param(signal.SIGINT, "2", 1, marks=pytest.mark.slow),
        pytest.param(signal.SIGTERM, "2", 1, marks=pytest.mark.slow),
    ],
)
def test_a_run_that_is_stopped_is_killed_in_mlflow(stored: Project, how, workers, times):
    stored.spec(SPEC.replace("epochs: 2", "epochs: 100000"))
    environment = {key: value for key, value in os.environ.items() if key != "MLFLOW_TRACKING_URI"}
    command = [sys.executable, "-m", "raman_xp", "run", "tiny.yaml", "--workers", workers]
    process = subprocess.Popen(command, cwd=stored.folder, env=environment, stderr=subprocess.PIPE, text=True)
    client = MlflowClient(f"sqlite:///{stored.folder / 'mlflow.db'}")
    while not (begun := client.get_experiment_by_name("tiny")) or not client.search_runs(
        [begun.experiment_id]
    ):
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.2)
    time.sleep(3)  # into the fit
    for _ in range(times):
        process.send_signal(how)
        time.sleep(0.05)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "Stopped. What was begun is marked KILLED" in said
    assert "Traceback" not in said
    assert statuses(stored) == {"trial": "KILLED"}


@pytest.mark.slow
def test_a_stop_that_a_library_turns_into_its_own_error_is_still_a_stop(stored: Project, install):
    source = BROKEN.replace(
        'raise ValueError("no map today")',
        """
        import os, signal, time
        try:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(5)
        except KeyboardInterrupt:
            raise TypeError("as native code does")""",
    )
    site = install("xp-broken", {"explainer.broken": "xp_broken"}, xp_broken=source)
    command = [sys.executable, "-m", "raman_xp", "run", "tiny.yaml", "--workers", "0"]
    command += ["--set", "explain.grad_cam.use=broken"]
    done = subprocess.run(command, env=os.environ | {"PYTHONPATH": str(site)}, capture_output=True, text=True)
    assert done.returncode == 130, done.stderr
    assert "Stopped. What was begun is marked KILLED" in done.stderr
    assert statuses(stored) == {"trial": "KILLED"}


def test_a_run_that_fails_is_failed_in_mlflow_with_its_reason(stored: Project, install):
    install("xp-broken", {"explainer.broken": "xp_broken"}, xp_broken=BROKEN)
    result = stored.run("tiny.yaml", "--set", "explain.grad_cam.use=broken")
    assert result.exit_code == 1
    assert (
        "xp_broken.py) failed to explain (xp_broken.py, line 8): ValueError: no map today; raman-xp"
        in result.stderr
    )
    assert "Traceback" not in result.output
    assert stored.artifact("traceback.txt").decode().endswith("ValueError: no map today\n")
    assert statuses(stored) == {"trial": "FAILED"}
    (failed,) = [run for run in stored.runs() if run.info.status == "FAILED"]
    assert "no map today" in failed.data.tags["raman_xp.error"]


@pytest.mark.parametrize("workers", [0, 1])
def test_a_traceback_is_shown_to_who_asks_wherever_it_arose(stored: Project, install, monkeypatch, workers):
    site = install("xp-broken", {"explainer.broken": "xp_broken"}, xp_broken=BROKEN)
    monkeypatch.setenv("PYTHONPATH", str(site))
    explain = ("--set", "explain=[{use: broken}]", "--set", "split.folds=null")
    shown = stored.run("tiny.yaml", *explain, "--workers", workers, "--debug").stderr
    assert shown.count("Traceback (most recent call last)") == 1
    assert 'xp_broken.py", line 8, in explain' in shown


def test_an_observer_that_raises_is_reported_and_stops_nothing(stored: Project, install, caplog):
    install(
        "xp-watcher",
        {"observer.watcher": "xp_watcher"},
        xp_watcher="""
        from raman_xp import hookimpl
        from raman_xp.components import Observer

        class Watcher(Observer):
            name = "watcher"
            @hookimpl
            def raman_xp_unit_finished(self, result):
                raise RuntimeError("cannot look")

        @hookimpl
        def raman_xp_observers():
            return [Watcher]
        """,
    )
    result = stored.run("tiny.yaml")
    assert result.exit_code == 0, result.output
    assert (
        "observer watcher failed at unit_finished: RuntimeError('cannot look'); the run goes on"
        in caplog.text
    )


def test_a_network_that_diverges_is_failed_and_says_what_would_help(stored: Project):
    result = stored.run("tiny.yaml", "--set", "model.learning_rate=1e300")
    assert result.exit_code == 1
    assert "training diverged; try a smaller learning_rate" in result.stderr
    assert set(statuses(stored).values()) == {"FAILED"}


def test_classes_of_any_name_are_drawn(stored: Project):
    text = (stored.folder / "tiny.csv").read_text()
    names = {"A": "$x_{", "B": "a/b", "C": "c" * 300}
    for old, new in names.items():
        text = text.replace(f"\n{old},", f"\n{new},")
    (stored.folder / "tiny.csv").write_text(text)
    assert stored.run("tiny.yaml").exit_code == 0
