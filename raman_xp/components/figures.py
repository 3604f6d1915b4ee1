"""What draws a finished trial, beyond the pictures of every run."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from raman_xp.components.base import Component
from raman_xp.components.data import Preprocessor, Split
from raman_xp.components.models import Capability, FittedModel
from raman_xp.errors import DataError, Problem
from raman_xp.maps import Maps
from raman_xp.results import UnitResult
from raman_xp.spectra import RawSpectra, Spectra
from raman_xp.text.wording import did_you_mean


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


@dataclass(frozen=True)
class SweptTrial:
    """A finished trial of a sweep.

    Args:
        chosen: what the sweep chose for it, by dotted key.
        test: its test spectra.
        maps: explainer's id → its maps of them, one row a spectrum or a class, or nothing where they are not
            kept; read when it is called.
    """

    chosen: Mapping[str, Any]
    test: Spectra
    maps: Callable[[str], Maps | None]


@dataclass(frozen=True)
class SweepTask:
    """The finished trials of a sweep, for whoever draws them together.

    Args:
        trials: in the order of the sweep.
        key: the dotted key to tell them apart by; where others are swept as well, all else is equal in them.
        explainers: their ids.
        folder: an existing folder for the files.
    """

    trials: Sequence[SweptTrial]
    key: str
    explainers: Sequence[str]
    folder: Path


class Figure(Component):
    """Draws a finished trial, or what the trials of a sweep have in common."""

    needs: ClassVar[frozenset[Capability]] = frozenset()
    """What the model must offer; checked with the spec, before any training."""

    def require(self, test: Spectra, explainers: Sequence[str]) -> None:
        """Check, before anything runs, that what is to be drawn will be there.

        Args:
            test: the test spectra, preprocessed.
            explainers: their ids.

        Raises:
            DataError: what is not.
        """

    def require_known(self, key: str, asked: Sequence[str] | None, known: Sequence[str]) -> None:
        """Check that all names that a key asks for are there.

        Args:
            key: of the spec, for the message.
            asked: names; nothing asks for none.
            known: names that are there.

        Raises:
            DataError: naming those that are not.
        """
        unknown = [name for name in asked or () if name not in known]
        if unknown:
            problems = (f"{self.slug}: {key}: no {name}; {did_you_mean(name, known)}" for name in unknown)
            raise DataError(*map(Problem, problems))

    @abstractmethod
    def draw(self, task: FigureTask) -> None:
        """Write files into ``task.folder``, named after ``self.slug``.

        Args:
            task: the finished final fit.

        `raman_xp.figures.style.figure` gives every picture the same look.
        """

    def draw_sweep(self, task: SweepTask) -> None:
        """The same for a sweep; most figures have nothing to add there.

        Args:
            task: its finished trials.
        """
