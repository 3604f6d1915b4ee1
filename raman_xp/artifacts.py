"""The files of a trial: its spec, split, predictions, maps and pictures, in one folder."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from raman_xp.components import Figure, FigureTask, FittedModel, blame, blaming
from raman_xp.evaluating import probabilities
from raman_xp.evaluation import Evaluation
from raman_xp.figures.data import draw_preprocessing
from raman_xp.figures.examples import Example, examples_of
from raman_xp.figures.maps import draw_class_map, draw_overview
from raman_xp.figures.results import draw_accuracy_by_signal, draw_confusion
from raman_xp.file_names import file_names
from raman_xp.files import read_files, write_files
from raman_xp.map_files import maps_path, write_maps
from raman_xp.maps import Maps
from raman_xp.plain_text import printable
from raman_xp.preparation import Prepared
from raman_xp.results import UnitResult
from raman_xp.spec.experiment import Trial
from raman_xp.spectra import Spectra
from raman_xp.tables import csv_text

PICTURES = ("preprocessing", "confusion", "accuracy_by_signal")
"""Of every run, beside the maps."""


def write_artifacts(
    folder: Path,
    trial: Trial,
    prepared: Prepared,
    model: FittedModel,
    result: UnitResult,
    evaluation: Evaluation,
    report: Callable[[int, int], None],
) -> None:
    """Write everything that belongs to the final fit but the model.

    Args:
        folder: an existing, empty folder.
        model: the final fit.
        result: what it says of the test spectra, with their maps.
        report: called with the pictures drawn and their number.
    """
    about = prepared.raw.about
    simulated = "SIMULATED, not measured" if about.simulated else ""
    lines = [about.title, simulated, about.description, about.licence, "Read as:", *about.understood]
    lines += [f"Warning: {warning}" for warning in about.warnings]
    (folder / "data.txt").write_text(printable("\n".join(filter(None, lines))) + "\n", "utf-8")
    write_split(folder / "split.csv", prepared)
    write_predictions(folder / "predictions.csv", prepared, result)
    _write_evaluation(folder, prepared.spectra.classes, evaluation)

    test = prepared.spectra.take(result.rows)
    for label, maps in result.maps.items():
        write_maps(folder / maps_path(label), test, maps)
    if not trial.header.pictures:
        return
    pictures = list(_pictures(folder, trial, prepared, test, result, evaluation))
    pictures += _figures(folder / "figures", trial, prepared, model, result)
    for done, draw in enumerate(pictures, 1):
        draw()
        report(done, len(pictures))


def write_split(path: Path, prepared: Prepared) -> None:
    """Which spectrum trains, which tests, and in which fold it is held out."""
    samples, split = prepared.spectra.samples, prepared.split
    part = np.full(len(samples), "unused", dtype=object)
    part[split.train], part[split.test] = "train", "test"
    fold = np.full(len(samples), "", dtype=object)
    for number, (_, valid) in enumerate(split.folds, 1):
        fold[valid] = number
    labels = [samples.classes[label] for label in samples.labels]
    groups = samples.groups or [""] * len(samples)
    rows = zip(samples.names, labels, groups, part, fold, prepared.spectra.signal, strict=True)
    _table(path, ["spectrum", "class", "group", "part", "held_out_in_fold", "signal"], rows)


def write_predictions(path: Path, prepared: Prepared, result: UnitResult) -> None:
    """For each spectrum that a fit had not seen: true and predicted class, and all probabilities."""
    samples = prepared.spectra.samples.take(result.rows)
    signal = prepared.spectra.signal[result.rows]
    shares = probabilities(result.logits)
    rows = (
        [name, samples.classes[true], samples.classes[int(p.argmax())], int(p.argmax() == true), height, *p]
        for name, true, height, p in zip(samples.names, samples.labels, signal, shares, strict=True)
    )
    _table(
        path,
        ["spectrum", "true", "predicted", "correct", "signal", *(f"p_{c}" for c in samples.classes)],
        rows,
    )


def _write_evaluation(folder: Path, classes: Sequence[str], evaluation: Evaluation) -> None:
    _table(
        folder / "bands.csv",
        ["explainer", "class", "rank", "position", "height", "zone"],
        (
            [
                explainer,
                name,
                rank,
                band.position,
                band.height,
                band.zone.name.lower() if band.zone is not None else "",
            ]
            for explainer, of_class in evaluation.bands.items()
            for name, bands in of_class.items()
            for rank, band in enumerate(bands, 1)
        ),
    )
    _table(
        folder / "map_scores.csv",
        ["score", "explainer", "class", "value"],
        (
            [score, explainer, name, value]
            for score, explainers in evaluation.scores.items()
            for explainer, values in explainers.items()
            for name, value in zip(classes, values, strict=True)
        ),
    )
    _table(
        folder / "accuracy_by_signal.csv",
        ["signal_from", "signal_to", "spectra", "correct", "accuracy", "low", "high"],
        (
            [
                each.low,
                each.high,
                each.accuracy.of,
                each.accuracy.right,
                each.accuracy.share,
                *each.accuracy.interval,
            ]
            for each in evaluation.by_signal
        ),
    )


def _pictures(
    folder: Path, trial: Trial, prepared: Prepared, test: Spectra, final: UnitResult, evaluation: Evaluation
) -> Iterable[Callable[[], None]]:
    """What draws each picture, one call a picture."""
    figures = folder / "figures"
    relative = test.signal / prepared.spectra.signal.max()
    yield lambda: draw_preprocessing(figures / "preprocessing.png", prepared, trial.preprocess)
    predicted = final.logits.argmax(axis=1)
    yield lambda: draw_confusion(figures / "confusion.png", test.classes, test.labels, predicted)
    yield lambda: draw_accuracy_by_signal(
        figures / "accuracy_by_signal.png", evaluation.by_signal, relative, final.correct
    )
    examples = list(examples_of(test, final))
    for label, maps in final.maps_of_predicted.items():
        yield from _map_pictures(folder / "maps" / label, label, test, maps, examples, evaluation)


def _figures(
    folder: Path, trial: Trial, prepared: Prepared, model: FittedModel, result: UnitResult
) -> Iterable[Callable[[], None]]:
    """What draws the figures that the spec asks for."""
    folder.mkdir()
    raw, spectra, split = prepared.raw, prepared.spectra, prepared.split
    task = FigureTask(raw, trial.preprocess, spectra, split, model, result, folder)
    for figure in trial.figures:

        def draw(figure: Figure = figure) -> None:
            with tempfile.TemporaryDirectory(prefix="raman-xp-") as name:
                with blaming(figure, "draw"):
                    figure.draw(replace(task, folder=Path(name)))
                add_files(figure, Path(name), folder)

        yield draw


def add_files(figure: Figure, drawn: Path, folder: Path) -> None:
    """Move what a figure has drawn to where all are kept.

    Raises:
        ComponentError: another figure has drawn a file of the same name, or some system refuses the name.
    """
    try:
        files = read_files(drawn)
    except ValueError as error:
        blame(figure, f"drew a file that is refused: {error}")
    for name, content in files.items():
        if (folder / name).exists():
            blame(figure, f"drew {name}, as another figure has; give one of them another id")
        write_files(folder, {name: content})


def _map_pictures(
    folder: Path, label: str, test: Spectra, maps: Maps, examples: Sequence[Example], evaluation: Evaluation
) -> Iterable[Callable[[], None]]:
    bands = evaluation.bands[label]
    title = label.replace("_", " ")
    names = file_names(test.classes, taken=["overview"])
    yield lambda: draw_overview(folder / "overview.png", title, test, maps, examples, bands)
    for example in examples:
        name = test.classes[example.label]

        def draw(example: Example = example, name: str = name) -> None:
            draw_class_map(folder / f"{names[name]}.png", title, test, maps, example, bands.get(name, ()))

        yield draw


def _table(path: Path, header: Sequence[str], rows: Iterable[Iterable[Any]]) -> None:
    short = ([f"{v:.6g}" if isinstance(v, float | np.floating) else v for v in row] for row in rows)
    path.write_text(csv_text(header, short), "utf-8", newline="\n")
