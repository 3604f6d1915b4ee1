"""A plugin of each family, written against the first version of the contract. It is never changed."""

from typing import ClassVar

import numpy as np

from raman_xp import hookimpl
from raman_xp.components import (
    Capability,
    DataSource,
    Features,
    Figure,
    FittedModel,
    Gradients,
    MapScore,
    Model,
    Observer,
    Preprocessor,
    ScoreExplainer,
    Split,
    Splitter,
)
from raman_xp.errors import RowErrors
from raman_xp.figures.style import figure, wavenumber_axis
from raman_xp.maps import Maps
from raman_xp.spectra import About, Band, Block, Contents, RawSpectra, Samples, Truth, Zone

RAMAN_XP_API = 1


class FirstSource(DataSource):
    """Two classes with a line each."""

    name: ClassVar = "first"
    seeded: ClassVar = True
    per_class: int = 12
    """Spectra of each class."""

    def load(self, rng):
        axis = np.arange(400.0, 528.0, 2)
        lines = np.stack([np.exp(-(((axis - place) / 6) ** 2)) for place in (440, 490)])
        labels = np.repeat([0, 1], self.per_class)
        intensity = 1 + lines[labels] + rng.normal(0, 0.02, (len(labels), len(axis)))
        rows = np.arange(len(labels))
        samples = Samples(("low", "high"), labels, tuple(f"spectrum {row}" for row in rows))
        truth = Truth(
            axis,
            means={"low": lines[0], "high": lines[1]},
            bands={"low": [Band("low", 440.0, 1.0, 10.0)]},
            contents=Contents(lines[labels], np.zeros((len(labels), len(axis)))),
        )
        about = About("Two lines", simulated=True, source="first", unit="cm⁻¹")
        return RawSpectra((Block(axis, intensity, rows),), samples, about, truth)


class FirstStep(Preprocessor):
    """Less the least."""

    name: ClassVar = "first"
    keeps_scale: ClassVar = True

    def transform(self, wavenumber, intensity):
        if (flat := np.flatnonzero(np.ptp(intensity, axis=1) == 0)).size:
            raise RowErrors({int(row): "is flat" for row in flat})
        return wavenumber, intensity - intensity.min(axis=1, keepdims=True)


class FirstSplitter(Splitter):
    """Every third tests; one fold."""

    name: ClassVar = "first"

    def split(self, task):
        rows = np.arange(len(task.samples))
        test, train = rows[::3], np.setdiff1d(rows, rows[::3])
        assert task.spectra.channels == task.spectra.wavenumber.size
        return Split(train=train, test=test, folds=((train[::2], train[1::2]),))


class FirstFit(FittedModel):
    def __init__(self, weights, curves):
        self.weights, self.curves = weights, curves

    def logits(self, x):
        return np.asarray(x @ self.weights, np.float32)

    def input_gradients(self, x, cotangents):
        return np.broadcast_to(cotangents @ self.weights.T, (len(x), cotangents.shape[1], x.shape[1]))

    def features(self, x, layer=None):
        def gradients(cotangents):
            return Gradients((cotangents @ self.weights.T)[..., None].astype(np.float32))

        centers, offsets = np.arange(x.shape[1], dtype=float), np.zeros(1)
        return Features(np.asarray(x, np.float32)[..., None], self.logits(x), centers, offsets, gradients)

    def save(self, folder, example):
        folder.mkdir(parents=True)
        np.save(folder / "weights.npy", self.weights)


class FirstModel(Model):
    """Class means as weights."""

    name: ClassVar = "first"
    capabilities: ClassVar = frozenset(
        {Capability.INPUT_GRADIENTS, Capability.FEATURE_GRADIENTS, Capability.DENSE_AFTER_FEATURES}
    )
    frameworks: ClassVar = ("numpy",)
    scale: float = 1.0
    """Of the weights."""

    def fit(self, task):
        x, labels = task.train.intensity, task.train.labels
        means = np.stack([x[labels == one].mean(axis=0) for one in range(len(task.train.classes))])
        task.report(1, 1, {"train/loss": 0.0})
        assert task.seeds.generator("weights").random() < 1
        assert task.threads >= 1
        return FirstFit(self.scale * (means - means.mean(axis=0)).T, {"train/loss": np.zeros(1)})

    def load(self, folder, curves, threads):
        return FirstFit(np.load(folder / "weights.npy"), curves)

    def parameter_count(self, channels, classes):
        return channels * classes


class FirstExplainer(ScoreExplainer):
    """Gradient times input."""

    name: ClassVar = "first"
    needs: ClassVar = frozenset({Capability.INPUT_GRADIENTS})

    def explain(self, task):
        targets = task.targets(self.target)
        along = task.direction(self.score, targets)
        gradients = task.input_gradients(along.unit) * along.scale[:, None]
        rows = np.repeat(task.spectra.intensity, len(targets) // len(task.spectra), axis=0)
        assert task.scores(self.score, targets).shape == targets.shape
        assert task.training.channels == task.spectra.channels
        assert 0 <= task.rng.random() < 1
        return Maps(gradients * rows, targets, warnings={"first": 1})


class FirstScore(MapScore):
    """Share on unique channels."""

    name: ClassVar = "first"

    def score(self, task):
        on = (task.zones == Zone.UNIQUE) if task.zones is not None else np.ones(task.maps.values.shape, bool)
        share = (np.abs(task.maps.values) * on).sum(axis=1) / np.abs(task.maps.values).sum(axis=1)
        classes = range(len(task.spectra.classes))
        return {"first": np.array([share[task.maps.targets == one].mean() for one in classes])}


class FirstFigure(Figure):
    """The mean test spectrum."""

    name: ClassVar = "first"

    def draw(self, task):
        with figure(task.folder / f"{self.slug}.png", 6, 3) as drawn:
            axes = drawn.subplots()
            axes.plot(task.test.wavenumber, task.test.intensity.mean(axis=0))
            wavenumber_axis(axes, task.test)


class FirstObserver(Observer):
    """Lines in a file, of as few arguments as it likes."""

    name: ClassVar = "first"

    def _say(self, line):
        with open("first.txt", "a") as file:
            file.write(line + "\n")

    @hookimpl
    def raman_xp_run_started(self, units):
        self._say(f"{units} units")

    @hookimpl
    def raman_xp_progress(self, step):
        pass

    @hookimpl
    def raman_xp_unit_finished(self, result):
        self._say(result.name)

    @hookimpl
    def raman_xp_maps_ready(self, result):
        self._say(", ".join(sorted(result.maps)))

    @hookimpl
    def raman_xp_trial_finished(self, trial):
        self._say(f"{trial} finished")

    @hookimpl
    def raman_xp_trial_failed(self, trial, error):
        self._say(f"{trial} failed: {error}")

    @hookimpl
    def raman_xp_run_finished(self):
        self._say("over")


@hookimpl
def raman_xp_data_sources():
    return [FirstSource]


@hookimpl
def raman_xp_preprocessors():
    return [FirstStep]


@hookimpl
def raman_xp_splitters():
    return [FirstSplitter]


@hookimpl
def raman_xp_models():
    return [FirstModel]


@hookimpl
def raman_xp_explainers():
    return [FirstExplainer]


@hookimpl
def raman_xp_map_scores():
    return [FirstScore]


@hookimpl
def raman_xp_figures():
    return [FirstFigure]


@hookimpl
def raman_xp_observers():
    return [FirstObserver]
