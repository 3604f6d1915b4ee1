"""Principal components, then support vector machines: the baseline of Fukuhara et al. 2019, section 4.2."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from itertools import product
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PositiveFloat, PositiveInt

from raman_xp import hookimpl
from raman_xp.components import Capability, FitTask, FittedModel, Model
from raman_xp.errors import DataError
from raman_xp.seeds import Seeds
from raman_xp.spectra import Floats, Ints, Samples, Spectra
from raman_xp.spectra.partition import stratified_folds, units_per_class
from raman_xp_plugins.own_mlflow import import_mlflow

COMPONENTS = (64, 32, 16, 8, 4, 2)
PENALTIES = (0.1, 1.0, 10.0, 100.0, 1000.0)
"""What is tried where nothing is given; of equals, the first: it drops least of the spectra, and has the
widest margin."""


class PcaSvm(Model):
    """Support vector machines for each pair of classes, on the scores of a principal component analysis.

    The score of a class is its least decision value against any other: above zero it wins against all, as in
    the voting of scikit-learn's SVC. It is a margin; the softmax of the scores is no probability. With the
    linear kernel, its gradient is that of the closest pair, projected back to the channels. What is not given
    is chosen by cross-validation inside the training spectra.
    """

    name: ClassVar = "pca_svm"
    frameworks: ClassVar = ("scikit-learn",)

    components: PositiveInt | None = None
    """Principal components, at most one fewer than spectra; default: chosen, of 2, 4, 8, … 64."""
    C: PositiveFloat | None = None
    """What a training spectrum inside the margin costs, where the first component has variance 1, so that the
    unit of intensity plays no part; default: chosen, of 0.1, 1, … 1000."""
    kernel: Literal["linear", "rbf"] = "linear"
    """Of the support vector machines; maps need the linear one."""
    inner_folds: int = Field(5, ge=2, le=100)
    """Of that choice; fewer where a class has fewer training spectra (or groups)."""

    @property
    def capabilities(self) -> frozenset[Capability]:  # type: ignore[override]
        return frozenset({Capability.INPUT_GRADIENTS} if self.kernel == "linear" else ())

    def fit(self, task: FitTask) -> PcaSvmFit:
        x, labels = task.train.intensity.astype(np.float64), task.train.labels
        most = min(len(x) - 1, x.shape[1])
        number, penalty = self._chosen(task, x, labels)
        components = min(self.components or number, most)
        from sklearn.pipeline import make_pipeline

        pca = _pca(components).fit(x)
        svm = self._svm(pca, penalty).fit(pca.transform(x), labels)
        return PcaSvmFit(make_pipeline(pca, svm))

    def load(self, folder: Path, curves: Mapping[str, Floats], threads: int) -> PcaSvmFit:
        from skops.io import load

        # A file that names types of its own, which could run code, is refused.
        pipeline = load(folder / "model.skops", trusted=[])
        if [type(step).__name__ for step in pipeline] != ["PCA", "SVC"]:
            raise ValueError("model.skops holds no principal components and support vector machine")
        return PcaSvmFit(pipeline)

    def require(self, train: Samples) -> None:
        if self.components is None or self.C is None:
            _folds(train, self.inner_folds, Seeds(0))

    def parameter_count(self, channels: int, classes: int) -> int:
        components = min(self.components or COMPONENTS[0], channels)
        return (components + 1) * (channels + classes * (classes - 1) // 2)

    def fit_memory(self, spectra: int, channels: int, classes: int) -> float:
        return (
            8.0 * 4 * spectra * channels
        )  # double precision: spectra, centred ones, and their decomposition

    def cost(self, spectra: int, channels: int, classes: int) -> float:
        chosen = self.components is None or self.C is None
        decompositions = 1 + chosen * self.inner_folds
        return 10.0 * decompositions * spectra * channels * min(spectra, channels)

    @classmethod
    def warm_up(cls) -> None:
        import sklearn.svm  # noqa: F401

    def _svm(self, pca: Any, penalty: float) -> Any:
        """On scores divided by the standard deviation s of the first, which is the same as C / s² for the
        linear kernel; the other kernel is scaled by itself."""
        from sklearn.svm import SVC

        variance = max(float(pca.explained_variance_[0]), 1e-300)
        scaled = penalty / variance if self.kernel == "linear" else penalty
        return SVC(C=scaled, kernel=self.kernel, decision_function_shape="ovo")

    def _chosen(self, task: FitTask, x: Floats, labels: Ints) -> tuple[int, float]:
        """Number of components and penalty that recognise most in cross-validation, or what is given."""
        numbers: Sequence[int] = [self.components] if self.components else COMPONENTS
        penalties = [self.C] if self.C else PENALTIES
        if len(numbers) * len(penalties) == 1:
            return numbers[0], penalties[0]
        folds = _folds(task.train.samples, self.inner_folds, task.seeds)
        most = min(x.shape[1], *(len(train) - 1 for train, _ in folds))
        numbers = list(dict.fromkeys(min(number, most) for number in numbers))
        right = np.zeros((len(numbers), len(penalties)))
        for done, (train, valid) in enumerate(folds, 1):
            pca = _pca(numbers[0]).fit(x[train])
            scores, unseen = pca.transform(x[train]), pca.transform(x[valid])
            for (i, number), (j, penalty) in product(enumerate(numbers), enumerate(penalties)):
                svm = self._svm(pca, penalty).fit(scores[:, :number], labels[train])
                right[i, j] += (svm.predict(unseen[:, :number]) == labels[valid]).sum()
            task.report(done, len(folds), {})
        best = np.unravel_index(right.argmax(), right.shape)
        return numbers[best[0]], penalties[best[1]]


class PcaSvmFit(FittedModel):
    """A fitted pipeline of PCA and SVC.

    Args:
        pipeline: of scikit-learn, with decision values of each pair of classes.
    """

    def __init__(self, pipeline: Any) -> None:
        self.pipeline = pipeline
        self.curves: Mapping[str, Floats] = {}

    def logits(self, x: Floats) -> NDArray[np.float32]:
        return self._duels(x).min(axis=2).astype(np.float32)

    def input_gradients(self, x: Floats, cotangents: Floats) -> NDArray[np.float32]:
        pca, svm = self.pipeline[0], self.pipeline[-1]
        weights = self._each_way(svm.coef_.T)  # (components, classes, classes)
        closest = self._duels(x).argmin(axis=2)
        of_scores = weights[:, np.arange(len(svm.classes_)), closest]  # (components, n, classes)
        return np.asarray(np.einsum("ntc,knc,kx->ntx", cotangents, of_scores, pca.components_, optimize=True))

    def _duels(self, x: Floats) -> Floats:
        """Decision values of each class against each, (n, classes, classes); infinite against itself."""
        pairs = self.pipeline.decision_function(np.asarray(x, np.float64)).reshape(len(x), -1)
        duels = self._each_way(pairs)
        for each in range(duels.shape[1]):
            duels[:, each, each] = np.inf
        return duels

    def _each_way(self, pairs: Floats) -> Floats:
        """What is known of each pair of classes, (n, pairs), as (n, classes, classes), antisymmetric."""
        classes = len(self.pipeline[-1].classes_)
        first, second = np.triu_indices(classes, 1)
        if classes == 2:  # where scikit-learn turns the sign
            first, second = second, first
        each = np.zeros((len(pairs), classes, classes))
        each[:, first, second] = pairs
        each[:, second, first] = -pairs
        return each

    def save(self, folder: Path, example: Spectra) -> None:
        mlflow = import_mlflow()
        folder.mkdir(parents=True, exist_ok=True)
        inputs = example.intensity[:2].astype(np.float64)
        mlflow.sklearn.save_model(
            self.pipeline,
            str(folder),
            signature=mlflow.models.infer_signature(inputs, self.pipeline.predict(inputs)),
            input_example=inputs,
            serialization_format="skops",
            pip_requirements=[f"{name}=={version(name)}" for name in ("mlflow", "scikit-learn", "numpy")],
        )


def _pca(components: int) -> Any:
    from sklearn.decomposition import PCA

    return PCA(components, svd_solver="full")


def _folds(samples: Samples, most: int, seeds: Seeds) -> tuple[tuple[Ints, Ints], ...]:
    """Rows to fit and to hold out; as many folds as the smallest class has spectra (or groups), at most.

    Raises:
        DataError: a class has a single spectrum (or group), or groups of several classes cannot be divided.
    """
    units = units_per_class(samples)
    number = min(most, max(int(units[units > 0].min()), 2))
    try:
        return stratified_folds(samples, number, seeds.generator("inner_folds"))
    except DataError as error:
        problems = (
            replace(
                problem,
                what="pca_svm: components and C are chosen by cross-validation inside the training spectra, "
                f"where {problem.what}. Set both components and C",
            )
            for problem in error.problems
        )
        raise DataError(*problems) from error


@hookimpl
def raman_xp_models() -> list[type[Model]]:
    return [PcaSvm]
