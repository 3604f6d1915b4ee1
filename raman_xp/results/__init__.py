"""What fits, trials and sweeps produce: values, which travel between processes and are kept in stores.

Imports `raman_xp.maps`, `raman_xp.spectra` and below. Begin with `fit.py`.

- ``fit.py``: one fit: logits, curves, maps, saved model
- ``metrics.py``: numbers that follow from it
- ``pictures.py``: drawn and missing pictures
- ``trial.py``: the outcome of a trial or of a sweep
- ``context.py``: what a tracker learns of a trial before it runs
"""

from __future__ import annotations

from raman_xp.results.context import DatasetInfo, TrialContext
from raman_xp.results.fit import UnitResult, unit_name
from raman_xp.results.pictures import MISSING_PICTURES, Drawn, MissingPicture
from raman_xp.results.trial import SweepResult, TrialResult, numbers_of
from raman_xp.system.files import Files

__all__ = [
    "MISSING_PICTURES",
    "DatasetInfo",
    "Drawn",
    "Files",
    "MissingPicture",
    "SweepResult",
    "TrialContext",
    "TrialResult",
    "UnitResult",
    "numbers_of",
    "unit_name",
]
