"""The base class of each family of components.

A component is a pydantic model whose fields are its keys in the YAML file, plus the method that does the
work. Heavy libraries are imported inside that method, so that reading a spec stays fast.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Annotated, ClassVar, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from raman_xp.errors import ComponentError, RamanXpError, RowErrors
from raman_xp.maps import Maps
from raman_xp.results import TrialContext, TrialResult, UnitResult
from raman_xp.scores import Direction, Score, direction
from raman_xp.seeds import Seeds
from raman_xp.spectra import Floats, Ints, RawSpectra, Samples, Spectra

T = TypeVar("T")


class Family(StrEnum):
    """Kinds of component; the value stands before the dot in an entry point's name."""

    DATA_SOURCE = "data_source"
    PREPROCESSOR = "preprocessor"
    SPLITTER = "splitter"
    MODEL = "model"
    EXPLAINER = "explainer"
    MAP_SCORE = "map_score"
    TRACKER = "tracker"
    OBSERVER = "observer"

    @property
    def hook(self) -> str:
        """The hook by which a plugin registers components of this family."""
        return f"raman_xp_{self.value}s"


class Component(BaseModel, ABC):
    """What all components share: no unknown key, no change after validation."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True)

    name: ClassVar[str]
    """The word after ``use:``."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_.-]*$", max_length=60)] | None = Field(
        None, description="Names this component's metrics and files; default: its name, made unique."
    )

    @property
    def slug(self) -> str:
        """The id, or the name where none was given."""
        return self.id or self.name


@contextmanager
def blaming(component: Component, doing: str) -> Iterator[None]:
    """Errors of a component's own name it: ``explainer grad_cam (its.module) failed to explain: …``.

    Raises:
        ComponentError: in place of any error that is not ours.
    """
    try:
        yield
    except (RamanXpError, RowErrors):
        raise
    except (Exception, SystemExit) as error:
        raise ComponentError(
            f"{component.name} ({type(component).__module__}) failed to {doing}: "
            f"{type(error).__name__}: {error}; raman-xp --debug shows where"
        ) from error


class DataSource(Component):
    """Where spectra come from."""

    @abstractmethod
    def load(self, rng: np.random.Generator) -> RawSpectra:
        """Read or make the spectra.

        Args:
            rng: the source's own stream; a source that reads files ignores it.

        Raises:
            DataError: naming the file and line where the data cannot be used.
        """


class Preprocessor(Component):
    """One step that treats each spectrum by itself."""

    keeps_scale: ClassVar[bool] = True
    """False where intensities of different spectra can no longer be compared afterwards."""

    @abstractmethod
    def transform(self, wavenumber: Floats, intensity: Floats) -> tuple[Floats, Floats]:
        """Transform spectra that share an axis; the arguments stay as they are.

        Args:
            wavenumber: (channels,) float64, ascending.
            intensity: (n, channels).

        Returns:
            The new axis (channels',) and intensities (n, channels').

        Raises:
            RowErrors: rows that cannot be treated; the caller names them to the user.
            DataError: the step cannot be done at all.
        """


@dataclass(frozen=True)
class Split:
    """Which rows train and which test.

    Args:
        test: rows that nothing is fitted on.
        folds: pairs of training and validation rows, none of them in ``test``.
        train: rows of the final fit: everything that is not test.
    """

    train: Ints
    test: Ints
    folds: tuple[tuple[Ints, Ints], ...] = ()


@dataclass(frozen=True)
class SplitTask:
    """What a splitter may look at: ``spectra`` after preprocessing, with the signal before any rescaling."""

    spectra: Spectra
    rng: np.random.Generator

    @property
    def samples(self) -> Samples:
        return self.spectra.samples


class Splitter(Component):
    """Divides spectra into test rows and folds; a group stays on one side."""

    @abstractmethod
    def split(self, task: SplitTask) -> Split:
        """Choose the rows.

        Raises:
            DataError: the data cannot be split so, naming class and count.
        """


