"""What can go wrong, said as where, what, and what would work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

SHOWN = 20
"""How many problems of one kind a message lists before it only counts them."""


class RamanXpError(Exception):
    """Base of every error that the command line prints without a traceback."""

    exit_code = 1


@dataclass(frozen=True)
class Problem:
    """One thing wrong with what the user gave.

    Args:
        what: is wrong, and what would work.
        where: the key or the row, as the user knows it: ``model.kernel_size``, ``row 3``.
        place: the file and, where known, line and column: ``pharma.yaml:12:3``.
    """

    what: str
    where: str = ""
    place: str = ""

    def __str__(self) -> str:
        return ": ".join(part for part in (self.place, self.where, self.what) if part)


class InputError(RamanXpError):
    """The spec, its data or an installed plugin is wrong: nothing was run and nothing written.

    Args:
        problems: all that is wrong, each in words or as a `Problem`.
    """

    exit_code = 2

    def __init__(self, *problems: Problem | str | Sequence[Problem | str]) -> None:
        each = [p for some in problems for p in (some if isinstance(some, list | tuple) else [some])]
        self.problems = tuple(p if isinstance(p, Problem) else Problem(str(p)) for p in each)
        super().__init__(_listed(self.problems))


class SpecError(InputError):
    """An experiment's YAML file, or an option that overrides it, is wrong."""


class DataError(InputError):
    """The spectra cannot be read, or cannot serve the experiment.

    Args:
        problems: all that is wrong, each in words or as a `Problem`.
    """


class RowErrors(Exception):
    """Spectra that a step cannot treat; whoever knows their names turns this into a `DataError`.

    Args:
        rows: row in the array handed over → what is wrong with it.
    """

    def __init__(self, rows: Mapping[int, str]) -> None:
        self.rows = rows
        super().__init__("; ".join(f"row {row}: {what}" for row, what in rows.items()))

    def __reduce__(self) -> tuple[type[RowErrors], tuple[Mapping[int, str]]]:
        return RowErrors, (self.rows,)


class PluginError(InputError):
    """An installed plugin is broken, missing or in another's way."""


class ComponentError(RamanXpError):
    """A component broke while it worked, or gave back something else than its contract says."""


class WorkerError(RamanXpError):
    """A process that does a unit of work has died, or cannot do it as the runner would."""


class ClusterError(RamanXpError):
    """The cluster that does the work cannot be reached, or is lost."""


class BusyError(RamanXpError):
    """Another runner is at work on the same trial."""


class StoreError(RamanXpError):
    """The store that remembers runs cannot be reached or written."""


E = TypeVar("E", bound=BaseException)


def alone(error: E) -> E:
    """The error without those it came from.

    Another process may not be able to read them, and a component may have closed their chain to a circle,
    which whoever follows it goes round for ever.
    """
    error.__cause__ = error.__context__ = None
    return error


def because(error: BaseException) -> str:
    """Return what an error says, with its type where it is none of ours."""
    if isinstance(error, RamanXpError):
        return str(error)
    kind = "MemoryError" if isinstance(error, MemoryError) else type(error).__name__  # NumPy has its own
    return ": ".join(part for part in (kind, " ".join(str(error).split())) if part)


def _listed(problems: Sequence[Problem]) -> str:
    lines = [str(problem) for problem in problems[:SHOWN]]
    if len(problems) > SHOWN:
        lines.append(f"… and {len(problems) - SHOWN} more ({len(problems)} problems in all)")
    return "\n".join(lines)
