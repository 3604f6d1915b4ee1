"""Everything wrong with one text file, collected before any of it is reported."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from raman_xp.errors import DataError, Problem


@dataclass
class Faults:
    """The faults of a file so far; true once there is one.

    Args:
        path: The file; messages show its name only.
    """

    path: Path
    found: list[tuple[int, Problem]] = field(default_factory=list)

    def add(self, what: str, *, line: int = 0, where: str = "") -> None:
        """Note a fault; lines count from 1, and 0 means the whole file."""
        place = f"{self.path.name}:{line}" if line else self.path.name
        self.found.append((line, Problem(what, where, place)))

    def __bool__(self) -> bool:
        return bool(self.found)

    def error(self) -> DataError:
        """All faults, in the order of their lines."""
        return DataError(*(problem for _, problem in sorted(self.found, key=lambda fault: fault[0])))
