"""A model that fits at once."""

from typing import ClassVar

import numpy as np

from raman_xp import hookimpl
from raman_xp.components import FittedModel, Model


class Means(FittedModel):
    def __init__(self, means):
        self.means = means
        self.curves = {}

    def logits(self, x):
        return -np.linalg.norm(x[:, None] - self.means, axis=2).astype(np.float32)

    def save(self, folder, example):
        folder.mkdir()
        np.save(folder / "means.npy", self.means)


class NearestMean(Model):
    name: ClassVar = "nearest_mean"
    width: int = 1

    def fit(self, task):
        x, labels = task.train.intensity, task.train.labels
        return Means(np.stack([x[labels == one].mean(axis=0) for one in np.unique(labels)]))

    def load(self, folder, curves, threads):
        return Means(np.load(folder / "means.npy"))

    def parameter_count(self, channels, classes):
        return channels * classes


@hookimpl
def raman_xp_models():
    return [NearestMean]
