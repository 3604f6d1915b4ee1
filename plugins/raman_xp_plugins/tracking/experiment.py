"""The record of one experiment in MLflow: a run per trial, and what earlier ones have left."""

from __future__ import annotations

import getpass
import logging
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from raman_xp.components import ExperimentLog, TrialLog
from raman_xp.errors import BusyError
from raman_xp.files import Files, FolderFiles, TemporaryFolder, folder_of
from raman_xp.results import SweepResult, TrialContext
from raman_xp_plugins.tracking.claims import (
    Claim,
    Claims,
    Ownership,
    State,
    claims_on,
    forget,
    living,
    new_claim,
)
from raman_xp_plugins.tracking.dataset import dataset_input
from raman_xp_plugins.tracking.heartbeat import RUNNER, Heartbeat, is_alive, runner_of, signs_of_life
from raman_xp_plugins.tracking.run import (
    ERROR,
    KIND,
    MISSING,
    MODEL,
    MOST_METRICS,
    MOST_PARAM,
    MOST_PARAMS,
    MOST_TEXT,
    NOTE,
    TRIAL,
    Run,
    ending,
    missing,
    run_of,
)
from raman_xp_plugins.tracking.trial import MlflowTrial

log = logging.getLogger(__name__)


class MlflowExperiment(ExperimentLog):
    """An experiment that is open, and its earlier runs.

    Args:
        client: an ``MlflowClient``.
        uri: the store's address.
        experiment: the experiment's id.
    """

    def __init__(self, client: Any, uri: str, experiment: str) -> None:
        self.client = client
        self.uri = uri
        self.experiment = experiment
        self.claims = Claims(client, self._same)
        self._trials: dict[str, list[Run]] = {}
        self._fits: dict[str, Run] = {}
        for run in map(self._ended, self._runs()):
            if TRIAL in run.tags:
                self._trials.setdefault(run.tags[TRIAL], []).append(run)
            if run.fitted:
                self._fits.setdefault(run.fitted, run)
        self.heartbeat = Heartbeat()

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

    def holds(self, run: Run, fit_key: str) -> bool:
        """Whether a run holds a fit whole, so far as is known."""
        held = self._fits.get(fit_key)
        return held is not None and held.id == run.id

    def artifacts(self, key: str, paths: Sequence[str]) -> Files | None:
        finished = (run for run in self._trials.get(key, []) if run.status == "FINISHED")
        return next((files for run in finished if (files := self._read(run, paths))), None)

    def summary(self, key: str) -> str | None:
        return next((self.address(run.id) for run in self._trials.get(key, []) if run.is_whole), None)

    def summarise(self, sweep: SweepResult) -> str:
        tags = {**sweep.tags, KIND: "sweep", TRIAL: sweep.key, NOTE: sweep.note, **missing(sweep.missing)}
        run = self.create(sweep.name, tags)
        with self.failing(run):
            self.upload(run, sweep.files)
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
        same = self._same(context.key)
        at_work = [pair for pair in living(same) if pair[1].state is not State.CLOSING]
        self._refuse(context, at_work)  # who only closes a dead runner's run is done in a moment
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
            self._refuse(context, others)
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
            params, with_data = _params(context), True
            if not new:
                for name, value in signs_of_life().items():
                    self.client.set_tag(run.id, name, value)
                self.client.update_run(run.id, status="RUNNING")
                now = self.client.get_run(run.id)
                for tag in now.data.tags.keys() & {ERROR, MISSING}:
                    self.client.delete_tag(run.id, tag)
                params = {name: value for name, value in params.items() if name not in now.data.params}
                with_data = not now.inputs.dataset_inputs
            self._describe(run, context, params, with_data=with_data)
        self.heartbeat.trials.add(owned)
        return MlflowTrial(self, run, owned)

    def _same(self, key: str) -> list[Run]:
        """Runs of the trial with this key, the newest first, as the store has them now."""
        return [
            run_of(run) for run in self.client.search_runs([self.experiment], f"tags.`{TRIAL}` = '{key}'")
        ]

    def _refuse(self, context: TrialContext, at_work: Sequence[tuple[Run, Claim]]) -> None:
        for run, claim in at_work:
            raise BusyError(
                f"{context.name}: {runner_of(claim.runner)} is at work on it (run {run.id}); "
                "wait for it or stop it, or start with --fresh to do it twice"
            )

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
        about = {"mlflow.user": _user(), "mlflow.source.name": "raman-xp"}
        tags = {**tags, **about, **signs_of_life()}
        return run_of(self.client.create_run(self.experiment, run_name=name, tags=tags))

    def upload(self, run: Run, files: Files, inside: str | None = None) -> None:
        """Put files beside those that the run has.

        Args:
            inside: folder of the run's artifacts; default: their root.
        """
        if files:
            with folder_of(files) as folder:
                self._below(run.artifacts).log_artifacts(str(folder), inside)

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
        first, *others = list(_in_batches(points, MOST_METRICS)) or [[]]
        self.client.log_batch(
            run.id,
            metrics=first,
            params=[Param(name, value[:MOST_PARAM]) for name, value in (params or {}).items()],
            tags=[RunTag(name, value[:MOST_TEXT]) for name, value in (tags or {}).items()],
        )
        for some in others:
            self.client.log_batch(run.id, metrics=some)

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

    def _ended(self, run: Run) -> Run:
        """The run; ended, if its runner died and left it open."""
        claims = claims_on(run)
        alive = any(claim.is_alive for claim in claims) if claims else is_alive(run.tags)
        if run.status != "RUNNING" or alive or RUNNER not in run.tags:
            return run
        if TRIAL not in run.tags:
            return self._killed(run)
        claim = new_claim(State.CLOSING)
        self.claims.put(run, claim)
        try:
            same, others = self.claims.settled(run.tags[TRIAL], claim)
            now = next((each for each in same if each.id == run.id), run)
            if others or now.status != "RUNNING":  # somebody has taken it up meanwhile
                return now
            self.claims.revoke_dead([now])
            return self._killed(run)
        finally:
            self.claims.withdraw(run, claim)

    def _killed(self, run: Run) -> Run:
        """A dead runner's run, ended."""
        reason = f"its runner died: {runner_of(run.tags[RUNNER])}"
        self.client.set_tag(run.id, ERROR, reason)
        self.client.set_terminated(run.id, "KILLED")
        return replace(run, status="KILLED", tags={**run.tags, ERROR: reason})

    def _below(self, address: str) -> Any:
        """Files below an address; the client would ask for that of a run each time, and for that of a model
        in the default store."""
        from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

        return get_artifact_repository(address, tracking_uri=self.uri)

    def _read(self, run: Run, paths: Sequence[str], model: str | None = None) -> Files | None:
        """Files of a run, and those of a logged model below ``model/``; nothing where they are gone."""
        folder = TemporaryFolder()
        below = self._below(run.artifacts)
        gone = [path for path in paths if not _download(below, path, folder.path)]
        if model and not gone:
            (folder.path / "model").mkdir()
            address = self._address_of(model)
            if not address or not _download(self._below(address), "", folder.path / "model"):
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


def _download(below: Any, path: str, folder: Path) -> bool:
    """Download a file or folder; false where the store shows that it is not there.

    Only a list of what is there tells that something is gone. Whatever else keeps a file from being read may
    be an outage, after which it is there again.
    """
    parent, _, name = path.rpartition("/")
    listed = {each.path for each in below.list_artifacts(parent or None)}
    if not listed or (name and path not in listed):
        return False
    below.download_artifacts(path, str(folder))
    return True


def _params(context: TrialContext) -> dict[str, str]:
    """Keys of the spec as MLflow takes them, with values; one may hold a class such as ``alanine, dry``."""
    return {re.sub(r"[^\w\-. :/]", "_", name): value for name, value in context.params.items()}


@cache
def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container whose user has no name
        return str(os.getuid())


def _in_batches(items: list[Any], size: int) -> Iterator[list[Any]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
