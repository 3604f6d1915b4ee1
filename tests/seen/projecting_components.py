"""A linear model and explainers that plain NumPy follows: maps are triangles at known places."""

from typing import ClassVar

import numpy as np

from raman_xp import hookimpl
from raman_xp.components import Explainer, FittedModel, MapScore, Model
from raman_xp.maps import Maps

SHARPNESS = 4.0


class Linear(FittedModel):
    def __init__(self, means):
        self.means = means
        self.curves = {}

    def logits(self, x):
        return (SHARPNESS * (x @ self.means.T - (self.means**2).sum(axis=1) / 2)).astype(np.float32)

    def save(self, folder, example):
        folder.mkdir()
        np.save(folder / "means.npy", self.means)


class LinearModel(Model):
    name: ClassVar = "linear"

    def fit(self, task):
        x, labels = task.train.intensity.astype(np.float64), task.train.labels
        return Linear(np.stack([x[labels == label].mean(axis=0) for label in range(len(task.train.classes))]))

    def load(self, folder, curves, threads):
        return Linear(np.load(folder / "means.npy"))

    def parameter_count(self, channels, classes):
        return channels * classes


def triangles(places, channels):
    """(places, channels), height 1, width 3 to each side."""
    return np.maximum(1 - np.abs(np.arange(channels) - np.array(places)[:, None]) / 4, 0)


class Projection(Explainer):
    name: ClassVar = "projection"
    places: list[int]

    def explain(self, task):
        means, targets = task.model.means, task.targets("predicted")
        shapes = triangles(self.places, task.spectra.channels)
        against = (means - task.training.intensity.mean(axis=0)) @ shapes.T
        return Maps((task.spectra.intensity @ shapes.T * against[targets]) @ shapes, targets)


class ClassProjection(Projection):
    name: ClassVar = "class_projection"
    per: ClassVar = "class"

    def explain(self, task):
        shapes = triangles(self.places, task.spectra.channels)
        heights = (task.model.means - task.training.intensity.mean(axis=0)) @ shapes.T
        return Maps(heights @ shapes, np.arange(len(heights)), per="class")


class Centre(MapScore):
    """Where the positive part of the maps of a class lies, in the axis unit."""

    name: ClassVar = "centre"

    def score(self, task):
        positive = np.maximum(task.maps.values, 0)
        of_rows = positive @ task.spectra.wavenumber / positive.sum(axis=1)
        labels = range(len(task.spectra.classes))
        return {"centre": np.array([of_rows[task.maps.targets == label].mean() for label in labels])}


@hookimpl
def raman_xp_models():
    return [LinearModel]


@hookimpl
def raman_xp_explainers():
    return [Projection, ClassProjection]


@hookimpl
def raman_xp_map_scores():
    return [Centre]
