"""A run that fails or is refused shows no number that a reader could take for its result."""

from __future__ import annotations

import re

import pytest

from raman_xp.testing import Project

SPEC = """\
name: failing
data: {use: pharma_csv, path: tiny.csv}
split: {use: stratified, test: 0.4, folds: 2}
model: {use: pca_svm, components: 2, C: 1}
explain: [{use: input_magnitude}, {use: faulty}]
score: [{use: width}]
pictures: false
"""
FAULTY = """
import shutil
from pathlib import Path
from raman_xp import hookimpl
from raman_xp.components import Explainer, Figure
from raman_xp.maps import Maps

class Faulty(Explainer):
    name = "faulty"
    def explain(self, task):
        {fault}
        return Maps(task.spectra.intensity, task.spectra.labels)

@hookimpl
def raman_xp_explainers():
    return [Faulty]
"""
FAULTS = {
    "an explainer raises": 'raise ValueError("no map today")',
    "maps of a wrong shape": "return Maps(task.spectra.intensity[:, :5], task.spectra.labels)",
    "the run is stopped": "raise KeyboardInterrupt",
    "the store is lost": 'shutil.rmtree("mlruns"); Path("mlruns").write_text("no folder")',
}
BRITTLE = """
from raman_xp import hookimpl
from raman_xp_plugins.models.pca_svm import PcaSvm

class Brittle(PcaSvm):
    name = "brittle"
    def fit(self, task):
        if task.valid is not None:
            raise ValueError("no fit of a fold today")
        return super().fit(task)

@hookimpl
def raman_xp_models():
    return [Brittle]
"""


def shows_a_result(output: str) -> bool:
    """Whether a share, a count of spectra, or an accuracy is in it."""
    return re.search(r"\d ?%(?!2F)|\b\d+ of \d+\b(?! fits)|accurac|0\.\d\d", output) is not None


def test_a_run_that_ends_well_shows_its_result(stored: Project, install) -> None:
    install("xp-faulty", {"explainer.faulty": "xp_faulty"}, xp_faulty=FAULTY.format(fault="pass"))
    stored.spec(SPEC)
    assert shows_a_result(stored.run().assert_success().output)


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_run_that_fails_after_a_fit_shows_none(stored: Project, install, fault: str) -> None:
    install("xp-faulty", {"explainer.faulty": "xp_faulty"}, xp_faulty=FAULTY.format(fault=fault))
    stored.spec(SPEC)
    ran = stored.run()
    assert ran.exit_code in (1, 130), ran.output
    assert not shows_a_result(ran.output), ran.output


def test_a_run_whose_fold_fails_after_the_final_fit_shows_none(stored: Project, install) -> None:
    install("xp-brittle", {"model.brittle": "xp_brittle"}, xp_brittle=BRITTLE)
    stored.spec(SPEC.replace("pca_svm", "brittle").replace(", {use: faulty}", ""))
    ran = stored.run().assert_error("no fit of a fold today", code=1)
    assert "failing: final: fitted in" in ran.stderr
    assert not shows_a_result(ran.output), ran.output


@pytest.mark.parametrize(
    "setting",
    ["data.path=none.csv", "split.test=0.999", "split.folds=99", "model.components=0", "model.use=none"],
)
def test_a_run_that_is_refused_shows_none(stored: Project, install, setting: str) -> None:
    install("xp-faulty", {"explainer.faulty": "xp_faulty"}, xp_faulty=FAULTY.format(fault="pass"))
    stored.spec(SPEC)
    ran = stored.run("tiny.yaml", "--set", setting)
    assert ran.exit_code == 2, ran.output
    assert not shows_a_result(ran.output), ran.output


def test_of_a_sweep_only_the_trials_that_ended_well_are_shown(stored: Project, install) -> None:
    fault = 'if len(task.spectra) < 10: raise ValueError("no map today")'
    install("xp-faulty", {"explainer.faulty": "xp_faulty"}, xp_faulty=FAULTY.format(fault=fault))
    stored.spec(SPEC.replace("test: 0.4", "test: 0.3") + "sweep: {split.test: [0.3, 0.5]}\n")
    ran = stored.run()
    ran.assert_error("test=0.3: ", "no map today", code=1)
    before, _, results = ran.stdout.partition("\ntest=0.5\n")
    assert not shows_a_result(before)
    assert shows_a_result(results)
    assert "test=0.3" not in results
