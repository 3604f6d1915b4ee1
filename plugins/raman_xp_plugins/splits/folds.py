"""Folds of cross-validation that keep the classes' shares and hold groups together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from raman_xp.components import SplitTask
from raman_xp.errors import DataError, Problem
from raman_xp.spectra import Ints, partition
from raman_xp.system.memory import require_room
from raman_xp.text.wording import counted

PER_ROW = 64
"""Bytes of each row of each fold, while folds are checked."""


def stratified_folds(task: SplitTask, rows: Ints, folds: int | None) -> tuple[tuple[Ints, Ints], ...]:
    """Pairs of training and validation rows, out of ``rows``.

    Raises:
        DataError: a class has fewer spectra (or groups) than folds, or whole groups cannot be divided so.
    """
    if not folds:
        return ()
    require_per_class(task, rows, folds, f"{folds} folds need at least {folds}")
    require_room(
        PER_ROW * folds * len(rows), f"split: {folds:,} folds of {len(rows):,} spectra", "Use fewer folds"
    )
    try:
        parts = partition.stratified_folds(task.samples.take(rows), folds, task.rng)
    except DataError as error:
        raise DataError(*(replace(each, where="split: folds") for each in error.problems)) from error
    return tuple((rows[train], rows[valid]) for train, valid in parts)


def require_per_class(task: SplitTask, rows: Ints, least: int, why: str) -> None:
    """Check that every class has so many spectra (groups, where there are groups) among the rows.

    Raises:
        DataError: naming every class that has fewer.
    """
    samples = task.samples.take(rows)
    units = np.arange(len(samples)) if samples.groups is None else np.array(samples.groups)
    words = ("spectrum", "spectra") if samples.groups is None else ("group", "groups")
    held = {name: len(set(units[samples.labels == label])) for label, name in enumerate(samples.classes)}
    problems = [
        Problem(f"has {counted(number, *words)}; {why} per class", where=f"split: class {name}")
        for name, number in held.items()
        if number < least
    ]
    if problems:
        raise DataError(*problems)
