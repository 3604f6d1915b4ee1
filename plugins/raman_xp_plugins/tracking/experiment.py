"""The record of one experiment in MLflow: a run per trial, and what earlier ones have left."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from raman_xp.components import ExperimentLog, TrialLog
from raman_xp.errors import BusyError
from raman_xp.results import SweepResult, TrialContext, UnitResult
from raman_xp.system.files import Files, FolderFiles, TemporaryFolder, folder_of
from raman_xp_plugins.tracking.artifacts import download, files_at, paths_below, require_inside
from raman_xp_plugins.tracking.claims import (
    Claim,
    Claims,
    Ownership,
    State,
    forget,
    new_claim,
    refuse,
)
from raman_xp_plugins.tracking.closing import Closing
from raman_xp_plugins.tracking.dataset import dataset_input
from raman_xp_plugins.tracking.heartbeat import RUNNER, Heartbeat, this_runner
from raman_xp_plugins.tracking.recordable import param_name
from raman_xp_plugins.tracking.run import (
    ERROR,
    FIT,
    KIND,
    MISSING,
    MODEL,
    MOST_METRICS,
    MOST_NAME,
    MOST_PARAM,
    MOST_PARAMS,
    MOST_TEXT,
    NOTE,
    TRACEBACK,
    TRIAL,
    Run,
    cut,
    ending,
    missing,
    run_of,
    user,
)
from raman_xp_plugins.tracking.trial import MlflowTrial

log = logging.getLogger(__name__)


class MlflowExperiment(ExperimentLog):
    """An experiment that is open, and its earlier runs.

    Args:
        client: an ``MlflowClient``.
        uri: the store's address.
        experiment: the experiment's id.
        home: folder outside of which nothing is written, for a store that nobody has named.
    """

    def __init__(self, client: Any, uri: str, experiment: str, home: Path | None = None) -> None:
        self.client = client
        self.uri = uri
        self.home = home
        self.experiment = experiment
        self.claims = Claims(client, self._same)
        self._trials: dict[str, list[Run]] = {}
        self._fits: dict[str, Run] = {}
        self._closing = Closing(client, self.claims)
        for run in map(self._closing.ended, self._runs()):
            if TRIAL in run.tags:
                self._trials.setdefault(run.tags[TRIAL], []).append(run)
            if run.fitted:
                self._fits.setdefault(run.fitted, run)
        self.heartbeat = Heartbeat()

    def end_silent(self) -> None:
        """End the runs of runners on other machines that this process has seen silent for long enough."""
        self._closing.end_silent(self._runs)

    def close(self) -> None:
        """Stop telling that runs are worked on."""
        self.heartbeat.stop()

    def finished(self, key: str) -> tuple[Files, str] | None:
        for run in self._trials.get(key, []):
            if run.is_whole and (files := self._read(run, ["numbers.json"])):
                return files, self.address(run.id)
        return None

    def fit(self, key: str, *, with_model: bool) -> Files | None:
        if key not in self._fits:
            return None
        run = self._fits[key]
        if not with_model:
            files = self._read(run, ["fit.npz"])
        elif MODEL in run.tags:
            files = self._read(run, ["fit.npz"], run.tags[MODEL])
        else:
            files = self._read(run, ["fit.npz", "model"])
        if files is None:  # whoever fits it again keeps it anew
            del self._fits[key]
        return files

    def holds(self, run: Run, result: UnitResult) -> bool:
        """Whether a run holds a fit whole. A fit that was done again because the run's files are damaged took
        another time, and so has another file."""
        held = self._fits.get(result.fit_key)
        if held is None or held.id != run.id:
            return False
        files = self._read(run, list(result.fit_file))
        return files is not None and dict(files) == dict(result.fit_file)

    def artifacts(self, key: str, paths: Sequence[str]) -> Files | None:
        finished = (run for run in self._trials.get(key, []) if run.status == "FINISHED")
        return next((files for run in finished if (files := self._read(run, paths))), None)

    def summary(self, key: str) -> str | None:
        return next((self.address(run.id) for run in self._trials.get(key, []) if run.is_whole), None)

    def summarise(self, sweep: SweepResult) -> str:
        about = {NOTE: sweep.note, **missing(sweep.missing)}
        left = next((run for run in self._same(sweep.key) if run.is_left), None)
        run = left or self.create(sweep.name, {**sweep.tags, KIND: "sweep", TRIAL: sweep.key, **about})
        with self.failing(run):
            if left:
                self.reopened(left)
            self.upload(run, sweep.files)
            if left:
                self.log(run, tags=about)
                if MISSING in left.tags and not sweep.missing:
                    self.client.delete_tag(run.id, MISSING)
            self.client.set_terminated(run.id, "FINISHED")
        return self.address(run.id)

    def ended(self, run: Run) -> None:
        """A trial's run is finished from now on, and `artifacts` finds it."""
        self._trials.setdefault(run.tags[TRIAL], []).insert(0, replace(run, status="FINISHED"))

    def begin(self, context: TrialContext, fresh: bool) -> TrialLog:
        if fresh:
            claim = new_claim(State.APART)
            run = self._created(context, claim)
            return self._opened(run, claim, context, new=True)
        same = self.claims.awaited(context.key, context.name)
        left = next((run for run in same if not run.is_whole), None)
        claim = new_claim(State.ASKED)
        try:
            run = left or self._created(context, claim)
            if left:
                self.claims.put(left, claim)
            return self._won(run, claim, context, new=not left)
        except BaseException:
            forget(claim)  # so that it does not count, wherever its tag is
            raise

    def _created(self, context: TrialContext, claim: Claim) -> Run:
        """A new run of a trial, which holds a claim from its first moment."""
        tags = {**context.tags, TRIAL: context.key, claim.tag: claim.text}
        return self.create(context.name, tags)

    def _won(self, run: Run, claim: Claim, context: TrialContext, *, new: bool) -> MlflowTrial:
        """The record of a trial, once its claim has won.

        Raises:
            BusyError: another runner owns the trial, or has finished it meanwhile.
        """
        same, others = self.claims.settled(context.key, claim)
        known = {each.id for each in self._trials.get(context.key, []) if each.is_whole}
        meanwhile = [each for each in same if each.is_whole and each.id not in known]
        if others or meanwhile:
            if new:  # while it is claimed still, so that nobody takes it up meanwhile
                self.client.delete_run(run.id)
                forget(claim)
            else:
                self.claims.withdraw(run, claim)
            refuse(context.name, others)
            self._trials.setdefault(context.key, [])[:0] = meanwhile
            raise BusyError(
                f"{context.name}: another runner has finished it meanwhile (run {meanwhile[0].id}); "
                "run the same command again to use its result"
            )
        claim = replace(claim, state=State.HELD)
        self.claims.put(run, claim)
        self.claims.revoke_dead(same)
        return self._opened(run, claim, context, new=new)

    def _opened(self, run: Run, claim: Claim, context: TrialContext, *, new: bool) -> MlflowTrial:
        """The record of a trial that this process owns, with all that is known of the trial."""
        owned = Ownership(self.claims, run, claim, context.key, context.name)
        with self.failing(run, owned):
            params, with_data = {param_name(name): value for name, value in context.params.items()}, True
            left: Mapping[str, Run] = {}
            if not new:
                now = self.reopened(run)
                run, left = run_of(now), self._left_folds(run)
                params = {name: value for name, value in params.items() if name not in now.data.params}
                with_data = not now.inputs.dataset_inputs
            self._describe(run, context, params, with_data=with_data)
        self.heartbeat.trials.add(owned)
        return MlflowTrial(self, run, owned, left)

    def _same(self, key: str) -> list[Run]:
        """Runs of the trial with this key, the newest first, as the store has them now."""
        return self._search(f"tags.`{TRIAL}` = '{key}'")

    def _left_folds(self, trial: Run) -> dict[str, Run]:
        """Fit key → run of each fold that earlier runners of a trial have begun."""
        folds = self._search(f"tags.`mlflow.parentRunId` = '{trial.id}' AND tags.`{KIND}` = 'fold'")
        return {run.tags[FIT]: run for run in folds}

    def _search(self, condition: str) -> list[Run]:
        return [run_of(run) for run in self.client.search_runs([self.experiment], condition)]

    def _describe(
        self, run: Run, context: TrialContext, params: Mapping[str, str], *, with_data: bool
    ) -> None:
        for some in _in_batches(list(params.items()), MOST_PARAMS):
            self.log(run, params=dict(some))
        self.upload(run, {"spec.yaml": context.spec.encode(), "plugins.csv": context.plugins.encode()})
        if with_data:
            self.client.log_inputs(run.id, [dataset_input(context.dataset)])

    @contextmanager
    def failing(self, run: Run, owned: Ownership | None = None) -> Iterator[None]:
        """End a run, and give it up, where an error keeps it from being handed over."""
        try:
            yield
        except BaseException as error:
            with suppress(Exception):  # the store is away: the first error is the one to tell
                self.client.set_terminated(run.id, ending(error))
                if owned:
                    owned.release()
            raise

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

    def upload(self, run: Run, files: Files, inside: str | None = None) -> None:
        """Put files beside those that the run has.

        Args:
            inside: folder of the run's artifacts; default: their root.
        """
        self.upload_to(run.artifacts, files, inside)

    def _writable(self, address: str) -> Any:
        """Files at an address, to be written or deleted."""
        if self.home:
            require_inside(address, self.home)
        return files_at(address, self.uri)

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

    def address(self, run: str) -> str:
        """Where to look at a run."""
        if self.uri.startswith("http"):
            return f"{self.uri.rstrip('/')}/#/experiments/{self.experiment}/runs/{run}"
        return f"run {run} in {self.uri}"

    def keeps(self, run: Run, fit_key: str, model: str = "") -> None:
        """A run holds a fit from now on, and `fit` finds it."""
        self._fits[fit_key] = replace(run, tags={**run.tags, MODEL: model} if model else run.tags)

    def _runs(self) -> Iterator[Run]:
        """Our runs of the experiment, the newest first."""
        token = None
        while True:
            page = self.client.search_runs(
                [self.experiment], f"tags.`{KIND}` != ''", max_results=1000, page_token=token
            )
            yield from map(run_of, page)
            token = page.token
            if not token:
                return

    def _read(self, run: Run, paths: Sequence[str], model: str | None = None) -> Files | None:
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
