"""Saved models that were changed, damaged or lost: they run no code, and cost a fit, not the trial."""

from __future__ import annotations

import io
import json
import logging
import shutil
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from mlflow import MlflowClient

from raman_xp.testing import Project
from raman_xp.testing.hostile import hostile_folders
from raman_xp.testing.project import local_path
from running.conftest import Quick

SPEC = """\
name: tiny
data: {use: pharma_csv, path: tiny.csv}
split: {use: stratified, test: 0.4, folds: null}
model: {use: pca_svm, components: 2, C: 1.0}
explain: [{use: input_magnitude}]
pictures: false
"""


def _kept(project: Project) -> tuple[Path, Path]:
    """The newest trial's file of arrays, and the folder of its saved model."""
    trial = project.trial()
    model = MlflowClient().get_logged_model(trial.outputs.model_outputs[0].model_id)
    artifacts, saved = (local_path(uri) for uri in (trial.info.artifact_uri, model.artifact_location))
    return artifacts / "fit.npz", saved


def _sign(fit: Path, model: Path) -> None:
    """Keep the digests of a model's files with its fit, as who has planted them could.

    Args:
        fit: the file of arrays.
        model: folder of the saved model.
    """
    with np.load(fit) as arrays:
        kept = dict(arrays)
    about = json.loads(kept["about"].item())
    about["model"] = {
        file.relative_to(model).as_posix(): sha256(file.read_bytes()).hexdigest()
        for file in model.rglob("*")
        if file.is_file()
    }
    buffer = io.BytesIO()
    np.savez(buffer, **kept | {"about": np.array(json.dumps(about))})
    fit.write_bytes(buffer.getvalue())


@pytest.mark.parametrize("signed", [False, True], ids=["as found", "with digests of its own"])
def test_a_store_from_a_stranger_runs_no_code(stored: Project, tmp_path: Path, signed, caplog):
    stored.spec(SPEC)
    stored.run().assert_success()
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    marker = scratch / "code was run"
    saved = shutil.copytree(_kept(stored)[1], scratch / "saved")
    tried = 0
    for _, folder in hostile_folders(saved, marker, scratch):
        fit, model = _kept(stored)
        shutil.rmtree(model)
        shutil.copytree(folder, model)
        if signed:
            _sign(fit, model)
        tried += 1
        explain = f"explain=[{{use: input_magnitude, id: explainer_{tried}}}]"  # which loads the model
        stored.run("tiny.yaml", "--set", explain).assert_success()
        assert not marker.exists()
    assert tried > 10
    if not signed:
        assert caplog.text.count("the saved model is not the one that was recorded") == tried


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("truncated", "final is done again: the saved model is not the one that was recorded: means.npy was"),
        ("gone", "the logged model"),
        ("a file gone", "the logged model"),
    ],
)
@pytest.mark.parametrize("workers", ["0", "1"])
def test_a_damaged_model_is_fitted_again_once(quick: Quick, fault, told, workers, caplog):
    quick.run("quick.yaml").assert_success()
    file = _kept(quick)[1] / "means.npy"
    if fault == "truncated":
        file.write_bytes(file.read_bytes()[:-8])
    elif fault == "gone":
        shutil.rmtree(file.parent)
    else:
        file.unlink()
    again = ("quick.yaml", "--workers", workers, "--set", "score=[{use: width}]")
    quick.run(*again).assert_success()
    assert quick.fits == 4
    assert told in caplog.text
    caplog.clear()
    quick.run("quick.yaml", "--set", "score=[{use: zone_mass}]").assert_success()
    assert quick.fits == 4
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_a_model_that_its_plugin_cannot_read_is_fitted_again_and_recorded_anew(quick: Quick, caplog):
    """As after a change of the format: the digests are right, and the content is not."""
    quick.run("quick.yaml").assert_success()
    fit, model = _kept(quick)
    np.save(model / "means.npy", np.array(["text"]))
    _sign(fit, model)
    quick.run("quick.yaml", "--set", "score=[{use: width}]").assert_success()
    assert quick.fits == 4
    told = "final was recorded, and is done again: its saved model cannot be read: model 'nearest_mean'"
    assert told in caplog.text
    caplog.clear()
    quick.run("quick.yaml", "--set", "score=[{use: zone_mass}]").assert_success()
    assert quick.fits == 4
    assert "done again" not in caplog.text
