"""What remembers runs, and what only watches them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import ClassVar

from raman_xp.components.base import Component
from raman_xp.results import Files, SweepResult, TrialContext, TrialResult, UnitResult


class TrialLog(ABC):
    """The open record of one trial; it ends with `conclude` or `abandon`.

    Units that were handed out before a trial failed may still be recorded after `abandon`.
    """

    @abstractmethod
    def record(self, result: UnitResult) -> None:
        """Keep what one finished fit produced, so that `ExperimentLog.fit` gives it back, at once.

        The final fit comes without maps and tables as soon as it is fitted, and again with them once it is
        explained: whatever goes wrong after the fit costs no fit. A fit may come with an error.

        Args:
            result: of the fit.
        """

    def attach(self, files: Files) -> None:  # noqa: B027  # a tracker may keep no pictures
        """Keep pictures of the final fit, and what is said of those that are missing, beside its tables.

        By default they are not kept.

        Args:
            files: some of the pictures; the others come in further calls.
        """

    @abstractmethod
    def conclude(self, result: TrialResult) -> str:
        """Keep the whole trial's outcome.

        Args:
            result: numbers, and the final fit.

        Returns:
            Where to look at it.
        """

    @abstractmethod
    def abandon(self, error: BaseException) -> None:
        """End the record as failed, or as killed where the run was stopped.

        Args:
            error: why, with a component's traceback among its notes; a ``KeyboardInterrupt`` where the run
                was stopped.
        """


class ExperimentLog(ABC):
    """The record of an experiment: of the trials that run, and of what earlier ones have left."""

    @abstractmethod
    def begin(self, context: TrialContext, fresh: bool) -> TrialLog:
        """Begin the record of a trial, or take up the one that a stopped or dead runner left unfinished.

        Args:
            context: what is known of the trial.
            fresh: never take one up.

        Raises:
            BusyError: a living runner is at work on the same trial.
        """

    def finished(self, key: str) -> tuple[Files, str] | None:
        """What a finished trial's `TrialResult` amounted to, and where it is to be seen.

        Args:
            key: the trial's.

        Returns:
            The files that `TrialResult.kept` held; nothing where there is no such trial.
        """
        return None

    def fit(self, key: str, *, with_model: bool) -> Files | None:
        """The files that `UnitResult.kept` held, of the fit with this key; nothing where there is none.

        Args:
            key: the fit's.
            with_model: whether those of the model are wanted.
        """
        return None

    def artifacts(self, key: str, paths: Sequence[str]) -> Files | None:
        """Files of a finished trial, for what is drawn of several together; nothing where they are not kept.

        Args:
            key: the trial's.
            paths: as in `UnitResult.files`.
        """
        return None

    def summary(self, key: str) -> str | None:
        """Where to look at a sweep; nothing where there is none.

        Args:
            key: the sweep's.
        """
        return None

    def summarise(self, sweep: SweepResult) -> str:
        """Keep what the trials of a sweep amount to together; returns where to look at it.

        Args:
            sweep: table, pictures, and a note.
        """
        return ""


class Tracker(Component):
    """Remembers runs. Its failure fails the run."""

    user_keys: ClassVar[tuple[str, ...]] = ()
    """Keys that say where results go. The user sets them on the command line or in the environment. A spec,
    which may come from a stranger, cannot choose another place, and a recorded spec does not hold them."""

    @property
    def address(self) -> str:
        """Where results go, shown before a run: without password, and found without opening the store."""
        return ""

    def store_failed(self, error: Exception) -> bool:
        """Return whether an error means that the store cannot be reached or written: then the whole run ends.

        Any other error fails the trial that was recorded, and the others continue. By default, a store fails
        with an ``OSError``, which network errors are as well.

        Args:
            error: raised by the tracker or its records.
        """
        return isinstance(error, OSError)

    def require(self, experiment: str, description: str, params: Mapping[str, str]) -> None:
        """Check that the store can hold what is known of a trial before it runs.

        It is called when a spec is checked, and reaches no store. By default, everything can be held.

        Args:
            experiment: name of the experiment.
            description: what the experiment is for.
            params: the flattened spec, as in `TrialContext`.

        Raises:
            DataError: each key that cannot be recorded, why, and what to do.
        """

    @classmethod
    def warm_up(cls) -> None:
        """Import the libraries of the store; called once by a command, before `preflight`."""

    @abstractmethod
    def preflight(self) -> str:
        """Check that the store is there and can be written; returns its address.

        Raises:
            StoreError: the store cannot be used, and what to do.
        """

    @abstractmethod
    def experiment(self, name: str, description: str) -> AbstractContextManager[ExperimentLog]:
        """Open the record of an experiment, which is made where there is none.

        Args:
            name: of the experiment; trials of one name are compared with each other.
            description: what the experiment is for, Markdown.
        """


class Observer(Component):
    """Only watches: its methods marked ``hookimpl`` are the events it wants."""
