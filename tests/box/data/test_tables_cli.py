"""What `raman-xp check` says about every table of `tables/`: exit code, content, warnings, questions."""

from __future__ import annotations

import shutil

import pytest
import yaml

from box.data.test_tables import FOLDER, READ, REFUSED
from raman_xp.testing import Project

SPLIT = {"group_is_treatment": "class aspirin: has 1 group; a test set and a training set need at least 2"}
"""Cases whose table is read, and whose split is refused."""
SPEC = {"label_quotes_yaml": 'figures.0.classes.1: a text is expected; write it in quotes: "1", got 1'}
"""Cases whose spec is refused before the table is read."""
CORE_WARNS = {
    "same_spectrum_twice": "6 test spectra are identical to training spectra (line 2 = line 3,",
    "same_spectrum_two_labels": "8 spectra appear under two classes, with the same intensities: line 2 =",
    "saturated": "12 of 12 spectra reach 65535, the highest value of all, at 700, 900, 1300 and 1 more",
    "index_before_axis_many": "4 test spectra are identical to training spectra",
}
"""Cases that the core warns of."""
CORE_REFUSES = {"gap_in_axis": "resample: nothing was measured between 1800 and 2800"}
"""Cases that a later step refuses."""


@pytest.fixture
def case(project: Project, request: pytest.FixtureRequest) -> str:
    """A spec and its table, copied into the folder in which commands run."""
    name: str = request.param
    data = yaml.safe_load((FOLDER / f"{name}.yaml").read_text())["data"]
    for file in (f"{name}.yaml", data["path"]):
        shutil.copy(FOLDER / file, project.folder / file)
    return name


def words(text: str) -> str:
    """A text without line breaks."""
    return " ".join(text.split())


@pytest.mark.parametrize("case", sorted(READ.keys() - SPLIT.keys() - SPEC.keys()), indirect=True)
def test_check_shows_what_was_read(project: Project, case: str) -> None:
    spectra, classes, axis, warning = READ[case]
    output = words(project.check(f"{case}.yaml").assert_success().stdout)
    assert f"{spectra} spectra, {len(classes) if classes else ''}" in output
    assert axis in output
    assert ("warning" in output) == bool(warning or case in CORE_WARNS)
    assert warning in output


@pytest.mark.parametrize("case", sorted(REFUSED), indirect=True)
def test_check_asks(project: Project, case: str) -> None:
    message, _ = REFUSED[case]
    project.check(f"{case}.yaml").assert_error(message)


@pytest.mark.parametrize("case", sorted(SPEC), indirect=True)
def test_check_refuses_the_spec(project: Project, case: str) -> None:
    project.check(f"{case}.yaml").assert_error(SPEC[case])


@pytest.mark.parametrize("case", sorted(SPLIT), indirect=True)
def test_check_shows_what_was_read_before_the_split_is_refused(project: Project, case: str) -> None:
    checked = project.check(f"{case}.yaml").assert_error(SPLIT[case])
    assert READ[case][2] in words(checked.output)
    project.check(f"{case}.yaml", "--set", "data.group=null").assert_success()


@pytest.mark.parametrize("case", sorted(CORE_WARNS), indirect=True)
def test_check_warns_of_suspicious_spectra(project: Project, case: str) -> None:
    assert CORE_WARNS[case] in words(project.check(f"{case}.yaml").assert_success().stdout)


@pytest.mark.parametrize("case", sorted(CORE_REFUSES), indirect=True)
def test_check_refuses_to_fill_a_gap(project: Project, case: str) -> None:
    checked = project.check(f"{case}.yaml").assert_error(CORE_REFUSES[case])
    assert "400–3100 cm⁻¹, 45 channels" in checked.output


def test_every_case_has_an_expectation() -> None:
    cases = {path.stem for path in FOLDER.glob("*.yaml")}
    assert cases == {*READ, *REFUSED, *CORE_WARNS, *CORE_REFUSES}


@pytest.mark.parametrize("case", ["scan_restarts"], indirect=True)
def test_a_list_of_columns_may_be_stated(project: Project, case: str) -> None:
    checked = project.check(f"{case}.yaml", "--set", "data.spectrum=[tablet, scan]")
    checked.assert_error("the spectra are on 3 different axes; bring them to one with a step")
    assert "18 spectra, 2 classes" in words(checked.output)


@pytest.mark.parametrize("case", ["label_named_0"], indirect=True)
def test_channels_may_be_ignored_by_name(project: Project, case: str) -> None:
    project.check(f"{case}.yaml", "--set", 'data.ignore=["0"]').assert_success()
    project.check(f"{case}.yaml", "--set", "data.label=0").assert_success()


@pytest.mark.parametrize("case", ["scan_restarts"], indirect=True)
@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ("[1.5]", 'data.spectrum.0: a text is expected; write it in quotes: "1.5", got 1.5'),
        ("[tablet, scann]", "no column \"scann\" for `spectrum`; did you mean 'scan'?"),
        ("[tablet, wavenumber]", '`spectrum` names column "wavenumber", which holds the wavenumber.'),
    ],
)
def test_wrong_columns_of_a_spectrum(project: Project, case: str, keys: str, message: str) -> None:
    project.check(f"{case}.yaml", "--set", f"data.spectrum={keys}").assert_error(message)
