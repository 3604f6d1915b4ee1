"""A linear classifier: ridge regression of class membership."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import PositiveFloat

from raman_xp import hookimpl
from raman_xp.components import Capability, FitTask, FittedModel, Model
from raman_xp.spectra import Floats, Spectra


class ThisOneFit(FittedModel):
    """A fitted ridge regression of scikit-learn, an output a class."""

    def __init__(self, regression: Any) -> None:
        self.regression = regression
        self.curves: Mapping[str, Floats] = {}  # nothing is learnt step by step

    def logits(self, x: Floats) -> NDArray[np.float32]:
        return np.asarray(self.regression.predict(x), np.float32)

    def input_gradients(self, x: Floats, cotangents: Floats) -> NDArray[np.float32]:
        return np.asarray(cotangents @ self.regression.coef_, np.float32)

    def save(self, folder: Path, example: Spectra) -> None:
        import mlflow

        x = example.intensity[:2]
        signature = mlflow.models.infer_signature(x, self.logits(x))
        mlflow.sklearn.save_model(
            self.regression,
            str(folder),
            signature=signature,
            input_example=x,
            serialization_format="skops",
            pip_requirements=["scikit-learn"],
        )


class ThisOne(Model):
    """Ridge regression of class membership; its scores are linear in the spectrum.

    Say here what it is good for, and cite where it comes from.
    """

    name: ClassVar = "this_one"
    capabilities: ClassVar = frozenset({Capability.INPUT_GRADIENTS})
    frameworks: ClassVar = ("scikit-learn",)

    alpha: PositiveFloat = 1e-3
    """Penalty on large weights."""

    def fit(self, task: FitTask) -> ThisOneFit:
        from sklearn.linear_model import Ridge

        membership = np.eye(len(task.train.classes))[task.train.labels]
        return ThisOneFit(Ridge(self.alpha).fit(task.train.intensity, membership))

    def load(self, folder: Path, curves: Mapping[str, Floats], threads: int) -> ThisOneFit:
        from skops.io import load

        # MLflow would load whatever format the stored files name, and pickle among them runs code.
        return ThisOneFit(load(folder / "model.skops", trusted=[]))

    def parameter_count(self, channels: int, classes: int) -> int:
        return (channels + 1) * classes


@hookimpl
def raman_xp_models() -> list[type[Model]]:
    return [ThisOne]
