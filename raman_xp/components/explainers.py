"""What tells which channels a decision rests on, and what measures it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from raman_xp.components.base import Component
from raman_xp.components.explain_task import ExplainTask, Target
from raman_xp.components.models import Capability
from raman_xp.maps import Maps
from raman_xp.maps.quantities import Score
from raman_xp.spectra import Floats, Spectra


class Explainer(Component):
    """Tells which channels a decision rests on."""

    needs: ClassVar[frozenset[Capability]] = frozenset()
    """What the model must offer; checked with the spec, before any training."""
    per: ClassVar[Literal["spectrum", "class"]] = "spectrum"
    """Spectrum: called once a batch. Class: called once, one row a class."""

    def require(self, test: Spectra) -> None:
        """Check, before anything is trained, that these spectra can be explained.

        Args:
            test: the test spectra, preprocessed.

        Raises:
            DataError: what does not fit them, such as a width beyond their axis, and what would.

        >>> from raman_xp.errors import DataError
        >>> class Coarse(Explainer):
        ...     name = "coarse"
        ...     cells: int = 8
        ...     def require(self, test):
        ...         if self.cells > test.channels:
        ...             raise DataError(f"{self.slug}: cells: {self.cells}; at most {test.channels}")
        """

    @abstractmethod
    def explain(self, task: ExplainTask) -> Maps:
        """Tell which channels the decisions on a batch of spectra rest on.

        Args:
            task: the spectra, the model, and what is asked of it. Its arrays are read-only.

        Returns:
            Maps on the input axis: (spectra, channels), or as many rows for each spectrum as classes are
            explained; (classes, channels) where ``per`` is ``class``.
        """


class ScoreExplainer(Explainer):
    """An explainer of the score of one class for each spectrum."""

    score: Score = Score.LOG_ODDS
    """The score explained: log_odds, logit, margin or probability."""
    target: Target = "predicted"
    """Which class is explained for each spectrum: the predicted one, the one it is labelled with, or `every`
    one, a map each; scores and pictures then take the map of the predicted class."""


@dataclass(frozen=True)
class ScoreTask:
    """What a map score may look at.

    Args:
        maps: the maps of one explainer over the test spectra, one row a spectrum or a class.
        spectra: those test spectra.
        zones: (rows, channels) ``Zone`` of every channel to the class that a map explains, in its spectrum
            where that is known; nothing where no truth is known.
    """

    maps: Maps
    spectra: Spectra
    zones: NDArray[np.int8] | None


class MapScore(Component):
    """Turns maps into numbers that can be compared."""

    def require(self, test: Spectra) -> None:
        """Check, before anything runs, that the test spectra are such as can be scored.

        Args:
            test: the test spectra, preprocessed.

        Raises:
            DataError: what is missing.
        """

    @abstractmethod
    def score(self, task: ScoreTask) -> Mapping[str, Floats]:
        """Measure the maps of one explainer.

        Args:
            task: the maps, the test spectra, and their truth where it is known. Its arrays are read-only.

        Returns:
            Name of a number → (classes,) its value per class, NaN where it cannot be told. The run's metric
            ``map/<name>/<explainer>`` is the mean over the classes.
        """
