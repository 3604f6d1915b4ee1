"""Any number in a spec gives finite spectra, or is refused with its place: none blames a component."""

from __future__ import annotations

import pytest
import yaml

from raman_xp.testing import Project

SMALLEST, LARGEST = 5e-324, 1.7e308
NUMBERS = (SMALLEST, 1e-30, 1e30, LARGEST, -LARGEST)
LINES = {"use": "lorentzian", "channels": 128, "peaks": {"a": [20.0], "b": [60.0]}, "train": 6, "test": 4}
MIXTURES = {"use": "amino_mixer", "components": ["Gly", "Ala", "Val"]}
DATA = [
    *({**LINES, key: None} for key in ("fwhm", "noise_size")),
    *({**LINES, "shape": shape, "fwhm": None} for shape in ("gaussian", "pseudo_voigt")),
    {**LINES, "shape": "pseudo_voigt", "lorentzian_share": None},
    *({**LINES, "peaks": {"a": [{"at": 20.0, key: None}], "b": [60.0]}} for key in ("at", "height", "fwhm")),
    {**LINES, "extra_peaks": 3, "extra_height": [None, None]},
    {**LINES, "extra_peaks": 3, "extra_height": [1.0, None]},
    *({**MIXTURES, key: None} for key in ("start", "stop", "step", "noise", "shift", "background")),
]
STEPS = [
    {"use": "linear_baseline", "start": None},
    {"use": "linear_baseline", "stop": None},
    *({"use": "resample", "start": 10.0, "stop": 100.0, key: None} for key in ("start", "stop", "step")),
    {"use": "resample", "start": 10.0, "stop": 100.0, "max_gap": None},
]


def filled(part: object, number: float) -> object:
    """The same part of a spec with a number in place of nothing."""
    if isinstance(part, dict):
        return {key: filled(value, number) for key, value in part.items()}
    if isinstance(part, list):
        return [filled(value, number) for value in part]
    return number if part is None else part


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize(
    ("data", "steps"), [*((data, []) for data in DATA), *((LINES, [step]) for step in STEPS)]
)
@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_a_number_is_taken_or_refused(empty_project: Project, data, steps, number):
    spec = {
        "data": filled(data, number),
        "preprocess": [*(filled(step, number) for step in steps), {"use": "normalize"}],
        "split": {"use": "given"},
        "model": {"use": "pca_svm", "components": 2, "C": 1.0},
    }
    (empty_project.folder / "numbers.yaml").write_text(yaml.safe_dump(spec), "utf-8")
    ran = empty_project.check("numbers.yaml")
    assert ran.exit_code in (0, 2), ran.output
