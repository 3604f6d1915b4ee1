"""Mixtures of two pure spectra, computed, so that what each component adds to each channel is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import compress, permutations
from pathlib import Path
from typing import Annotated, ClassVar, Literal, NamedTuple, Self

import numpy as np
from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt, model_validator

from raman_xp import hookimpl
from raman_xp.components import DataSource
from raman_xp.errors import DataError
from raman_xp.spectra import About, Block, Contents, Floats, RawSpectra, Samples, Truth
from raman_xp.system.memory import require_room
from raman_xp_plugins.data.line_shapes import Amount, Shape, line
from raman_xp_plugins.data.pure_spectra import Pure, amino_acids, pure_from_csv
from raman_xp_plugins.preprocess.resample import MOST_CHANNELS

ROLES = ("train", "test")
PER_CHANNEL = 48
"""Bytes of each channel of each mixture while they are computed."""
PER_MIXTURE = 1000
"""Bytes of its recipe and names."""


class AminoMixer(DataSource):
    """Mixtures of each pure spectrum, at weight 1, with each other one at a random ratio (Fukuhara et al.
    2019, section 4.3). The label is the component at weight 1; no model is told the partner or the ratio.

    Pure spectra are divided by their maximum before. Training and test mixtures draw from streams of their
    own; the split `given` follows the roles.
    """

    name: ClassVar = "amino_mixer"

    path: Path | None = None
    """CSV of pure spectra, the label naming each, as `pharma_csv` reads it; several of one name are averaged.
    Default: twenty amino acids drawn from a table of bands, seven of them approximate."""
    components: Annotated[list[str], Field(min_length=2)] | None = None
    """Names of the pure spectra to mix; default: all."""
    start: float | None = None
    """First wavenumber; default: 350 for the table of bands, the first that all spectra of a file cover."""
    stop: float | None = None
    """Last wavenumber; default: 1800, or the last that all spectra of a file cover."""
    step: PositiveFloat = 1.0
    """Distance of channels."""
    ratio: tuple[Annotated[float, Field(gt=0, le=1)], Annotated[float, Field(gt=0, le=1)]] = (0.1, 0.5)
    """Least and greatest weight of the partner."""
    per_pair: PositiveInt = 5
    """Training mixtures of a component with each partner, and as many to test."""
    protocol: Literal["paper", "disjoint"] = "paper"
    """`paper`: training and test mixtures are of the same pairs. `disjoint`: no pair of components, whichever
    has weight 1, is in both; half of the pairs train."""
    noise: Amount = 0.0
    """Standard deviation of white noise on each mixture, relative to its maximum."""
    shift: NonNegativeFloat = 0.0
    """Standard deviation of a shift of each mixture along the axis, in its unit. What is known of single
    spectra moves with them; which channels are unique to a class does not."""
    background: Amount = 0.0
    """Greatest height of a broad background under each mixture, relative to its maximum."""
    seed: NonNegativeInt | None = None
    """Of these mixtures alone, so that the experiment's seed varies the model only; default: that one."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.ratio[0] > self.ratio[1]:
            raise ValueError(f"ratio: {self.ratio[0]:g} is above {self.ratio[1]:g}")
        start, stop = self._range()
        known = not self.path or (self.start is not None and self.stop is not None)
        if known and stop < start + 2 * self.step:
            raise ValueError(f"stop ({stop:g}) must lie at least two steps beyond start ({start:g})")
        if known and (stop - start) / self.step > MOST_CHANNELS:
            raise ValueError(f"more than {MOST_CHANNELS:,} channels; a wider step would do")
        return self

    def load(self, rng: np.random.Generator) -> RawSpectra:
        pure = self._pure()
        names, span = pure.names, pure.wavenumber[-1] - pure.wavenumber[0]
        if self.shift > span / 10:
            ends = "{:g} to {:g}".format(*pure.wavenumber[[0, -1]])
            raise DataError(f"shift: {self.shift:g} moves the bands out of {ends}")
        if self.seed is not None:
            rng = np.random.default_rng(self.seed)
        pairing, *streams = rng.spawn(3)
        channels, mixtures = pure.wavenumber.size, 2 * len(names) * (len(names) - 1) * self.per_pair
        require_room(
            PER_CHANNEL * mixtures * channels + PER_MIXTURE * mixtures,
            f"data: {mixtures:,} mixtures of {channels:,} channels",
            "Use a wider step, fewer mixtures per_pair, or fewer components",
        )
        pairs = self._pairs(len(names), pairing)
        mixed = [self._mixed(pure, some, stream) for some, stream in zip(pairs, streams, strict=True)]
        own, other, intensity = (np.concatenate([each[part] for each in mixed]) for part in range(1, 4))
        recipes = [(role, recipe) for role, (some, *_) in zip(ROLES, mixed, strict=True) for recipe in some]
        labels = np.array([recipe.component for _, recipe in recipes], dtype=np.int64)
        samples = Samples(
            names,
            labels,
            tuple(
                f"{role} {names[of.component]} + {of.ratio:.3f} {names[of.partner]}" for role, of in recipes
            ),
            roles=tuple(role for role, _ in recipes),
        )
        if self.protocol == "disjoint":
            of_pairs = (sorted((names[of.component], names[of.partner])) for _, of in recipes)
            samples = replace(samples, groups=tuple(map(" + ".join, of_pairs)))
        means = dict(zip(names, pure.intensity, strict=True))
        contents = Contents(own, other, tuple(names[of.partner] for _, of in recipes))
        truth = Truth(pure.wavenumber, means, bands=pure.bands, contents=contents)
        block = Block(pure.wavenumber, intensity, np.arange(len(samples)))
        return RawSpectra((block,), samples, self._about(pure, samples), truth)

    def _pairs(self, number: int, rng: np.random.Generator) -> tuple[list[tuple[int, int]], ...]:
        """Components at weight 1 and their partners: the pairs that train, and those that test."""
        ordered = list(permutations(range(number), 2))
        if self.protocol == "paper":
            return ordered, ordered
        if number < 4:
            raise DataError(
                "disjoint pairs take four pure spectra at least, so that each has partners to train and "
                f"others to test; there are {number}"
            )
        # On a circle in random order, pairs an odd distance apart train: each component has partners in both.
        place = rng.permutation(number)
        apart = [abs(int(place[one] - place[other])) for one, other in ordered]
        trains = [min(each, number - each) % 2 == 1 for each in apart]
        return list(compress(ordered, trains)), list(compress(ordered, np.logical_not(trains)))

    def _mixed(
        self, pure: Pure, pairs: Sequence[tuple[int, int]], rng: np.random.Generator
    ) -> tuple[list[_Recipe], Floats, Floats, Floats]:
        """Recipes of mixtures; the part at weight 1, the partner's, and both as they would be measured, each
        (n, channels)."""
        ratios, shifts, hills, noise = rng.spawn(4)  # so that one is drawn alike, whatever the others are
        recipes = [
            _Recipe(*pair, float(ratio))
            for pair, some in zip(
                pairs, ratios.uniform(*self.ratio, (len(pairs), self.per_pair)), strict=True
            )
            for ratio in some
        ]
        x = pure.wavenumber
        moved = self.shift * shifts.standard_normal(len(recipes))
        own, other = (np.empty((len(recipes), x.size), np.float32) for _ in range(2))
        for row, (of, by) in enumerate(zip(recipes, moved, strict=True)):
            own[row] = np.interp(x - by, x, pure.intensity[of.component])
            other[row] = of.ratio * np.interp(x - by, x, pure.intensity[of.partner])
        intensity = own + other.astype(np.float64)
        highest = intensity.max(axis=1, keepdims=True)
        if self.background:
            intensity += self.background * highest * _hills(x, len(recipes), hills)
        if self.noise:
            intensity += self.noise * highest * noise.standard_normal(intensity.shape)
        return recipes, own, other, intensity

    def _pure(self) -> Pure:
        if self.path:
            return pure_from_csv(self.path, self.components, self.start, self.stop, self.step)
        return amino_acids(self.components, *self._range(), self.step)

    def _range(self) -> tuple[float, float]:
        """Of the table of bands."""
        return 350.0 if self.start is None else self.start, 1800.0 if self.stop is None else self.stop

    def _about(self, pure: Pure, samples: Samples) -> About:
        counts = " and ".join(f"{(samples.roles or ()).count(role)} to {role}" for role in ROLES)
        parts = [f"ratio {self.ratio[0]:g} to {self.ratio[1]:g}"]
        parts += [f"noise of {100 * self.noise:g} % of the maximum"] if self.noise else []
        parts += [f"background up to {100 * self.background:g} % of it"] if self.background else []
        parts += [f"shifted by {self.shift:g} {pure.about.unit}"] if self.shift else []
        pairs = "of the same pairs" if self.protocol == "paper" else "no pair in both"
        return replace(
            pure.about,
            title=f"Mixtures of {pure.about.title}",
            description="Computed mixtures of two components, after Fukuhara et al. 2019, section 4.3.",
            simulated=True,
            understood=(*pure.about.understood, f"mixtures: {counts}, {pairs}; {'; '.join(parts)}"),
        )


class _Recipe(NamedTuple):
    """Two components, the second at this weight relative to the first."""

    component: int
    partner: int
    ratio: float


def _hills(x: Floats, number: int, rng: np.random.Generator) -> Floats:
    """Broad backgrounds (number, channels) with a maximum of at most 1."""
    span = x[-1] - x[0]
    at = rng.uniform(x[0], x[-1], (number, 1))
    width = rng.uniform(0.5, 1.5, (number, 1)) * span
    return np.asarray(rng.uniform(0, 1, (number, 1)) * line(x, at, width, Shape.GAUSSIAN))


@hookimpl
def raman_xp_data_sources() -> list[type[DataSource]]:
    return [AminoMixer]
