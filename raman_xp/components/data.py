"""Where spectra come from, what is done to them, and who trains and tests."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from raman_xp.components.base import Component
from raman_xp.spectra import Floats, Ints, RawSpectra, Samples, Spectra


class DataSource(Component):
    """Where spectra come from."""

    seeded: ClassVar[bool] = True
    """Whether what is loaded depends on the seed; a source that reads files says no."""

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
    """What a splitter may look at.

    Args:
        spectra: all of them, after preprocessing, with the signal before any rescaling.
        rng: the splitter's own stream.
    """

    spectra: Spectra
    rng: np.random.Generator

    @property
    def samples(self) -> Samples:
        """Labels, names, groups and roles."""
        return self.spectra.samples


class Splitter(Component):
    """Divides spectra into test rows and folds; a group stays on one side."""

    @abstractmethod
    def split(self, task: SplitTask) -> Split:
        """Choose the rows.

        Args:
            task: the spectra, and where chance comes from.

        Raises:
            DataError: the data cannot be split so, naming class and count.
        """
