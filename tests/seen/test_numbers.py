"""Every number that a run writes, against plain NumPy on the data file.

Nothing here is symmetric, so that nothing can be exchanged unnoticed: classes differ in number and are not in
the order of the alphabet, one is confused with another more than the other with it, the axis descends in the
file in uneven steps, bands lie nearer to one end, and the strongest spectra are all trained on.
"""

from __future__ import annotations

import io
import shutil
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from distributions import on_the_path, write_distribution
from raman_xp.cli import main
from raman_xp.figures.style import write_png
from raman_xp.testing.project import local_path
from seen.oracle import CLASSES, PLACES, Oracle, triangles, wilson, write_data
from seen.table import read_artifact, read_table

SPEC = f"""\
name: numbers
data: {{use: pharma_csv, path: odd.csv}}
preprocess: [{{use: linear_baseline, anchor: 3}}, {{use: normalize, by: max}}]
split: {{use: given, folds: 3}}
model: {{use: linear}}
explain: [{{use: projection, places: {list(PLACES)}}}, {{use: class_projection, places: {list(PLACES)}}}]
score: [{{use: centre}}, {{use: pointing}}]
"""
COMPONENTS = ("model.linear", "explainer.projection", "explainer.class_projection", "map_score.centre")


@dataclass
class RunOnce:
    """A run of the spec.

    Args:
        stdout: what it printed.
        trial: its run in MLflow.
        folds: name → the run of a fold.
        figures: name of a picture → the figure of Matplotlib that was printed.
    """

    stdout: str
    trial: Any
    folds: dict[str, Any]
    figures: dict[str, Any]

    def bytes(self, name: str, run: Any = None) -> bytes:
        return (local_path((run or self.trial).info.artifact_uri) / name).read_bytes()

    def table(self, name: str, run: Any = None) -> list[dict[str, str]]:
        return read_artifact(self.bytes(name, run))

    def column(self, table: str, column: str) -> np.ndarray:
        return np.array([float(row[column]) for row in self.table(table)])


@pytest.fixture(scope="module")
def ran(tmp_path_factory, migrated_store: Path) -> RunOnce:
    from mlflow import MlflowClient

    folder = tmp_path_factory.mktemp("numbers")
    shutil.copy(migrated_store, folder / "mlflow.db")
    write_data(folder)
    (folder / "numbers.yaml").write_text(SPEC)
    source = (Path(__file__).parent / "projecting_components.py").read_text()
    figures = {}

    def remembered(canvas: Any, path: Path) -> None:
        write_png(canvas, path)
        figures[path.name] = canvas.figure

    with on_the_path(folder / "site") as patch:
        write_distribution(
            folder / "site", "xp-projecting", dict.fromkeys(COMPONENTS, "xp_projecting"), xp_projecting=source
        )
        patch.chdir(folder)
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        patch.setattr("raman_xp.figures.style.write_png", remembered)
        result = CliRunner().invoke(main, ["run", "numbers.yaml", "--workers", "0"])
        assert result.exit_code == 0, f"{result.output}\n{result.exception!r}"
    client = MlflowClient(f"sqlite:///{folder / 'mlflow.db'}")
    runs = client.search_runs([client.get_experiment_by_name("numbers").experiment_id])
    (trial,) = (run for run in runs if run.data.tags["raman_xp.kind"] == "trial")
    folds = {run.info.run_name: run for run in runs if run.data.tags["raman_xp.kind"] == "fold"}
    return RunOnce(result.stdout, trial, folds, figures)


@pytest.fixture(scope="module")
def oracle(ran: RunOnce, tmp_path_factory) -> Oracle:
    folder = tmp_path_factory.mktemp("oracle")
    write_data(folder)
    held_out = {row["spectrum"]: row["held_out_in_fold"] for row in ran.table("split.csv")}
    return Oracle(*read_table(folder / "odd.csv"), held_out)


def test_nothing_in_the_data_is_symmetric(oracle: Oracle):
    """Otherwise the tests below would show little."""
    off_diagonal = [
        (i, j) for i in range(3) for j in range(i) if oracle.confusion[i, j] != oracle.confusion[j, i]
    ]
    assert len(off_diagonal) >= 2
    assert next(iter(oracle.rows.values())).label == "mango"
    assert oracle.signal(oracle.train).max() > 1.3 * oracle.signal(oracle.test).max()
    assert len(set(oracle.confusion.sum(axis=0))) == len(set(oracle.confusion.sum(axis=1))) == 3
    assert not np.allclose(oracle.confusion.sum(axis=0), oracle.confusion.sum(axis=1))


