"""The record of one trial in MLflow: its run, and a child run for each fold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from raman_xp.components import TrialLog
from raman_xp.files import folder_of
from raman_xp.results import TrialResult, UnitResult
from raman_xp_plugins.tracking.claims import Ownership
from raman_xp_plugins.tracking.run import (
    ERROR,
    FIT,
    FITTED,
    KIND,
    MODEL,
    MOST_TEXT,
    NOTE,
    Run,
    ending,
)

if TYPE_CHECKING:
    from raman_xp_plugins.tracking.experiment import MlflowExperiment


class MlflowTrial(TrialLog):
    """A trial's open run."""

    def __init__(self, experiment: MlflowExperiment, run: Run, owned: Ownership) -> None:
        self.experiment = experiment
        self.client = experiment.client
        self.run = run
        self.owned = owned

    def record(self, result: UnitResult) -> None:
        self.owned.require()
        if result.fold is not None:
            self._record_fold(result)
            return
        if result.refitted or not self.experiment.holds(self.run, result.fit_key):
            model = self._log_model(result)
            self.experiment.upload(self.run, result.fit_file)
            self.experiment.log(self.run, _numbers(result), tags={FITTED: result.fit_key, MODEL: model})
            self.experiment.keeps(self.run, result.fit_key, model)
        self.experiment.upload(self.run, result.files)

    def conclude(self, result: TrialResult) -> str:
        self.owned.require()
        self.experiment.upload(self.run, result.kept)
        metrics = {(name, 0): value for name, value in result.metrics.items()}
        self.experiment.log(self.run, metrics, tags={NOTE: result.note})
        self._end("FINISHED")
        self.experiment.ended(self.run)
        return self.experiment.address(self.run.id)

    def abandon(self, error: BaseException) -> None:
        if self.owned.is_lost:  # the run is another runner's
            self.experiment.heartbeat.trials.discard(self.owned)
            return
        self.client.set_tag(self.run.id, ERROR, f"{type(error).__name__}: {error}"[:MOST_TEXT])
        try:
            if notes := getattr(error, "__notes__", ()):
                self.experiment.upload(self.run, {"traceback.txt": "\n".join(notes).encode()})
        finally:
            self._end(ending(error))

    def _record_fold(self, result: UnitResult) -> None:
        tags = {"mlflow.parentRunId": self.run.id, KIND: "fold", FIT: result.fit_key}
        run = self.experiment.create(result.name, tags)
        with self.experiment.failing(run):
            self.experiment.upload(run, {**result.fit_file, **result.files})
            self.experiment.upload(run, result.model, "model")
            metrics = _numbers(result) | {("valid/accuracy", 0): float(result.correct.mean())}
            self.experiment.log(run, metrics)
            self.client.set_terminated(run.id, "FINISHED")
        self.experiment.keeps(run, result.fit_key)

    def _log_model(self, result: UnitResult) -> str:
        from mlflow.entities import LoggedModelOutput, LoggedModelStatus

        model: str = self.client.create_logged_model(
            self.experiment.experiment,
            name="model",
            source_run_id=self.run.id,
            tags={FIT: result.fit_key},
        ).model_id
        with folder_of(result.model) as folder:
            self.client.log_model_artifacts(model, str(folder))
        self.client.finalize_logged_model(model, LoggedModelStatus.READY)
        self.client.log_outputs(self.run.id, [LoggedModelOutput(model, step=0)])
        return model

    def _end(self, status: str) -> None:
        self.experiment.heartbeat.trials.discard(self.owned)
        self.client.set_terminated(self.run.id, status)
        self.owned.release()  # after the run is ended: whoever takes it up would be ended as well


def _numbers(result: UnitResult) -> dict[tuple[str, int], float]:
    """Learning curves and times, (name, step) → number."""
    curves = {
        (name, step): float(value)
        for name, values in result.curves.items()
        for step, value in enumerate(values, 1)
    }
    return curves | {(f"seconds/{part}", 0): spent for part, spent in result.seconds.items()}
