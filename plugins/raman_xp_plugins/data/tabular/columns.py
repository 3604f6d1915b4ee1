"""Finds the column a user means, by the name given or by the common spellings."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from raman_xp.wording import did_you_mean
from raman_xp_plugins.data.tabular.faults import Faults

SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "label": (
        "label",
        "labels",
        "class",
        "classname",
        "compound",
        "substance",
        "sample",
        "species",
        "target",
    ),
    "group": ("group",),
    "role": ("role",),
    "spectrum": ("spectrum", "spectrumid", "scan", "scanid", "id"),
    "wavenumber": ("wavenumber", "wavenumbers", "ramanshift", "shift", "wavelength", "x"),
    "intensity": ("intensity", "intensities", "counts", "y"),
}
"""Part → how its column is often called, the likeliest first."""

_LISTED = 20


def spells(name: str, part: str) -> bool:
    """Whether a column of this name is likely this part of the data."""
    return _plain(name) in SPELLINGS[part]


def listed(names: Sequence[str]) -> str:
    """A list of names that stays short."""
    shown = ", ".join(name or "(no name)" for name in names[:_LISTED])
    return f"{shown} and {len(names) - _LISTED} more" if len(names) > _LISTED else shown


class Columns:
    """The columns of words in a header, and which of them were taken for what.

    Args:
        header: all cells of the header.
        open_to: places of the columns that may be chosen.
        stated: part → name given by the user.
        faults: where columns that cannot be found are noted.
        line: line of the header.
    """

    def __init__(
        self,
        header: Sequence[str],
        open_to: Sequence[int],
        stated: Mapping[str, str],
        faults: Faults,
        line: int,
    ) -> None:
        self.header = header
        self.open_to = open_to
        self.stated = stated
        self.faults = faults
        self.line = line
        self.notes: list[str] = []
        self.taken: set[int] = set()

    def find(self, part: str, *, needed: bool) -> int | None:
        """The place of a part's column; where it is needed and absent, a fault."""
        place = self._stated(part) if part in self.stated else self._likely(part, needed)
        if place is not None:
            self.taken.add(place)
        return place

    def ignored(self) -> list[str]:
        """Names of the columns that nothing was taken from."""
        return [self.header[place] for place in self.open_to if place not in self.taken]

    def _stated(self, part: str) -> int | None:
        name = self.stated[part].strip()
        places = [place for place in self.open_to if self.header[place] == name]
        if not places:
            hint = did_you_mean(name, {self.header[place] for place in self.open_to} - {""})
            self._fault(f'no column "{name}" for `{part}`; {hint}')
        return self._only(places, part)

    def _likely(self, part: str, needed: bool) -> int | None:
        for spelling in SPELLINGS[part]:
            places = [place for place in self.open_to if _plain(self.header[place]) == spelling]
            if places:
                if part != spelling:
                    self.notes.append(f"{part} column: {self.header[places[0]]} (none is called {part})")
                return self._only(places, part)
        if needed:
            names = [self.header[place] for place in self.open_to]
            if example := next(filter(None, names), ""):
                there_is = f"the columns are {listed(names)}; name it, such as `{part}: {example}`"
            else:
                there_is = f"no column but the wavenumbers has a name; call it {part} in this line"
            self._fault(f"no {part} column: {there_is}")
        return None

    def _only(self, places: Sequence[int], part: str) -> int | None:
        if len(places) > 1:
            at = " and ".join(str(place + 1) for place in places)
            self._fault(
                f'columns {at} are both called "{self.header[places[0]]}"; only one can be the {part}'
            )
        return places[0] if len(places) == 1 else None

    def _fault(self, what: str) -> None:
        self.faults.add(what, line=self.line)


def _plain(name: str) -> str:
    """A name without case, blanks, signs and the unit cm⁻¹."""
    return re.sub(r"[\W_]", "", re.sub(r"[\W_]*cm[\W_]*(1|⁻¹)[\W_]*$", "", name.casefold()))
