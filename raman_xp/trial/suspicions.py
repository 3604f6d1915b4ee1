"""What looks wrong in spectra that can be read: duplicates, contradictory labels, saturated channels.

Nothing is changed and nothing refused: each finding becomes one line of `About.warnings`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from hashlib import blake2b

import numpy as np

from raman_xp.components import Split
from raman_xp.spectra import Block, Ints, RawSpectra, Samples
from raman_xp.spectra.storage import pieces
from raman_xp.text.wording import counted

_FULL_SCALES = {2**bits - 1 for bits in range(10, 25)} | {2**bits for bits in range(10, 25)}
"""Highest values of detectors' converters of 10 to 24 bits."""
_SHOWN = 3


def duplicates_of(raw: RawSpectra) -> list[Ints]:
    """Return the rows of each set of spectra that are identical as measured, on the same axis.

    Intensities are compared as float32, so that a file written with fewer digits is recognised.
    """
    rows: defaultdict[bytes, list[int]] = defaultdict(list)
    for block in raw.blocks:
        axis = np.ascontiguousarray(block.wavenumber, np.float64).tobytes()
        for piece in pieces(block.intensity):
            intensity = np.ascontiguousarray(block.intensity[piece], np.float32)
            for row, spectrum in zip(block.rows[piece], intensity, strict=True):
                rows[blake2b(axis + spectrum.tobytes(), digest_size=16).digest()].append(int(row))
    return [np.array(sorted(same)) for same in rows.values() if len(same) > 1]


def warnings_of(raw: RawSpectra, duplicates: Sequence[Ints]) -> Iterator[str]:
    """Yield what looks wrong in spectra, before they are split.

    Args:
        raw: the spectra as measured.
        duplicates: of them.
    """
    labels = raw.samples.labels
    two_labels = [same for same in duplicates if len(set(labels[same])) > 1]
    if two_labels:
        classes = [
            " and ".join(raw.samples.classes[i] for i in np.unique(labels[same])) for same in two_labels
        ]
        named = (
            f"{_names(raw.samples, same)} ({each})" for same, each in zip(two_labels, classes, strict=True)
        )
        yield (
            f"{counted(len(two_labels), 'spectrum appears', 'spectra appear')} under two classes, with the "
            f"same intensities: {_listed(named)}. At least one label is wrong; correct it or remove the rows"
        )
    for block in raw.blocks:
        if told := _saturation(block, raw.about.unit):
            yield told


def split_warnings(samples: Samples, split: Split, duplicates: Sequence[Ints]) -> Iterator[str]:
    """Yield what looks wrong in a split: identical spectra on both sides.

    Args:
        samples: of all spectra.
        split: which of them train and test.
        duplicates: rows of each set of identical spectra.
    """
    n = len(samples)
    tested = _on_both(n, duplicates, split.train, split.test)
    if tested:
        count = sum(len(np.intersect1d(same, split.test)) for same in tested)
        yield (
            f"{counted(count, 'test spectrum is', 'test spectra are')} identical to training spectra "
            f"({_listed(_names(samples, same) for same in tested)}): the test accuracy takes them as unseen. "
            "Remove the copies, or give each set of copies one group"
        )
    parted = [same for fold in split.folds for same in _on_both(n, duplicates, *fold)]
    if folded := list({int(same[0]): same for same in parted}.values()):
        yield (
            f"{counted(len(folded), 'set', 'sets')} of identical spectra "
            f"({_listed(_names(samples, same) for same in folded)}) are both trained on and held out in a "
            "fold: cross-validation takes them as unseen. Remove the copies, or give each set one group"
        )


def _on_both(n: int, sets: Sequence[Ints], one: Ints, other: Ints) -> list[Ints]:
    """Those sets of rows, out of n, that have some on each side."""
    side = np.zeros(n, dtype=np.int8)
    side[one], side[other] = 1, 2
    return [rows for rows in sets if {1, 2} <= set(side[rows].tolist())]


def _names(samples: Samples, rows: Ints) -> str:
    shown = " = ".join(samples.names[row] for row in rows[:_SHOWN])
    return f"{shown} = …" if len(rows) > _SHOWN else shown


def _listed(texts: Iterator[str]) -> str:
    every = list(texts)
    return ", ".join(every[:_SHOWN]) + (f" and {len(every) - _SHOWN} more" if len(every) > _SHOWN else "")


def _saturation(block: Block, unit: str) -> str:
    """A warning where several spectra, but not all, end at one highest value, as a full detector writes it.

    Spectra that were all divided by their maximum share it as well: one value of all is suspicious only where
    it is the full scale of a converter.
    """
    highest = np.empty(len(block.intensity))
    for piece in pieces(block.intensity):
        highest[piece] = block.intensity[piece].max(axis=1)
    top = float(highest.max())
    reached = np.flatnonzero(highest == top)
    full_scale = top in _FULL_SCALES
    if len(reached) < 2 or (len(reached) == len(highest) and not full_scale):
        return ""
    at = np.zeros(len(block.wavenumber), dtype=int)
    flat = False
    for row in reached:
        full = block.intensity[row] == top
        at += full
        flat = flat or bool((full[1:] & full[:-1]).any())
    if not full_scale and not (flat and len(reached) >= max(3, len(highest) // 20)):
        return ""
    places = [f"{block.wavenumber[channel]:.6g}" for channel in np.flatnonzero(at)]
    return (
        f"{len(reached)} of {counted(len(highest), 'spectrum', 'spectra')} reach {top:.10g}, the highest "
        f"value of all, at {_listed(iter(places))} ({unit}): the detector was probably saturated, and the "
        "true height is unknown. Remove these spectra, or use a range of the axis without these channels"
    )
