"""Two keys: a changed explainer leaves the fit's key, a moved file leaves both."""

from __future__ import annotations

from pathlib import Path

import pytest

from raman_xp.plan import plan
from raman_xp.registry import Registry
from raman_xp.spec import load_experiment
from raman_xp.testing import write_csv
from raman_xp.testing.project import SPEC


def keys(folder: Path, *settings: str) -> tuple[str, str]:
    """Fit key and explain key of the tiny experiment."""
    folder.mkdir(exist_ok=True)
    if not (folder / "tiny.csv").exists():
        write_csv(folder / "tiny.csv")
    (folder / "tiny.yaml").write_text(SPEC)
    registry = Registry()
    (planned,) = plan([load_experiment(folder / "tiny.yaml", registry, settings)], registry)
    return planned.context.tags["raman_xp.fit_key"], planned.context.tags["raman_xp.explain_key"]


def test_paths_and_names_enter_no_key(tmp_path):
    assert keys(tmp_path / "here") == keys(tmp_path / "there", "name=other", "description=moved")


@pytest.mark.parametrize(
    "setting",
    ["explain.grad_cam.score=logit", "explain=[{use: grad_cam}]", "score=[{use: pointing}]"],
)
def test_what_only_explains_leaves_the_fit_key(tmp_path, setting):
    before, after = keys(tmp_path), keys(tmp_path, setting)
    assert before[0] == after[0]
    assert before[1] != after[1]


@pytest.mark.parametrize(
    "setting",
    ["seed=1", "model.epochs=3", "split.test=0.3", "preprocess=[{use: normalize}]", "threads=2"],
)
def test_what_changes_the_fit_changes_both_keys(tmp_path, setting):
    before, after = keys(tmp_path), keys(tmp_path, setting)
    assert before[0] != after[0]
    assert before[1] != after[1]


def test_one_changed_value_in_the_data_changes_both_keys(tmp_path):
    before = keys(tmp_path)
    text = (tmp_path / "tiny.csv").read_text()
    (tmp_path / "tiny.csv").write_text(text[:-3] + ("1" if text[-3] != "1" else "2") + text[-2:])
    after = keys(tmp_path)
    assert before[0] != after[0]
    assert before[1] != after[1]


def test_a_changed_truth_changes_only_the_explain_key(tmp_path):
    keys(tmp_path)
    (tmp_path / "tiny.about.yaml").write_text("truth: truth.csv\n")
    rows = [f"{400 + 2 * channel},{channel},{64 - channel},30" for channel in range(64)]
    (tmp_path / "truth.csv").write_text("\n".join(["wavenumber,A,B,C", *rows]))
    before = keys(tmp_path)
    (tmp_path / "truth.csv").write_text("\n".join(["wavenumber,A,B,C", *rows]).replace(",30", ",31"))
    after = keys(tmp_path)
    assert before[0] == after[0]
    assert before[1] != after[1]
