"""What the trials of a sweep amount to together: one more run, with a table and pictures."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from matplotlib.axes import Axes
from test_spec_figures import texts

from raman_xp.figures.sweeps import draw_metric
from raman_xp.testing import Project
from raman_xp.testing.project import local_path

SPEC = """\
name: swept
data: {use: pharma_csv, path: tiny.csv}
split: {use: stratified, test: 0.4, folds: 2}
model: {use: pca_svm, components: 4, C: 1}
explain: [{use: integrated_gradients, steps: 2}, {use: input_magnitude}]
score: [{use: width}]
figures: [{use: overlay, classes: [B]}]
sweep: {model.C: [0.1, 1, 10], seed: [0, 1]}
"""


TWO = ("--set", "sweep={model.C: [1, 2]}")
"""A small sweep, where its size does not matter."""


@pytest.fixture
def swept(stored: Project) -> Project:
    stored.spec(SPEC, "swept.yaml")
    return stored


def sweeps(project: Project) -> list:
    return [run for run in project.runs() if run.data.tags["raman_xp.kind"] == "sweep"]


def test_a_sweep_has_a_run_of_its_own(swept: Project):
    result = swept.run("swept.yaml")
    assert result.exit_code == 0, result.output
    (run,) = sweeps(swept)
    assert f"Sweep summary: run {run.info.run_id}" in " ".join(result.output.split())
    assert run.info.run_name == "sweep of C, seed"
    assert run.info.status == "FINISHED"
    assert run.data.tags["raman_xp.sweep"] == "model.C, seed"
    trials = {each.info.run_name: each for each in swept.runs() if each.data.tags["raman_xp.kind"] == "trial"}
    assert len(trials) == 6
    assert {each.data.tags["raman_xp.sweep"] for each in trials.values()} == {"model.C, seed"}
    folder = local_path(run.info.artifact_uri)
    with (folder / "sweep.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["trial"] for row in rows] == [f"C={c}, seed={s}" for c in (0.1, 1, 10) for s in (0, 1)]
    for row in rows:
        metrics = trials[row["trial"]].data.metrics
        for name in ("test/accuracy", "cv/accuracy_mean", "map/width/input_magnitude"):
            assert float(row[name]) == pytest.approx(metrics[name], rel=1e-5)
        assert trials[row["trial"]].info.run_id in row["where"]
    note = run.data.tags["mlflow.note.content"].splitlines()
    assert note[0].startswith("| model.C | trials | test/accuracy | map/width/")
    assert [line.split(" | ")[:2] for line in note[2:]] == [["| 0.1", "2"], ["| 1", "2"], ["| 10", "2"]]
    names = {path.name for path in (folder / "figures").glob("*.png")}
    assert names == {
        *("test_accuracy.png", "cv_accuracy_mean.png", "width.png"),
        *("overlay_integrated_gradients.png", "overlay_input_magnitude.png"),
    }
    assert {"0.1", "1", "10", "input", "B"} <= texts(folder / "figures" / "overlay_input_magnitude.svg")
    assert {"model.C", "integrated gradients", "input magnitude"} <= texts(folder / "figures" / "width.svg")


def test_it_is_kept_once_and_anew_where_a_trial_changes(swept: Project):
    quick = ("--set", "explain=[{use: input_magnitude}]")
    swept.run("swept.yaml", *TWO, *quick).assert_success()
    again = swept.run("swept.yaml", *TWO, *quick).assert_success()
    (run,) = sweeps(swept)
    assert f"Sweep summary: run {run.info.run_id}" in " ".join(again.output.split())
    swept.run("swept.yaml", "--set", "sweep={model.C: [1, 2, 4]}", *quick).assert_success()
    assert len(sweeps(swept)) == 2


def test_one_that_is_not_whole_is_summarised_once_it_is(swept: Project, monkeypatch):
    from raman_xp_plugins.models.pca_svm import PcaSvm

    fit = PcaSvm.fit

    def failing(self, task):
        if self.C == 2:
            raise RuntimeError("not today")
        return fit(self, task)

    monkeypatch.setattr(PcaSvm, "fit", failing)
    arguments = ("swept.yaml", *TWO)
    assert swept.run(*arguments).exit_code == 1
    assert not sweeps(swept)
    monkeypatch.setattr(PcaSvm, "fit", fit)
    swept.run(*arguments).assert_success()
    (run,) = sweeps(swept)
    folder = local_path(run.info.artifact_uri)
    drawn = texts(folder / "figures" / "overlay_input_magnitude.svg")  # with the maps of the recalled trial
    assert {"1", "2"} <= drawn


def test_a_single_trial_is_no_sweep_and_without_pictures_there_is_the_table(swept: Project):
    swept.run("swept.yaml", "--set", "sweep={model.C: [1]}")
    assert not sweeps(swept)
    swept.run("swept.yaml", *TWO, "--set", "pictures=false").assert_success()
    (run,) = sweeps(swept)
    folder = local_path(run.info.artifact_uri)
    assert [path.name for path in folder.rglob("*") if path.is_file()] == ["sweep.csv"]


def test_words_are_swept_as_well_as_numbers(swept: Project):
    sweep = "sweep={model.kernel: [linear, rbf]}"
    options = ("--set", sweep, "--set", "explain=[{use: input_magnitude}]")
    swept.run("swept.yaml", *options).assert_success()
    (run,) = sweeps(swept)
    folder = local_path(run.info.artifact_uri)
    assert {"linear", "rbf", "model.kernel"} <= texts(folder / "figures" / "width.svg")


def test_a_figure_that_fails_costs_its_picture_of_the_sweep(swept: Project, install, caplog):
    install(
        "torn-figures",
        {"figure.torn": "torn_figures"},
        torn_figures="""
            from raman_xp import hookimpl
            from raman_xp.components import Figure
            class Torn(Figure):
                name = "torn"
                def draw(self, task):
                    pass
                def draw_sweep(self, task):
                    raise RuntimeError("paper jam")
            @hookimpl
            def raman_xp_figures():
                return [Torn]
        """,
    )
    failed = "torn_figures.py) failed to draw the sweep (torn_figures.py, line 9): RuntimeError: paper jam"
    result = swept.run("swept.yaml", *TWO, "--set", "figures=[{use: torn}]").assert_success()
    assert "C=1  " in result.output
    assert "sweep of C: 1 picture could not be drawn: figures/torn (figure 'torn'" in caplog.text
    assert failed in caplog.text
    (run,) = sweeps(swept)
    assert run.data.tags["raman_xp.missing_pictures"] == "figures/torn"
    assert "1 picture could not be drawn" in run.data.tags["mlflow.note.content"]
    folder = local_path(run.info.artifact_uri)
    assert (folder / "sweep.csv").exists()
    assert (folder / "figures" / "test_accuracy.png").exists()
    assert "paper jam" in (folder / "missing_pictures.txt").read_text()
    swept.run("swept.yaml", *TWO, "--set", "figures=[{use: torn}]").assert_success()
    assert caplog.text.count(failed) == 2  # the same command tries again
    assert [each.info.run_id for each in sweeps(swept)] == [run.info.run_id]  # in the same run


def test_numbers_that_are_all_alike_are_drawn(tmp_path: Path):
    draw_metric(tmp_path / "alike.png", "accuracy", "C", [1, 10], {"x": [[57 / 60] * 3, [0.1] * 3]})
    assert (tmp_path / "alike.svg").exists()


def test_ticks_of_many_values_are_bounded(tmp_path: Path):
    names = [f"value {number}" for number in range(500)]
    draw_metric(tmp_path / "many.png", "accuracy", "C", names, {"x": [[0.5]] * 500})
    told = {text for text in texts(tmp_path / "many.svg") if text.startswith("value ")}
    assert 2 <= len(told) <= 12
    assert {"value 0", "value 499"} <= told


def test_values_are_drawn_from_least_to_greatest(tmp_path: Path, monkeypatch):
    drawn = []
    monkeypatch.setattr(Axes, "errorbar", lambda self, x, y, *rest, **more: drawn.append((list(x), list(y))))
    draw_metric(tmp_path / "order.png", "accuracy", "C", [8, 2, 5], {"x": [[0.8], [0.2], [0.5]]})
    assert drawn == [([2, 5, 8], [0.2, 0.5, 0.8])]


def test_maps_of_every_class_are_drawn_as_those_of_the_predicted_one(swept: Project, install):
    install(
        "telling-figures",
        {"figure.telling": "telling_figures"},
        telling_figures="""
            from raman_xp import hookimpl
            from raman_xp.components import Figure
            class Telling(Figure):
                name = "telling"
                def draw(self, task):
                    pass
                def draw_sweep(self, task):
                    for trial in task.trials:
                        maps = trial.maps("integrated_gradients")
                        assert maps.values.shape == trial.test.intensity.shape
                        assert (maps.targets == trial.test.labels).mean() > 0.5
                    (task.folder / "told.txt").write_text("so it is")
            @hookimpl
            def raman_xp_figures():
                return [Telling]
        """,
    )
    every = "explain.integrated_gradients.target=every"
    swept.run("swept.yaml", *TWO, "--set", every, "--set", "figures=[{use: telling}]").assert_success()
    (run,) = sweeps(swept)
    assert (local_path(run.info.artifact_uri) / "figures" / "told.txt").exists()
