"""The pictures of a trial that is on its way: those that are left to draw, and those that are missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from raman_xp.results import Drawn, MissingPicture
from raman_xp.system.files import Files, JoinedFiles
from raman_xp.text.wording import counted

PATIENCE = 3
"""Pictures of one trial that may end the process which draws them; the others are not tried then."""


class TrialPictures:
    """The pictures of a trial, drawn in groups by whichever worker is free.

    Where the process that draws a group dies, its pictures are drawn one by one, so that it is known which of
    them is missing.
    """

    def __init__(self) -> None:
        self.missing: list[MissingPicture] = []
        self.seconds = 0.0
        self.total = 0
        self._left: set[str] = set()
        self._files: list[Files] = []
        self._failures = 0

    @property
    def done(self) -> int:
        """How many are drawn, or known to be missing."""
        return self.total - len(self._left)

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left to draw."""
        return not self._left

    @property
    def files(self) -> Files:
        """All that are drawn."""
        return JoinedFiles(*self._files)

    def begin(self, names: Iterable[str]) -> None:
        """All pictures of the trial are known."""
        self._left = set(names)
        self.total = len(self._left)

    def take(self, names: Iterable[str], drawn: Drawn) -> None:
        """A group is drawn."""
        self._left -= set(names)
        self._files.append(drawn.files)
        self.missing += drawn.missing
        self.seconds += drawn.seconds

    def failed(self, names: Sequence[str], reason: str) -> Iterator[tuple[str, ...]]:
        """A group could not be drawn; returns the groups to try next.

        Args:
            names: of the group.
            reason: why.
        """
        self._failures += len(names) == 1
        if len(names) > 1 and self._failures < PATIENCE:
            yield from ((name,) for name in names)
            return
        self._left -= set(names)
        self.missing += [MissingPicture(name, reason) for name in names]

    def give_up(self, names: Sequence[str]) -> bool:
        """Whether a group is not tried any more, since too many pictures have ended their process."""
        if self._failures < PATIENCE:
            return False
        self._left -= set(names)
        reason = f"not tried after {counted(PATIENCE, 'picture')} of the trial had ended their process"
        self.missing += [MissingPicture(name, reason) for name in names]
        return True


def listed(missing: Sequence[MissingPicture]) -> bytes:
    """Content of the file that lists missing pictures, each with its reason."""
    lines = (
        f"{each.name}: {each.reason}" + (f"\n\n{each.details.rstrip()}\n" if each.details else "")
        for each in missing
    )
    return "\n".join(lines).encode()


def told(missing: Sequence[MissingPicture]) -> str:
    """One line about missing pictures: how many there are, and the first with its reason."""
    first, *others = missing
    line = f"{counted(len(missing), 'picture')} could not be drawn: {first.name} ({first.reason})"
    return f"{line} and {counted(len(others), 'other')}" if others else line
