"""A trial whose model, explainers, scores and figures plain NumPy follows, without files and stores."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import numpy as np

from raman_xp.components import Explainer, Figure, FittedModel, MapScore, Model, Split
from raman_xp.maps import Maps
from raman_xp.results import UnitResult
from raman_xp.spec.experiment import Header, Trial
from raman_xp.spectra import Block, RawSpectra, Spectra
from raman_xp.system.files import JoinedFiles
from raman_xp.testing import planted_spectra
from raman_xp.trial.fit import Report, draw_unit, explain_unit, fit_unit
from raman_xp.trial.preparation import Prepared
from raman_xp_plugins.data.pharma_csv import PharmaCsv
from raman_xp_plugins.splits.given import Given
from raman_xp_plugins.tracking.mlflow import MlflowTracker

PAUSE = 0.02
"""Seconds that a fit, and each batch of an explainer, takes at least."""


class Means(FittedModel):
    """Logits are products with the mean spectra of the classes."""

    def __init__(self, means: np.ndarray, curves) -> None:
        self.means, self.curves = means, curves

    def logits(self, x):
        return (x @ self.means.T).astype(np.float32)

    def save(self, folder, example):
        folder.mkdir()
        np.save(folder / "means.npy", self.means)
        (folder / "example.txt").write_text(" ".join(example.samples.names))


class MeansModel(Model):
    """Its learning curves tell what it was given to fit."""

    name: ClassVar = "means"
    cut: float = 0

    def fit(self, task):
        time.sleep(PAUSE)
        for epoch in (1, 2):
            task.report(epoch, 2, {"loss": 1 / epoch})
        x, labels = task.train.intensity.astype(np.float64), task.train.labels
        curves = {
            "train": task.train.signal,
            "valid": task.valid.signal if task.valid else np.zeros(0),
            "chance": task.seeds.generator("weights").normal(size=3),
            "threads": np.array([task.threads]),
        }
        means = np.stack([x[labels == label].mean(axis=0) for label in range(len(task.train.classes))])
        return Means(means - self.cut, curves)

    def load(self, folder, curves, threads):
        return Means(np.load(folder / "means.npy"), {**curves, "loaded with": np.array([threads])})

    def parameter_count(self, channels, classes):
        return channels * classes


class Products(Explainer):
    """The spectrum times the mean of the class, above that of the training spectra; and some chance."""

    name: ClassVar = "products"

    def explain(self, task):
        time.sleep(PAUSE)
        targets = task.targets("predicted")
        over = task.model.means[targets] - task.training.intensity.mean(axis=0)
        chance = task.rng.uniform(0, 1e-3, size=task.spectra.channels)
        return Maps(task.spectra.intensity * over + chance, targets, warnings={"made up": len(targets)})


class Contrast(Explainer):
    """The means of the classes above that of the training spectra, with what the model was loaded with."""

    name: ClassVar = "contrast"
    per: ClassVar = "class"

    def explain(self, task):
        over = task.model.means - task.training.intensity.mean(axis=0)
        return Maps(over, np.arange(len(over)), per="class", extent=(2, 36), resolution=2.0)


class Height(MapScore):
    """The largest value of the maps of each class."""

    name: ClassVar = "height"

    def score(self, task):
        values, targets = task.maps.values.max(axis=1), task.maps.targets
        labels = range(len(task.spectra.classes))
        return {"height": np.array([values[targets == label].max(initial=-np.inf) for label in labels])}


class Note(Figure):
    """Writes what it is given to draw."""

    name: ClassVar = "note"
    file: str = "note.txt"

    def draw(self, task):
        assert not list(Path(task.folder).iterdir())
        steps = " ".join(step.name for step in task.steps)
        path = task.folder / self.file
        path.parent.mkdir(exist_ok=True)
        path.write_text(
            f"{len(task.raw.samples)} {len(task.spectra)} {len(task.test)} {len(task.train)} "
            f"{type(task.model).__name__} {' '.join(task.result.maps)} {steps}"
        )


def spectra(per_class: int = 8) -> Spectra:
    """Three classes in turn, in groups of two, each stronger than the one before it."""
    planted = planted_spectra((6, 19, 31), per_class, channels=40, first=400, step=2.5)
    order = np.arange(3 * per_class).reshape(3, per_class).T.ravel()
    taken = planted.take(order)
    strength = np.linspace(1, 9, len(order)) ** 1.5
    names = tuple(f"line {row + 2}" for row in range(len(order)))
    groups = tuple(f"g{row // 6}" for row in range(len(order)))
    samples = replace(taken.samples, names=names, groups=groups)
    intensity = (taken.intensity * strength[:, None]).astype(np.float32)
    return replace(taken, intensity=intensity, signal=strength, samples=samples)


def prepared(of: Spectra | None = None) -> Prepared:
    """The first eighteen train in two folds, the next four test, and the last two are in no part."""
    some = of or spectra()
    raw = RawSpectra(
        (Block(some.wavenumber, some.intensity, np.arange(len(some))),), some.samples, some.about, some.truth
    )
    rows = np.arange(len(some))
    train, test = rows[:18], rows[18:-2]
    folds = ((train[:9], train[9:]), (train[9:], train[:9]))
    return Prepared(raw, some, Split(train, test, folds), "a digest")


def trial(model: Model | None = None, **parts) -> Trial:
    """Seed 7, three threads, no pictures.

    Args:
        model: in place of `MeansModel`.
        parts: fields of `Trial` that differ.
    """
    header = Header(name="linear", seed=7, threads=3, pictures=False)
    some = Trial(
        name="linear",
        header=header,
        data=PharmaCsv(path=Path("none.csv")),
        preprocess=(),
        split=Given(),
        model=model or MeansModel(),
        explainers=(Products(), Contrast()),
        scores=(Height(),),
        figures=(),
        tracker=MlflowTracker(),
        spec={},
    )
    return replace(some, **parts)


def whole(
    some: Trial, of: Prepared, fold: int | None = None, report: Report = lambda step, done, total: None
) -> UnitResult:
    """A fit, and of the final fit all that follows from it; pictures are among its files."""
    fit = fit_unit(some, of, fold, "a key", report)
    return fit if fold else followed(some, of, fit, report)


def followed(
    some: Trial, of: Prepared, fit: UnitResult, report: Report = lambda step, done, total: None
) -> UnitResult:
    """What follows from a final fit."""
    result = explain_unit(some, of, fit, report)
    drawn = [draw_unit(some, of, result, group, report).files for group in result.pictures]
    return replace(result, files=JoinedFiles(result.files, *drawn))
