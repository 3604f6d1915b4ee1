"""The record of one trial in MLflow: its run, and a child run for each fold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from raman_xp.components import TrialLog
from raman_xp.results import MISSING_PICTURES, TrialResult, UnitResult
from raman_xp.system.files import Files
from raman_xp_plugins.tracking.claims import Ownership
from raman_xp_plugins.tracking.heartbeat import Heartbeat
from raman_xp_plugins.tracking.index import Index
from raman_xp_plugins.tracking.run import (
    ERROR,
    FIT,
    FITTED,
    KIND,
    MISSING,
    MODEL,
    MOST_TEXT,
    NOTE,
    TRACEBACK,
    Run,
    cut,
    ending,
    missing,
    run_of,
)
from raman_xp_plugins.tracking.runs import Runs


class MlflowTrial(TrialLog):
    """A trial's open run.

    Args:
        runs: of the experiment.
        index: where a finished fit or trial is noted.
        heartbeat: shows other runners that this process lives.
        run: of the trial.
        owned: the claim by which this process owns the run.
        left: fit key → run of a fold from an earlier runner; it is completed, or replaced if it is damaged.
    """

    def __init__(
        self,
        runs: Runs,
        index: Index,
        heartbeat: Heartbeat,
        run: Run,
        owned: Ownership,
        left: Mapping[str, Run],
    ) -> None:
        self.runs = runs
        self.client = runs.client
        self.index = index
        self.heartbeat = heartbeat
        self.run = run
        self.owned = owned
        self._left = dict(left)

    def record(self, result: UnitResult) -> None:
        self.owned.require()
        if result.fold is not None:
            self._record_fold(result)
            return
        if result.refitted or not self._holds(result):
            model = self._log_model(result)
            self.runs.upload(self.run, result.fit_file)
            self.runs.log(self.run, _numbers(result, self.run))
            # A request of its own, the last: whoever finds this tag relies on all the rest.
            self.runs.log(self.run, tags={FITTED: result.fit_key, MODEL: model})
            self.index.keep(self.run, result.fit_key, model)
        self.runs.upload(self.run, result.files)

    def attach(self, files: Files) -> None:
        self.owned.require()
        self.runs.upload(self.run, files)

    def conclude(self, result: TrialResult) -> str:
        self.owned.require()
        self.runs.upload(self.run, result.kept)
        metrics = {(name, 0): value for name, value in result.metrics.items()}
        metrics |= _seconds(result.final, self.run)
        self.runs.log(self.run, metrics, tags={NOTE: result.note, **missing(result.missing)})
        if MISSING in self.run.tags and not result.missing:  # of the time before
            self.runs.upload(self.run, {MISSING_PICTURES: b"none\n"})
            self.client.delete_tag(self.run.id, MISSING)
        others = {name: value for name, value in self.run.tags.items() if name != MISSING}
        self.run = replace(self.run, tags=others | missing(result.missing))
        self._end("FINISHED")
        self.index.finish(self.run)
        return self.runs.address(self.run.id)

    def abandon(self, error: BaseException) -> None:
        if self.owned.is_lost:  # the run is another runner's
            self.heartbeat.trials.discard(self.owned)
            return
        self.client.set_tag(
            self.run.id, ERROR, cut(f"{type(error).__name__}: {error}", MOST_TEXT, "traceback.txt")
        )
        try:
            if notes := getattr(error, "__notes__", ()):
                self.runs.upload(self.run, {TRACEBACK: "\n".join(notes).encode()})
        finally:
            self._end(ending(error))

    def _holds(self, result: UnitResult) -> bool:
        """Whether the trial's run holds a fit whole.

        A fit that was done again because the run's files are damaged took another time, and so has another
        file.
        """
        held = self.index.fit(result.fit_key)
        if held is None or held.id != self.run.id:
            return False
        files = self.runs.read(self.run, list(result.fit_file))
        return files is not None and dict(files) == dict(result.fit_file)

    def _record_fold(self, result: UnitResult) -> None:
        tags = {"mlflow.parentRunId": self.run.id, KIND: "fold", FIT: result.fit_key}
        left = self._left.pop(result.fit_key, None)
        run = left or self.runs.create(result.name, tags)
        with self.runs.failing(run):
            if left:
                run = run_of(self.runs.reopened(left))
            self.runs.upload(run, {**result.fit_file, **result.files})
            self.runs.upload(run, result.model, "model")
            metrics = _numbers(result, run) | {("valid/accuracy", 0): float(result.correct.mean())}
            self.runs.log(run, metrics)
            self.runs.end(run, "FINISHED")
        self.index.keep(run, result.fit_key)

    def _log_model(self, result: UnitResult) -> str:
        from mlflow.entities import LoggedModelOutput, LoggedModelStatus

        left = None if result.refitted else self._left_model(result.fit_key)
        logged = left or self.client.create_logged_model(
            self.runs.experiment,
            name="model",
            source_run_id=self.run.id,
            tags={FIT: result.fit_key},
        )
        model = str(logged.model_id)
        if left:
            self.runs.delete_others(logged.artifact_location, result.model)
        self.runs.upload_to(logged.artifact_location, result.model)
        self.client.finalize_logged_model(model, LoggedModelStatus.READY)
        outputs = self.client.get_run(self.run.id).outputs.model_outputs if left else []
        if model not in {output.model_id for output in outputs}:
            self.client.log_outputs(self.run.id, [LoggedModelOutput(model, step=0)])
        return model

    def _left_model(self, fit_key: str) -> Any:
        """The model that an earlier runner has begun to log to this run; nothing where there is none."""
        models = self.client.search_logged_models(
            [self.runs.experiment],
            filter_string=f"source_run_id = '{self.run.id}' AND tags.`{FIT}` = '{fit_key}'",
        )
        return next(iter(models), None)

    def _end(self, status: str) -> None:
        self.heartbeat.trials.discard(self.owned)
        self.runs.end(self.run, status)
        self.owned.release()  # after the run is ended: whoever takes it up would be ended as well


def _numbers(result: UnitResult, run: Run) -> dict[tuple[str, int], float]:
    """Learning curves and times, (name, step) → number.

    Times that the run has from an earlier runner are left out: the new ones would be second points.
    """
    curves = {
        (name, step): float(value)
        for name, values in result.curves.items()
        for step, value in enumerate(values, 1)
    }
    return curves | _seconds(result, run)


def _seconds(result: UnitResult, run: Run) -> dict[tuple[str, int], float]:
    """Times, but those that the run has from an earlier runner: a second point would make a curve of them."""
    seconds = {f"seconds/{part}": spent for part, spent in result.seconds.items()}
    return {(name, 0): spent for name, spent in seconds.items() if name not in run.metrics}
