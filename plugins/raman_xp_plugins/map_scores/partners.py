"""Scores of mixtures: which of their spectra hold a certain partner."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from raman_xp.components import MapScore
from raman_xp.errors import DataError
from raman_xp.spectra import Spectra
from raman_xp.text.wording import did_you_mean


def require_partner(score: MapScore, test: Spectra, partner: str) -> None:
    """Check that test spectra are mixed with a partner.

    Raises:
        DataError: nothing is mixed in them, or not with this one.
    """
    contents = test.contents
    if contents is None or contents.partners is None:
        raise DataError(f"{score.slug}: partner: nothing is mixed in these spectra; leave it out")
    if partner not in contents.partners:
        near = did_you_mean(partner, sorted(set(contents.partners)))
        raise DataError(f"{score.slug}: partner: no test spectrum is mixed with {partner}; {near}")


def with_partner(spectra: Spectra, partner: str | None) -> NDArray[np.bool_]:
    """(n,) whether each spectrum holds the partner; all of them where none is asked for."""
    contents = spectra.contents
    if partner is None or contents is None or contents.partners is None:
        return np.ones(len(spectra), dtype=bool)
    return np.array([name == partner for name in contents.partners])
