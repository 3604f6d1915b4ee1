"""The sweep of a spec: the values to try, and the document of each trial."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from raman_xp.errors import SpecError
from raman_xp.spec.document import Document, Mark
from raman_xp.spec.overrides import with_value

MOST_TRIALS = 10_000
"""Trials of one sweep, unless the user allows more; to plan one takes milliseconds."""


def take_sweep(document: Document, most: int) -> dict[str, list[tuple[Any, Mark]]]:
    """Take the sweep out of a document: key → the values to try, each with its place.

    Raises:
        SpecError: it is no sweep, a value is given twice, or there are too many trials.
    """
    sweep = document.value.pop("sweep", None)
    if sweep is None:
        return {}
    if not isinstance(sweep, dict) or not sweep:
        raise SpecError(
            document.problem(("sweep",), "expected keys and lists, such as model.kernel_size: [8, 16]")
        )
    count = math.prod(len(values) for values in sweep.values() if isinstance(values, list))
    if count > most:
        what = (
            f"asks for {count:,} trials. At most {most:,} are planned. Try fewer values, or allow more with "
            f"--max-trials {count}"
        )
        raise SpecError(document.problem(("sweep",), what))
    wrong = [
        document.problem(("sweep", key), f"expected a list of values to try, got {values!r}")
        for key, values in sweep.items()
        if not isinstance(values, list) or not values
    ]
    for key, values in sweep.items():
        if isinstance(values, list):
            firsts: set[str] = set()
            for index, text in enumerate(map(repr, values)):
                if text in firsts:
                    what = f"{values[index]!r} stands twice; a trial is run once"
                    wrong.append(document.problem(("sweep", key, index), what))
                firsts.add(text)
    wrong += [
        document.problem(("sweep", key), f"is part of {other}, which is swept as well; sweep one of them")
        for key in sweep
        for other in _around(key)
        if other in sweep
    ]
    if wrong:
        raise SpecError(*wrong)
    found = {
        key: [(value, document.mark(("sweep", key, index))) for index, value in enumerate(values)]
        for key, values in sweep.items()
    }
    document.forget(("sweep",))  # each trial has a copy of the document
    return found


def _around(key: str) -> Iterator[str]:
    """Return the dotted keys that hold a key: ``model`` and ``model.early_stopping`` for one inside."""
    parts = key.split(".")
    return (".".join(parts[:end]) for end in range(1, len(parts)))


def variants(
    document: Document, sweep: Mapping[str, Sequence[tuple[Any, Mark]]]
) -> Iterator[tuple[Document, dict[str, Any]]]:
    """The document of each trial, and what the sweep chose for it."""
    for values in itertools.product(*sweep.values()):
        variant, chosen = document, {}
        for key, (value, mark) in zip(sweep, values, strict=True):
            chosen[key] = value
            variant = with_value(variant, key, value, mark)
        yield variant, chosen


def trial_name(chosen: Mapping[str, Any]) -> str:
    """What differs: ``kernel_size=8``; whole dotted keys where last words are equal."""
    short = {key: key.rpartition(".")[2] for key in chosen}
    if len(set(short.values())) < len(short):
        short = {key: key for key in chosen}
    return ", ".join(f"{short[key]}={value}" for key, value in chosen.items())
