"""Holds components to what their base classes promise, and names the one that breaks it.

A broken promise is told where it happens, before it becomes a wrong number or another component's error.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from raman_xp.components import (
    Component,
    DataSource,
    Explainer,
    MapScore,
    Model,
    Preprocessor,
    Split,
    Splitter,
    blame,
)
from raman_xp.errors import DataError
from raman_xp.maps import Maps
from raman_xp.spectra import Block, Floats, RawSpectra, Samples, Spectra
from raman_xp.spectra.storage import frozen, pieces


def checked_raw(source: DataSource, raw: Any) -> RawSpectra:
    """Spectra as a data source gave them, read-only.

    Raises:
        ComponentError: arrays, rows or labels do not fit each other.
    """
    if not isinstance(raw, RawSpectra):
        blame(source, f"gave {type(raw).__name__} instead of RawSpectra")
    samples = raw.samples
    n, classes = len(samples), samples.classes
    labels = np.asarray(samples.labels)
    if (
        not np.issubdtype(labels.dtype, np.integer)
        or labels.min(initial=0) < 0
        or labels.max(initial=0) >= len(classes)
    ):
        blame(source, f"gave labels that are no indices of its {len(classes)} classes")
    if len(set(classes)) < len(classes) or not all(isinstance(name, str) and name for name in classes):
        blame(source, "gave class names that are not distinct, non-empty texts")
    for name, column in (("names", samples.names), ("groups", samples.groups), ("roles", samples.roles)):
        if column is not None and len(column) != n:
            blame(source, f"gave {len(column)} {name} for {n} spectra")
    rows = np.concatenate([np.asarray(block.rows) for block in raw.blocks]) if raw.blocks else np.zeros(0)
    if not np.array_equal(np.sort(rows), np.arange(n)) or not n:
        blame(source, f"gave blocks whose rows are not 0 to {n - 1}, each once")
    blocks = tuple(_checked_block(source, *_arrays(block), len(block.rows), block) for block in raw.blocks)
    if raw.truth and (contents := raw.truth.contents):
        wanted, given = (n, raw.truth.wavenumber.size), (contents.own.shape, contents.other.shape)
        if given != (wanted, wanted):
            blame(source, f"gave a truth whose contents are {given}; twice {wanted} is right")
        if contents.partners is not None and len(contents.partners) != n:
            blame(source, f"gave {len(contents.partners)} partners for {n} spectra")
    return replace(raw, blocks=blocks)


def checked_step(step: Preprocessor, block: Block, result: Any) -> Block:
    """A block after a preprocessing step, read-only.

    Raises:
        ComponentError: rows are lost, the axis does not fit or ascend, or values are not finite.
    """
    if not isinstance(result, tuple) or len(result) != 2:
        blame(step, "returned something else than an axis and intensities")
    return _checked_block(step, np.asarray(result[0]), np.asarray(result[1]), len(block.rows), block)


def _arrays(block: Block) -> tuple[Floats, Floats]:
    return np.asarray(block.wavenumber), np.asarray(block.intensity)


def _checked_block(component: Component, axis: Floats, intensity: Floats, rows: int, block: Block) -> Block:
    if axis.ndim != 1 or intensity.shape != (rows, len(axis)) or len(axis) < 3:
        blame(
            component,
            f"gave intensities {intensity.shape} on an axis {axis.shape}; "
            f"({rows} spectra, channels) on (channels,) is right, with three channels or more",
        )
    for name, array in (("an axis", axis), ("intensities", intensity)):
        if not np.issubdtype(array.dtype, np.integer) and not np.issubdtype(array.dtype, np.floating):
            blame(component, f"gave {name} of type {array.dtype}; real numbers are right")
        if not all(np.isfinite(array[piece]).all() for piece in pieces(array)):
            blame(component, f"gave {name} with values that are not finite")
    if not (np.diff(axis) > 0).all():
        blame(component, "gave an axis that does not ascend strictly")
    return replace(block, wavenumber=frozen(axis), intensity=frozen(intensity))


def checked_split(splitter: Splitter, split: Any, samples: Samples) -> Split:
    """Return a split that keeps training, validation and test apart.

    The folds divide training rows only, and each row is held out in one fold at most: cross-validation counts
    every spectrum once.

    Raises:
        ComponentError: rows are no rows, stand twice, or on both sides; a fold uses other rows than those of
            training, or holds out what another holds out.
        DataError: the data cannot be split so: a class would not be trained, a group would be parted.
    """
    if not isinstance(split, Split):
        blame(splitter, f"returned {type(split).__name__} instead of a Split")
    pairs = [(split.train, split.test), *split.folds]
    parts = [np.asarray(rows) for pair in pairs for rows in pair]
    for rows in parts:
        if not len(rows):
            raise DataError(
                f"split: {splitter.name} leaves a part without spectra; train, test and folds need some"
            )
        if rows.ndim != 1 or not np.issubdtype(rows.dtype, np.integer):
            blame(splitter, "returned rows that are no one-dimensional arrays of whole numbers")
        if rows.min() < 0 or rows.max() >= len(samples) or len(np.unique(rows)) < len(rows):
            blame(splitter, f"returned rows that stand twice or are not among 0 to {len(samples) - 1}")
    groups = None if samples.groups is None else np.array(samples.groups)
    for train, held_out in pairs:
        if np.intersect1d(train, held_out).size or np.intersect1d(train, split.test).size:
            blame(splitter, "returned spectra that both train and test, or train and validate")
        if held_out is not split.test and np.intersect1d(held_out, split.test).size:
            blame(splitter, "returned a fold that validates on test spectra")
        if held_out is not split.test and np.setdiff1d([*train, *held_out], split.train).size:
            blame(splitter, "returned a fold with spectra that are not among those of training")
        missing = sorted(set(range(len(samples.classes))) - set(samples.labels[train].tolist()))
        if missing:
            names = ", ".join(samples.classes[label] for label in missing)
            raise DataError(f"split: {splitter.name} leaves no spectrum of class {names} to train on")
        if groups is not None and (both := sorted(set(groups[train]) & set(groups[held_out]))):
            raise DataError(
                f"split: {splitter.name} puts group {', '.join(both[:3])} on both sides; "
                "stratified keeps groups together"
            )
    if split.folds:
        _, times = np.unique(np.concatenate([held_out for _, held_out in split.folds]), return_counts=True)
        if (times > 1).any():
            blame(splitter, "returned spectra that are held out in two folds")
    return split


def checked_logits(model: Model, logits: Any, spectra: Spectra) -> Floats:
    """Scores (n, classes), finite.

    Raises:
        ComponentError: another shape, or training has diverged.
    """
    logits = np.asarray(logits)
    scores: Floats = logits
    wanted = (len(spectra), len(spectra.classes))
    if logits.shape != wanted:
        blame(model, f"gave scores {logits.shape}; (spectra, classes) is {wanted}")
    if not np.isfinite(logits).all():
        blame(model, "gave scores that are not finite: training diverged", "try a smaller learning_rate")
    return scores


def same_logits(some: Floats, others: Floats) -> bool:
    """Whether scores differ by no more than the rounding of another machine."""
    scale = float(np.abs(others).max(initial=0))
    return bool(np.allclose(some, others, rtol=1e-3, atol=1e-4 * scale))


def checked_maps(explainer: Explainer, maps: Any, rows: int, spectra: Spectra) -> Maps:
    """Maps of these spectra (or of their classes).

    Raises:
        ComponentError: another shape, no class to explain, or values that are not finite.
    """
    if not isinstance(maps, Maps):
        blame(explainer, f"returned {type(maps).__name__} instead of Maps")
    wanted, targets = (rows, spectra.channels), np.asarray(maps.targets)
    of_spectra = explainer.per == "spectrum" and maps.values.ndim == 2
    several = max(len(maps.values) // rows, 1) if of_spectra else 1  # rows of a spectrum
    if maps.values.shape != (rows * several, spectra.channels) or targets.shape != (rows * several,):
        blame(
            explainer,
            f"returned maps {maps.values.shape}, targets {targets.shape}; "
            f"({'spectra' if of_spectra else 'classes'}, channels) is {wanted}, with one target a row",
        )
    if (
        not np.issubdtype(targets.dtype, np.integer)
        or targets.min() < 0
        or targets.max() >= len(spectra.classes)
    ):
        blame(explainer, "returned targets that are no indices of the classes")
    each = np.sort(targets.reshape(-1, several), axis=1)
    if (each[:, 1:] == each[:, :-1]).any():
        blame(explainer, "returned maps of one spectrum that explain the same class")
    if broken := int((~np.isfinite(maps.values)).any(axis=1).sum()):
        blame(explainer, f"returned maps that are not finite, {broken} of {len(maps.values)}")
    first, last = maps.extent or (0, spectra.channels - 1)
    if not 0 <= first <= last < spectra.channels or not 0 < maps.resolution <= spectra.channels:
        blame(explainer, f"returned an extent {maps.extent} or a resolution {maps.resolution} that cannot be")
    return replace(maps, values=frozen(maps.values), targets=frozen(targets), per=explainer.per)


MOST_NAME = 180
"""Characters of a number's name: MLflow takes 250, and the explainer's id and a prefix are added."""


def fault_of_name(name: Any) -> str:
    """Return what keeps a name from being that of a metric; nothing where it can be.

    >>> fault_of_name("F1 (macro) %"), fault_of_name("area/left")
    ("it holds '('; letters, digits, blanks and _ - . : / can be used", '')
    """
    if not isinstance(name, str) or not name.strip():
        return "a text is needed"
    if found := re.search(r"[^\w\-. :/]", name):
        return f"it holds {found.group()!r}; letters, digits, blanks and _ - . : / can be used"
    if len(name) > MOST_NAME:
        return f"it has {len(name)} characters; at most {MOST_NAME} can be used"
    if any(part in ("", ".", "..") for part in name.split("/")):
        return "a part between slashes is empty or only dots"
    return ""


def checked_curves(model: Model, curves: Any) -> Mapping[str, Floats]:
    """Return learning curves: name → (epochs,).

    Raises:
        ComponentError: a name cannot be that of a metric, or a curve is no series of numbers.
    """
    if not isinstance(curves, Mapping):
        blame(model, f"has {type(curves).__name__} for its curves instead of a mapping")
    for name, values in curves.items():
        if fault := fault_of_name(name):
            blame(model, f"has a curve called {name!r}: {fault}")
        if np.ndim(values) != 1 or not _are_real(values):
            blame(model, f"has a curve {name} of the shape {np.shape(values)}; one number an epoch is right")
    return {name: np.asarray(values) for name, values in curves.items()}


def _are_real(values: Any) -> bool:
    kind = np.asarray(values).dtype
    return bool(np.issubdtype(kind, np.integer) or np.issubdtype(kind, np.floating))


def checked_numbers(score: MapScore, numbers: Any, classes: int) -> Mapping[str, Floats]:
    """Name → one number a class.

    Raises:
        ComponentError: another shape, or infinite numbers.
    """
    if not isinstance(numbers, Mapping):
        blame(score, f"returned {type(numbers).__name__} instead of a mapping of numbers")
    for name, values in numbers.items():
        if fault := fault_of_name(name):
            blame(score, f"called a number {name!r}: {fault}")
        if np.shape(values) != (classes,) or not _are_real(values):
            blame(score, f"gave {name} the shape {np.shape(values)}; one number a class is ({classes},)")
        if np.isinf(values).any():
            blame(score, f"gave {name} an infinite value; NaN stands for what cannot be told")
    return {name: np.asarray(values, dtype=float) for name, values in numbers.items()}
