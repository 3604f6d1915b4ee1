"""MLflow as this package imports it."""

from __future__ import annotations

import os
from typing import Any


def import_mlflow() -> Any:
    """MLflow, which reports no usage data from here unless the user has said so; that takes a second as well."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    import mlflow

    return mlflow
