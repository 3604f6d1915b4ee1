"""Maps over the wavenumber axis: which channels a decision rests on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from raman_xp.spectra import Floats, Ints
from raman_xp.spectra.storage import frozen


@dataclass(frozen=True)
class Maps:
    """Maps on the input axis.

    Args:
        values: (rows, channels) float32, signed where the method is; not normalised. Where several classes
            are explained for a spectrum, their rows stand together, as many for each.
        targets: (rows,) int64, the class that each row explains.
        per: whether a row is a spectrum or a class.
        signed: whether positive means for the class; otherwise the values are only sizes.
        resolution: distance of the places the method can tell apart, in channels.
        extent: first and last channel that the method supports; those outside are extrapolated.
        warnings: what the reader of the maps should know → for how many rows it holds, as in
            ``{"nothing is left of the map": 3}``; told at the end of a run.
    """

    values: Floats
    targets: Ints
    per: Literal["spectrum", "class"] = "spectrum"
    signed: bool = True
    resolution: float = 1.0
    extent: tuple[int, int] | None = None
    warnings: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", np.asarray(self.values, dtype=np.float32))

    @property
    def tolerance(self) -> float:
        """How far, in channels, a place on the map may be from the truth and still be right: half of what the
        method resolves, from two channels to four. A coarser map buys no more."""
        return min(max(2.0, self.resolution / 2), 4.0)

    def normalized(self, rows: Ints | slice = slice(None)) -> NDArray[np.float32]:
        """Rows, each divided by its largest magnitude; a row of zeros stays.

        Args:
            rows: which; all, where nothing is said.
        """
        values = self.values[rows]
        largest = np.abs(values).max(axis=1, keepdims=True)
        return np.asarray(values / np.where(largest > 0, largest, 1), dtype=np.float32)

    def about(self, classes: Ints) -> Maps:
        """One row for each spectrum: that of the class given for it; where it has a single row, that one.

        Args:
            classes: (n,) a class for each spectrum.
        """
        each = len(self.values) // len(classes)
        if self.per == "class" or each == 1:
            return self
        rows = each * np.arange(len(classes)) + (self.targets.reshape(-1, each) == classes[:, None]).argmax(1)
        return replace(self, values=self.values[rows], targets=self.targets[rows])

    @staticmethod
    def concatenated(parts: Sequence[Maps]) -> Maps:
        """The rows of all parts, in order; warnings are added up.

        Args:
            parts: one a batch, of one explainer.
        """
        warnings: Counter[str] = Counter()
        for part in parts:
            warnings.update(part.warnings)
        return replace(
            parts[0],
            values=frozen(np.concatenate([part.values for part in parts])),
            targets=frozen(np.concatenate([part.targets for part in parts])),
            warnings=dict(warnings),
        )
