"""Divide spectra in two parts, or in folds: groups stay whole, and every class keeps spectra to train on.

Splitters, models and explainers use these functions, so that no inner split of a fit parts a group.

>>> import numpy as np
>>> from raman_xp.spectra import Samples
>>> labels, groups = np.array([0, 0, 0, 0, 1, 1]), ("a", "a", "b", "b", "c", "d")
>>> samples = Samples(("x", "y"), labels, tuple("123456"), groups)
>>> fitted, held = hold_out(samples, 0.3, np.random.default_rng(0))
>>> {groups[row] for row in fitted} & {groups[row] for row in held}
set()
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from raman_xp.errors import DataError, Problem
from raman_xp.spectra import Ints, Samples
from raman_xp.text.wording import counted


def units_per_class(samples: Samples) -> Ints:
    """Number of groups of each class, (classes,); without groups, the number of spectra.

    Args:
        samples: spectra to divide.
    """
    return np.asarray((_counts(samples)[1] > 0).sum(axis=0))


def hold_out(samples: Samples, share: float, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Divide spectra in those to fit and those to hold out; both parts have every class.

    Without groups, the share of every class is exact but for rounding. With groups, it is as near as whole
    groups come to it.

    Args:
        samples: spectra to divide.
        share: share of each class to hold out, between 0 and 1.
        rng: random numbers that choose the spectra.

    Returns:
        Rows to fit and rows to hold out, ascending; together they are all rows.

    Raises:
        DataError: a class has a single spectrum (or group), or whole groups cannot be divided so.
    """
    if not 0 < share < 1:
        raise ValueError(f"share: {share} must lie between 0 and 1")
    _require_units(samples, 2, "to hold any out")
    if samples.groups is None:
        drawn = []
        for label in np.unique(samples.labels):
            rows = rng.permutation(np.flatnonzero(samples.labels == label))
            drawn.append(rows[: min(max(round(share * len(rows)), 1), len(rows) - 1)])
        held = np.sort(np.concatenate(drawn))
        return np.setdiff1d(np.arange(len(samples)), held), held
    codes, counts = _counts(samples)
    for attempt in range(_attempts(counts)):
        chosen = _held_groups(counts, share, rng, any_size=attempt % 2 == 1)
        if chosen is not None:
            return np.flatnonzero(~chosen[codes]), np.flatnonzero(chosen[codes])
    raise DataError(
        f"the {len(counts)} groups cannot be divided in two parts that both have every class: "
        "groups that hold several classes stay whole"
    )


def stratified_folds(
    samples: Samples, number: int, rng: np.random.Generator | None = None
) -> tuple[tuple[Ints, Ints], ...]:
    """Divide spectra in folds of cross-validation, each class in equal shares as far as whole groups allow.

    Args:
        samples: spectra to divide.
        number: number of folds, at least 2.
        rng: random numbers that shuffle the spectra; without it, their order decides.

    Returns:
        Pairs of rows to fit and rows to hold out. Every row is held out once, and every class is in the
        rows to fit of every fold.

    Raises:
        DataError: a class has fewer spectra (or groups) than folds, or whole groups cannot be divided so.
    """
    if number < 2:
        raise ValueError(f"number: {number} folds; at least 2 are needed")
    _require_units(samples, number, f"for {number} folds")
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    seed = None if rng is None else int(rng.integers(2**31))
    options = {"n_splits": number, "shuffle": rng is not None, "random_state": seed}
    labels, rows = samples.labels, np.arange(len(samples))
    if samples.groups is None:
        return tuple(StratifiedKFold(**options).split(labels, labels))
    codes, counts = _counts(samples)
    folds = np.zeros(len(rows), np.int64)
    for fold, (_, held) in enumerate(StratifiedGroupKFold(**options).split(labels, labels, codes)):
        folds[held] = fold
    if not _trains_every_class(folds, labels, number):
        # scikit-learn may put all groups of a class into one fold where groups hold several classes.
        folds = _folds_of_groups(counts, number, np.random.default_rng(seed))[codes]
    return tuple((rows[folds != fold], rows[folds == fold]) for fold in range(number))


