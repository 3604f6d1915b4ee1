"""The record of one experiment in MLflow: a run per trial, and what earlier ones have left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from raman_xp.components import ExperimentLog, TrialLog
from raman_xp.errors import BusyError
from raman_xp.results import SweepResult, TrialContext
from raman_xp.system.files import Files
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
from raman_xp_plugins.tracking.heartbeat import Heartbeat
from raman_xp_plugins.tracking.index import Index
from raman_xp_plugins.tracking.recordable import param_name
from raman_xp_plugins.tracking.run import KIND, MISSING, MODEL, NOTE, TRIAL, Run, missing, run_of
from raman_xp_plugins.tracking.runs import Runs
from raman_xp_plugins.tracking.trial import MlflowTrial


class MlflowExperiment(ExperimentLog):
    """An experiment that is open, and its earlier runs.

    Args:
        runs: of the experiment.
    """

    def __init__(self, runs: Runs) -> None:
        self.runs = runs
        self.claims = Claims(runs.client, runs.of_trial)
        self.index = Index()
        self._closing = Closing(runs.client, self.claims)
        for run in map(self._closing.ended, runs.ours()):
            self.index.add(run)
        self.heartbeat = Heartbeat()

    def end_silent(self) -> None:
        """End the runs of runners on other machines that this process has seen silent for long enough."""
        self._closing.end_silent(self.runs.ours)

    def close(self) -> None:
        """Stop telling that runs are worked on."""
        self.heartbeat.stop()

    def finished(self, key: str) -> tuple[Files, str] | None:
        for run in self.index.whole_trials(key):
            if files := self.runs.read(run, ["numbers.json"]):
                return files, self.runs.address(run.id)
        return None

    def fit(self, key: str, *, with_model: bool) -> Files | None:
        run = self.index.fit(key)
        if run is None:
            return None
        if not with_model:
            files = self.runs.read(run, ["fit.npz"])
        elif MODEL in run.tags:
            files = self.runs.read(run, ["fit.npz"], run.tags[MODEL])
        else:
            files = self.runs.read(run, ["fit.npz", "model"])
        if files is None:
            self.index.forget(key)
        return files

    def artifacts(self, key: str, paths: Sequence[str]) -> Files | None:
        finished = (run for run in self.index.trials(key) if run.status == "FINISHED")
        return next((files for run in finished if (files := self.runs.read(run, paths))), None)

    def summary(self, key: str) -> str | None:
        return next((self.runs.address(run.id) for run in self.index.whole_trials(key)), None)

    def summarise(self, sweep: SweepResult) -> str:
        about = {NOTE: sweep.note, **missing(sweep.missing)}
        left = next((run for run in self.runs.of_trial(sweep.key) if run.is_left), None)
        run = left or self.runs.create(sweep.name, {**sweep.tags, KIND: "sweep", TRIAL: sweep.key, **about})
        with self.runs.failing(run):
            if left:
                self.runs.reopened(left)
            self.runs.upload(run, sweep.files)
            if left:
                self.runs.log(run, tags=about)
                if MISSING in left.tags and not sweep.missing:
                    self.runs.client.delete_tag(run.id, MISSING)
            self.runs.end(run, "FINISHED")
        return self.runs.address(run.id)

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
        return self.runs.create(context.name, tags)

    def _won(self, run: Run, claim: Claim, context: TrialContext, *, new: bool) -> MlflowTrial:
        """The record of a trial, once its claim has won.

        Raises:
            BusyError: another runner owns the trial, or has finished it meanwhile.
        """
        same, others = self.claims.settled(context.key, claim)
        known = {each.id for each in self.index.whole_trials(context.key)}
        meanwhile = [each for each in same if each.is_whole and each.id not in known]
        if others or meanwhile:
            if new:  # while it is claimed still, so that nobody takes it up meanwhile
                self.runs.client.delete_run(run.id)
                forget(claim)
            else:
                self.claims.withdraw(run, claim)
            refuse(context.name, others)
            self.index.add_newer(context.key, meanwhile)
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
        with self.runs.failing(run, owned):
            params, with_data = {param_name(name): value for name, value in context.params.items()}, True
            left: Mapping[str, Run] = {}
            if not new:
                now = self.runs.reopened(run)
                run, left = run_of(now), self.runs.folds_of(run)
                params = {name: value for name, value in params.items() if name not in now.data.params}
                with_data = not now.inputs.dataset_inputs
            self._describe(run, context, params, with_data=with_data)
        self.heartbeat.trials.add(owned)
        return MlflowTrial(self.runs, self.index, self.heartbeat, run, owned, left)

    def _describe(
        self, run: Run, context: TrialContext, params: Mapping[str, str], *, with_data: bool
    ) -> None:
        self.runs.log_params(run, params)
        self.runs.upload(run, {"spec.yaml": context.spec.encode(), "plugins.csv": context.plugins.encode()})
        if with_data:
            self.runs.client.log_inputs(run.id, [dataset_input(context.dataset)])
