"""Eight equal fits by one worker and by several, in local processes and on a Dask cluster of this machine."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from benchmarks.commands import PHARMA, fresh_folder
from benchmarks.measure import Report, in_turn
from raman_xp.plugins.registry import Registry
from raman_xp.running.execution import Backend, in_processes, on_cluster
from raman_xp.running.work import Work
from raman_xp.spec import load_experiment
from raman_xp.system.stopping import Stop
from raman_xp.trial.plan import Planned, plan

FITS, MOST = 8, 4


def measure(repeats: int) -> Report:
    """From handing out warm workers the first fit to taking back the last."""
    planned = [_planned(seed) for seed in range(FITS + MOST)]
    times = in_turn(
        {
            "1 process": lambda: _seconds(in_processes(1, Stop()), 1, planned),
            "2 processes": lambda: _seconds(in_processes(2, Stop()), 2, planned),
            "4 processes": lambda: _seconds(in_processes(4, Stop()), 4, planned),
            "1 Dask worker": lambda: _seconds(_dask(1), 1, planned),
            "2 Dask workers": lambda: _seconds(_dask(2), 2, planned),
        },
        repeats,
    )
    report = Report(f"{FITS} equal fits on 2 cores", ["", "time", "times as fast as one"], bars=dict(times))
    for name, each in times.items():
        one = times["1 Dask worker" if "Dask" in name else "1 process"].median
        report.rows.append([name, str(each), f"{one / each.median:.2f}"])
    return report


def _planned(seed: int) -> Planned:
    registry = Registry()
    settings = [f"seed={seed}", "model.epochs=60", "pictures=false"]
    (planned,) = plan([load_experiment(PHARMA, registry, settings)], registry)
    return planned


def _seconds(opened: AbstractContextManager[Backend], workers: int, planned: list[Planned]) -> float:
    with opened as backend:
        _do(backend, planned[FITS : FITS + workers])
        began = time.perf_counter()
        _do(backend, planned[:FITS])
        return time.perf_counter() - began


def _do(backend: Backend, planned: list[Planned]) -> None:
    for place, each in enumerate(planned):
        backend.submit(Work(place, each.trial.name, each.trial.spec, 1, each.fits[1]), each)
    for _ in planned:
        backend.next(lambda progress: None).result()


@contextmanager
def _dask(workers: int) -> Iterator[Backend]:
    with fresh_folder() as folder:
        file = folder / "scheduler.json"
        kinds = ["scheduler", *["worker"] * workers]
        processes = [_start(kind, file, folder) for kind in kinds]
        try:
            while not file.exists():
                time.sleep(0.1)
            from distributed import Client

            with Client(scheduler_file=str(file)) as client:
                client.wait_for_workers(workers)
            with on_cluster(str(file), Stop()) as backend:
                yield backend
        finally:
            for process in processes:  # SIGTERM, sent to both, may leave a worker waiting for its scheduler
                process.kill()
                process.wait()


def _start(kind: str, file: Path, folder: Path) -> subprocess.Popen[bytes]:
    options = {
        "scheduler": ["--port", "0", "--host", "127.0.0.1"],
        "worker": ["--nthreads", "1", "--no-nanny", "--local-directory", str(folder)],
    }[kind]
    return subprocess.Popen(
        [sys.executable, "-m", "dask", kind, "--scheduler-file", str(file), "--no-dashboard", *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
