"""MLflow as this package imports it."""

from __future__ import annotations

import os
from typing import Any

from raman_xp.importing import quick_imports


def import_mlflow() -> Any:
    """MLflow; from here it reports no usage data, which takes a second as well, unless the user wants it."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    with quick_imports("mlflow"):
        import mlflow

    return mlflow
