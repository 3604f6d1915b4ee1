"""Which classes are drawn where there are too many for all: pictures are bounded in number and in size."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from raman_xp.components import FigureTask
from raman_xp.spectra import Ints

T = TypeVar("T")

PANELS = 12
"""Panels above each other on a page, at most."""
PAGES = 4
"""Pages of one picture, at most."""
MOST_SINGLE = 24
"""Classes that have a picture of their own, at most."""
MOST_IN_MATRIX = 30
"""Rows of a confusion matrix, at most."""
MOST_IN_LEGEND = 12
"""Entries of a legend, at most."""


@dataclass(frozen=True)
class Choice:
    """Classes to draw.

    Args:
        labels: (n,) their labels, ascending.
        note: which of the classes they are; empty where they are all.
    """

    labels: tuple[int, ...]
    note: str = ""


def choose(candidates: Sequence[int], labels: Ints, predicted: Ints, most: int) -> Choice:
    """Choose the classes that are most often taken for each other, or all where they are few.

    Both classes of a mistake are chosen, the most frequent mistakes first, so that mistakes can be seen where
    only the chosen classes are.

    Args:
        candidates: labels of the classes to choose from.
        labels: (n,) true class of each test spectrum.
        predicted: (n,) predicted class.
        most: classes to choose, at most.
    """
    if len(candidates) <= most:
        return Choice(tuple(candidates))
    chosen = dict.fromkeys(_confused(labels, predicted, set(candidates)))
    which = "most confused" if chosen else "first"
    chosen |= dict.fromkeys(candidates)  # where there are fewer mistakes than places
    note = f"the {most} {which} of {len(candidates)} classes"
    return Choice(tuple(sorted(list(chosen)[:most])), note)


def _confused(labels: Ints, predicted: Ints, candidates: Collection[int]) -> Iterator[int]:
    """Classes of mistakes among the candidates, the most frequent mistake first; of equally frequent ones
    that of the class which attracts most spectra of others."""
    wrong = labels != predicted
    if not wrong.any():
        return
    pairs, counts = np.unique(np.stack([labels[wrong], predicted[wrong]]), axis=1, return_counts=True)
    attracted = np.bincount(predicted[wrong])[pairs[1]]
    for place in np.lexsort((pairs[0], pairs[1], -attracted, -counts)):
        true, taken_for = map(int, pairs[:, place])
        if true in candidates and taken_for in candidates:
            yield from (true, taken_for)


def chosen_classes(task: FigureTask, candidates: Sequence[int], most: int) -> Choice:
    """Choose the classes with most mistakes in the test spectra of a trial, or all where they are few.

    Args:
        candidates: labels of the classes to choose from.
        most: classes to choose, at most.
    """
    return choose(candidates, task.result.labels, task.result.logits.argmax(axis=1), most)


@dataclass(frozen=True)
class Page(Generic[T]):
    """What one page of a picture shows.

    Args:
        items: a panel each.
        number: of the page, from 1.
        of: how many pages there are.
    """

    items: tuple[T, ...]
    number: int = 1
    of: int = 1

    @property
    def note(self) -> str:
        """Which page it is; empty where there is one only."""
        return f"page {self.number} of {self.of}" if self.of > 1 else ""

    def file(self, stem: str) -> str:
        """Return the name of the page's file, without ending."""
        return stem if self.number == 1 else f"{stem}_page_{self.number}"


def pages(items: Sequence[T], panels: int = PANELS) -> Iterator[Page[T]]:
    """Divide items among pages of nearly equally many panels; items beyond the last page are left out."""
    number = min(-(-len(items) // panels), PAGES)
    shown = items[: number * panels]
    for page in range(number):
        first, after = (len(shown) * place // number for place in (page, page + 1))
        yield Page(tuple(shown[first:after]), page + 1, number)


def noted(*notes: str) -> str:
    """Return in one line what is to be said of the classes that are shown; empty where there is nothing."""
    return ", ".join(filter(None, notes))
