"""The simulated data set in the box: what its generator writes, what the paper's protocol needs of it, and
that it says what it is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from numpy.typing import NDArray

DATA = Path(__file__).parents[2] / "experiments" / "data"
CLASSES = ["BbL", "Buf", "EvA", "Knh", "LaE", "Njt", "Nrs", "Pbb", "Psa"]
Floats = NDArray[np.floating]


@pytest.fixture(scope="module")
def rewritten(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder the generator has just written."""
    folder = tmp_path_factory.mktemp("pharma")
    subprocess.run([sys.executable, "-B", str(DATA / "simulate_pharma"), str(folder)], check=True)
    return folder


@pytest.fixture(scope="module")
def spectra() -> pd.DataFrame:
    return pd.read_csv(DATA / "pharma.csv")


@pytest.fixture(scope="module")
def truth() -> pd.DataFrame:
    return pd.read_csv(DATA / "pharma.truth.csv")


@pytest.fixture(scope="module")
def bands() -> pd.DataFrame:
    return pd.read_csv(DATA / "pharma.bands.csv")


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    names = ("measured.csv", "digitised_odbl.csv")
    return pd.concat([pd.read_csv(DATA / "bands" / name).assign(file=name) for name in names])


def axis_of(spectra: pd.DataFrame) -> Floats:
    return spectra.columns[2:].astype(float).to_numpy()


def raw(spectra: pd.DataFrame, name: str) -> Floats:
    """Counts of a class inside 350 to 1800 cm⁻¹, (spectra, pixels)."""
    axis = axis_of(spectra)
    within = (axis >= 350) & (axis <= 1800)
    return spectra[spectra["label"] == name].iloc[:, 2:].to_numpy(float)[:, within]


def inside(spectra: pd.DataFrame) -> tuple[Floats, Floats]:
    """Pixels inside 350 to 1800 cm⁻¹, (pixels,), and smooth shapes a background is made of, (pixels, 9)."""
    axis = axis_of(spectra)
    axis = axis[(axis >= 350) & (axis <= 1800)]
    return axis, np.polynomial.chebyshev.chebvander((axis - 1075) / 725, 8)


# Another build of NumPy or SciPy may round the last bit of a profile differently, which can turn a count that
# stands on the edge: so numbers are compared, not bytes.


def test_the_spectra_are_those_the_generator_writes(rewritten: Path, spectra: pd.DataFrame) -> None:
    again = pd.read_csv(rewritten / "pharma.csv")
    assert list(again.columns) == list(spectra.columns)
    assert again[["label", "session"]].equals(spectra[["label", "session"]])
    off = np.abs(again.iloc[:, 2:].to_numpy() - spectra.iloc[:, 2:].to_numpy())
    assert off.max() <= 1
    assert np.mean(off > 0) <= 0.001


@pytest.mark.parametrize(("name", "rounding"), [("pharma.truth.csv", 0.1), ("pharma.bands.csv", 1e-4)])
def test_truth_and_bands_are_those_the_generator_writes(rewritten: Path, name: str, rounding: float) -> None:
    committed, again = pd.read_csv(DATA / name), pd.read_csv(rewritten / name)
    # A class mean adds up to seven rounded parts.
    pd.testing.assert_frame_equal(committed, again, rtol=0, atol=8 * rounding)


def test_the_about_file_is_the_one_the_generator_writes(rewritten: Path) -> None:
    name = "pharma.about.yaml"
    assert (rewritten / name).read_text(encoding="utf-8") == (DATA / name).read_text(encoding="utf-8")


def test_it_is_small_enough_to_come_along() -> None:
    assert (DATA / "pharma.csv").stat().st_size < 2_000_000
    assert (DATA / "pharma.truth.csv").stat().st_size < 600_000


def test_nine_medicines_of_forty_four_spectra_in_the_papers_order(spectra: pd.DataFrame) -> None:
    assert list(spectra["label"]) == [name for name in CLASSES for _ in range(44)]


def test_every_session_measured_every_class(spectra: pd.DataFrame) -> None:
    assert (spectra.groupby(["label", "session"]).size() == 11).all()
    assert spectra["session"].nunique() == 4


def test_the_header_is_an_uneven_ascending_axis_that_covers_the_range(spectra: pd.DataFrame) -> None:
    axis = axis_of(spectra)
    pitch = np.diff(axis)
    assert axis[0] <= 340
    assert axis[-1] >= 1810
    assert pitch.min() >= 2.5
    assert pitch.max() <= 3.3
    assert np.ptp(pitch) > 0.5


def test_values_are_counts_of_a_16_bit_converter(spectra: pd.DataFrame) -> None:
    values = spectra.iloc[:, 2:].to_numpy()
    assert values.dtype == np.int64
    assert values.min() >= 0
    assert values.max() < 2**16 - 1


@pytest.mark.parametrize("name", CLASSES)
def test_every_class_has_the_papers_signals(spectra: pd.DataFrame, name: str) -> None:
    """Signal: the highest point above the straight line between the ends."""
    counts = spectra[spectra["label"] == name].iloc[:, 2:].to_numpy(float)
    left, right = counts[:, :5].mean(axis=1), counts[:, -5:].mean(axis=1)
    axis = axis_of(spectra)
    along = (axis - axis[0]) / (axis[-1] - axis[0])
    above = counts - left[:, None] - (right - left)[:, None] * along
    signal = ((above[:, :-2] + above[:, 1:-1] + above[:, 2:]) / 3).max(axis=1)
    signal /= signal.max()
    for wanted in (1 / 2, 1 / 3, 1 / 4):
        assert np.abs(signal / wanted - 1).min() < 0.1


