"""Remembers trials in MLflow."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, ClassVar
from urllib.request import url2pathname

from raman_xp import hookimpl
from raman_xp.components import ExperimentLog, Tracker
from raman_xp.errors import StoreError
from raman_xp_plugins.own_mlflow import import_mlflow
from raman_xp_plugins.tracking.address import DEFAULT, shown_address
from raman_xp_plugins.tracking.artifacts import require_inside, require_place
from raman_xp_plugins.tracking.database import (
    SQLITE,
    address_of,
    close_store,
    database_of,
    open_store,
    without_stray_folder,
)
from raman_xp_plugins.tracking.database_file import require_still_there
from raman_xp_plugins.tracking.recordable import require_recordable
from raman_xp_plugins.tracking.relocation import correct_addresses
from raman_xp_plugins.tracking.store import is_outage, require_nameable, require_store


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
        return is_outage(error)

    def require(self, experiment: str, description: str, params: Mapping[str, str]) -> None:
        require_recordable(description, params)

    @classmethod
    def warm_up(cls) -> None:
        import_mlflow("mlflow.store.tracking.sqlalchemy_store", "alembic.command")

    def preflight(self) -> str:
        if self.address.startswith("sqlite:"):
            require_nameable(Path.cwd())
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
        from raman_xp_plugins.tracking.runs import Runs

        uri = self._uri()
        client = MlflowClient(uri)
        with without_stray_folder(uri):
            found = _experiment(client, uri, name, description)
        place = client.get_experiment(found).artifact_location
        require_place(place, uri)
        home = None if self.tracking_uri or import_mlflow().is_tracking_uri_set() else Path.cwd()
        if home:
            require_inside(place, home)
        experiment = MlflowExperiment(Runs(client, uri, found, home))
        try:
            yield experiment
            with suppress(Exception):  # everything is recorded; the next runner ends what is left open
                experiment.end_silent()
        finally:
            experiment.close()
            if (database := database_of(uri)) and database.exists():
                with suppress(Exception):  # a store that cannot be used, which is reported elsewhere
                    close_store(uri)
        require_still_there(uri)

    def _uri(self) -> str:
        if self.tracking_uri:
            return self.tracking_uri
        mlflow = import_mlflow()
        uri = str(mlflow.get_tracking_uri())
        if mlflow.is_tracking_uri_set() or not uri.startswith(SQLITE):
            return uri
        return address_of(Path(url2pathname(uri.removeprefix(SQLITE))))  # MLflow's default is encoded


def _experiment(client: Any, uri: str, name: str, description: str) -> str:
    """The experiment's id; it is made where there is none."""
    from mlflow.entities import ExperimentTag
    from mlflow.exceptions import MlflowException

    database = database_of(uri)
    if database and database.exists():
        correct_addresses(database)
    found = client.get_experiment_by_name(name)
    if found is None:
        try:
            kind = ("mlflow.experimentKind", "custom_model_development")
            if database:
                experiment = str(open_store(uri).create_experiment(name, tags=[ExperimentTag(*kind)]))
            else:
                experiment = str(client.create_experiment(name, tags=dict([kind])))
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