def test_split(ran: RunOnce, oracle: Oracle):
    table = ran.table("split.csv")
    assert list(table[0]) == ["spectrum", "class", "group", "part", "held_out_in_fold", "signal"]
    assert [(row["spectrum"], row["class"], row["group"], row["part"]) for row in table] == [
        (name, row.label, "", row.role) for name, row in oracle.rows.items()
    ]
    np.testing.assert_allclose(ran.column("split.csv", "signal"), oracle.signal(list(oracle.rows)), rtol=1e-4)
    assert {name for name, fold in oracle.held_out.items() if fold in {"1", "2", "3"}} == set(oracle.train)


def test_predictions(ran: RunOnce, oracle: Oracle):
    check_predictions(ran.table("predictions.csv"), oracle, oracle.train, oracle.test)


@pytest.mark.parametrize("fold", ["1", "2", "3"])
def test_predictions_of_folds(ran: RunOnce, oracle: Oracle, fold: str):
    train = [name for name in oracle.train if oracle.held_out[name] != fold]
    held_out = [name for name in oracle.train if oracle.held_out[name] == fold]
    table = ran.table("predictions.csv", ran.folds[f"fold {fold}"])
    check_predictions(table, oracle, train, held_out)
    share = np.mean([row["true"] == row["predicted"] for row in table])
    assert ran.folds[f"fold {fold}"].data.metrics["valid/accuracy"] == pytest.approx(share)


def check_predictions(
    table: list[dict[str, str]], oracle: Oracle, train: list[str], names: list[str]
) -> None:
    assert list(table[0]) == [
        "spectrum",
        "true",
        "predicted",
        "correct",
        "signal",
        *(f"p_{c}" for c in CLASSES),
    ]
    expected = oracle.probabilities(train, names)
    assert [row["spectrum"] for row in table] == names
    assert [row["true"] for row in table] == [oracle.rows[name].label for name in names]
    assert [row["predicted"] for row in table] == [CLASSES[label] for label in expected.argmax(axis=1)]
    assert [row["correct"] for row in table] == [str(int(row["true"] == row["predicted"])) for row in table]
    for label, name in enumerate(CLASSES):
        shares = [float(row[f"p_{name}"]) for row in table]
        np.testing.assert_allclose(shares, expected[:, label], rtol=2e-4, atol=1e-6)
    np.testing.assert_allclose([float(row["signal"]) for row in table], oracle.signal(names), rtol=1e-4)


def test_confusion_matrix_as_it_is_drawn(ran: RunOnce, oracle: Oracle):
    """Rows are true classes: colours are shares of a row, and each count is written into its cell."""
    (axes,) = ran.figures["confusion.png"].axes
    assert (axes.get_ylabel(), axes.get_xlabel()) == ("true", "predicted")
    assert [text.get_text() for text in axes.get_yticklabels()] == list(CLASSES)
    assert [text.get_text() for text in axes.get_xticklabels()] == list(CLASSES)
    assert axes.yaxis.get_inverted()  # row 0 is on top
    assert not axes.xaxis.get_inverted()
    shares = oracle.confusion / oracle.confusion.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(axes.images[0].get_array(), shares)
    written = {text.get_position(): int(text.get_text()) for text in axes.texts}
    assert written == {
        (said, true): oracle.confusion[true, said]
        for true, said in product(range(3), range(3))
        if oracle.confusion[true, said]
    }
    assert axes.get_title(loc="left") == f"{oracle.correct.sum()} of {len(oracle.test)} test spectra right"


def test_accuracy_of_the_test_spectra(ran: RunOnce, oracle: Oracle):
    right, of = int(oracle.correct.sum()), len(oracle.test)
    metrics = ran.trial.data.metrics
    told = [metrics[f"test/{name}"] for name in ("accuracy_low", "accuracy", "accuracy_high")]
    low, high = wilson(right, of)
    assert told == pytest.approx([low, right / of, high])
    assert (
        f"Test accuracy {100 * right / of:.1f} % ({right} of {of};"
        in ran.trial.data.tags["mlflow.note.content"]
    )
    assert f"{right} of {of}" in ran.stdout


def test_cross_validation(ran: RunOnce, oracle: Oracle):
    right, of = [], []
    for fold in ("1", "2", "3"):
        train = [name for name in oracle.train if oracle.held_out[name] != fold]
        names = [name for name in oracle.train if oracle.held_out[name] == fold]
        said = oracle.probabilities(train, names).argmax(axis=1)
        right.append(int((said == oracle.labels(names)).sum()))
        of.append(len(names))
    shares = np.array(right) / of
    low, high = wilson(sum(right), sum(of))
    metrics = {name: value for name, value in ran.trial.data.metrics.items() if name.startswith("cv/")}
    assert metrics == pytest.approx(
        {
            "cv/accuracy_mean": shares.mean(),
            "cv/accuracy_std": np.sqrt(((shares - shares.mean()) ** 2).sum() / 2),
            "cv/accuracy_low": low,
            "cv/accuracy_high": high,
        }
    )


