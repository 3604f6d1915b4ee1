"""Spectra, the samples they are of, and what is known of them.

Imports `raman_xp.system` and `raman_xp.errors`. Begin with `spectra.py`: `RawSpectra` become `Spectra` in
preprocessing.

- ``spectra.py``: as measured, and on one axis
- ``truth.py``: pure components, bands, zones
- ``storage.py``: arrays that do not fit into memory
- ``partition.py``: divides spectra; groups stay whole
- ``digests.py``: the same content has the same digest
"""

from __future__ import annotations

from raman_xp.spectra.arrays import Floats, Ints
from raman_xp.spectra.spectra import About, Block, RawSpectra, Samples, Spectra
from raman_xp.spectra.truth import Band, Contents, Truth, Zone

__all__ = [
    "About",
    "Band",
    "Block",
    "Contents",
    "Floats",
    "Ints",
    "RawSpectra",
    "Samples",
    "Spectra",
    "Truth",
    "Zone",
]
