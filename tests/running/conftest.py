"""What runs leave in a store, and Dask clusters on this machine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from distributed import Client
from mlflow.entities import Run

from raman_xp.testing import Project
from raman_xp.testing.project import local_path


def kept(project: Project) -> dict[str, np.ndarray]:
    """Every number that the newest trial's fits and explainers gave, exactly."""
    arrays = {}
    runs = project.runs()
    trial = next(run for run in runs if run.data.tags["raman_xp.kind"] == "trial")
    for run in runs:
        if trial.info.run_id not in (run.info.run_id, run.data.tags.get("mlflow.parentRunId")):
            continue
        folder = local_path(run.info.artifact_uri)
        for path in [*folder.glob("fit.npz"), *folder.glob("maps/*/maps.npz")]:
            with np.load(path) as file:
                for name in file:
                    if name != "about":  # which holds times
                        arrays[f"{run.info.run_name} {path.relative_to(folder)} {name}"] = file[name]
    return arrays


@pytest.fixture
def command() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts ``raman-xp run`` in a process of its own; what is left of them at the end is killed."""
    processes = []

    def start(project: Project, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "raman_xp", "run", *arguments],
            cwd=project.folder,
            env={k: v for k, v in os.environ.items() if k != "MLFLOW_TRACKING_URI"} | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


class Cluster:
    """A Dask scheduler and its workers, each in a process of its own."""

    def __init__(self, folder: Path, workers: int, nthreads: int = 1, gpus: int = 0) -> None:
        self.file = folder / "scheduler.json"
        self.scheduler = self._dask("scheduler", "--port", "0", "--no-dashboard", "--host", "127.0.0.1")
        while not self.file.exists():
            assert self.scheduler.poll() is None
            time.sleep(0.1)
        self.workers = [
            self._dask(
                "worker",
                *("--nthreads", str(nthreads), "--no-dashboard", "--local-directory", str(folder)),
                *(("--resources", "GPU=1") if worker < gpus else ()),
            )
            for worker in range(workers)
        ]
        with Client(scheduler_file=str(self.file)) as client:
            client.wait_for_workers(workers, timeout=60)

    def _dask(self, kind: str, *options: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "dask", kind, "--scheduler-file", str(self.file), *options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # with its nannies' children
        )

    def stop(self) -> None:
        for process in (*self.workers, self.scheduler):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Cluster]]:
    """Starts Dask clusters, and stops them at the end."""
    clusters = []

    def start(workers: int = 2, nthreads: int = 1, gpus: int = 0) -> Cluster:
        clusters.append(Cluster(tmp_path_factory.mktemp("cluster"), workers, nthreads, gpus))
        return clusters[-1]

    yield start
    for each in clusters:
        each.stop()


QUICK = """\
name: quick
data: {use: pharma_csv, path: tiny.csv}
split: {use: stratified, test: 0.4, folds: 2}
model: {use: nearest_mean}
explain: [{use: input_magnitude}]
score: [{use: pointing}]
pictures: false
"""


class Quick(Project):
    """A project whose model fits at once and tells every fit."""

    @property
    def fits(self) -> int:
        """How many fits there have been."""
        told = self.folder / "fits.txt"
        return len(told.read_text().splitlines()) if told.exists() else 0

    def trials(self) -> list[Run]:
        return [run for run in self.runs() if run.data.tags["raman_xp.kind"] == "trial"]

    def statuses(self) -> list[str]:
        """Kind and status of every run, sorted."""
        return sorted(f"{run.data.tags['raman_xp.kind']} {run.info.status}" for run in self.runs())


@pytest.fixture
def quick(stored: Project, install, monkeypatch: pytest.MonkeyPatch) -> Quick:
    """Such a project with a store, and ``quick.yaml``."""
    source = (Path(__file__).parent / "nearest_mean.py").read_text()
    site = install("xp-nearest-mean", {"model.nearest_mean": "xp_nearest_mean"}, xp_nearest_mean=source)
    monkeypatch.setenv("XP_FITS", str(stored.folder / "fits.txt"))
    monkeypatch.setenv("PYTHONPATH", str(site))
    project = Quick(stored.folder, stored.invoke)
    project.spec(QUICK, "quick.yaml")
    return project


def assert_one_of_a_race_did_all(running: list[subprocess.Popen[str]], quick: Quick) -> None:
    """Of processes that run ``quick.yaml`` at once, one has fitted; the others say so, or took its result."""
    codes = []
    for process in running:
        _, said = process.communicate(timeout=200)
        codes.append(process.returncode)
        assert process.returncode == 0 or "is at work on it" in said or "finished it meanwhile" in said, said
    assert 0 in codes
    assert quick.fits == 3
