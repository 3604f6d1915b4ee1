"""The tables and arrays of a trial: its split, predictions, maps and what they amount to, in one folder."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from raman_xp.maps.files import maps_path, write_maps
from raman_xp.results import UnitResult
from raman_xp.results.metrics import Evaluation, probabilities
from raman_xp.text.plain_text import printable
from raman_xp.text.tables import csv_text
from raman_xp.trial.preparation import Prepared


def write_artifacts(
    folder: Path,
    prepared: Prepared,
    result: UnitResult,
    evaluation: Evaluation,
) -> None:
    """Write everything that belongs to the final fit but the model and the pictures.

    Args:
        folder: an existing, empty folder.
        result: what the fit says of the test spectra, with their maps.
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


def _table(path: Path, header: Sequence[str], rows: Iterable[Iterable[Any]]) -> None:
    short = ([f"{v:.6g}" if isinstance(v, float | np.floating) else v for v in row] for row in rows)
    path.write_text(csv_text(header, short), "utf-8", newline="\n")
