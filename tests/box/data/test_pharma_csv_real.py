"""Measured spectra of others, read as they come."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from raman_xp_plugins.data.pharma_csv import PharmaCsv

DATA = Path(__file__).parents[3] / ".." / "shared" / "data"

pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="needs the folder of measured spectra beside the checkout"
)


@pytest.mark.parametrize(
    ("path", "understood"),
    [
        (
            "cheese/cheese.csv",
            (
                "wide layout, comma-separated, decimal point",
                "300 spectra, 3 classes: 0 100, 1 100, 2 100",
                "250–2000 cm⁻¹, 1751 channels, step 1",
            ),
        ),
        (
            "milk/milk.csv",
            (
                "wide layout, comma-separated, decimal point",
                "300 spectra, 6 classes: 0 50, 1 50, 2 50, 3 50, 4 50, 5 50",
                "49.871–3399.62 cm⁻¹, 1738 channels, step 1.93",
            ),
        ),
        (
            "carbohydrates/pure_S.csv",
            (
                "transposed layout, comma-separated, decimal point",
                "3 spectra, 3 classes: fructose 1, lactose 1, ribose 1",
                "200–1600 cm⁻¹, 1401 channels, step 1",
            ),
        ),
    ],
)
def test_understood(path: str, understood: tuple[str, ...]) -> None:
    assert PharmaCsv(path=DATA / path).load(np.random.default_rng()).about.understood == understood


def test_one_spectrum_a_class() -> None:
    raw = PharmaCsv(path=DATA / "aminoacids" / "aminoacids_wide.csv").load(np.random.default_rng())
    assert raw.blocks[0].intensity.shape == (13, 1351)
    assert raw.samples.names[:2] == ("column 2 (Gly)", "column 3 (Ala)")
    assert len(raw.samples.classes) == 13


def test_numbers_agree_with_a_plain_reader() -> None:
    path = DATA / "milk" / "milk.csv"
    raw = PharmaCsv(path=path).load(np.random.default_rng())
    plain = np.loadtxt(path, delimiter=",", skiprows=1)
    np.testing.assert_array_equal(raw.blocks[0].intensity, plain[:, 1:].astype(np.float32))
    assert raw.samples.labels.tolist() == plain[:, 0].tolist()
