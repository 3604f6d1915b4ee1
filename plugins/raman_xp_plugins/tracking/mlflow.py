"""Remembers trials in MLflow."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from raman_xp import hookimpl
from raman_xp.components import ExperimentLog, Tracker
from raman_xp.errors import StoreError
from raman_xp_plugins.own_mlflow import import_mlflow
from raman_xp_plugins.tracking.address import DEFAULT, shown_address
from raman_xp_plugins.tracking.databases import require_still_there
from raman_xp_plugins.tracking.store import require_store


class MlflowTracker(Tracker):
    """Log to an MLflow store.

    The user says which: `--tracking-uri`, then MLFLOW_TRACKING_URI, then the SQLite file mlflow.db with
    artifacts in mlruns/ of the working folder, which a bare `mlflow ui` there shows. A spec chooses no other.
    """

    name: ClassVar = "mlflow"
    user_keys: ClassVar = ("tracking_uri",)

    tracking_uri: str | None = None
    """Address of a store, such as `http://server:5000` or `sqlite:///mlflow.db`; in a spec, only the one that
    the user has chosen."""

    @property
    def address(self) -> str:
        return shown_address(self.tracking_uri or os.environ.get("MLFLOW_TRACKING_URI") or DEFAULT)

    def store_failed(self, error: Exception) -> bool:
        from mlflow.exceptions import MlflowException
        from sqlalchemy.exc import SQLAlchemyError

        if isinstance(error, MlflowException):
            return bool(
                error.error_code != "INVALID_PARAMETER_VALUE"
            )  # which it answers to what it cannot hold
        return isinstance(error, OSError | SQLAlchemyError)

    def preflight(self) -> str:
        uri = self._uri()
        for chatty in ("mlflow", "alembic"):  # importing mlflow set their levels
            logging.getLogger(chatty).setLevel(logging.WARNING)
        logging.getLogger("mlflow.store.db").setLevel(logging.CRITICAL)  # the runner tells, once
        require_store(uri)
        return uri

    @contextmanager
    def experiment(self, name: str, description: str) -> Iterator[ExperimentLog]:
        from mlflow import MlflowClient

        from raman_xp_plugins.tracking.experiment import MlflowExperiment

        uri = self._uri()
        client = MlflowClient(uri)
        experiment = MlflowExperiment(client, uri, _experiment(client, name, description))
        try:
            yield experiment
        finally:
            experiment.close()
        require_still_there(uri)

    def _uri(self) -> str:
        return self.tracking_uri or str(import_mlflow().get_tracking_uri())


def _experiment(client: Any, name: str, description: str) -> str:
    """The experiment's id; it is made where there is none."""
    from mlflow.exceptions import MlflowException

    found = client.get_experiment_by_name(name)
    if found is None:
        try:
            kind = {"mlflow.experimentKind": "custom_model_development"}
            experiment: str = client.create_experiment(name, tags=kind)
        except MlflowException:  # another runner was quicker
            found = client.get_experiment_by_name(name)
            if found is None:
                raise
            experiment = found.experiment_id
    elif found.lifecycle_stage == "deleted":
        raise StoreError(
            f"the experiment {name!r} was deleted in this store; bring it back with "
            f"`mlflow experiments restore -x {found.experiment_id}`, or give the spec another name"
        )
    else:
        experiment = found.experiment_id
    if description:
        client.set_experiment_tag(experiment, "mlflow.note.content", description)
    return experiment


@hookimpl
def raman_xp_trackers() -> list[type[Tracker]]:
    return [MlflowTracker]
