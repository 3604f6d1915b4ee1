"""The files beside a CSV: what it is, and what is known of its classes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from raman_xp.errors import InputError
from raman_xp.spectra import Band, RawSpectra
from raman_xp_plugins.data.pharma_csv import PharmaCsv

TRUTH = "wavenumber,a,b,a/x,a/y,c\n402,3,1,2,1,0\n401,2,2,2,0,0\n400,1,3,0,1,0\n"
BANDS = (
    "class,compound,position,intensity,fwhm,provenance\n"
    "a,x,401.5,0.5,8,measured\nb,y,400,1,9,\na,y,402,1,7,\n"
)


@pytest.fixture
def read(tmp_path: Path) -> Any:
    """Read two spectra beside which these files stand."""

    def write_and_read(about: str, **files: str) -> RawSpectra:
        path = tmp_path / "pharma.csv"
        path.write_text("label,400,401,402\na,1,2,3\nb,3,2,1\n")
        (tmp_path / "pharma.about.yaml").write_text(about)
        for stem, content in files.items():
            (tmp_path / f"{stem}.csv").write_text(content)
        return PharmaCsv(path=path).load(np.random.default_rng())

    return write_and_read


@pytest.fixture
def message(read: Any) -> Any:
    def fail(about: str, **files: str) -> str:
        with pytest.raises(InputError) as caught:
            read(about, **files)
        return str(caught.value)

    return fail


def test_it_tells_about_the_spectra(read: Any) -> None:
    about = read(
        "title: Two powders\ndescription: Made up.\nsimulated: true\nunit: nm\nlicence: CC0 1.0\n"
    ).about
    assert (about.title, about.description, about.simulated, about.unit) == (
        "Two powders",
        "Made up.",
        True,
        "nm",
    )
    assert about.source == "pharma.csv"
    assert about.licence == "CC0 1.0"
    assert about.understood[-1] == "pharma.about.yaml: description, licence, simulated, title, unit"


def test_the_spec_has_the_last_word_on_the_unit(read: Any, tmp_path: Path) -> None:
    read("unit: nm\n")
    raw = PharmaCsv(path=tmp_path / "pharma.csv", unit="px").load(np.random.default_rng())
    assert raw.about.unit == "px"


def test_truth_has_means_and_components(read: Any) -> None:
    truth = read("truth: means.csv\n", means=TRUTH).truth
    assert truth.wavenumber.tolist() == [400, 401, 402]
    assert {name: mean.tolist() for name, mean in truth.means.items()} == {"a": [1, 2, 3], "b": [3, 2, 1]}
    assert {name: part.tolist() for name, part in truth.components["a"].items()} == {
        "x": [0, 2, 2],
        "y": [1, 0, 1],
    }
    assert truth.components["b"] == {}
    assert truth.bands == {}
    assert truth.wavenumber.dtype == truth.means["a"].dtype == np.float64


def test_bands_stand_strongest_first(read: Any) -> None:
    raw = read("truth: means.csv\nbands: bands.csv\n", means=TRUTH, bands=BANDS)
    assert raw.truth.bands == {
        "a": [Band("y", 402, 1, 7), Band("x", 401.5, 0.5, 8)],
        "b": [Band("y", 400, 1, 9)],
    }
    assert raw.about.understood[-1] == "truth: means of 2 classes, 2 components, 3 bands"


class TestErrors:
    def test_unknown_keys_and_wrong_types_together(self, message: Any) -> None:
        assert message("titel: Powders\nsimulated: 1\n").splitlines() == [
            "pharma.about.yaml: simulated: input should be a valid boolean, got 1",
            "pharma.about.yaml: titel: unknown key; did you mean 'title'? (there are: bands, description, "
            "licence, simulated, title, truth, unit)",
        ]

    def test_no_mapping(self, message: Any) -> None:
        assert message("just words\n") == (
            "pharma.about.yaml: expected keys and values, such as `title: Nine tablets`"
        )

    def test_no_yaml(self, message: Any) -> None:
        assert message("title: a\nunit: [\n").startswith("pharma.about.yaml:3:1: not YAML: ")

    def test_bands_without_truth(self, message: Any) -> None:
        assert message("bands: bands.csv\n", bands=BANDS) == (
            "pharma.about.yaml: `bands` needs `truth`, the file of the class means, as well"
        )

    def test_missing_files(self, message: Any) -> None:
        assert message("truth: means.csv\nbands: bands.csv\n").splitlines() == [
            "pharma.about.yaml: truth: no file means.csv beside it",
            "pharma.about.yaml: bands: no file bands.csv beside it",
        ]

    def test_truth_without_a_class(self, message: Any) -> None:
        assert message("truth: means.csv\n", means="wavenumber,a,bb,a/x\n1,1,2,3\n2,1,3,1\n3,2,x,1\n") == (
            "means.csv:1: no column for the class \"b\"; did you mean 'bb'? (there are: a, bb)\n"
            'means.csv:4: column 3 (bb): not a number: "x"'
        )

    def test_truth_without_an_axis_or_with_a_column_twice(self, message: Any) -> None:
        assert message("truth: means.csv\n", means="x,a,b,b\n1,1,2,3\n2,1,3,1\n3,2,1,1\n").splitlines() == [
            'means.csv:1: the first column must be called wavenumber, not "x"',
            'means.csv:1: 2 columns are called "b"; keep one',
        ]

    def test_bands_without_a_column(self, message: Any) -> None:
        bands = BANDS.replace("fwhm", "width")
        assert message("truth: means.csv\nbands: bands.csv\n", means=TRUTH, bands=bands) == (
            'bands.csv:1: there must be one column "fwhm"; '
            "there are: class, compound, intensity, position, provenance, width"
        )

    def test_bands_that_cannot_be(self, message: Any) -> None:
        bands = BANDS + "a,,401,x,3,\nb,y,401,1.5,3,\nb,y,401,1,0,\n"
        assert message("truth: means.csv\nbands: bands.csv\n", means=TRUTH, bands=bands).splitlines() == [
            'bands.csv:5: column intensity: not a number: "x"',
            "bands.csv:5: column compound: empty; every row needs one",
            "bands.csv:6: column intensity: 1.5 is not between 0 and 1, "
            "the strongest band of the class being 1",
            "bands.csv:7: column fwhm: 0 is not above 0",
        ]


@pytest.mark.parametrize("key", ["truth", "bands"])
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../other.csv", "it leads out of its folder"),
        ("sub/../../other.csv", "it leads out of its folder"),
        ("/etc/passwd", "it is no name of a file"),
        ("C:/other.csv", "no file name can hold ':' on every system"),
        ("..\\other.csv", "no file name can hold '\\\\' on every system"),
        ("aux.csv", "Windows reserves this name"),
        ("a" * 300, "it takes 300 bytes; at most 240 fit on every system"),
    ],
)
def test_a_file_outside_of_the_folder_of_the_data_is_refused(
    message: Any, tmp_path: Path, key: str, name: str, reason: str
) -> None:
    (tmp_path.parent / "other.csv").write_text(TRUTH, "utf-8")
    named = {"truth": "truth.csv", key: name}
    about = "".join(f"{key}: '{name}'\n" for key, name in named.items())
    assert message(about, truth=TRUTH) == (
        f"pharma.about.yaml: {key}: {name!r} is refused ({reason}); "
        "copy the file into the folder of the data, and write its name"
    )


def test_a_link_that_leads_out_of_the_folder_of_the_data_is_refused(message: Any, tmp_path: Path) -> None:
    other = tmp_path.parent / "secret.csv"
    other.write_text(TRUTH, "utf-8")
    (tmp_path / "truth.csv").symlink_to(other)
    assert "'truth.csv' is a link that leads out of the folder of the data; copy the file" in message(
        "truth: truth.csv\n"
    )


def test_a_truth_may_be_in_a_folder_beside_the_data(read: Any, tmp_path: Path) -> None:
    (tmp_path / "known").mkdir()
    (tmp_path / "known" / "truth.csv").write_text(TRUTH, "utf-8")
    assert read("truth: known/truth.csv\n").truth is not None
