"""What draws a finished trial, beyond the pictures of every run."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar

from raman_xp.components.base import Component
from raman_xp.components.data import Preprocessor, Split
from raman_xp.components.models import Capability, FittedModel
from raman_xp.results import UnitResult
from raman_xp.spectra import RawSpectra, Spectra


@dataclass(frozen=True)
class FigureTask:
    """A finished final fit, for whoever draws it.

    Args:
        raw: the spectra as the source gave them.
        steps: the preprocessing.
        spectra: all spectra after it.
        split: who trained and who tested.
        model: the trained model; dropout is off.
        result: what it says of the test spectra, with their maps and what they amount to.
        folder: an existing folder for the files.
    """

    raw: RawSpectra
    steps: tuple[Preprocessor, ...]
    spectra: Spectra
    split: Split
    model: FittedModel
    result: UnitResult
    folder: Path

    @cached_property
    def test(self) -> Spectra:
        """The test spectra, in the order of the maps of single spectra."""
        return self.spectra.take(self.result.rows)

    @cached_property
    def train(self) -> Spectra:
        """The spectra of the fit."""
        return self.spectra.take(self.split.train)


class Figure(Component):
    """Draws a finished trial."""

    needs: ClassVar[frozenset[Capability]] = frozenset()
    """What the model must offer; checked with the spec, before any training."""

    def require(self, spectra: Spectra, explainers: Sequence[str]) -> None:
        """Check, before anything runs, that what is to be drawn will be there.

        Args:
            spectra: all spectra, preprocessed.
            explainers: their ids.

        Raises:
            DataError: what is not.
        """

    @abstractmethod
    def draw(self, task: FigureTask) -> None:
        """Write files into ``task.folder``, named after ``self.slug``.

        `raman_xp.figures.style.figure` gives every picture the same look.
        """
