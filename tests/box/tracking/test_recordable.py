"""What MLflow cannot hold is reported when a spec is checked, and before anything is fitted."""

from __future__ import annotations

import json

import pytest

from raman_xp.testing import Project
from raman_xp_plugins.tracking.run import cut

SPEC = """\
name: recorded
data:
  use: lorentzian
  channels: 64
  peaks: {peaks}
  noise_size: 0.2
split: {{use: stratified, test: 0.4, folds: 2}}
model: {{use: pca_svm, components: 2, C: 1}}
explain: [{{use: input_magnitude}}]
pictures: false
"""
LONG = "x" * 300


def _spec(project: Project, *classes: str) -> None:
    peaks = {name: [10 + 20 * place] for place, name in enumerate(classes)}
    project.spec(SPEC.format(peaks=json.dumps(peaks)))


@pytest.mark.parametrize("command", ["check", "run"])
@pytest.mark.parametrize(
    ("classes", "told"),
    [
        (
            ["a/", "b"],
            "data.peaks.a/: MLflow refuses this key as the name of a param, because as a path it is "
            "'data.peaks.a'; remove the slash from the name within it",
        ),
        (["a//b", "c"], "data.peaks.a//b: MLflow refuses this key as the name of a param"),
        (["a/../b", "c"], "data.peaks.a/../b: MLflow refuses this key as the name of a param"),
        (
            [LONG, "b"],
            f"data.peaks.{LONG}: this key has 311 characters, and MLflow takes 250 as the name of a param; "
            "shorten the name within it",
        ),
        (
            ["a, b", "a; b"],
            "data.peaks.a; b: MLflow would record this key and data.peaks.a, b as one param, "
            "'data.peaks.a_ b'; rename one of them",
        ),
    ],
)
def test_a_class_that_is_no_param_is_reported_before_anything_runs(stored: Project, command, classes, told):
    _spec(stored, *classes)
    getattr(stored, command)().assert_error(f"tiny.yaml: {told}")
    assert stored.runs() == []


@pytest.mark.parametrize("command", ["check", "run"])
def test_two_keys_with_one_dotted_name_are_reported(stored: Project, command):
    peaks = '{"a.0.at": [10], "a": [{at: 40}]}'
    stored.spec(SPEC.format(peaks=peaks))
    getattr(stored, command)().assert_error(
        "tiny.yaml: data.peaks.a.0.at: 2 keys of the spec are recorded under this name; rename one"
    )


@pytest.mark.parametrize("command", ["check", "run"])
def test_a_description_that_mlflow_refuses_is_reported(stored: Project, command):
    getattr(stored, command)("tiny.yaml", "--set", f"description={'d' * 20001}").assert_error(
        "tiny.yaml: description: it has 20,001 characters, and MLflow takes 20,000; shorten it, or refer to "
        "a document"
    )
    assert stored.runs() == []


@pytest.mark.parametrize("name", ["a/b", "' a'", "'a\\nb'"])
def test_a_name_that_no_experiment_can_have_is_reported_with_what_would_do(stored: Project, name):
    stored.check("tiny.yaml", "--set", f"name={name}".replace("'", '"')).assert_error(
        "--set name: name: the name of an experiment holds no slash and no line end, and begins with no "
        "blank; write another"
    )


def test_classes_of_a_file_may_have_any_name(stored: Project):
    text = (stored.folder / "tiny.csv").read_text("utf-8")
    text = text.replace("\nA,", "\na/,").replace("\nB,", f"\n{LONG},").replace("\nC,", '\n"a, b",')
    (stored.folder / "tiny.csv").write_text(text, "utf-8")
    _spec(stored, "a", "b")
    stored.run("tiny.yaml", "--set", "data={use: pharma_csv, path: tiny.csv}").assert_success()
    predicted = stored.artifact("predictions.csv").decode()
    assert f"p_a/,p_{LONG}" in predicted or f'"p_a, b",p_a/,p_{LONG}' in predicted


def test_what_is_too_long_for_mlflow_says_where_the_rest_is(stored: Project):
    _spec(stored, "a", "b")
    title = "t" * 700
    (stored.folder / "tiny.about.yaml").write_text(f"title: {title}\n", "utf-8")
    description = "word " * 1400 + "end"
    settings = ("--set", "data={use: pharma_csv, path: tiny.csv}", "--set", f"description={description}")
    stored.run("tiny.yaml", *settings).assert_success()
    run = stored.trial()
    assert run.data.params["description"].endswith(" … (the rest: spec.yaml)")
    assert run.inputs.dataset_inputs[0].dataset.name.endswith(" … (the rest: data.txt)")
    assert description in " ".join(stored.artifact("spec.yaml").decode().split())
    assert title in stored.artifact("data.txt").decode()


def test_a_text_that_fits_stays_as_it_is():
    assert cut("a" * 30, 30, "a.csv") == "a" * 30
    assert len(cut("a" * 31, 30, "a.csv")) == 30
