"""Real spectra beside the checkout; not part of the project."""

from __future__ import annotations

from pathlib import Path

SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"