def relative_signal(oracle: Oracle) -> np.ndarray:
    """Of the test spectra, to the strongest of all spectra of the file."""
    return oracle.signal(oracle.test) / oracle.signal(list(oracle.rows)).max()


def test_accuracy_by_signal(ran: RunOnce, oracle: Oracle):
    relative = relative_signal(oracle)
    bins = np.array_split(np.argsort(relative), 6)
    expected = [
        [
            relative[rows].min(),
            relative[rows].max(),
            len(rows),
            oracle.correct[rows].sum(),
            oracle.correct[rows].mean(),
            *wilson(int(oracle.correct[rows].sum()), len(rows)),
        ]
        for rows in bins
    ]
    columns = ["signal_from", "signal_to", "spectra", "correct", "accuracy", "low", "high"]
    table = ran.table("accuracy_by_signal.csv")
    assert list(table[0]) == columns
    np.testing.assert_allclose(
        [[float(row[column]) for column in columns] for row in table], expected, rtol=1e-4, atol=1e-6
    )


def test_accuracy_by_signal_as_it_is_drawn(ran: RunOnce, oracle: Oracle):
    """A tick at the signal of each spectrum; missed ones apart."""
    (axes,) = ran.figures["accuracy_by_signal.png"].axes
    right, missed = (line.get_xdata() for line in axes.lines if line.get_marker() == "|")
    relative = relative_signal(oracle)
    np.testing.assert_allclose(right, relative[oracle.correct], rtol=1e-4)
    np.testing.assert_allclose(missed, relative[~oracle.correct], rtol=1e-4)


@pytest.mark.parametrize("explainer", ["projection", "class_projection"])
def test_maps(ran: RunOnce, oracle: Oracle, explainer: str):
    heights, targets = oracle.heights(explainer)
    with np.load(io.BytesIO(ran.bytes(f"maps/{explainer}/maps.npz"))) as file:
        maps = dict(file)
    np.testing.assert_allclose(maps["maps"], heights @ triangles(), rtol=1e-3, atol=1e-5)
    np.testing.assert_array_equal(maps["targets"], targets)
    np.testing.assert_array_equal(maps["wavenumber"], oracle.axis)
    assert maps["classes"].tolist() == list(CLASSES)
    assert maps["spectra"].tolist() == oracle.test
    np.testing.assert_array_equal(maps["true"], oracle.labels(oracle.test))
    assert maps["per"] == ("class" if explainer == "class_projection" else "spectrum")
    assert maps["unit"] == "cm⁻¹"


@pytest.mark.parametrize("explainer", ["projection", "class_projection"])
def test_bands(ran: RunOnce, oracle: Oracle, explainer: str):
    """The tops of the triangles of each class's mean map, strongest first."""
    heights, targets = oracle.heights(explainer)
    normal = heights / np.abs(heights).max(axis=1, keepdims=True)
    expected = []
    for label, name in enumerate(CLASSES):
        mean = normal[targets == label].mean(axis=0)
        strongest = [place for place in np.argsort(-mean) if mean[place] >= 0.05 * mean.max()][:3]
        expected += [
            (
                name,
                rank,
                oracle.axis[PLACES[place]],
                mean[place] / mean.max(),
                oracle.zone(label, PLACES[place]),
            )
            for rank, place in enumerate(strongest, 1)
        ]
    assert len(expected) > 5
    table = [row for row in ran.table("bands.csv") if row["explainer"] == explainer]
    assert [(row["class"], int(row["rank"]), row["zone"]) for row in table] == [
        (name, rank, zone) for name, rank, _, _, zone in expected
    ]
    told = [[float(row["position"]), float(row["height"])] for row in table]
    np.testing.assert_allclose(told, [band[2:4] for band in expected], rtol=1e-4)


@pytest.mark.parametrize("explainer", ["projection", "class_projection"])
def test_map_scores(ran: RunOnce, oracle: Oracle, explainer: str):
    heights, targets = oracle.heights(explainer)
    positive = np.maximum(heights @ triangles(), 0)
    centres = positive @ oracle.axis / positive.sum(axis=1)
    highest = np.array(PLACES)[heights.argmax(axis=1)]
    hits = [
        oracle.unique()[label, channel - 2 : channel + 3].any()
        for label, channel in zip(targets, highest, strict=True)
    ]
    for name, of_rows in (("centre", centres), ("pointing", np.array(hits, float))):
        expected = {label: of_rows[targets == at].mean() for at, label in enumerate(CLASSES)}
        rows = [
            row
            for row in ran.table("map_scores.csv")
            if (row["score"], row["explainer"]) == (name, explainer)
        ]
        assert [row["class"] for row in rows] == list(CLASSES)
        assert {row["class"]: float(row["value"]) for row in rows} == pytest.approx(expected, rel=1e-4)
        metric = ran.trial.data.metrics[f"map/{name}/{explainer}"]
        assert metric == pytest.approx(np.mean(list(expected.values())), rel=1e-4)
