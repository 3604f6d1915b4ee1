"""Every hook that a plugin can implement.

A registration hook returns classes; the module that holds it is named by an entry point of the group
``raman_xp`` whose own name is ``family.component``. An observer's class carries the event hooks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from raman_xp.components import (
        DataSource,
        Explainer,
        Figure,
        MapScore,
        Model,
        Observer,
        Preprocessor,
        Splitter,
        Tracker,
    )
    from raman_xp.errors import RamanXpError
    from raman_xp.results import TrialContext, TrialResult, UnitResult

PROJECT = "raman_xp"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def raman_xp_data_sources() -> list[type[DataSource]]:
    """Register data sources.

    >>> import numpy as np
    >>> from raman_xp import hookimpl
    >>> from raman_xp.components import DataSource
    >>> from raman_xp.spectra import About, Block, RawSpectra, Samples
    >>> class Flat(DataSource):
    ...     name = "flat"
    ...     def load(self, rng):
    ...         block = Block(np.arange(4.0), rng.random((2, 4)), np.arange(2))
    ...         samples = Samples(("a", "b"), np.array([0, 1]), ("first", "second"))
    ...         return RawSpectra((block,), samples, About("Noise"))
    >>> @hookimpl
    ... def raman_xp_data_sources():
    ...     return [Flat]
    >>> len(Flat().load(np.random.default_rng(0)).samples)
    2
    """
    return []


@hookspec
def raman_xp_preprocessors() -> list[type[Preprocessor]]:
    """Register preprocessing steps.

    >>> import numpy as np
    >>> from raman_xp import hookimpl
    >>> from raman_xp.components import Preprocessor
    >>> class SquareRoot(Preprocessor):
    ...     name = "square_root"
    ...     def transform(self, wavenumber, intensity):
    ...         return wavenumber, np.sqrt(np.maximum(intensity, 0))
    >>> @hookimpl
    ... def raman_xp_preprocessors():
    ...     return [SquareRoot]
    >>> SquareRoot().transform(np.arange(2.0), np.array([[4.0, 9.0]]))[1].tolist()
    [[2.0, 3.0]]
    """
    return []


@hookspec
def raman_xp_splitters() -> list[type[Splitter]]:
    """Register splitters.

    >>> import numpy as np
    >>> from raman_xp import hookimpl
    >>> from raman_xp.components import Split, Splitter
    >>> class EverySecond(Splitter):
    ...     name = "every_second"
    ...     def split(self, task):
    ...         rows = np.arange(len(task.spectra))
    ...         return Split(train=rows[::2], test=rows[1::2])
    >>> @hookimpl
    ... def raman_xp_splitters():
    ...     return [EverySecond]
    """
    return []


@hookspec
def raman_xp_models() -> list[type[Model]]:
    """Register models.

    >>> from raman_xp import hookimpl
    >>> from raman_xp.components import Model
    >>> class Linear(Model):
    ...     name = "linear"
    ...     def parameter_count(self, channels, classes):
    ...         return (channels + 1) * classes
    ...     def fit(self, task): ...
    ...     def load(self, folder, curves, threads): ...
    >>> @hookimpl
    ... def raman_xp_models():
    ...     return [Linear]
    >>> Linear().parameter_count(1451, 9)
    13068
    """
    return []


@hookspec
def raman_xp_explainers() -> list[type[Explainer]]:
    """Register explainers.

    >>> from raman_xp import hookimpl
    >>> from raman_xp.components import Capability, ScoreExplainer
    >>> from raman_xp.maps import Maps
    >>> class Saliency(ScoreExplainer):
    ...     name = "saliency"
    ...     needs = frozenset({Capability.INPUT_GRADIENTS})
    ...     def explain(self, task):
    ...         targets = task.targets(self.target)
    ...         along = task.direction(self.score, targets)
    ...         return Maps(task.input_gradients(along.unit) * along.scale[:, None], targets)
    >>> @hookimpl
    ... def raman_xp_explainers():
    ...     return [Saliency]
    >>> Saliency(score="margin").score.value
    'margin'
    """
    return []


@hookspec
def raman_xp_map_scores() -> list[type[MapScore]]:
    """Register map scores.

    >>> import numpy as np
    >>> from raman_xp import hookimpl
    >>> from raman_xp.components import MapScore
    >>> class Positive(MapScore):
    ...     name = "positive"
    ...     def score(self, task):
    ...         share = (task.maps.values > 0).mean(axis=1)
    ...         classes = range(len(task.spectra.classes))
    ...         return {"positive": np.array([share[task.maps.targets == c].mean() for c in classes])}
    >>> @hookimpl
    ... def raman_xp_map_scores():
    ...     return [Positive]
    """
    return []


@hookspec
def raman_xp_figures() -> list[type[Figure]]:
    """Register figures.

    >>> from raman_xp import hookimpl
    >>> from raman_xp.components import Figure
    >>> from raman_xp.figures.style import figure, wavenumber_axis
    >>> class MeanSpectrum(Figure):
    ...     name = "mean_spectrum"
    ...     def draw(self, task):
    ...         with figure(task.folder / f"{self.slug}.png", 8, 3) as drawn:
    ...             axes = drawn.subplots()
    ...             axes.plot(task.test.wavenumber, task.test.intensity.mean(axis=0))
    ...             wavenumber_axis(axes, task.test)
    >>> @hookimpl
    ... def raman_xp_figures():
    ...     return [MeanSpectrum]
    """
    return []


@hookspec
def raman_xp_trackers() -> list[type[Tracker]]:
    """Register trackers.

    >>> from contextlib import contextmanager
    >>> from raman_xp import hookimpl
    >>> from raman_xp.components import ExperimentLog, Tracker, TrialLog
    >>> class Lines(TrialLog):
    ...     def record(self, result):
    ...         print(result.name, result.fit_key)
    ...     def conclude(self, result):
    ...         print(dict(result.metrics))
    ...         return "this terminal"
    ...     def abandon(self, error):
    ...         print(error)
    >>> class Experiment(ExperimentLog):
    ...     def begin(self, context, fresh):
    ...         print(context.name)
    ...         return Lines()
    >>> class Terminal(Tracker):
    ...     name = "terminal"
    ...     def preflight(self):
    ...         return "this terminal"
    ...     @contextmanager
    ...     def experiment(self, name, description):
    ...         yield Experiment()
    >>> @hookimpl
    ... def raman_xp_trackers():
    ...     return [Terminal]
    """
    return []


@hookspec
def raman_xp_observers() -> list[type[Observer]]:
    """Register observers. Every installed observer watches every run.

    >>> from raman_xp import hookimpl
    >>> from raman_xp.components import Observer
    >>> class Bell(Observer):
    ...     name = "bell"
    ...     @hookimpl
    ...     def raman_xp_run_finished(self, ok):
    ...         print("done" if ok else "failed")
    >>> @hookimpl
    ... def raman_xp_observers():
    ...     return [Bell]
    >>> Bell().raman_xp_run_finished(ok=True)
    done
    """
    return []


@hookspec
def raman_xp_run_started(trials: list[TrialContext], units: int) -> None:
    """A run begins.

    Args:
        trials: those that are not finished yet.
        units: how many units of work, fits with what follows from them, they take together at most.

    >>> from raman_xp import hookimpl
    >>> @hookimpl
    ... def raman_xp_run_started(trials, units):
    ...     print(f"{len(trials)} trials, {units} fits")
    """


@hookspec
def raman_xp_progress(trial: str, unit: str, step: str, done: int, total: int) -> None:
    """A step of a unit gets on; told a few times a second at most.

    Args:
        trial: its name.
        unit: ``final``, or ``fold 1`` and so on.
        step: ``fit``, which counts epochs, ``explain``, batches of each explainer, or ``draw``, pictures.
        done: how many are done.
        total: how many there are.

    >>> from raman_xp import hookimpl
    >>> @hookimpl
    ... def raman_xp_progress(unit, step, done, total):
    ...     print(f"{unit}, {step}: {done}/{total}")
    """


@hookspec
def raman_xp_unit_finished(trial: str, result: UnitResult) -> None:
    """A fold is fitted, or the final fit is fitted and explained, and has been recorded; pictures follow.

    Args:
        trial: its name.
        result: what it learnt, and says of the spectra that it has not seen.

    >>> from raman_xp import hookimpl
    >>> @hookimpl
    ... def raman_xp_unit_finished(result):
    ...     print(result.name, result.correct.mean())
    """


@hookspec
def raman_xp_maps_ready(trial: str, result: UnitResult) -> None:
    """The maps of a trial's test spectra are there.

    Args:
        trial: its name.
        result: of the final fit, with ``maps``: explainer's id → its maps.

    >>> from raman_xp import hookimpl
    >>> @hookimpl
    ... def raman_xp_maps_ready(result):
    ...     print({explainer: maps.values.shape for explainer, maps in result.maps.items()})
    """


@hookspec
def raman_xp_trial_finished(trial: str, result: TrialResult, where: str) -> None:
    """A trial is finished and recorded.

    Args:
        trial: its name.
        result: all numbers of it, and its final fit.
        where: to look at it: an address, or the run in its store.

    >>> from raman_xp import hookimpl
    >>> @hookimpl
    ... def raman_xp_trial_finished(trial, result):
    ...     print(trial, result.metrics["test/accuracy"])
    """


@hookspec
def raman_xp_trial_failed(trial: str, error: RamanXpError) -> None:
    """A trial cannot be finished; the others go on.

    Args:
        trial: its name.
        error: why; its text is for the user.

    >>> from raman_xp import hookimpl
    >>> @hookimpl
    ... def raman_xp_trial_failed(trial, error):
    ...     print(trial, error)
    """


@hookspec
def raman_xp_run_finished(ok: bool) -> None:
    """The run is over.

    Args:
        ok: false where a trial failed, or the run was stopped.

    >>> from raman_xp import hookimpl
    >>> @hookimpl
    ... def raman_xp_run_finished(ok):
    ...     print(ok)
    """
