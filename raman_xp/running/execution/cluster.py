"""On a Dask cluster: its scheduler, its retries, its resources, its dashboard."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from raman_xp.errors import ClusterError
from raman_xp.running.execution.backend import Backend, ExecutorBackend, Inbox
from raman_xp.running.work import Progress, Result, Work, work_from_spec
from raman_xp.system.memory import share_among
from raman_xp.system.stopping import Stop
from raman_xp.trial.plan import Planned

log = logging.getLogger(__name__)

PATIENCE = 10
"""Seconds to wait for the scheduler's first answer."""


@contextmanager
def on_cluster(where: str, stop: Stop) -> Iterator[Backend]:
    """Work on a Dask cluster.

    Args:
        where: the scheduler's address, such as ``tcp://host:8786``, or its scheduler file.
        stop: the request that ends waiting.

    Raises:
        ClusterError: there is no such scheduler, or its workers cannot serve.
    """
    with _client(where) as client:
        inbox: Inbox = SimpleQueue()
        topic = f"raman-xp {uuid.uuid4().hex}"
        client.subscribe_topic(topic, lambda event: inbox.put(Progress(*event[1])))
        workers = client.scheduler_info(n_workers=-1)["workers"]
        if crowded := [each["name"] for each in workers.values() if each["nthreads"] > 1]:
            raise ClusterError(
                f"{len(crowded)} of the {len(workers)} workers of {where} compute in several threads, where "
                "units would change each other's numbers; start them with "
                "`dask worker --nthreads 1 --nworkers N`"
            )
        if not workers:
            log.warning("the cluster at %s has no workers yet; units wait until there are some", where)
        gpus = any("GPU" in each["resources"] for each in workers.values())
        options: dict[str, Any] = {"resources": {"GPU": 1}} if gpus else {}
        executor = client.get_executor(pure=False, **options)
        try:
            yield _ClusterBackend(executor, partial(_work, topic), inbox, partial(_width, client), stop)
        finally:
            executor.shutdown(wait=False)


class _ClusterBackend(ExecutorBackend):
    """Sends the contents of files: a worker may be on another machine."""

    def submit(self, work: Work, planned: Planned) -> Future[Result]:
        return super().submit(work.in_memory(), planned)


def _width(client: Any) -> int:
    """Twice as many units as workers: none of these waits, and a cluster that adapts sees what is wanted."""
    return max(2 * len(client.scheduler_info(n_workers=-1)["workers"]), 2)


@contextmanager
def _client(where: str) -> Iterator[Any]:
    try:
        import dask
        from distributed import Client
    except ImportError as error:
        raise ClusterError("--cluster needs Dask; `pip install 'raman-xp[cluster]'` brings it") from error
    file = Path(where)
    if "://" not in where and not file.is_file():
        raise ClusterError(
            f"{where} is neither an address such as tcp://host:8786 nor a scheduler file "
            "(`dask scheduler --scheduler-file FILE` writes one)"
        )
    # A lost scheduler is told by the runner, once, and not by each part of Dask with its traceback.
    for chatty in ("distributed", "distributed.client"):
        logging.getLogger(chatty).setLevel(logging.CRITICAL)
    dask.config.set({"distributed.comm.timeouts.connect": f"{PATIENCE}s"})
    target = {"address": where} if "://" in where else {"scheduler_file": str(file)}
    try:
        client = Client(**target, timeout=PATIENCE)
    except (OSError, TimeoutError, ValueError) as error:
        raise ClusterError(
            f"no Dask scheduler answers at {where} ({type(error).__name__}: {error}); "
            "start one with `dask scheduler`, and workers with `dask worker ADDRESS --nthreads 1`"
        ) from error
    try:
        yield client
    finally:
        client.close(timeout=PATIENCE)


def _work(topic: str, work: Work) -> Result:
    from distributed import get_worker

    worker = get_worker()
    share_among(1, granted=worker.memory_manager.memory_limit)

    def tell(progress: Progress) -> None:
        worker.log_event(topic, [progress.trial, progress.fold, progress.step, progress.done, progress.total])

    return work_from_spec(work, tell).in_memory()
