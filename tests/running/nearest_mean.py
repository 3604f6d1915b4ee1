"""A model that fits at once, tells each fit in a file, and can be slow, or die, or fail."""

import os
import signal
import time
from pathlib import Path
from typing import ClassVar

import numpy as np

from raman_xp import hookimpl
from raman_xp.components import FittedModel, Model


class Means(FittedModel):
    def __init__(self, means, points):
        self.means = means
        self.curves = {"train/loss": np.arange(points, 0.0, -1.0)}

    def logits(self, x):
        distances = [np.linalg.norm(x - mean, axis=1) for mean in self.means]
        return -np.stack(distances, axis=1).astype(np.float32)

    def save(self, folder, example):
        folder.mkdir()
        np.save(folder / "means.npy", self.means)


class NearestMean(Model):
    name: ClassVar = "nearest_mean"
    seconds: float = 0.0
    dies: int = 0
    """Kills its process in so many first fits."""
    width: int = 1
    points: int = 2
    """Points of its learning curve."""

    def fit(self, task):
        told = Path(os.environ["XP_FITS"])
        with told.open("a") as file:
            file.write(f"{os.getpid()}\n")
        if len(told.read_text().splitlines()) <= self.dies:
            os.kill(os.getpid(), signal.SIGKILL)
        # In haste are all fits, or so many first ones: on a slow machine, others take as long as they are to.
        quick = "XP_HASTE" in os.environ or len(told.read_text().splitlines()) <= int(
            os.getenv("XP_QUICK", 0)
        )
        end = time.monotonic() + (0 if quick else self.seconds)
        while time.monotonic() < end:
            time.sleep(0.05)
            task.report(1, 2, {})
        x, labels = task.train.intensity, task.train.labels
        return Means(np.stack([x[labels == one].mean(axis=0) for one in np.unique(labels)]), self.points)

    def load(self, folder, curves, threads):
        return Means(np.load(folder / "means.npy"), self.points)

    def parameter_count(self, channels, classes):
        return channels * classes


@hookimpl
def raman_xp_models():
    return [NearestMean]
