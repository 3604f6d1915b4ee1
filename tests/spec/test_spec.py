"""Reading specs: positions, strictness, overrides, sweeps; each error with its place and what would work."""

from __future__ import annotations

import re
import time
import tracemalloc
from pathlib import Path

import pytest

from raman_xp.errors import SpecError
from raman_xp.plugins.registry import Registry
from raman_xp.spec import load_experiment
from raman_xp.spec.document import read

SPEC = """\
data: {use: pharma_csv, path: tiny.csv}
split: {use: stratified}
model:
  use: shallow_cnn
  epochs: 5
explain:
  - use: fc_importance
  - {use: grad_cam, score: margin}
"""
ALIASES_IN_DEPTH = "".join(
    ["a0: &a0 [x]\n", *(f"a{i}: &a{i} [*a{i - 1}]\n" for i in range(1, 2000))]
).encode()
BILLION_LAUGHS = b"a: &a [1, 1]\n" + b"".join(
    b"%c: &%c [%s]\n" % (c + 1, c + 1, b", ".join([b"*%c" % c] * 9)) for c in range(ord("a"), ord("j"))
)


def load(folder: Path, text: str, *settings: str):
    path = folder / "spec.yaml"
    path.write_text(text)
    return load_experiment(path, Registry(), settings)


def refused(folder: Path, text: str, *settings: str) -> list[str]:
    with pytest.raises(SpecError) as caught:
        load(folder, text, *settings)
    return [str(problem).removeprefix(f"{folder}/") for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-4", 1e-4),
        ("010", 10),
        ("0o17", 15),
        ("0x1F", 31),
        ("no", "no"),
        ("on", "on"),
        ("12:30", "12:30"),
        ("2020-01-01", "2020-01-01"),
        ("1_000", "1_000"),
        ("~", None),
        ("True", True),
        (".5", 0.5),
        ("-.inf", float("-inf")),
        ('"12"', "12"),
    ],
)
def test_scalars_follow_yaml_1_2(text, value):
    read_value = read(f"key: {text}", "x").value["key"]
    assert read_value == value
    assert type(read_value) is type(value)


def test_a_good_spec_becomes_one_trial_with_all_defaults(tmp_path):
    experiment = load(tmp_path, SPEC)
    (trial,) = experiment.trials
    assert trial.header.name == "spec"
    assert trial.model.epochs == 5
    assert trial.data.path == tmp_path / "tiny.csv"
    assert [explainer.slug for explainer in trial.explainers] == ["fc_importance", "grad_cam"]
    assert trial.spec["model"]["filters"] == 64
    assert trial.tracker.name == "mlflow"


def test_the_resolved_spec_is_a_spec(tmp_path):
    import yaml

    (trial,) = load(tmp_path, SPEC).trials
    (again,) = load(tmp_path, yaml.safe_dump(dict(trial.spec))).trials
    assert again.spec == trial.spec


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(
            ("epochs: 5", "epoch: 5"),
            "spec.yaml:5:3: model.epoch: unknown key; did you mean 'epochs'? (there are: ",
            id="unknown key",
        ),
        pytest.param(
            ("model:", "modle:"),
            "spec.yaml:3:1: modle: unknown key; did you mean 'model'? (there ",
            id="top key",
        ),
        pytest.param(
            ("epochs: 5", "epochs: true"),
            "spec.yaml:5:11: model.epochs: input should be a valid integer, got true",
            id="true is not 1",
        ),
        pytest.param(
            ("epochs: 5", 'epochs: "12"'),
            'spec.yaml:5:11: model.epochs: input should be a valid integer, got "12"',
            id="text is not 12",
        ),
        pytest.param(
            ("epochs: 5", "learning_rate: .nan"),
            "spec.yaml:5:18: model.learning_rate: input should be a finite number, got NaN",
            id="not a number",
        ),
        pytest.param(
            ("epochs: 5", "epochs: -1"),
            "spec.yaml:5:11: model.epochs: input should be greater than or equal to 0, got -1",
            id="out of range",
        ),
        pytest.param(
            ("score: margin", "score: lodds"),
            "spec.yaml:8:28: explain.1.score: input should be 'log_odds', 'logit', 'margin' or 'probability'",
            id="no such choice",
        ),
        pytest.param(
            ("use: shallow_cnn", "use: shalow_cnn"),
            "spec.yaml:4:8: model.use: no model is called 'shalow_cnn'; did you mean 'shallow_cnn'?",
            id="no such component",
        ),
        pytest.param(
            ("  use: shallow_cnn\n", ""),
            "spec.yaml:4:3: model: needs `use:` with one of: ",
            id="no use",
        ),
        pytest.param(
            ("split: {use: stratified}\n", ""),
            "split: is required, such as split: {use: given}",
            id="part missing",
        ),
        pytest.param(
            ("  use: shallow_cnn\n  epochs: 5\n", "  use: shallow_cnn\n  epochs: 5\n  epochs: 6\n"),
            "spec.yaml:6:3: model.epochs: this key stands twice; first in line 5",
            id="duplicate key",
        ),
        pytest.param(
            ("epochs: 5", "epochs: !!python/object/apply:os.system [ls]"),
            "spec.yaml:5:11: model.epochs: the tag !!python/object/apply:os.system is refused",
            id="tag that would run code",
        ),
        pytest.param(("data: {", "data: ["), "spec.yaml:1:39: not YAML: ", id="not YAML"),
        pytest.param(
            ("explain:\n", "explain: [fc_importance]\nscore:\n"),
            "spec.yaml:6:11: explain.0: expected a mapping such as {use: NAME}, got 'fc_importance'",
            id="a word for a component",
        ),
        pytest.param(
            ("- use: fc_importance", "- {use: fc_importance, id: grad_cam}"),
            None,
            id="an id that a later default would take is no error",
        ),
        pytest.param(
            ("- use: fc_importance", "- {use: fc_importance, id: a}\n  - {use: fc_importance, id: a}"),
            "spec.yaml:8:30: explain.1.id: the id 'a' is taken; ids of one list differ",
            id="two equal ids",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path, change, message):
    assert change[0] in SPEC
    text = SPEC.replace(*change)
    if message is None:
        load(tmp_path, text)
        return
    assert any(message in problem for problem in refused(tmp_path, text)), refused(tmp_path, text)


