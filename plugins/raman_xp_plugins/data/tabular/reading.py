"""The spectra of a table, and the checks that all layouts share."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from raman_xp.spectra import Block, Floats, Ints, Samples
from raman_xp.text.wording import counted
from raman_xp_plugins.data.tabular.careful import MOST_APART
from raman_xp_plugins.data.tabular.columns import listed
from raman_xp_plugins.data.tabular.faults import Faults
from raman_xp_plugins.data.tabular.words import Words, words_of

ROLES = ("train", "test")
_NUMBER = re.compile(r"[+-]?(0|[1-9][0-9]{0,14})(\.[0-9]*)?([eE][+-]?[0-9]{1,2})?")


@dataclass(frozen=True)
class Reading:
    """Spectra, their samples, and what was assumed.

    Args:
        layout: wide, transposed or long.
        notes: lines about what was assumed, for the user.
        warnings: lines about what looks wrong, each with the key that settles it.
        unit: unit of the axis as the file suggests it; empty where it suggests none.
        unit_reason: the reason of this assumption, for the user.
        axis_columns: columns of a text table that hold wavenumbers.
        intensity_columns: columns of a text table that hold intensities.
    """

    layout: str
    blocks: tuple[Block, ...]
    samples: Samples
    notes: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    unit: str = ""
    unit_reason: str = ""
    axis_columns: tuple[int, ...] = ()
    intensity_columns: tuple[int, ...] = ()


def samples_of(
    labels: Words, names: tuple[str, ...], groups: Words | None = None, roles: Words | None = None
) -> Samples:
    """Samples with classes in order: whole numbers by size, anything else by the alphabet."""
    labels = one_spelling(labels)
    whole = all(value.removeprefix("-").isdecimal() for value in labels.values)
    classes = sorted(labels.values, key=(lambda value: (int(value), value)) if whole else None)
    rank = np.array([classes.index(value) for value in labels.values], dtype=np.int64)
    return Samples(
        classes=tuple(classes),
        labels=rank[labels.codes],
        names=names,
        groups=groups.each() if groups else None,
        roles=tuple(role.lower() for role in roles.each()) if roles else None,
    )


def one_spelling(labels: Words) -> Words:
    """The labels, where all are numbers, each number in one spelling: 1.0 is 1, and 0.10 is 0.1.

    Codes with leading zeros, such as 01, are words.
    """
    if not all(_NUMBER.fullmatch(value) for value in labels.values):
        return labels
    names = words_of([_spelled(float(value)) for value in labels.values])
    return Words(names.codes[labels.codes], names.values)


def _spelled(number: float) -> str:
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)


def quantity(labels: Words) -> Iterator[str]:
    """A warning where the classes are decimal numbers, and so may be a measured quantity."""
    values = one_spelling(labels).values
    if len(values) > 2 and all(map(_NUMBER.fullmatch, values)) and any("." in value for value in values):
        yield (
            f"the {len(values)} classes are decimal numbers, such as {listed(values[:3])}. They look like a "
            "measured quantity, not like classes. State `label: COLUMN` to use another column."
        )


def note_classes(labels: Words, faults: Faults, line: int = 0) -> None:
    """Note a table with a single class."""
    labels = one_spelling(labels)
    known = [value for value in labels.values if value]
    if len(known) == 1:
        faults.add(f'only one class, "{known[0]}"; at least two are needed', line=line)


def note_empty(words: Words, lines: Ints, title: str, faults: Faults, way_out: str = "") -> None:
    """Note every row that lacks a word it must have.

    Args:
        title: How messages call the column.
        way_out: What else the user can do.
    """
    rows = words.rows("")
    apart = rows if rows.size <= MOST_APART else rows[:1]
    more = f" ({len(rows)} such rows in all)" if apart.size < rows.size else ""
    for row in apart:
        faults.add(f"empty{more}; every row needs one{way_out}", line=int(lines[row]), where=title)


def note_roles(roles: Words, lines: Ints, title: str, faults: Faults) -> None:
    """Note every role that is neither train nor test."""
    for value in roles.values:
        if value and value.lower() not in ROLES:
            rows = roles.rows(value)
            more = f" ({counted(rows.size, 'row')})" if rows.size > 1 else ""
            faults.add(
                f'"{value}"{more} is not a role. Write train or test, or state `role: null`',
                line=int(lines[rows[0]]),
                where=title,
            )


def note_words(found: dict[str, Words], lines: Ints, titles: dict[str, str], faults: Faults) -> None:
    """Make the checks of the columns of words: part → words, and part → name in messages."""
    for part, words in found.items():
        other = "null" if part in ("group", "role") else "COLUMN"
        note_empty(words, lines, titles[part], faults, f". Fill it, or state `{part}: {other}`")
    if "role" in found:
        note_roles(found["role"], lines, titles["role"], faults)


def flat(lowest: Floats, highest: Floats) -> Iterator[tuple[int, str]]:
    """Spectra without any band, by the lowest and highest intensity of each, (n,)."""
    for row in np.flatnonzero(lowest == highest):
        value = "zero" if lowest[row] == 0 else f"{lowest[row]:.7g}"
        yield int(row), f"a flat spectrum: every intensity is {value}. Remove it"


def class_counts(samples: Samples) -> str:
    """The classes with their numbers of spectra: ``3 classes: a 12, b 12, c 11``."""
    counts = np.bincount(samples.labels, minlength=len(samples.classes))
    each = [f"{name} {count}" for name, count in zip(samples.classes, counts, strict=True)]
    return f"{counted(len(each), 'class', 'classes')}: {listed(each)}"
