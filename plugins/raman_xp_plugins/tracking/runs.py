"""The runs of an experiment: created, found, written, read and ended."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from raman_xp.system.files import Files, FolderFiles, TemporaryFolder, folder_of
from raman_xp_plugins.tracking.artifacts import download, files_at, paths_below, require_inside
from raman_xp_plugins.tracking.claims import Ownership
from raman_xp_plugins.tracking.heartbeat import RUNNER, this_runner
from raman_xp_plugins.tracking.run import (
    ERROR,
    FIT,
    KIND,
    MOST_METRICS,
    MOST_NAME,
    MOST_PARAM,
    MOST_PARAMS,
    MOST_TEXT,
    TRACEBACK,
    TRIAL,
    Run,
    cut,
    ending,
    run_of,
    user,
)

log = logging.getLogger(__name__)


class Runs:
    """The runs of an experiment in the store.

    Args:
        client: an ``MlflowClient``.
        uri: the store's address.
        experiment: the experiment's id.
        home: folder outside of which nothing is written, for a store that nobody has named.
    """

    def __init__(self, client: Any, uri: str, experiment: str, home: Path | None = None) -> None:
        self.client = client
        self.uri = uri
        self.experiment = experiment
        self.home = home

    def create(self, name: str, tags: Mapping[str, str]) -> Run:
        """A new run that this process is at work on."""
        about = {"mlflow.user": user(), "mlflow.source.name": "raman-xp"}
        tags = {name: cut(value, MOST_TEXT, "the files") for name, value in {**tags, **about}.items()}
        run = self.client.create_run(
            self.experiment,
            run_name=cut(name, MOST_NAME, "spec.yaml"),
            tags=tags | {RUNNER: this_runner()},
        )
        return run_of(run)

    def reopened(self, run: Run) -> Any:
        """Take up a run that another runner has left; returns MLflow's entity of the run as it is now."""
        self.client.set_tag(run.id, RUNNER, this_runner())
        self.client.update_run(run.id, status="RUNNING")
        if ERROR in run.tags:
            below = self._writable(run.artifacts)
            if TRACEBACK in {each.path for each in below.list_artifacts()}:
                below.delete_artifacts(TRACEBACK)
            self.client.delete_tag(run.id, ERROR)
        return self.client.get_run(run.id)

    def end(self, run: Run, status: str) -> None:
        """End a run.

        Args:
            status: ``FINISHED``, ``FAILED`` or ``KILLED``.
        """
        self.client.set_terminated(run.id, status)

    @contextmanager
    def failing(self, run: Run, owned: Ownership | None = None) -> Iterator[None]:
        """End a run, and give it up, where an error keeps it from being handed over."""
        try:
            yield
        except BaseException as error:
            with suppress(Exception):  # the store is away: the first error is the one to tell
                self.end(run, ending(error))
                if owned:
                    owned.release()
            raise

    def ours(self) -> Iterator[Run]:
        """All runs of this program in the experiment, the newest first."""
        token = None
        while True:
            page = self.client.search_runs(
                [self.experiment], f"tags.`{KIND}` != ''", max_results=1000, page_token=token
            )
            yield from map(run_of, page)
            token = page.token
            if not token:
                return

    def of_trial(self, key: str) -> list[Run]:
        """Runs of the trial with this key, the newest first, as the store has them now."""
        return self._search(f"tags.`{TRIAL}` = '{key}'")

    def folds_of(self, trial: Run) -> dict[str, Run]:
        """Fit key → run of each fold that earlier runners of a trial have begun."""
        folds = self._search(f"tags.`mlflow.parentRunId` = '{trial.id}' AND tags.`{KIND}` = 'fold'")
        return {run.tags[FIT]: run for run in folds}

    def _search(self, condition: str) -> list[Run]:
        return [run_of(run) for run in self.client.search_runs([self.experiment], condition)]

    def log(
        self,
        run: Run,
        metrics: Mapping[tuple[str, int], float] | None = None,
        params: Mapping[str, str] | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        """Numbers, params and tags of a run, in few requests.

        Args:
            metrics: (name, step) → number; logged again, they do not double, for their times are the same.
        """
        from mlflow.entities import Metric, Param, RunTag

        points = [
            Metric(name, value, run.started + step, step) for (name, step), value in (metrics or {}).items()
        ]
        *others, last = list(_in_batches(points, MOST_METRICS)) or [[]]
        for batch in others:
            self.client.log_batch(run.id, metrics=batch)
        self.client.log_batch(
            run.id,
            metrics=last,
            params=[
                Param(name, cut(value, MOST_PARAM, "spec.yaml")) for name, value in (params or {}).items()
            ],
            tags=[RunTag(name, cut(value, MOST_TEXT, "the files")) for name, value in (tags or {}).items()],
        )

    def log_params(self, run: Run, params: Mapping[str, str]) -> None:
        """Log any number of params."""
        for batch in _in_batches(list(params.items()), MOST_PARAMS):
            self.log(run, params=dict(batch))

    def upload(self, run: Run, files: Files, inside: str | None = None) -> None:
        """Put files beside those that the run has.

        Args:
            inside: folder of the run's artifacts; default: their root.
        """
        self.upload_to(run.artifacts, files, inside)

    def upload_to(self, address: str, files: Files, inside: str | None = None) -> None:
        """Put files below an address."""
        if files:
            with folder_of(files) as folder:
                self._writable(address).log_artifacts(str(folder), inside)

    def delete_others(self, address: str, files: Files) -> None:
        """Delete what is below an address, but files of these names, which are about to be replaced."""
        there = self._writable(address)
        for path in list(paths_below(there)):
            if path not in files:
                there.delete_artifacts(path)

    def read(self, run: Run, paths: Sequence[str], model: str | None = None) -> Files | None:
        """Files of a run, and those of a logged model below ``model/``; nothing where they are gone."""
        folder = TemporaryFolder()
        files = files_at(run.artifacts, self.uri)
        gone = [path for path in paths if not download(files, path, folder.path)]
        if model and not gone:
            (folder.path / "model").mkdir()
            address = self._address_of(model)
            if not address or not download(files_at(address, self.uri), "", folder.path / "model"):
                gone = ["the logged model"]
        if gone:
            log.warning(
                "files of run %s are gone, and are made again: %s", run.id, ", ".join(filter(None, gone))
            )
            return None
        return FolderFiles(folder.path, folder)

    def address(self, run: str) -> str:
        """Where to look at a run."""
        if self.uri.startswith("http"):
            return f"{self.uri.rstrip('/')}/#/experiments/{self.experiment}/runs/{run}"
        return f"run {run} in {self.uri}"

    def _writable(self, address: str) -> Any:
        """Files at an address, to be written or deleted."""
        if self.home:
            require_inside(address, self.home)
        return files_at(address, self.uri)

    def _address_of(self, model: str) -> str:
        """Where the files of a logged model are; empty where the model was deleted.

        A server says so in MLflow's own words. What a proxy before it answers is an error of the store.
        """
        from mlflow.exceptions import MlflowException, RestException

        try:
            return str(self.client.get_logged_model(model).artifact_location)
        except MlflowException as error:
            told = isinstance(error, RestException) or not self.uri.startswith("http")
            if told and error.error_code == "RESOURCE_DOES_NOT_EXIST":
                return ""
            raise


def _in_batches(items: list[Any], size: int) -> Iterator[list[Any]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
