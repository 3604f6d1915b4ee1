"""One seed, named streams: changing what one part draws does not move the others."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Seeds:
    """A tree of independent random streams, each known by the path of names that leads to it.

    Args:
        seed: of the experiment.
        path: names that lead here.

    >>> seeds = Seeds(0)
    >>> int(seeds.generator("split").integers(1000)) == int(seeds.generator("split").integers(1000))
    True
    >>> seeds.integer("weights") != seeds.child("fold 1").integer("weights")
    True
    """

    seed: int
    path: tuple[str, ...] = ()

    def child(self, name: str) -> Seeds:
        """The branch of this name.

        Args:
            name: any.
        """
        return Seeds(self.seed, (*self.path, name))

    def generator(self, name: str) -> np.random.Generator:
        """A fresh generator at the start of the stream of this name.

        Args:
            name: any.
        """
        return np.random.default_rng(self._sequence(name))

    def integer(self, name: str) -> int:
        """A seed below 2³¹, for libraries that take one number.

        Args:
            name: of its stream.
        """
        return int(self._sequence(name).generate_state(1)[0] & 0x7FFFFFFF)

    def _sequence(self, name: str) -> np.random.SeedSequence:
        key = tuple(zlib.crc32(part.encode()) for part in (*self.path, name))
        return np.random.SeedSequence(self.seed, spawn_key=key)