def _counts(samples: Samples) -> tuple[Ints, Ints]:
    """Group of each spectrum, (n,), and spectra of each class in each group, (groups, classes)."""
    n = len(samples)
    codes = np.arange(n)
    if samples.groups is not None:
        codes = np.unique(np.array(samples.groups), return_inverse=True)[1]
    counts = np.zeros((int(codes.max(initial=-1)) + 1, len(samples.classes)), np.int64)
    np.add.at(counts, (codes, samples.labels), 1)
    return codes, counts


def _require_units(samples: Samples, least: int, purpose: str) -> None:
    words = ("spectrum", "spectra") if samples.groups is None else ("group", "groups")
    present = np.bincount(samples.labels, minlength=len(samples.classes)) > 0
    problems = [
        Problem(
            f"class {name} has {counted(int(units), *words)}, too few {purpose}; "
            f"at least {least} {words[1]} of each class are needed"
        )
        for name, units, there in zip(samples.classes, units_per_class(samples), present, strict=True)
        if there and units < least
    ]
    if problems:
        raise DataError(*problems)


def _attempts(counts: Ints) -> int:
    """Attempts to divide groups of several classes: many for few groups, which take no time."""
    return min(max(100_000 // len(counts), 6), 400)


def _held_groups(
    counts: Ints, share: float, rng: np.random.Generator, any_size: bool
) -> NDArray[np.bool_] | None:
    """Groups to hold out, (groups,), or nothing where this attempt leaves a class out of a part.

    Args:
        any_size: hold out as few groups as serve every class, whatever the share.
    """
    counts = counts[:, counts.sum(axis=0) > 0]
    totals = counts.sum(axis=0)
    wanted = np.clip(np.round(share * totals), 1, totals - 1)
    chosen = np.zeros(len(counts), bool)
    held = np.zeros_like(totals)
    for group in () if any_size else rng.permutation(len(counts)):
        after = held + counts[group]
        nearer = (np.abs(after - wanted) / totals).sum() < (np.abs(held - wanted) / totals).sum()
        if nearer and (after < totals).all():
            chosen[group], held = True, after
    while (held == 0).any():
        label = rng.choice(np.flatnonzero(held == 0))
        left = np.flatnonzero((counts[:, label] > 0) & ~chosen & (held + counts < totals).all(axis=1))
        if not left.size:
            return None
        far = (np.abs(held + counts[left] - wanted) / totals).sum(axis=1)
        group = rng.choice(left) if any_size else left[far.argmin()]
        chosen[group], held = True, held + counts[group]
    return chosen


def _trains_every_class(folds: Ints, labels: Ints, number: int) -> bool:
    """Whether every fold holds spectra out, and no class is in a single fold."""
    several = all(len(np.unique(folds[labels == label])) > 1 for label in np.unique(labels))
    return several and len(np.unique(folds)) == number


def _folds_of_groups(counts: Ints, number: int, rng: np.random.Generator) -> Ints:
    """Fold of each group, (groups,): large groups first, each where its classes are fewest.

    Raises:
        DataError: no attempt leaves every class in two folds.
    """
    counts = counts[:, counts.sum(axis=0) > 0]
    shares = counts / counts.sum(axis=0)
    for attempt in range(_attempts(counts)):
        order = rng.permutation(len(counts))
        if attempt % 2 == 0:
            order = order[np.argsort(-counts[order].sum(axis=1), kind="stable")]
        folds = np.full(len(counts), -1)
        held = np.zeros((number, counts.shape[1]))
        unplaced = (counts > 0).sum(axis=0)
        for group in order:
            mine = counts[group] > 0
            cost = ((held + shares[group]) ** 2 - held**2).sum(axis=1) + 1e-6 * held.sum(axis=1)
            last = mine & (unplaced == 1) & ((held > 0).sum(axis=0) == 1)
            cost[(held[:, last] > 0).any(axis=1)] = np.inf  # the class would be in this fold alone
            if np.isinf(cost).all():
                break
            fold = rng.choice(np.flatnonzero(np.isfinite(cost))) if attempt % 4 == 3 else cost.argmin()
            folds[group] = fold
            held[fold] += shares[group]
            unplaced = unplaced - mine
        else:
            if held.any(axis=1).all():
                return folds
    raise DataError(
        f"the {len(counts)} groups cannot be divided in {number} folds that all leave every class to train "
        "on: groups that hold several classes stay whole"
    )
