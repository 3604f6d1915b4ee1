"""Spectra that are made, with their truth: a Gaussian band for each class."""

from typing import ClassVar

import numpy as np
from pydantic import Field

from raman_xp import hookimpl
from raman_xp.components import DataSource
from raman_xp.spectra import About, Block, RawSpectra, Samples, Truth

CENTRES = {"first": 600.0, "second": 1000.0, "third": 1400.0}


class ThisOne(DataSource):
    """A Gaussian band a class on a flat background, with noise.

    Say here where the spectra come from, and what is known of them.
    """

    name: ClassVar = "this_one"
    seeded: ClassVar = True  # a source that reads files says False

    per_class: int = Field(20, ge=2)
    """Spectra of each class."""
    noise: float = Field(0.02, ge=0)
    """Standard deviation of the noise; the bands are 1 high."""

    def load(self, rng: np.random.Generator) -> RawSpectra:
        axis = np.arange(400.0, 1601.0, 4)
        means = {name: np.exp(-(((axis - centre) / 20) ** 2)) for name, centre in CENTRES.items()}
        labels = np.repeat(np.arange(len(means)), self.per_class)
        intensity = 1 + np.stack(list(means.values()))[labels]
        intensity += rng.normal(0, self.noise, intensity.shape)
        rows = np.arange(len(labels))
        samples = Samples(tuple(means), labels, tuple(f"spectrum {row}" for row in rows))
        about = About("Gaussian bands", simulated=True, source="this_one")
        return RawSpectra((Block(axis, intensity, rows),), samples, about, Truth(axis, means))


@hookimpl
def raman_xp_data_sources() -> list[type[DataSource]]:
    return [ThisOne]
