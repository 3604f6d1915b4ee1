"""Remembers trials in MLflow: a run per trial, its folds as child runs."""

from __future__ import annotations

import getpass
import json
import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

from raman_xp import hookimpl
from raman_xp.components import Tracker, TrialLog
from raman_xp.errors import StoreError
from raman_xp.results import DatasetInfo, TrialContext, TrialResult, UnitResult
from raman_xp_plugins.tracking.store import require_store


class MlflowTracker(Tracker):
    """Log to an MLflow store.

    Which one is decided as MLflow does: this key, then MLFLOW_TRACKING_URI, then the SQLite file mlflow.db
    with artifacts in mlruns/ of the working folder, which a bare `mlflow ui` there shows.
    """

    name: ClassVar = "mlflow"

    tracking_uri: str | None = None
    """Address of a store, such as `http://server:5000` or `sqlite:///mlflow.db`."""

    def preflight(self) -> str:
        uri = self._uri()
        for chatty in ("mlflow", "alembic"):  # importing mlflow set their levels
            logging.getLogger(chatty).setLevel(logging.WARNING)
        require_store(uri)
        return uri

    @contextmanager
    def trial(self, context: TrialContext) -> Iterator[TrialLog]:
        from mlflow import MlflowClient

        client = MlflowClient(self._uri())
        experiment = _experiment(client, context)
        with _run(client, experiment, context.name, dict(context.tags)) as run:
            params = {key: value[:6000] for key, value in context.params.items()}
            _log_batches(client, run, params=params)
            client.log_text(run, context.spec, "spec.yaml")
            client.log_inputs(run, [_dataset(context.dataset)])
            yield MlflowTrialLog(client, self._uri(), experiment, run)

    def _uri(self) -> str:
        import mlflow

        return self.tracking_uri or mlflow.get_tracking_uri()


class MlflowTrialLog(TrialLog):
    """An open run and its experiment."""

    def __init__(self, client: Any, uri: str, experiment: str, run: str) -> None:
        self.client = client
        self.uri = uri
        self.experiment = experiment
        self.run = run

    def record(self, result: UnitResult) -> None:
        if result.fold is None:
            _log_curves(self.client, self.run, result)
            return
        tags = {"mlflow.parentRunId": self.run, "raman_xp.kind": "fold", "raman_xp.fit_key": result.fit_key}
        began = int((time.time() - sum(result.seconds.values())) * 1000)
        with _run(self.client, self.experiment, result.name, tags, began) as run:
            _log_curves(self.client, run, result)
            _log_batches(self.client, run, metrics={"valid/accuracy": float(result.correct.mean())})
            self.client.log_artifacts(run, str(result.model.parent))

    def conclude(self, result: TrialResult) -> str:
        from mlflow.entities import LoggedModelOutput, LoggedModelStatus

        _log_batches(self.client, self.run, metrics=result.metrics)
        self.client.set_tag(self.run, "mlflow.note.content", result.note)
        self.client.log_artifacts(self.run, str(result.artifacts))
        model = self.client.create_logged_model(
            self.experiment,
            name="model",
            source_run_id=self.run,
            tags={"raman_xp.fit_key": result.final.fit_key},
        )
        self.client.log_model_artifacts(model.model_id, str(result.final.model))
        self.client.finalize_logged_model(model.model_id, LoggedModelStatus.READY)
        self.client.log_outputs(self.run, [LoggedModelOutput(model.model_id, step=0)])
        if self.uri.startswith("http"):
            return f"{self.uri.rstrip('/')}/#/experiments/{self.experiment}/runs/{self.run}"
        return f"run {self.run} in {self.uri}"


@contextmanager
def _run(
    client: Any, experiment: str, name: str, tags: dict[str, str], began: int | None = None
) -> Iterator[str]:
    """A run that ends finished, failed or killed as the block ends; ``began`` in milliseconds."""
    run = client.create_run(
        experiment,
        start_time=began,
        run_name=name,
        tags=tags | {"mlflow.user": getpass.getuser(), "mlflow.source.name": "raman-xp"},
    ).info.run_id
    try:
        yield run
    except BaseException as error:
        killed = isinstance(error, KeyboardInterrupt | SystemExit)
        try:
            client.set_tag(run, "raman_xp.error", f"{type(error).__name__}: {error}"[:5000])
            client.set_terminated(run, "KILLED" if killed else "FAILED")
        except Exception as lost:  # the store is away: the first error is the one to tell
            error.add_note(f"and run {run} could not be marked as ended: {lost}")
        raise
    client.set_terminated(run, "FINISHED")


def _experiment(client: Any, context: TrialContext) -> str:
    """The experiment's id; it is made where there is none."""
    found = client.get_experiment_by_name(context.experiment)
    if found is None:
        created: str = client.create_experiment(
            context.experiment, tags={"mlflow.experimentKind": "custom_model_development"}
        )
        experiment = created
    elif found.lifecycle_stage == "deleted":
        raise StoreError(
            f"the experiment {context.experiment!r} was deleted in this store; bring it back with "
            f"`mlflow experiments restore -x {found.experiment_id}`, or give the spec another name"
        )
    else:
        experiment = found.experiment_id
    if context.description:
        client.set_experiment_tag(experiment, "mlflow.note.content", context.description)
    return experiment


def _dataset(info: DatasetInfo) -> Any:
    from mlflow.entities import Dataset, DatasetInput, InputTag

    about = info.about
    tags = [InputTag("mlflow.data.context", "training")]
    if about.simulated:
        tags.append(InputTag("raman_xp.data", "simulated"))
    profile = {
        "spectra": info.spectra,
        "channels": info.channels,
        "classes": dict(info.classes),
        "simulated": about.simulated,
        "about": about.description,
    }
    return DatasetInput(
        Dataset(
            name=about.title[:500],
            digest=info.digest,
            source_type="local",
            source=json.dumps({"uri": about.source}),
            schema=json.dumps({"axis": about.unit, "read as": list(about.understood)}, ensure_ascii=False),
            profile=json.dumps(profile, ensure_ascii=False),
        ),
        tags,
    )


def _log_curves(client: Any, run: str, result: UnitResult) -> None:
    from mlflow.entities import Metric

    now = int(time.time() * 1000)
    points = [
        Metric(name, float(value), now, step)
        for name, values in result.curves.items()
        for step, value in enumerate(values, 1)
    ]
    for some in _in_batches(points, 1000):
        client.log_batch(run, metrics=some)
    _log_batches(client, run, metrics={f"seconds/{part}": spent for part, spent in result.seconds.items()})


def _log_batches(
    client: Any, run: str, metrics: Mapping[str, float] | None = None, params: Mapping[str, str] | None = None
) -> None:
    """Metrics and params in requests of the sizes that MLflow allows."""
    from mlflow.entities import Metric, Param

    now = int(time.time() * 1000)
    for some in _in_batches([Metric(name, value, now, 0) for name, value in (metrics or {}).items()], 1000):
        client.log_batch(run, metrics=some)
    for some in _in_batches([Param(name, value) for name, value in (params or {}).items()], 100):
        client.log_batch(run, params=some)


def _in_batches(items: list[Any], size: int) -> Iterator[list[Any]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


@hookimpl
def raman_xp_trackers() -> list[type[Tracker]]:
    return [MlflowTracker]
