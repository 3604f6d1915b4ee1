"""A model, an explainer and a map score that write down which spectra they receive, and two plain steps."""

import json
import os
import time
import uuid
from pathlib import Path
from typing import ClassVar

import numpy as np

from raman_xp import hookimpl
from raman_xp.components import Explainer, FittedModel, MapScore, Model, Preprocessor
from raman_xp.maps import Maps


def record(event, trial, **facts):
    text = json.dumps({"event": event, "trial": trial, "pid": os.getpid()} | facts)
    (Path(os.environ["XP_RECORDS"]) / f"{time.time_ns()} {uuid.uuid4()}.json").write_text(text)


def described(spectra):
    """Everything that a component can know of each spectrum."""
    samples = spectra.samples
    return {
        "names": samples.names,
        "classes": [samples.classes[label] for label in spectra.labels],
        "groups": samples.groups,
        "roles": samples.roles,
        "axis": spectra.wavenumber.tolist(),
        "intensity": spectra.intensity.tolist(),
    }


class Means(FittedModel):
    def __init__(self, means):
        self.means = means
        self.curves = {}

    def logits(self, x):
        return -np.linalg.norm(x[:, None] - self.means, axis=2).astype(np.float32)

    def save(self, folder, example):
        folder.mkdir()
        np.save(folder / "means.npy", self.means)


class Recorder(Model):
    name: ClassVar = "recorder"
    trial: str

    def fit(self, task):
        x, labels = task.train.intensity, task.train.labels
        means = np.stack([x[labels == label].mean(axis=0) for label in range(len(task.train.classes))])
        record(
            "fit",
            self.trial,
            train=described(task.train),
            valid=None if task.valid is None else described(task.valid),
            draws={name: task.seeds.integer(name) for name in ("weights", "batches", "dropout")},
        )
        return Means(means)

    def load(self, folder, curves, threads):
        record("load", self.trial)
        return Means(np.load(folder / "means.npy"))

    def parameter_count(self, channels, classes):
        return channels * classes


class Watcher(Explainer):
    name: ClassVar = "watcher"
    trial: str
    size: float = 1.0

    def explain(self, task):
        record(
            "explain",
            self.trial,
            id=self.slug,
            training=described(task.training),
            spectra=described(task.spectra),
            logits=task.logits().tolist(),
            means=task.model.means.tolist(),
            draw=int(task.rng.integers(2**31)),
        )
        return Maps(self.size * task.spectra.intensity, task.targets("predicted"))


class ClassWatcher(Watcher):
    name: ClassVar = "class_watcher"
    per: ClassVar = "class"

    def explain(self, task):
        super().explain(task)
        return Maps(task.model.means, np.arange(len(task.spectra.classes)), per="class")


class Judge(MapScore):
    name: ClassVar = "judge"
    trial: str

    def score(self, task):
        record("score", self.trial, spectra=described(task.spectra), maps=task.maps.values.tolist())
        return {"judged": np.zeros(len(task.spectra.classes))}


class Affine(Preprocessor):
    name: ClassVar = "affine"
    times: float = 1.0
    plus: float = 0.0

    def transform(self, wavenumber, intensity):
        return wavenumber, intensity * self.times + self.plus


@hookimpl
def raman_xp_models():
    return [Recorder]


@hookimpl
def raman_xp_explainers():
    return [Watcher, ClassWatcher]


@hookimpl
def raman_xp_map_scores():
    return [Judge]


@hookimpl
def raman_xp_preprocessors():
    return [Affine]
