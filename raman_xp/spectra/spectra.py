"""Spectra as they were measured, and spectra on one axis."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from raman_xp.spectra.arrays import Floats, Ints
from raman_xp.spectra.storage import frozen, taken
from raman_xp.spectra.truth import Contents, Truth


@dataclass(frozen=True)
class Samples:
    """What is known of each spectrum besides its intensities.

    Args:
        classes: names of the classes, in the order of the model's outputs.
        labels: (n,) int64, index into ``classes``.
        names: n names by which a user finds a spectrum in the source, such as ``line 12``.
        groups: n names of what must stay on one side of a split (a batch, a patient), or nothing.
        roles: n roles given with the data, ``train`` or ``test``, or nothing.
    """

    classes: tuple[str, ...]
    labels: Ints
    names: tuple[str, ...]
    groups: tuple[str, ...] | None = None
    roles: tuple[str, ...] | None = None

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, rows: Ints) -> Samples:
        """Return only these samples, in this order. The class names are kept.

        Args:
            rows: which.
        """

        def pick(of: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(of[row] for row in rows)

        return replace(
            self,
            labels=frozen(self.labels[rows]),
            names=pick(self.names),
            groups=pick(self.groups) if self.groups else None,
            roles=pick(self.roles) if self.roles else None,
        )


@dataclass(frozen=True)
class About:
    """Where spectra come from, for the reader of a run.

    Args:
        title: in some words.
        description: in some sentences.
        simulated: whether they are computed; then every result and picture says so.
        source: file or generator, as the user named it.
        understood: lines that say how the source was read: layout, separators, range, step.
        warnings: lines about what looks wrong in the data, or was assumed where the data leaves it open; each
            names the key that settles it. They are printed with every plan and kept with the run.
        unit: of the axis.
        licence: on what terms the spectra may be used.
    """

    title: str
    description: str = ""
    simulated: bool = False
    source: str = ""
    understood: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    unit: str = "cm⁻¹"
    licence: str = ""

    @property
    def axis_label(self) -> str:
        """Text for the horizontal axis of a figure."""
        return f"Raman shift / {self.unit}" if self.unit == "cm⁻¹" else self.unit


@dataclass(frozen=True)
class Block:
    """Spectra that share one axis.

    Args:
        wavenumber: (channels,) float64, strictly ascending, in the axis unit.
        intensity: (n, channels), floating, as measured (often counts).
        rows: (n,) int64, the place of each spectrum in the whole set.
    """

    wavenumber: Floats
    intensity: Floats
    rows: Ints


@dataclass(frozen=True)
class RawSpectra:
    """Spectra as measured: each may have its own axis; those that share one form a block.

    Args:
        blocks: together they hold each spectrum once.
        samples: what is known of each spectrum.
        about: where they come from.
        truth: what is known of the classes, if anything is.
    """

    blocks: tuple[Block, ...]
    samples: Samples
    about: About
    truth: Truth | None = None

    def spectrum(self, row: int) -> tuple[Floats, Floats]:
        """Axis and intensity, (channels,) each, of one spectrum.

        Args:
            row: its place in the whole set.
        """
        for block in self.blocks:
            (found,) = np.nonzero(block.rows == row)
            if found.size:
                return block.wavenumber, block.intensity[found[0]]
        raise IndexError(row)


@dataclass(frozen=True)
class Spectra:
    """Spectra on one axis, ready for a model.

    Args:
        wavenumber: (channels,) float64, strictly ascending.
        intensity: (n, channels) float32.
        signal: (n,) float64, height of the strongest band before any rescaling, in the source's unit.
        samples: classes, labels, names, groups and roles.
        about: where they come from; ``about.unit`` is that of the axis.
        truth: what is known of the classes without any model, if anything is.
    """

    wavenumber: Floats
    intensity: NDArray[np.float32]
    signal: Floats
    samples: Samples
    about: About
    truth: Truth | None = None

    def __len__(self) -> int:
        return len(self.samples)

    @property
    def channels(self) -> int:
        """Length of a spectrum."""
        return int(self.wavenumber.size)

    @property
    def classes(self) -> tuple[str, ...]:
        """Names, in the order of the model's outputs."""
        return self.samples.classes

    @property
    def labels(self) -> Ints:
        """(n,) index of each spectrum's class."""
        return self.samples.labels

    @property
    def contents(self) -> Contents | None:
        """What each spectrum holds, where that is known."""
        return self.truth.contents if self.truth else None

    @property
    def zones(self) -> NDArray[np.int8] | None:
        """Zone of every channel for every class, (classes, channels); None where no truth is known."""
        return self.truth.zones(self.wavenumber, self.classes) if self.truth else None

    def take(self, rows: Ints) -> Spectra:
        """Return only these spectra, in this order, read-only.

        Args:
            rows: which.
        """
        return replace(
            self,
            intensity=taken(self.intensity, rows),
            signal=frozen(self.signal[rows]),
            samples=self.samples.take(rows),
            truth=self.truth.take(rows) if self.truth else None,
        )
