"""Maps over the channels of spectra, and how they come about.

Imports `raman_xp.spectra` and below. Begin with `maps.py`.

- ``maps.py``: signed values on the input axis, one row a spectrum or a class
- ``quantities.py``: the quantity that an explainer differentiates, as a direction in logit space
- ``receptive_field.py``: which channels a bin of a network sees, and where its maps look
- ``placement.py``: maps at bins, interpolated to the channels
- ``files.py``: maps as files
"""

from __future__ import annotations

from raman_xp.maps.maps import Maps

__all__ = ["Maps"]
