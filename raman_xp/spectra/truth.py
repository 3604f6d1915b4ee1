"""What is known of spectra without any model: pure components, bands, and what each channel is to a class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from raman_xp.spectra.arrays import Floats, Ints
from raman_xp.spectra.storage import frozen


class Zone(IntEnum):
    """What a channel is to one class, by the noise-free class means, or in one spectrum."""

    BACKGROUND = 0
    """Every class is under 3 % of its maximum."""
    UNIQUE = 1
    """At least twice every rival."""
    SHARED = 2
    """Some rival is within a factor of two."""
    RIVAL = 3
    """Some rival is at least twice as strong."""
    DISTRACTOR = 4
    """What stands in this spectrum beside its class, such as the partner in a mixture, is at least twice as
    strong."""


@dataclass(frozen=True)
class Band:
    """One Raman band of a compound in a class.

    Args:
        compound: what it is a band of.
        position: in the axis unit.
        intensity: relative to the strongest band of the class, 0 to 1.
        fwhm: full width at half maximum, in the axis unit.
    """

    compound: str
    position: float
    intensity: float
    fwhm: float


@dataclass(frozen=True)
class Contents:
    """What each spectrum holds, without noise and background, on the axis of the `Truth`.

    Args:
        own: (n, channels) the part of its class.
        other: (n, channels) everything else, such as the partner in a mixture or distractor peaks.
        partners: n names of classes whose pure spectra ``other`` is made of, where it is a single one's.
    """

    own: Floats
    other: Floats
    partners: tuple[str, ...] | None = None

    def take(self, rows: Ints) -> Contents:
        """Return the contents of these spectra only.

        Args:
            rows: which.
        """
        partners = tuple(self.partners[row] for row in rows) if self.partners else None
        return Contents(frozen(self.own[rows]), frozen(self.other[rows]), partners)


@dataclass(frozen=True)
class Truth:
    """What is known of the classes without any model.

    Args:
        wavenumber: (channels,) float64, ascending, in the axis unit.
        means: class → (channels,) noise-free mean spectrum without background.
        components: class → compound → (channels,) its part of the mean; may be empty.
        bands: class → its bands, strongest first; may be empty.
        contents: what each single spectrum holds, where that is known.
    """

    wavenumber: Floats
    means: Mapping[str, Floats]
    components: Mapping[str, Mapping[str, Floats]] = field(default_factory=dict)
    bands: Mapping[str, Sequence[Band]] = field(default_factory=dict)
    contents: Contents | None = None

    def zones(self, wavenumber: Floats, classes: Sequence[str]) -> NDArray[np.int8]:
        """Zone of every channel for every class, (classes, channels).

        Each mean is divided by its own maximum on ``wavenumber`` first; what else preprocessing does to
        spectra, such as a baseline through the foot of a band, is not done to the means. Outside the known
        range every channel is background.

        Args:
            wavenumber: (channels,) of the spectra that are looked at.
            classes: their names, a row each.
        """
        means = np.stack([self.mean(wavenumber, name) for name in classes])
        strongest = np.arange(len(means))[:, None] == means.argmax(axis=0)
        rivals = np.where(strongest, np.partition(means, -2, axis=0)[-2], means.max(axis=0))
        zones = np.full(means.shape, Zone.SHARED, dtype=np.int8)
        zones[means >= 2 * rivals] = Zone.UNIQUE
        zones[rivals >= 2 * means] = Zone.RIVAL
        zones[np.maximum(means, rivals) < 0.03] = Zone.BACKGROUND
        return zones

    def zones_of_rows(self, wavenumber: Floats, zones: NDArray[np.int8]) -> NDArray[np.int8]:
        """Zones (n, channels) of classes, changed to what holds in each of the n spectra.

        Where something else than the class stands, it is a distractor if it is at least twice as strong as
        the part of the class there; a channel unique to the class is shared with it if it is over half as
        strong. What is under 3 % of the maximum of the spectrum changes nothing.

        Args:
            wavenumber: (channels,) of the spectra that are looked at.
            zones: (n, channels) of the class of each spectrum.
        """
        if self.contents is None:
            return zones
        zones = zones.copy()
        for row in range(len(zones)):
            here, there = self.contents_of(wavenumber, row)
            there[there < 0.03 * (here + there).max()] = 0
            zones[row, (2 * there > here) & (zones[row] == Zone.UNIQUE)] = Zone.SHARED
            zones[row, (there >= 2 * here) & (there > 0)] = Zone.DISTRACTOR
        return zones

    def contents_of(self, wavenumber: Floats, row: int) -> tuple[Floats, Floats]:
        """The part of its class and everything else in a spectrum, (channels,) each.

        Args:
            wavenumber: (channels,) on which they are told.
            row: of the spectrum.
        """
        assert self.contents is not None
        own, other = self.contents.own[row], self.contents.other[row]
        return self._on(wavenumber, own), self._on(wavenumber, other)

    def take(self, rows: Ints) -> Truth:
        """The same, of these spectra only.

        Args:
            rows: which.
        """
        return replace(self, contents=self.contents.take(rows)) if self.contents else self

    def mean(self, wavenumber: Floats, name: str) -> Floats:
        """The noise-free mean of a class, (channels,), divided by its maximum on ``wavenumber``.

        Args:
            wavenumber: (channels,) on which it is told.
            name: of the class.
        """
        mean = self._on(wavenumber, self.means[name])
        return np.asarray(mean / max(mean.max(), np.finfo(float).tiny))

    def component(self, wavenumber: Floats, name: str, compound: str) -> Floats:
        """A compound's part of the mean of a class, (channels,), the mean's maximum being 1.

        Args:
            wavenumber: (channels,) on which it is told.
            name: of the class.
            compound: of those in ``components``.
        """
        mean = self._on(wavenumber, self.means[name])
        return np.asarray(self._on(wavenumber, self.components[name][compound]) / max(mean.max(), 1e-300))

    def _on(self, wavenumber: Floats, values: Floats) -> Floats:
        return np.asarray(np.interp(wavenumber, self.wavenumber, values, left=0.0, right=0.0))
