"""What is in the medicines, and the Raman light it gives through a line of finite width."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml
from numpy.typing import NDArray
from scipy.special import voigt_profile

Floats = NDArray[np.float64]

DATA = Path(__file__).parents[1]
COUNTS = 4000.0
"""Height of sucrose's 849 cm⁻¹ band, pure and in best focus, for an instrument without line width."""
LINE_FWHM = 10.0
"""Gaussian line of the instrument, cm⁻¹."""
SIGMA_PER_FWHM = float(1 / np.sqrt(8 * np.log(2)))
TRUTH_AXIS = np.arange(350.0, 1801.0)
FAINTEST_BAND = 0.01
"""Height below which a band is not listed, relative to the strongest of the class."""


@dataclass(frozen=True)
class Medicine:
    """One class.

    Args:
        compounds: names in the band table.
        heights: (compounds,) counts of each compound's strongest band, without line width, in best focus.
        fluorescence: counts at mid-range, in best focus.
        fall: exponent by which fluorescence falls over the range.
    """

    name: str
    compounds: tuple[str, ...]
    heights: Floats
    fluorescence: float
    fall: float


def read_bands() -> pd.DataFrame:
    """Both band tables, one row a band."""
    tables = [pd.read_csv(DATA / "bands" / name) for name in ("measured.csv", "digitised_odbl.csv")]
    return pd.concat(tables, ignore_index=True)


def read_medicines(bands: pd.DataFrame) -> list[Medicine]:
    """The nine classes; how bright each is follows from its composition."""
    recipes: dict[str, Any] = yaml.safe_load((DATA / "medicines.yaml").read_text(encoding="utf-8"))
    compounds = recipes["compounds"]

    def medicine(name: str, recipe: dict[str, Any]) -> Medicine:
        masses = recipe["actives"] | recipe["excipients"]
        dose = sum(masses.values())
        seen = {
            compounds[part].get("bands", part): mass / dose * compounds[part]["cross_section"]
            for part, mass in masses.items()
            if compounds[part].get("bands") != "none"
        }
        if unknown := seen.keys() - set(bands["compound"]):
            raise SystemExit(f"medicines.yaml: {name}: no bands of {', '.join(sorted(unknown))} in bands/")
        light = recipe["fluorescence"]
        heights = COUNTS * np.array(list(seen.values()))
        return Medicine(name, tuple(seen), heights, light["counts"], light["fall"])

    return [medicine(name, recipe) for name, recipe in recipes["medicines"].items()]


def pure(bands: pd.DataFrame, medicine: Medicine, wavenumber: Floats) -> Floats:
    """Spectra of the pure compounds, (compounds, wavenumbers): Voigt profiles.

    Height 1 is that of a compound's strongest band before the instrument broadens and so lowers it.
    """

    def compound(name: str) -> Floats:
        rows = bands[bands["compound"] == name]
        position = rows["position_cm1"].to_numpy()[:, None]
        half_width = rows["fwhm_cm1"].to_numpy()[:, None] / 2
        profiles = voigt_profile(wavenumber - position, LINE_FWHM * SIGMA_PER_FWHM, half_width)
        areas = rows["rel_intensity"].to_numpy()[:, None] * np.pi * half_width
        total: Floats = (areas * profiles).sum(axis=0)
        return total

    return np.stack([compound(name) for name in medicine.compounds])


def truth(bands: pd.DataFrame, medicines: list[Medicine]) -> pd.DataFrame:
    """Light of each class in best focus and, beside it, each compound's part of it, to a tenth of a count."""
    table: dict[str, NDArray[Any]] = {"wavenumber": TRUTH_AXIS.astype(int)}
    for medicine in medicines:
        parts = np.round(medicine.heights[:, None] * pure(bands, medicine, TRUTH_AXIS), 1)
        table[medicine.name] = np.round(parts.sum(axis=0), 1)
        for compound, part in zip(medicine.compounds, parts, strict=True):
            table[f"{medicine.name}/{compound}"] = part
    return pd.DataFrame(table)


def observed_bands(bands: pd.DataFrame, medicines: list[Medicine]) -> pd.DataFrame:
    """Bands of each class as the instrument shows them, strongest first."""
    half_width = bands["fwhm_cm1"] / 2
    top = voigt_profile(0.0, LINE_FWHM * SIGMA_PER_FWHM, half_width) * np.pi * half_width
    seen = pd.DataFrame(
        {
            "compound": bands["compound"],
            "position": bands["position_cm1"],
            "intensity": bands["rel_intensity"] * top,
            # Width of a Voigt profile after Olivero and Longbothum, good to 0.02 %.
            "fwhm": 1.0692 * half_width + np.sqrt(0.8664 * half_width**2 + LINE_FWHM**2),
            "provenance": bands["provenance"],
        }
    )
    seen = seen[seen["position"].between(TRUTH_AXIS[0], TRUTH_AXIS[-1])]

    def of(medicine: Medicine) -> pd.DataFrame:
        heights = dict(zip(medicine.compounds, medicine.heights, strict=True))
        own = seen[seen["compound"].isin(medicine.compounds)].copy()
        own["intensity"] *= own["compound"].map(heights)
        own["intensity"] /= own["intensity"].max()
        own.insert(0, "class", medicine.name)
        ranked = own.sort_values("intensity", ascending=False, kind="stable")
        return ranked[ranked["intensity"] >= FAINTEST_BAND]

    return pd.concat([of(medicine) for medicine in medicines]).round({"intensity": 4, "fwhm": 1})