class Capability(StrEnum):
    """What a model can offer an explainer."""

    FEATURE_GRADIENTS = "feature_gradients"
    INPUT_GRADIENTS = "input_gradients"
    DENSE_AFTER_FEATURES = "dense_after_features"
    """A dense layer reads the flattened feature map: the closed form of Eqs. 8 and 9 holds."""


@dataclass(frozen=True)
class FitTask:
    """Spectra to fit and to watch, and where chance comes from.

    Args:
        train: spectra to fit, (n, channels) float32.
        valid: spectra to watch while fitting, or nothing.
        seeds: streams; networks use ``weights``, ``batches`` and ``dropout``.
        threads: threads of computation; results repeat bit for bit only for the same number.
        report: called after each epoch with how many are done, how many there are, and their numbers.
    """

    train: Spectra
    valid: Spectra | None
    seeds: Seeds
    threads: int = 1
    report: Callable[[int, int, Mapping[str, float]], None] = lambda done, total, numbers: None


@dataclass(frozen=True)
class Features:
    """A feature map and how a score depends on it.

    Args:
        activations: (n, bins, maps) float32.
        gradients: (n, t, bins, maps) float32, for each of t weight vectors over the logits.
        centers: (bins,) channel on which each bin's receptive field is centred.
        offsets: (maps,) how far right of that centre each map looks, in channels; zeros where unknown.
    """

    activations: NDArray[np.float32]
    gradients: NDArray[np.float32]
    centers: Floats
    offsets: Floats


class FittedModel(ABC):
    """A trained model: scores for spectra, and what explainers ask for."""

    curves: Mapping[str, Floats]
    """Learning curves: name → (epochs,); empty where nothing is learnt step by step."""

    @abstractmethod
    def logits(self, x: Floats) -> NDArray[np.float32]:
        """Scores before the softmax, (n, classes), for spectra (n, channels)."""

    def feature_gradients(self, x: Floats, cotangents: Floats, layer: str | None = None) -> Features:
        """Activations of a layer and the gradients of t logit combinations with respect to it.

        Args:
            x: (n, channels).
            cotangents: (n, t, classes), weights over the logits.
            layer: name of the layer; the last feature map where nothing is said.
        """
        raise ComponentError(f"{type(self).__name__} offers no {Capability.FEATURE_GRADIENTS}")

    def input_gradients(self, x: Floats, cotangents: Floats) -> NDArray[np.float32]:
        """Gradients of t logit combinations with respect to the spectra, (n, t, channels)."""
        raise ComponentError(f"{type(self).__name__} offers no {Capability.INPUT_GRADIENTS}")

    @abstractmethod
    def save(self, folder: Path, example: Spectra) -> None:
        """Write the model as an MLflow model folder, with signature and input example."""


class Model(Component):
    """Something that learns to tell classes apart."""

    capabilities: ClassVar[frozenset[Capability]] = frozenset()
    frameworks: ClassVar[tuple[str, ...]] = ()
    """Distributions whose version decides what training gives, such as ``keras``."""

    @abstractmethod
    def fit(self, task: FitTask) -> FittedModel:
        """Learn from ``task.train``. Same task, same thread count: the same model bit for bit."""

    @abstractmethod
    def parameter_count(self, channels: int, classes: int) -> int:
        """How many numbers training adjusts, by arithmetic, without building the model.

        Raises:
            ValueError: no such model can be built for this input, and why.
        """