def test_all_problems_come_at_once(tmp_path):
    text = (
        SPEC.replace("epochs: 5", "epoch: 5\n  filters: -1")
        .replace("margin", "x")
        .replace("stratified", "strat")
    )
    assert len(refused(tmp_path, text)) == 4


def test_two_hundred_problems_are_counted(tmp_path):
    text = SPEC + "".join(f"wrong_{i}: 1\n" for i in range(200))
    with pytest.raises(SpecError) as caught:
        load(tmp_path, text)
    lines = str(caught.value).splitlines()
    assert len(lines) == 21
    assert lines[-1] == "… and 180 more (200 problems in all)"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty; a spec needs at least data, split and model"),
        (b"- a\n- b\n", "a spec is a mapping of keys"),
        (b"\xff\xfe\x00binary", "is not UTF-8 text (byte 0); is it a spec?"),
        (
            b"a: &x\n  b: 1\n  c: [*x]\n",
            "spec.yaml:3:7: the alias *x stands inside the value that it repeats",
        ),
        (BILLION_LAUGHS, "written out, the aliases of this file are more than 50,000 values. Use fewer"),
        (
            ALIASES_IN_DEPTH,
            "written out, the aliases of this file are more than 50 levels. Use fewer of them",
        ),
        (
            b"seed: [" + b"1," * 60_000 + b"]",
            "spec.yaml:1:100002: more than 50,000 keys and values. Is this a",
        ),
        (b"[" * 3000, "spec.yaml:1:51: more than 50 levels of nesting. Write the value flatter"),
        (
            b"a: &a {b: 1}\nc: {<<: *a}\n",
            "spec.yaml:2:5: c.<<: merge keys are not part of YAML 1.2. Write the",
        ),
        (b"label,400\n" * 300_000, "is 3 MB large, and a spec has at most 2 MB. Is it a data file?"),
        (b"seed: " + b"9" * 5000, "spec.yaml:1:7: seed: a number of too many digits"),
        (b'name: "\\ud800"', "spec.yaml:1:7: name: holds no valid text"),
    ],
    ids=[
        *("empty", "list", "binary", "recursive", "billion laughs", "aliases in depth", "many values"),
        *("deep", "merge key", "data file", "long number", "surrogate"),
    ],
)
def test_what_is_no_spec_is_refused(tmp_path, content, message):
    path = tmp_path / "spec.yaml"
    path.write_bytes(content)
    with pytest.raises(SpecError) as caught:
        load_experiment(path, Registry())
    assert message in str(caught.value)


def test_a_missing_file_is_guessed(tmp_path):
    (tmp_path / "pharma.yaml").write_text(SPEC)
    with pytest.raises(SpecError, match=re.escape("there is no such file; did you mean 'pharma.yaml'?")):
        load_experiment(tmp_path / "farma.yaml", Registry())


def test_an_option_overrides_the_file(tmp_path):
    (trial,) = load(tmp_path, SPEC, "model.epochs=7", "explain.grad_cam.score=logit", "seed=3").trials
    assert (trial.model.epochs, trial.explainers[1].score, trial.header.seed) == (7, "logit", 3)


def test_paths_of_options_start_from_the_working_folder(tmp_path, monkeypatch):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    (trial,) = load(tmp_path, SPEC, "data.path=other.csv").trials
    assert trial.data.path == elsewhere / "other.csv"


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        (
            "model.epochs=many",
            '--set model.epochs: model.epochs: input should be a valid integer, got "many"',
        ),
        ("model.epoch=3", "--set model.epoch: model.epoch: unknown key; did you mean 'epochs'?"),
        ("model.epochs", "--set model.epochs: expected KEY=VALUE, such as model.epochs=5"),
        (
            "explain.gradcam.score=logit",
            "--set explain.gradcam.score: explain has no item 'gradcam'; did you",
        ),
        ("seed.x=3", "--set seed.x: seed: input should be a valid integer"),
        ("data.path.x=3", "--set data.path.x: data.path holds nothing to set 'x' in"),
    ],
)
def test_a_wrong_option_is_named(tmp_path, setting, message):
    assert any(message in problem for problem in refused(tmp_path, SPEC, setting)), refused(
        tmp_path, SPEC, setting
    )


