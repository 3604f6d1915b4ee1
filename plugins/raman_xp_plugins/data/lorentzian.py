"""Synthetic spectra whose truth is known: lines at stated channels, noise, and lines at random ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Annotated, ClassVar, Literal, Self

import numpy as np
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeInt,
    PositiveInt,
    model_validator,
)

from raman_xp import hookimpl
from raman_xp.components import DataSource
from raman_xp.spectra import About, Band, Block, Contents, Floats, RawSpectra, Samples, Truth
from raman_xp.system.memory import require_room
from raman_xp.text.wording import counted
from raman_xp_plugins.data.line_shapes import Amount, Height, Shape, Width, line

PER_CHANNEL = 48
"""Bytes of each channel of each spectrum while they are computed."""
MOST_PEAKS = 2000
"""Peaks of all classes together: each is compared with each."""


class Peak(BaseModel):
    """A line of a class."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True)

    at: float
    """Channel of the maximum, from 0; it may lie between two."""
    height: Height = 1.0
    """Of the maximum."""
    fwhm: Width | None = None
    """Full width at half maximum, in channels; default: that of all."""


Range = tuple[Height, Height]


class Lorentzian(DataSource):
    """Spectra made of lines at stated channels, with noise (Eq. 10 of Fukuhara et al. 2019, section 4.1).

    Training and test spectra, and each class, draw from streams of their own: more of one leave the others as
    they are. The split `given` follows the roles.
    """

    name: ClassVar = "lorentzian"

    channels: Annotated[int, Field(ge=8)] = 1024
    """Length of a spectrum."""
    peaks: Annotated[dict[str, Annotated[list[float | Peak], Field(min_length=1)]], Field(min_length=2)] = {
        "100": [100.0],
        "500": [500.0],
        "1000": [1000.0],
    }
    """Class → its peaks, each a channel or `{at: 100, height: 0.5, fwhm: 6}`. A peak at the same channel in
    two classes is shared by them."""
    fwhm: Width = 4.0
    """Full width at half maximum of a line, in channels."""
    shape: Shape = Shape.LORENTZIAN
    """Of all lines: lorentzian, gaussian or pseudo_voigt."""
    lorentzian_share: Annotated[float, Field(ge=0, le=1)] = 0.5
    """Share of the Lorentzian in a pseudo_voigt line."""
    noise: Literal["uniform", "gaussian"] = "uniform"
    """White noise on every channel."""
    noise_size: Amount = 0.025
    """Relative to the maximum of the spectrum: bounds of the uniform noise, standard deviation of the
    gaussian."""
    extra_peaks: Annotated[int, Field(ge=0, le=1000)] = 0
    """Lines at random channels, others in each spectrum, that tell nothing of the class."""
    extra_height: Range = (1.0, 1.0)
    """Least and greatest height of those."""
    train: PositiveInt = 20
    """Training spectra per class."""
    test: PositiveInt = 20
    """Test spectra per class."""
    seed: NonNegativeInt | None = None
    """Of these spectra alone, so that the experiment's seed varies the network only; default: that one."""

    @model_validator(mode="after")
    def _can_be_told_apart(self) -> Self:
        if self.extra_height[0] > self.extra_height[1]:
            raise ValueError(f"extra_height: {self.extra_height[0]:g} is above {self.extra_height[1]:g}")
        if (number := sum(map(len, self.peaks.values()))) > MOST_PEAKS:
            raise ValueError(f"peaks: {number:,} in all; at most {MOST_PEAKS:,}")
        if problems := [*self._misplaced(), *self._overlapping(), *self._alike()]:
            raise ValueError("; ".join(problems))
        return self

    def load(self, rng: np.random.Generator) -> RawSpectra:
        if self.seed is not None:
            rng = np.random.default_rng(self.seed)
        spectra = len(self.peaks) * (self.train + self.test)
        require_room(
            PER_CHANNEL * spectra * self.channels,
            f"data: {spectra:,} spectra of {self.channels:,} channels",
            "Use fewer channels, or fewer spectra per class (train, test)",
        )
        x = np.arange(self.channels, dtype=np.float64)
        means = {name: self._spectrum(x, peaks) for name, peaks in self._peaks()}
        parts, labels, names = [], [], []
        for (role, number), of_role in zip(self._roles(), rng.spawn(2), strict=True):
            for label, stream in enumerate(of_role.spawn(len(means))):
                parts.append(self._some(x, list(means.values())[label], number, stream))
                labels += [label] * number
                names += [f"{role} {list(means)[label]} #{place + 1}" for place in range(number)]
        own, other, intensity = (np.concatenate(each) for each in zip(*parts, strict=True))
        roles = tuple(name.partition(" ")[0] for name in names)
        truth = Truth(
            x,
            means,
            bands={
                name: [Band("line", peak.at, peak.height, peak.fwhm or self.fwhm) for peak in peaks]
                for name, peaks in self._peaks()
            },
            contents=Contents(own, other) if self.extra_peaks else None,
        )
        samples = Samples(tuple(means), np.array(labels, dtype=np.int64), tuple(names), roles=roles)
        block = Block(x, intensity, np.arange(len(labels)))
        return RawSpectra((block,), samples, self._about(), truth)

    def _some(
        self, x: Floats, mean: Floats, number: int, rng: np.random.Generator
    ) -> tuple[Floats, Floats, Floats]:
        """Spectra of a class: its own part, the other lines, and both with noise, (number, channels) each."""
        lines, noise = rng.spawn(2)
        places = lines.uniform(x[0], x[-1], (number, self.extra_peaks, 1))
        heights = lines.uniform(*self.extra_height, places.shape)
        own = np.broadcast_to(mean.astype(np.float32), (number, x.size))
        other = np.zeros(own.shape, np.float32)
        for each in range(self.extra_peaks):
            other += heights[:, each] * self._line(x, places[:, each], self.fwhm)
        clean = own + other
        size = self.noise_size * clean.max(axis=1, keepdims=True)
        if self.noise == "uniform":
            return own, other, clean + size * noise.uniform(-1, 1, clean.shape)
        return own, other, clean + size * noise.standard_normal(clean.shape)

    def _spectrum(self, x: Floats, peaks: Sequence[Peak]) -> Floats:
        parts = [peak.height * self._line(x, peak.at, peak.fwhm or self.fwhm) for peak in peaks]
        return np.asarray(np.sum(parts, axis=0))

    def _line(self, x: Floats, at: Floats | float, fwhm: float) -> Floats:
        return line(x, at, fwhm, self.shape, self.lorentzian_share)

    def _peaks(self) -> list[tuple[str, list[Peak]]]:
        """Each class and its peaks, highest first."""
        return [
            (
                name,
                sorted(
                    (Peak(at=peak) if isinstance(peak, float) else peak for peak in peaks),
                    key=lambda peak: -peak.height,
                ),
            )
            for name, peaks in self.peaks.items()
        ]

    def _roles(self) -> tuple[tuple[str, int], ...]:
        return ("train", self.train), ("test", self.test)

    def _about(self) -> About:
        shape = self.shape.value.replace("_", "-")
        noise = "within ±" if self.noise == "uniform" else "of standard deviation "
        extra = f", {counted(self.extra_peaks, 'line')} at random places" if self.extra_peaks else ""
        return About(
            title=f"{shape.capitalize()} lines",
            description="Lines at stated channels with white noise, after Eq. 10 of Fukuhara et al. 2019.",
            simulated=True,
            source=self.name,
            understood=(
                f"{counted(len(self.peaks), 'class', 'classes')}, {self.train} spectra of each to train and "
                f"{self.test} to test, {self.channels} channels",
                f"{shape} lines of {self.fwhm:g} channels (FWHM){extra}; {self.noise} noise {noise}"
                f"{100 * self.noise_size:g} % of the maximum",
            ),
            unit="channel",
        )

    def _misplaced(self) -> Iterator[str]:
        for name, peaks in self._peaks():
            for peak in peaks:
                if not 0 <= peak.at <= self.channels - 1:
                    yield f"peaks: {name}: {peak.at:g} is outside the channels, 0 to {self.channels - 1}"

    def _overlapping(self) -> Iterator[str]:
        each = [(name, peak) for name, peaks in self._peaks() for peak in peaks]
        for (name, one), (other_name, other) in combinations(each, 2):
            apart, width = abs(one.at - other.at), max(one.fwhm or self.fwhm, other.fwhm or self.fwhm)
            if apart >= width or (name != other_name and not apart):
                continue
            if name == other_name:
                yield f"peaks: {name}: {one.at:g} and {other.at:g} overlap; {width:g} apart (FWHM) at least"
            else:
                yield (
                    f"peaks: {one.at:g} of {name} and {other.at:g} of {other_name} overlap; "
                    f"share one channel, or put them {width:g} apart (FWHM) at least"
                )

    def _alike(self) -> Iterator[str]:
        lines = {
            name: {(peak.at, peak.height / peaks[0].height, peak.fwhm or self.fwhm) for peak in peaks}
            for name, peaks in self._peaks()
        }
        for (name, of), (other_name, others) in combinations(lines.items(), 2):
            if of == others:
                yield f"peaks: {name} and {other_name} have the same; nothing tells them apart"


@hookimpl
def raman_xp_data_sources() -> list[type[DataSource]]:
    return [Lorentzian]