@dataclass(frozen=True)
class ExplainTask:
    """A batch of spectra to explain; what is computed for one explainer is kept for the next.

    Args:
        model: the trained model; dropout is off.
        spectra: spectra to explain, (n, channels).
        training: the spectra the model was trained on.
        rng: the explainer's own stream.
    """

    model: FittedModel
    spectra: Spectra
    training: Spectra
    rng: np.random.Generator
    memory: dict[tuple[object, ...], object] = field(default_factory=dict, repr=False)

    def logits(self) -> NDArray[np.float32]:
        """(n, classes)."""
        return self._once(("logits",), lambda: self.model.logits(self.spectra.intensity))

    def targets(self, choice: Literal["predicted", "labelled"]) -> Ints:
        """(n,) the class to explain for each spectrum."""
        return self.logits().argmax(axis=1) if choice == "predicted" else self.spectra.labels

    def direction(self, score: Score, targets: Ints) -> Direction:
        """The score of each target class as a direction in logit space."""
        return direction(score, self.logits(), targets)

    def feature_gradients(self, unit: Floats, layer: str | None = None) -> Features:
        """Features with gradients (n, 1, bins, maps) along ``unit`` (n, classes)."""
        return self._once(
            ("features", layer, unit.tobytes()),
            lambda: self.model.feature_gradients(self.spectra.intensity, unit[:, None], layer),
        )

    def input_gradients(self, unit: Floats) -> NDArray[np.float32]:
        """(n, channels), gradients along ``unit`` (n, classes)."""
        return self._once(
            ("input", unit.tobytes()),
            lambda: self.model.input_gradients(self.spectra.intensity, unit[:, None])[:, 0],
        )

    def _once(self, key: tuple[object, ...], compute: Callable[[], T]) -> T:
        if key not in self.memory:
            self.memory[key] = compute()
        return self.memory[key]  # type: ignore[return-value]


class Explainer(Component):
    """Tells which channels a decision rests on."""

    needs: ClassVar[frozenset[Capability]] = frozenset()
    """What the model must offer; checked with the spec, before any training."""
    per: ClassVar[Literal["spectrum", "class"]] = "spectrum"
    """Spectrum: called once a batch. Class: called once, one row a class."""

    @abstractmethod
    def explain(self, task: ExplainTask) -> Maps:
        """Maps on the input axis, (spectra, channels) or (classes, channels)."""


class ScoreExplainer(Explainer):
    """An explainer of the score of one class for each spectrum."""

    score: Score = Score.LOG_ODDS
    """The score explained: log_odds, logit, margin or probability."""
    target: Literal["predicted", "labelled"] = "predicted"
    """Which class is explained for each spectrum: the predicted one, or the one it is labelled with."""


@dataclass(frozen=True)
class ScoreTask:
    """What a map score may look at.

    Args:
        maps: the maps of one explainer over the test spectra.
        spectra: those test spectra.
        zones: (classes, channels) ``Zone`` of every channel, or nothing where no truth is known.
    """

    maps: Maps
    spectra: Spectra
    zones: NDArray[np.int8] | None


class MapScore(Component):
    """Turns maps into numbers that can be compared."""

    @abstractmethod
    def score(self, task: ScoreTask) -> Mapping[str, Floats]:
        """Name of a number → (classes,) its value per class, NaN where it cannot be told."""


class TrialLog(ABC):
    """The tracker's open record of one trial."""

    @abstractmethod
    def record(self, result: UnitResult) -> None:
        """Keep what one finished fit produced."""

    @abstractmethod
    def conclude(self, result: TrialResult) -> str:
        """Keep the whole trial's outcome; returns where to look at it."""


class Tracker(Component):
    """Remembers runs. Its failure fails the run."""

    @abstractmethod
    def preflight(self) -> str:
        """Check that the store is there and can be written; returns its address.

        Raises:
            StoreError: the store cannot be used, and what to do.
        """

    @abstractmethod
    def trial(self, context: TrialContext) -> AbstractContextManager[TrialLog]:
        """Begin the record of a trial; it ends finished, failed or killed as the block ends."""


class Observer(Component):
    """Only watches: its methods marked ``hookimpl`` are the events it wants."""


BASES: Mapping[Family, type[Component]] = {
    Family.DATA_SOURCE: DataSource,
    Family.PREPROCESSOR: Preprocessor,
    Family.SPLITTER: Splitter,
    Family.MODEL: Model,
    Family.EXPLAINER: Explainer,
    Family.MAP_SCORE: MapScore,
    Family.TRACKER: Tracker,
    Family.OBSERVER: Observer,
}
"""Family → the class that its components extend."""
