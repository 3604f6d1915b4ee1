"""Finds the column a user means, by the name given or by the common spellings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from raman_xp.text.wording import did_you_mean
from raman_xp_plugins.data.tabular.faults import Faults
from raman_xp_plugins.data.tabular.groups import named_like_group, repeats_like_groups
from raman_xp_plugins.data.tabular.names import CERTAIN, SPELLINGS, VAGUE, is_part, plain, spells
from raman_xp_plugins.data.tabular.words import Words

AUTO = "auto"
"""Value of a key whose column is found by its name."""
_LISTED = 20


def listed(names: Sequence[str]) -> str:
    """A list of names that stays short."""
    shown = ", ".join(name or "(no name)" for name in names[:_LISTED])
    return f"{shown} and {len(names) - _LISTED} more" if len(names) > _LISTED else shown


class Columns:
    """The columns of words in a header, and the use that each has.

    Args:
        header: all cells of the header.
        open_to: places of the columns that may be chosen.
        stated: part → name given by the user.
        faults: where columns that cannot be found are noted.
        line: line of the header.
        examples: place → some cells of that column; none where they cannot be looked at.
        ignore: names of columns that the user wants to be ignored.
    """

    def __init__(
        self,
        header: Sequence[str],
        open_to: Sequence[int],
        stated: Mapping[str, str | None],
        faults: Faults,
        line: int,
        examples: Callable[[int], Sequence[str]] = lambda place: (),
        ignore: Sequence[str] = (),
    ) -> None:
        self.header = header
        self.open_to = open_to
        self.stated = stated
        self.faults = faults
        self.line = line
        self.examples = examples
        self.ignore = ignore
        self.notes: list[str] = []
        self.warnings: list[str] = []
        self.taken: set[int] = set()
        self.shared: set[int] = set()

    def find(self, part: str, *, needed: bool) -> int | None:
        """The place of a part's column; where it is needed and absent, a fault."""
        if part not in self.stated:
            place = self._likely(part, needed)
        elif (name := self.stated[part]) is None:
            return None
        else:
            place = self._stated(part, name.strip())
        if place is not None and place in self.taken:
            self.fault(
                f"`{part}: {self.header[place]}` names a column that has another use already; "
                "a column can be used for one thing only"
            )
            return None
        if place is not None:
            self.taken.add(place)
        return place

    def several(self, part: str, names: Sequence[str]) -> list[int]:
        """The places of columns that are one part together; each may have a further use."""
        places = [self._stated(part, name.strip()) for name in names]
        found = [place for place in places if place is not None]
        self.shared |= set(found)
        return found

    def like_groups(self) -> list[int]:
        """Places of unused columns whose names suggest that spectra belong together."""
        if "group" in self.stated or any(spells(self.header[place], "group") for place in self.taken):
            return []
        unused = [place for place in self.open_to if place not in self.taken and self.header[place]]
        return [place for place in unused if named_like_group(self.header[place])]

    def may_be_groups(self) -> list[int]:
        """Places of unused columns with a name, if the groups are open."""
        if "group" in self.stated or any(spells(self.header[place], "group") for place in self.taken):
            return []
        named = set(self.like_groups())
        return [
            place
            for place in self.ignored_places()
            if place in named or (self.header[place] and not is_part(self.header[place]))
        ]

    def warn_of_groups(self, values: Mapping[int, Words], spectra: int) -> None:
        """Warn of unused columns whose values repeat as groups do.

        Args:
            values: place of a column → its words, one for each spectrum.
            spectra: number of spectra.
        """
        named = self.like_groups()
        for place, words in values.items():
            name, count = self.header[place], len(words.values)
            if (1 < count < spectra) if place in named else repeats_like_groups(words, spectra):
                self.warnings.append(
                    f'column "{name}" is not used: {count} values for {spectra} spectra. '
                    f"Spectra of one {name} may be in training and in test. "
                    f"State `group: {name}` to keep them together, or `group: null` if they are independent."
                )

    def ignored(self) -> list[str]:
        """Names of the columns that nothing was taken from."""
        return [self.header[place] for place in self.ignored_places()]

    def ignored_places(self) -> list[int]:
        """Places of the columns that nothing was taken from."""
        return [place for place in self.open_to if place not in self.taken | self.shared]

    def _stated(self, part: str, name: str) -> int | None:
        places = [place for place in self.open_to if self.header[place] == name]
        if not places:
            hint = did_you_mean(name, {self.header[place] for place in self.open_to} - {""})
            self.fault(f'no column "{name}" for `{part}`; {hint}')
        return self._only(places, part)

    def _likely(self, part: str, needed: bool) -> int | None:
        named = {name.strip() for name in self.stated.values() if name is not None}
        free = [
            place
            for place in self.open_to
            if place not in self.taken and self.header[place] not in {*named, *self.ignore}
        ]
        if part == "label" and not self._one_label(free):
            return None
        if part in ("spectrum", "wavenumber", "intensity") and not self._one_point(part, free):
            return None
        busy = [place for place in self.open_to if place not in free and spells(self.header[place], part)]
        if needed and busy and any(place in self.taken for place in busy) and self.faults:
            return None  # said already, where that column was stated
        if needed and busy and not any(spells(self.header[place], part) for place in free):
            self.fault(
                f'column "{self.header[busy[0]]}" is stated for another key, so no column is left for '
                f"`{part}`; a column can be used for one thing only"
            )
            return None
        for spelling in SPELLINGS[part]:
            places = [place for place in free if plain(self.header[place]) == spelling]
            if places:
                if part != spelling:
                    self.notes.append(f"{part} column: {self.header[places[0]]} (none is called {part})")
                return self._only(places, part)
        if needed:
            names = [self.header[place] for place in self.open_to]
            points = ("wavenumber", "intensity")
            likely = [self.header[place] for place in free if self.header[place]]
            likely = [name for name in likely if not any(spells(name, point) for point in points)]
            if not likely and self.open_to and any(names):
                there_is = f"the columns are {listed(names)}; add a column called {part}"
                if len(self.open_to) < len(self.header):
                    there_is += f", or state `{part}: COLUMN` if a number names it"
            elif example := next(iter(likely), ""):
                there_is = f"the columns are {listed(names)}; name it, such as `{part}: {example}`"
            else:
                there_is = (
                    f"no column but the wavenumbers has a name; call it {part} in this line, "
                    f"or state `{part}: COLUMN` if a number names it"
                )
            self.fault(f"no {part} column: {there_is}")
        return None

    def _one_label(self, places: Sequence[int]) -> bool:
        """Whether the names leave no doubt which column holds the class; a fault where they do."""
        candidates = [place for place in places if spells(self.header[place], "label")]
        certain = [place for place in candidates if plain(self.header[place]) in CERTAIN["label"]]
        names = list(dict.fromkeys(self.header[place] for place in candidates))
        sure = {self.header[at] for at in certain}
        for name in names if certain else ():
            if name not in sure and not named_like_group(name):
                self.warnings.append(
                    f'column "{name}" is not used, but may hold the class; state `label: {name}` to use it.'
                )
        if any(plain(name) == "label" for name in sure):
            return True
        doubtful = names if not certain else list(dict.fromkeys(self.header[at] for at in certain))
        if doubtful and all(plain(name) in VAGUE for name in doubtful):
            doubtful += [self.header[at] for at in places if self._may_be_label(at)]
        if len(doubtful) > 1:
            order = SPELLINGS["label"]
            doubtful.sort(key=lambda name: (*order, plain(name)).index(plain(name)))
            shown = " or ".join(f'"{name}"' for name in doubtful)
            self.fault(f"which column holds the class: {shown}? State it, such as `label: {doubtful[0]}`")
            return False
        return True

    def _may_be_label(self, place: int) -> bool:
        """Whether a column of an unusual name may hold the class: words or numbers that repeat."""
        name = self.header[place]
        if not name or named_like_group(name) or is_part(name):
            return False
        cells = self.examples(place)
        return not cells or len(set(cells) - {""}) in range(1, len(cells))

    def _one_point(self, part: str, places: Sequence[int]) -> bool:
        """Whether the names leave no doubt which column of a long table is this part; a fault if not."""
        names = list(dict.fromkeys(self.header[at] for at in places if spells(self.header[at], part)))
        if len(names) < 2 or any(plain(name) in CERTAIN[part] for name in names):
            return True
        shown = " or ".join(f'"{name}"' for name in names)
        several = f", or several columns that differ together: `spectrum: [{', '.join(names)}]`"
        self.fault(
            f"which column holds the {part}: {shown}? State it, such as `{part}: {names[0]}`"
            f"{several if part == 'spectrum' else ''}"
        )
        return False

    def _only(self, places: Sequence[int], part: str) -> int | None:
        if len(places) > 1:
            at = " and ".join(str(place + 1) for place in places)
            self.fault(f'columns {at} are both called "{self.header[places[0]]}"; only one can be the {part}')
        return places[0] if len(places) == 1 else None

    def fault(self, what: str) -> None:
        self.faults.add(what, line=self.line)
