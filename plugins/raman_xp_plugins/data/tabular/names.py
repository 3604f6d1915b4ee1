"""Names that columns commonly have, and how sure they are."""

from __future__ import annotations

import re
from collections.abc import Mapping

SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "label": (
        "label",
        "labels",
        "class",
        "classname",
        "species",
        "compound",
        "substance",
        "target",
        "sample",
    ),
    "group": ("group",),
    "role": ("role",),
    "spectrum": ("spectrum", "spectrumid", "scan", "scanid", "id"),
    "wavenumber": ("wavenumber", "wavenumbers", "ramanshift", "shift", "wavelength", "x"),
    "intensity": ("intensity", "intensities", "counts", "y"),
}
"""Part → how its column is often called, the likeliest first."""
CERTAIN: Mapping[str, tuple[str, ...]] = {
    "label": ("label", "labels", "class", "classname"),
    "spectrum": ("spectrum", "spectrumid"),
    "wavenumber": ("wavenumber", "wavenumbers", "ramanshift"),
    "intensity": ("intensity", "intensities", "counts"),
}
"""Part → names that leave no doubt, even beside others."""
VAGUE = ("target", "sample")
"""Names of a class column that often name something else."""


def spells(name: str, part: str) -> bool:
    """Whether a column of this name is likely this part of the data."""
    return plain(name) in SPELLINGS[part]


def is_part(name: str) -> bool:
    """Whether a name is a common one for some part of the data."""
    return any(spells(name, part) for part in SPELLINGS)


def plain(name: str) -> str:
    """A name without case, blanks, signs and the unit cm⁻¹."""
    return re.sub(r"[\W_]", "", re.sub(r"[\W_]*(cm[\W_]*(1|⁻¹)|1\s*/\s*cm|nm)[\W_]*$", "", name.casefold()))