def test_a_sweep_makes_a_trial_of_each_combination(tmp_path):
    text = SPEC + "sweep:\n  model.kernel_size: [8, 16]\n  explain.grad_cam.score: [logit, margin]\n"
    experiment = load(tmp_path, text)
    assert [trial.name for trial in experiment.trials] == [
        "kernel_size=8, score=logit",
        "kernel_size=8, score=margin",
        "kernel_size=16, score=logit",
        "kernel_size=16, score=margin",
    ]
    assert experiment.trials[2].model.kernel_size == 16
    assert experiment.swept == ("model.kernel_size", "explain.grad_cam.score")


def test_a_sweep_is_checked_whole(tmp_path):
    text = SPEC + "sweep:\n  model.kernel_size: [8, wide, -1]\n  seed: []\n"
    assert (
        "spec.yaml:11:9: sweep.seed: expected a list of values to try, got []" in refused(tmp_path, text)[0]
    )
    problems = refused(tmp_path, text.replace("  seed: []\n", ""))
    assert problems == [
        'spec.yaml:10:26: model.kernel_size: input should be a valid integer, got "wide"',
        "spec.yaml:10:32: model.kernel_size: input should be greater than or equal to 1, got -1",
    ]


@pytest.mark.parametrize(
    ("sweep", "message"),
    [
        ("{sweep: [1]}", "sweep: unknown key"),
        (
            "{model: [{use: shallow_cnn}], model.epochs: [1, 2]}",
            "sweep.model.epochs: is part of model, which is",
        ),
        ("{seed: [1, 2, 1]}", "sweep.seed.2: 1 stands twice; a trial is run once"),
        (
            f"{{seed: {list(range(200))}, threads: {list(range(1, 200))}}}",
            "asks for 39,800 trials. At most 10,000 are planned. Try fewer values, or allow more with --max",
        ),
    ],
)
def test_a_sweep_that_makes_no_sense_is_refused(tmp_path, sweep, message):
    assert any(message in problem for problem in refused(tmp_path, SPEC + f"sweep: {sweep}\n"))


def test_a_path_that_cannot_be_is_named(tmp_path):
    (problem,) = refused(tmp_path, SPEC.replace("tiny.csv", "'~nobody_of_this_name/x.csv'"))
    assert problem.startswith("spec.yaml:1:31: data.path: no such path can exist")


def test_what_an_explainer_needs_and_the_model_lacks_is_found(tmp_path, install):
    install(
        "xp-mute",
        {"model.mute": "xp_mute"},
        xp_mute="""
        from raman_xp import hookimpl
        from raman_xp.components import Model

        class Mute(Model):
            name = "mute"
            def fit(self, task): ...
            def load(self, folder, curves, threads): ...
            def parameter_count(self, channels, classes): return 0

        @hookimpl
        def raman_xp_models():
            return [Mute]
        """,
    )
    text = SPEC.replace("use: shallow_cnn\n  epochs: 5", "use: mute")
    assert refused(tmp_path, text)[0] == (
        "spec.yaml:6:5: explain.0: fc_importance needs dense_after_features and feature_gradients "
        "of the model, but mute offers nothing; use another explainer or another model"
    )


def test_a_large_sweep_is_refused_in_time_that_grows_with_its_size(tmp_path):
    """Eight times as many values take about eight times as long; each compared with each would take 64."""

    def seconds(values: int) -> float:
        path = tmp_path / "spec.yaml"
        path.write_text(SPEC + f"sweep: {{seed: {list(range(values))}}}\n")
        began = time.process_time()
        with pytest.raises(SpecError, match=f"asks for {values:,} trials. At most 1,000"):
            load_experiment(path, Registry(), most_trials=1000)
        return time.process_time() - began

    seconds(5000)
    assert seconds(40_000) < 20 * seconds(5000)


def test_a_trial_of_a_large_sweep_takes_no_more_memory_than_one_of_a_small(tmp_path):
    def megabytes(values: int) -> float:
        tracemalloc.start()
        kept = load(tmp_path, SPEC + f"sweep: {{seed: {list(range(values))}}}\n")
        assert len(kept.trials) == values
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most / 1e6

    megabytes(100)
    assert megabytes(800) < 1.5 * 8 * megabytes(100)


def test_more_trials_are_planned_where_the_user_allows_them(tmp_path):
    path = tmp_path / "spec.yaml"
    path.write_text(SPEC + "sweep: {seed: [1, 2, 3, 4]}\n")
    with pytest.raises(SpecError, match="allow more with --max-trials 4"):
        load_experiment(path, Registry(), most_trials=3)
    assert len(load_experiment(path, Registry(), most_trials=4).trials) == 4
