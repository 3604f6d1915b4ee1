"""The main job end to end, against a real SQLite store."""

from __future__ import annotations

import csv
import json
import re
import shlex
import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from raman_xp.cli import main
from raman_xp.plugins.registry import Registry
from raman_xp.spec import load_experiment
from raman_xp.testing import Project, Ran, write_csv
from raman_xp.testing.project import SPEC, local_path
from shared_data import SHARED_DATA


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, migrated_store: Path) -> Project:
    """A project in which the tiny experiment has run once."""
    folder = tmp_path_factory.mktemp("finished")
    shutil.copy(migrated_store, folder / "mlflow.db")
    write_csv(folder / "tiny.csv")
    (folder / "tiny.about.yaml").write_text("title: Three bands\nsimulated: true\n")
    (folder / "tiny.yaml").write_text(SPEC + "description: Which band is it?\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        project = Project(folder, lambda *arguments: CliRunner().invoke(main, list(map(str, arguments))))
        result = project.run("tiny.yaml")
    assert result.exit_code == 0, result.output
    project.result = result
    return project


@pytest.fixture(scope="module")
def trial(finished):
    (run,) = [run for run in finished.runs() if run.data.tags["raman_xp.kind"] == "trial"]
    return run


@pytest.fixture(scope="module")
def artifacts(trial):
    return local_path(trial.info.artifact_uri)


def test_the_trial_stands_at_the_top_and_its_folds_below_it(finished, trial):
    runs = finished.runs()
    assert {run.info.status for run in runs} == {"FINISHED"}
    folds = [run for run in runs if run.data.tags["raman_xp.kind"] == "fold"]
    assert sorted(run.info.run_name for run in folds) == ["fold 1", "fold 2"]
    assert {run.data.tags["mlflow.parentRunId"] for run in folds} == {trial.info.run_id}
    assert "mlflow.parentRunId" not in trial.data.tags


def test_it_can_be_found_by_its_keys(finished, trial):
    assert len(trial.data.tags["raman_xp.fit_key"]) == len(trial.data.tags["raman_xp.explain_key"]) == 16
    keys = {run.data.tags["raman_xp.fit_key"] for run in finished.runs()}
    assert len(keys) == 3


def test_what_is_simulated_says_so_everywhere(finished, trial):
    assert trial.data.tags["raman_xp.data"] == "simulated"
    (dataset,) = trial.inputs.dataset_inputs
    assert dataset.dataset.name == "Three bands"
    assert json.loads(dataset.dataset.profile)["simulated"] is True
    assert {tag.value for tag in dataset.tags} == {"training", "simulated"}
    assert "simulated: these numbers say nothing about real samples" in " ".join(
        finished.result.stdout.split()
    )


def test_params_are_the_flattened_spec(trial):
    assert trial.data.params["model.epochs"] == "2"
    assert trial.data.params["model.kernel_size"] == "8"
    assert trial.data.params["explain.grad_cam.score"] == "log_odds"


def test_metrics_are_grouped_by_what_stands_before_the_slash(trial):
    names = set(trial.data.metrics)
    assert {"test/accuracy", "test/accuracy_low", "test/accuracy_high", "cv/accuracy_mean"} <= names
    assert {"train/loss", "seconds/fit", "seconds/explain.grad_cam"} <= names


def test_a_line_tells_how_long_each_fit_took(finished):
    lines = finished.result.stderr
    assert re.search(r"^tiny: fold 1: fitted in \d+ s$", lines, re.MULTILINE)
    assert re.search(r"^tiny: final: fitted in \d+ s, explained in \d+ s$", lines, re.MULTILINE)


def test_tables_that_are_too_wide_are_told_one_below_the_other(finished, monkeypatch):
    monkeypatch.chdir(finished.folder)
    monkeypatch.setenv("COLUMNS", "46")
    told = finished.run("tiny.yaml").stdout.partition("Strongest bands")[2].partition("Recorded as")[0]
    assert told.count("Strongest bands") == 1  # and the one it was cut at
    assert {"importance", "magnitude"} <= set(told.split())
    assert "…" not in told
    assert max(map(len, told.splitlines())) <= 46


def test_what_was_learned_comes_first(finished):
    shown = finished.result.stdout
    learned = shown.index(" test spectra are recognised: ")
    assert shown.index("fits  ") < learned < shown.index("Strongest bands") < shown.index("\nNext\n")


class TestNext:
    """The commands that a run ends with."""

    @staticmethod
    def commands(shown: str) -> list[str]:
        return re.findall(r"^  (\S.*)$", shown.partition("\nNext\n")[2], re.MULTILINE)

    def test_each_of_them_works(self, finished, monkeypatch):
        monkeypatch.chdir(finished.folder)
        view, again, explainer = self.commands(finished.result.stdout)
        assert view == "mlflow ui"
        assert again == "raman-xp run tiny.yaml --set 'sweep.seed=[0, 1, 2]'"
        planned = finished.check(*shlex.split(again)[2:]).assert_success()
        assert re.search(r"^sweep +seed: 0, 1, 2 *$", planned.stdout, re.MULTILINE)
        assert explainer == "raman-xp plugins fc_importance"
        described = Ran(finished.invoke(*shlex.split(explainer)[1:])).assert_success()
        assert "fc_importance" in described.stdout

    def test_settings_and_store_are_kept(self, stored):
        uri = f"sqlite:///{stored.folder / 'another one.db'}"
        shutil.copy(stored.folder / "mlflow.db", stored.folder / "another one.db")
        settings = ("--set", "seed=7", "--set", "explain=[]", "--set", "split.folds=null")
        shown = stored.run("tiny.yaml", "--tracking-uri", uri, *settings).assert_success().stdout
        view, again = self.commands(shown)
        assert shlex.split(view) == ["mlflow", "ui", "--backend-store-uri", uri]
        assert shlex.split(again)[2:] == [
            *("tiny.yaml", "--tracking-uri", uri, *settings),
            *("--set", "sweep.seed=[7, 8, 9]"),
        ]

    def test_a_run_that_failed_has_none(self, stored):
        failed = stored.run("tiny.yaml", "--set", "model.learning_rate=1e30")
        assert failed.exit_code == 1
        assert "Next" not in failed.output


def test_folds_hold_what_rebuilds_them(finished):
    from mlflow import MlflowClient

    uri = f"sqlite:///{finished.folder / 'mlflow.db'}"
    for run in finished.runs():
        if run.data.tags["raman_xp.kind"] == "fold":
            history = MlflowClient(uri).get_metric_history(run.info.run_id, "valid/loss")
            assert sorted(point.step for point in history) == [1, 2]
            found = {path.name for path in local_path(run.info.artifact_uri).iterdir()}
            assert found == {"model", "predictions.csv", "fit.npz"}


def test_the_description_is_the_experiments_note(finished):
    from mlflow import MlflowClient

    client = MlflowClient(f"sqlite:///{finished.folder / 'mlflow.db'}")
    tags = client.get_experiment_by_name("tiny").tags
    assert tags["mlflow.note.content"] == "Which band is it?"
    assert tags["mlflow.experimentKind"] == "custom_model_development"


def test_the_logged_model_gives_the_same_classes(finished, trial, artifacts):
    import mlflow
    from mlflow import MlflowClient

    client = MlflowClient(f"sqlite:///{finished.folder / 'mlflow.db'}")
    (output,) = client.get_run(trial.info.run_id).outputs.model_outputs
    model = mlflow.keras.load_model(client.get_logged_model(output.model_id).artifact_location)
    rows = list(csv.DictReader((artifacts / "predictions.csv").open()))
    lines = (finished.folder / "tiny.csv").read_text().splitlines()
    spectra = np.array(
        [
            [float(v) for v in lines[int(row["spectrum"].removeprefix("line ")) - 1].split(",")[1:]]
            for row in rows
        ]
    )
    predicted = np.asarray(model(spectra.astype(np.float32))).argmax(axis=1)
    assert ["ABC"[label] for label in predicted] == [row["predicted"] for row in rows]


def test_the_split_is_a_table(artifacts):
    rows = list(csv.DictReader((artifacts / "split.csv").open()))
    assert len(rows) == 30
    assert sum(row["part"] == "test" for row in rows) == 12
    assert {row["held_out_in_fold"] for row in rows if row["part"] == "train"} == {"1", "2"}


def test_the_resolved_spec_checks_again(finished, artifacts):
    assert load_experiment(artifacts / "spec.yaml", Registry()).trials[0].model.epochs == 2


@pytest.mark.parametrize("explainer", ["fc_importance", "grad_cam", "pls_vip", "input_magnitude"])
def test_every_explainer_has_maps_in_one_file_and_its_pictures(artifacts, explainer):
    folder = artifacts / "maps" / explainer
    maps = np.load(folder / "maps.npz")
    rows = 3 if explainer == "pls_vip" else 12
    assert maps["maps"].shape == (rows, 64)
    assert maps["targets"].shape == (rows,)
    assert maps["wavenumber"][0] == 400
    assert maps["classes"].tolist() == ["A", "B", "C"]
    assert {path.name for path in folder.glob("*.png")} == {"overview.png", "A.png", "B.png", "C.png"}


def test_pictures_of_the_results_are_there(artifacts):
    names = {path.name for path in (artifacts / "figures").iterdir()}
    pictures = ("preprocessing", "confusion", "accuracy_by_signal")
    assert names == {f"{name}.{kind}" for name in pictures for kind in ("png", "svg")}


def test_a_second_run_gives_the_same_numbers(finished, monkeypatch):
    monkeypatch.chdir(finished.folder)
    before = {run.info.run_id for run in finished.runs()}
    assert finished.run("tiny.yaml", "--fresh").exit_code == 0
    runs = [run for run in finished.runs() if run.data.tags["raman_xp.kind"] == "trial"]
    assert len(runs) == 2
    first, second = (
        {name: value for name, value in run.data.metrics.items() if not name.startswith("seconds/")}
        for run in runs
    )
    assert first == second
    assert runs[0].data.tags["raman_xp.fit_key"] == runs[1].data.tags["raman_xp.fit_key"]
    assert len(before) == 3


def write_truth(folder: Path) -> None:
    """Class means of the tiny spectra, beside them."""
    rows = [
        f"{w}," + ",".join(f"{1000 / (1 + ((w - place) / 4) ** 2):.2f}" for place in (421, 464, 506))
        for w in 400 + 2 * np.arange(64)
    ]
    (folder / "tiny.truth.csv").write_text("\n".join(["wavenumber,A,B,C", *rows]) + "\n")
    (folder / "tiny.about.yaml").write_text("truth: tiny.truth.csv\n")


def test_the_truth_of_the_data_gives_map_scores(stored):
    """With a file of class means beside the data, maps are scored against it."""
    write_truth(stored.folder)
    assert stored.run("tiny.yaml", "--set", "explain.input_magnitude.target=labelled").exit_code == 0
    metrics = next(run.data.metrics for run in stored.runs() if run.data.tags["raman_xp.kind"] == "trial")
    assert metrics["map/pointing/input_magnitude"] > 0.9
    masses = [
        metrics[f"map/mass_{zone}/fc_importance"] for zone in ("unique", "shared", "rival", "background")
    ]
    assert sum(masses) == pytest.approx(1)


@pytest.mark.parametrize("name", ["cheese", "milk"])
@pytest.mark.skipif(
    not SHARED_DATA.is_dir(), reason="the folder with real spectra is not beside the checkout"
)
def test_real_spectra_go_the_whole_way(stored, name):
    spec = Path(__file__).parents[2] / "experiments" / "own_csv.yaml"
    result = stored.run(
        spec, "--set", f"data.path={SHARED_DATA / name / name}.csv", "--set", f"name={name}",
        "--set", "model.epochs=1", "--set", "model.filters=4", "--set", "split.folds=2",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert f'experiment "{name}"' in result.stdout


def test_every_step_reports_how_far_it_is(stored, install):
    install(
        "xp-watcher",
        {"observer.watcher": "xp_watcher"},
        xp_watcher="""
        from raman_xp import hookimpl
        from raman_xp.components import Observer

        class Watcher(Observer):
            name = "watcher"
            @hookimpl
            def raman_xp_progress(self, unit, step, done, total):
                print(f"<{unit}, {step}, {done} of {total}>")

        @hookimpl
        def raman_xp_observers():
            return [Watcher]
        """,
    )
    shown = stored.run("tiny.yaml").stdout
    for told in (
        "<fold 1, fit, 2 of 2>",
        "<final, fit, 2 of 2>",
        "<final, explain, 4 of 4>",
        "<final, draw, 19 of 19>",
    ):
        assert told in shown, shown


def test_maps_of_every_class_are_kept_and_those_of_the_predicted_one_scored(stored):
    """The same numbers as from maps of the predicted class alone."""
    write_truth(stored.folder)
    explained = "  - {use: grad_cam, id: every, target: every}\n  - {use: grad_cam, id: alone}\n"
    stored.spec(SPEC.replace(SPEC[SPEC.index("  - use: fc_imp") : SPEC.index("score:")], explained))
    result = stored.run("tiny.yaml")
    assert result.exit_code == 0, result.output
    (trial,) = [run for run in stored.runs() if run.data.tags["raman_xp.kind"] == "trial"]
    folder = local_path(trial.info.artifact_uri) / "maps"
    every, alone = (np.load(folder / label / "maps.npz") for label in ("every", "alone"))
    assert every["maps"].shape == (36, 64)
    assert every["targets"].tolist() == [0, 1, 2] * 12
    assert every["spectra"].tolist() == [name for name in alone["spectra"] for _ in range(3)]
    assert every["true"].tolist() == [label for label in alone["true"] for _ in range(3)]
    scores = {name: value for name, value in trial.data.metrics.items() if name.startswith("map/")}
    assert any(np.isfinite(value) for value in scores.values())
    for name, value in scores.items():
        if name.endswith("/alone"):
            assert scores[name.replace("/alone", "/every")] == pytest.approx(value, abs=1e-4)