@pytest.mark.parametrize("name", CLASSES)
def test_every_class_goes_down_to_a_twentieth(spectra: pd.DataFrame, truth: pd.DataFrame, name: str) -> None:
    """The Raman part of each spectrum, fitted beside a smooth background: in the weakest spectra the highest
    point is glass."""
    axis, background = inside(spectra)
    mean = np.interp(axis, truth["wavenumber"], truth[name])
    fitted = np.linalg.lstsq(np.column_stack([mean, background]), raw(spectra, name).T, rcond=None)[0]
    part = fitted[0] / fitted[0].max()
    assert 0.03 < part.min() < 0.06


@pytest.mark.parametrize("name", CLASSES)
def test_a_class_mean_is_the_sum_of_its_compounds(truth: pd.DataFrame, name: str) -> None:
    parts = [column for column in truth.columns if column.startswith(f"{name}/")]
    assert len(parts) >= 2
    np.testing.assert_allclose(truth[name], truth[parts].sum(axis=1), atol=1e-6)
    assert list(truth["wavenumber"]) == list(range(350, 1801))


@pytest.mark.parametrize(
    ("name", "position"), [("Buf", 1606), ("Knh", 357), ("EvA", 1607.5), ("Pbb", 876), ("Psa", 857.5)]
)
def test_the_strongest_band_is_where_it_is_known(truth: pd.DataFrame, name: str, position: float) -> None:
    assert abs(truth["wavenumber"][truth[name].argmax()] - position) <= 2


@pytest.mark.parametrize("name", CLASSES)
def test_the_mean_of_the_spectra_shows_the_truth(
    spectra: pd.DataFrame, truth: pd.DataFrame, name: str
) -> None:
    axis, background = inside(spectra)
    mean = raw(spectra, name).mean(axis=0)
    known = np.interp(axis, truth["wavenumber"], truth[name])
    both = np.column_stack([mean, known])
    bands = both - background @ np.linalg.lstsq(background, both, rcond=None)[0]
    assert np.corrcoef(bands.T)[0, 1] > 0.95


def test_every_band_comes_from_a_row_of_the_band_table(bands: pd.DataFrame, table: pd.DataFrame) -> None:
    key = ["compound", "position", "provenance"]
    rows = table.rename(columns={"position_cm1": "position"})[key]
    assert len(bands.merge(rows, on=key)) == len(bands)
    assert list(bands["class"].unique()) == CLASSES


def test_bands_are_relative_to_the_strongest_of_their_class(bands: pd.DataFrame) -> None:
    assert bands["position"].between(350, 1800).all()
    assert bands["intensity"].between(0.01, 1).all()
    assert (bands.groupby("class")["intensity"].max() == 1).all()
    assert (bands["fwhm"] > 10).all()  # no line narrower than the instrument's


def test_bands_and_truth_name_the_same_compounds(bands: pd.DataFrame, truth: pd.DataFrame) -> None:
    named = {f"{row['class']}/{row['compound']}" for _, row in bands.iterrows()}
    assert named <= set(truth.columns)


def test_rows_under_the_odbl_stand_in_their_own_file(table: pd.DataFrame) -> None:
    own = table["file"] == "digitised_odbl.csv"
    assert ((table["provenance"] == "digitised") == own).all()
    assert (table["source"].str.contains("ramanbiolib") == own).all()
    assert set(table["provenance"]) == {"measured", "approximate", "digitised"}


def test_the_readme_of_the_bands_gives_attribution_and_licence() -> None:
    readme = (DATA / "bands" / "README.md").read_text(encoding="utf-8")
    assert "https://opendatacommons.org/licenses/odbl/1-0/" in readme
    assert "https://github.com/mteranm/ramanbiolib" in readme


def test_a_compound_has_one_source(table: pd.DataFrame) -> None:
    assert (table.groupby("compound")["source"].nunique().drop("hydrotalcite") == 1).all()
    assert table.notna().all(axis=None)


def test_nothing_doubtful_is_in_the_table(table: pd.DataFrame) -> None:
    assert not set(table["compound"]) & {"dihydrocodeine", "clemastine"}
    assert not ((table["compound"] == "corn starch") & table["position_cm1"].isin([1127.5, 1339.5])).any()
    assert not ((table["compound"] == "talc") & (table["position_cm1"] == 1091.5)).any()


def test_the_about_file_says_that_nothing_was_measured() -> None:
    about = yaml.safe_load((DATA / "pharma.about.yaml").read_text(encoding="utf-8"))
    assert about["simulated"] is True
    assert "simulated" in about["title"]
    assert "SIMULATED, not measured" in about["description"]
    assert "class and batch are the same thing" in " ".join(about["description"].split())
    assert "Open Database License" in about["licence"]
    assert (DATA / about["truth"]).is_file()
    assert (DATA / about["bands"]).is_file()
    assert about["unit"] == "cm⁻¹"
