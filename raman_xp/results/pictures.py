"""Pictures of a fit: those that were drawn, and those that could not be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from raman_xp.system.files import Files, FolderFiles

MISSING_PICTURES = "missing_pictures.txt"
"""File of a trial that lists the pictures that could not be drawn, with the reason of each."""


@dataclass(frozen=True)
class MissingPicture:
    """A picture that could not be drawn.

    Args:
        name: path of the picture among the files of the trial; of a figure, ``figures/`` and its id.
        reason: why it could not be drawn.
        details: traceback, where there is one.
    """

    name: str
    reason: str
    details: str = ""


@dataclass(frozen=True)
class Drawn:
    """Pictures of a final fit.

    Args:
        files: the pictures.
        missing: those that could not be drawn.
        seconds: how long drawing took.
    """

    files: Files = field(default_factory=dict)
    missing: Sequence[MissingPicture] = ()
    seconds: float = 0.0

    def in_memory(self) -> Drawn:
        """Return the same pictures read into memory, for a process of another machine."""
        return replace(self, files=dict(self.files))

    def hand_over(self) -> Drawn:
        """Leave the folder of the pictures to the process of this machine that receives them."""
        if isinstance(self.files, FolderFiles):
            self.files.hand_over()
        return self
