"""The same numbers, bit for bit, in this process, in processes beside it, and on a Dask cluster."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from raman_xp.plugins.registry import Registry
from raman_xp.running.execution import in_processes
from raman_xp.running.execution.processes import WorkerProcesses
from raman_xp.spec import load_experiment
from raman_xp.spec.experiment import rebuilt_trial
from raman_xp.system import memory
from raman_xp.system.stopping import Stop
from raman_xp.testing import Project
from raman_xp.testing.project import SPEC
from running.conftest import QUICK, Quick, kept


@pytest.mark.slow
def test_results_are_the_same_bit_for_bit_wherever_units_are_done(stored: Project, cluster):
    places = {
        "inline": ["--workers", "0"],
        "two processes": ["--workers", "2"],
        "Dask": ["--cluster", str(cluster(workers=2).file)],
    }
    results = {}
    for place, options in places.items():
        result = stored.invoke("run", "tiny.yaml", "--fresh", *options)
        assert result.exit_code == 0, result.output
        results[place] = kept(stored)
    inline = results.pop("inline")
    assert len([name for name in inline if "logits" in name]) == 3
    assert len([name for name in inline if name.endswith("maps.npz maps")]) == 4
    for place, arrays in results.items():
        assert arrays.keys() == inline.keys()
        for name, values in arrays.items():
            np.testing.assert_array_equal(values, inline[name], err_msg=f"{place}: {name}")


def test_a_trial_is_rebuilt_from_its_spec(stored: Project):
    stored.spec(SPEC + "sweep: {model.filters: [4, 5], seed: [1, 2]}\n")
    registry = Registry()
    for trial in load_experiment(stored.folder / "tiny.yaml", registry).trials:
        assert rebuilt_trial(trial.spec, trial.name, Registry()) == trial


class TestClusters:
    def test_workers_of_several_threads_are_refused(self, stored: Project, cluster):
        result = stored.invoke("run", "tiny.yaml", "--cluster", str(cluster(workers=1, nthreads=2).file))
        assert result.exit_code == 1
        assert "compute in several threads" in result.stderr
        assert "`dask worker --nthreads 1 --nworkers N`" in result.stderr
        assert stored.runs() == []

    @pytest.mark.parametrize(
        ("where", "message"),
        [
            ("tcp://127.0.0.1:1", "no Dask scheduler answers at tcp://127.0.0.1:1"),
            (
                "nothing.json",
                "nothing.json is neither an address such as tcp://host:8786 nor a scheduler file",
            ),
        ],
    )
    def test_a_cluster_that_is_not_there_is_told(self, stored: Project, monkeypatch, where, message):
        monkeypatch.setattr("raman_xp.running.execution.cluster.PATIENCE", 1)
        result = stored.invoke("run", "tiny.yaml", "--cluster", where)
        assert result.exit_code == 1
        assert message in result.stderr
        assert stored.runs() == []

    def test_cluster_and_workers_exclude_each_other(self, stored: Project):
        result = stored.invoke("run", "tiny.yaml", "--cluster", "tcp://127.0.0.1:1", "--workers", "2")
        assert result.exit_code == 2
        assert "a cluster has workers of its own" in result.stderr


@pytest.mark.slow
@pytest.mark.parametrize("gpus", [0, 1])
def test_fits_go_to_workers_that_declare_a_gpu_where_some_do(quick: Quick, cluster, gpus):
    quick.spec(
        QUICK.replace("nearest_mean", "nearest_mean, seconds: 0.5").replace("folds: 2", "folds: 4"),
        "quick.yaml",
    )
    result = quick.invoke("run", "quick.yaml", "--cluster", str(cluster(workers=2, gpus=gpus).file))
    assert result.exit_code == 0, result.output
    assert quick.fits == 5
    processes = set((quick.folder / "fits.txt").read_text().split())
    assert len(processes) == 2 - gpus


def test_worker_processes_share_the_memory(monkeypatch):
    monkeypatch.delenv(memory.LIMIT, raising=False)
    whole = memory.limit()
    executor = WorkerProcesses(3, lambda progress: None)
    try:
        assert executor.submit(memory.limit).result() == pytest.approx(whole / 4, rel=0.01)
    finally:
        executor.shutdown(wait=False)
    with in_processes(3, Stop()):
        assert memory.limit() == pytest.approx(whole / 4, rel=0.01)
    assert memory.limit() == whole


def say_so_later(path: str) -> None:
    time.sleep(5)
    Path(path).write_text("ready", "utf-8")


@pytest.mark.parametrize("pause", [0.0, 0.02, 0.3, 2.0])
def test_a_plan_that_fails_waits_for_no_process(tmp_path, pause):
    """Wherever the start of the processes is: they are ended, not waited for."""
    executor = WorkerProcesses(2, lambda progress: None)
    calls = [executor.submit(say_so_later, str(tmp_path / f"{place}.txt")) for place in range(2)]
    time.sleep(pause)
    executor.shutdown(wait=False)
    assert all(call.done() for call in calls)
    assert [child for child in psutil.Process().children() if "spawn_main" in " ".join(child.cmdline())] == []
    assert list(tmp_path.iterdir()) == []


def test_a_run_whose_data_are_missing_leaves_no_process(project: Project):
    (project.folder / "tiny.csv").unlink()
    ran = project.run("tiny.yaml", "--workers", "2").assert_error("tiny.csv: no such file")
    assert "accuracy" not in ran.output
    assert [child for child in psutil.Process().children() if "spawn_main" in " ".join(child.cmdline())] == []
