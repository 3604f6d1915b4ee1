"""MLflow as this package imports it."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any

from raman_xp.system.importing import quick_imports


def import_mlflow(*modules: str) -> Any:
    """Return MLflow, which from here reports no usage data, unless the user wants it: that takes a second.

    Args:
        modules: submodules that will be used, such as ``mlflow.keras``.
    """
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    with quick_imports("mlflow", *modules):
        import mlflow

        for module in modules:
            import_module(module)
    return mlflow
