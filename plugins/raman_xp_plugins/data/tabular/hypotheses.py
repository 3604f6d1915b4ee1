"""Scored hypotheses about the layout of a table, each with its evidence in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from raman_xp.text.wording import counted
from raman_xp_plugins.data.tabular.axis import FEWEST_CHANNELS
from raman_xp_plugins.data.tabular.names import spells
from raman_xp_plugins.data.tabular.table import Table

Layout = Literal["wide", "transposed", "long"]
Evidence = Iterator[tuple[int, str]]

CLEAR = 2
"""Points by which the best hypothesis must lead to be taken without a question."""
_SHORT = ("x", "y")
"""Names of axis and intensity that also name a position on a map: they count for less."""


@dataclass(frozen=True)
class Hypothesis:
    """One reading of a table.

    Args:
        layout: The layout that the table may have.
        evidence: Points for or against it, each with a reason in words.
    """

    layout: Layout
    evidence: tuple[tuple[int, str], ...]

    @property
    def score(self) -> int:
        return sum(points for points, _ in self.evidence)

    @property
    def reasons(self) -> str:
        return " and ".join(reason for points, reason in self.evidence if points > 0)


def layouts(table: Table, stated: Mapping[str, str | None]) -> list[Hypothesis]:
    """Return the layouts that have some evidence, the best first.

    Args:
        stated: part (label, group, …) → name of its column, where the user gave it.
    """
    every = [
        Hypothesis("wide", tuple(_wide(table, stated))),
        Hypothesis("transposed", tuple(_transposed(table, stated))),
        Hypothesis("long", tuple(_long(table, stated))),
    ]
    return sorted((each for each in every if each.score > 0), key=lambda each: -each.score)


def axis_column(table: Table, stated: Mapping[str, str | None]) -> int:
    """The column that would hold the axis of a transposed table: as stated, by its name, or the first."""
    name = stated.get("wavenumber")
    for column, header in enumerate(table.header):
        if header == name if name is not None else spells(header, "wavenumber") and _runs(table, column):
            return column
    return 0


def _wide(table: Table, stated: Mapping[str, str | None]) -> Evidence:
    named = set(stated.values())
    numbers = [name for name in table.header if table.dialect.is_number(name) and name not in named]
    if not numbers:
        return
    steps = np.diff([table.dialect.value(name) for name in numbers])
    in_order = len(numbers) >= FEWEST_CHANNELS and bool((steps > 0).all() or (steps < 0).all())
    cells = counted(len(numbers), "number")
    yield (3, f"the header holds {cells} in order") if in_order else (1, f"the header holds {cells}")
    places = [place for place, name in enumerate(table.header) if name in numbers]
    if 2 * sum(map(table.holds_words, places)) > len(places):
        yield -3, "most of these columns hold words"
    words = [name for name in table.header if name in named or (name and name not in numbers)]
    if labels := [name for name in words if spells(name, "label") or name == stated.get("label")]:
        yield 2, f'column "{labels[0]}" is called like a class'
    elif all(spells(name, "wavenumber") for name in words):
        yield -2, "no column can hold the class"


def _transposed(table: Table, stated: Mapping[str, str | None]) -> Evidence:
    column = axis_column(table, stated)
    name = table.header[column]
    if table.dialect.is_number(name) or not _differ(table, column):
        return
    shown = f'column "{name}"' if name else f"column {column + 1}"
    runs = _runs(table, column) and not _counts(table, column)
    yield (2, f"{shown} runs as an axis does") if runs else (1, f"{shown} holds different numbers")
    if spells(name, "wavenumber") or name == stated.get("wavenumber"):
        yield (1 if name.casefold() in _SHORT else 2), f"{shown} is called like an axis"
    if not any(map(table.dialect.is_number, table.header)):
        yield 1, "the header holds no numbers"
    for other, header in enumerate(table.header):
        if spells(header, "intensity") and header.casefold() not in _SHORT:
            yield -3, f'column "{header}" is called like the intensities of a long table'
        if other != column and table.holds_words(other):
            yield -2, f'column "{header}" holds words'


def _long(table: Table, stated: Mapping[str, str | None]) -> Evidence:
    for part in ("spectrum", "intensity"):
        if stated.get(part) is not None:
            yield 9, f"`{part}` is stated"
    found = {}
    for part in ("wavenumber", "intensity", "spectrum"):
        names = [name for name in table.header if spells(name, part)]
        names.sort(key=lambda name: name.casefold() in _SHORT)
        if part in stated:
            names = [name for name in table.header if name == stated[part]]
        found[part] = names[:1]
    if not (found["wavenumber"] and found["intensity"]):
        return
    for part, points in (("wavenumber", 2), ("intensity", 2), ("spectrum", 1)):
        for name in found[part]:
            yield (1 if name.casefold() in _SHORT else points), f'column "{name}" is called like a {part}'


def _numbers(table: Table, column: int) -> list[float]:
    return [table.dialect.value(cell) for cell in table.examples(column) if table.dialect.is_number(cell)]


def _differ(table: Table, column: int) -> bool:
    """Whether a column holds different numbers; whole-number labels would repeat."""
    return 2 * len(set(_numbers(table, column))) > len(table.examples(column))


def _runs(table: Table, column: int) -> bool:
    """Whether the numbers of a column are in order."""
    steps = np.diff(_numbers(table, column))
    return bool(steps.size and ((steps > 0).all() or (steps < 0).all()))


def _counts(table: Table, column: int) -> bool:
    """Whether a column counts the rows: 0, 1, 2 … or 1, 2, 3 …"""
    numbers = _numbers(table, column)
    return bool(numbers) and numbers[0] in (0, 1) and bool((np.diff(numbers) == 1).all())
