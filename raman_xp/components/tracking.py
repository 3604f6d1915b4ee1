"""What remembers runs, and what only watches them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager

from raman_xp.components.base import Component
from raman_xp.results import TrialContext, TrialResult, UnitResult


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
