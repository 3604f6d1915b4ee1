"""A small trained network, and a finished trial of it; made once in a process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, cast

import numpy as np

from raman_xp.components import (
    Explainer,
    Family,
    FigureTask,
    FittedModel,
    Model,
    Preprocessor,
    Split,
)
from raman_xp.maps import Maps
from raman_xp.plugins.registry import Registry
from raman_xp.results import UnitResult
from raman_xp.seeds import Seeds
from raman_xp.spectra import Block, RawSpectra, Spectra
from raman_xp.testing.planted import fit_task, planted_mixtures, planted_spectra
from raman_xp.trial.evaluate import evaluate
from raman_xp.trial.explain import explain_all

SMALL = {"filters": 6, "units": 12, "epochs": 40, "learning_rate": 1e-3}
"""Fields of the paper's network that make it a matter of seconds."""
EXPLAINED_BY = ("fc_importance", "input_magnitude", "pls_vip")


def in_the_box(family: Family, name: str, **fields: Any) -> Any:
    """A component of the box."""
    return Registry(disabled=()).load(family, name)(**fields)


@cache
def trained_network() -> FittedModel:
    """The paper's network, made small, that tells the classes of `planted_spectra` apart.

    Raises:
        RamanXpError: TensorFlow already runs in this process with several threads.
    """
    model = cast(Model, in_the_box(Family.MODEL, "shallow_cnn", **SMALL))
    return model.fit(fit_task(planted_spectra()))


def finished_trial(folder: Path) -> FigureTask:
    """What is there to draw when a trial of mixtures is finished.

    Args:
        folder: an existing folder for the files.
    """
    model, spectra, split, result = _finished()
    raw = RawSpectra(
        (Block(spectra.wavenumber, spectra.intensity, np.arange(len(spectra))),),
        spectra.samples,
        spectra.about,
        spectra.truth,
    )
    steps: tuple[Preprocessor, ...] = (in_the_box(Family.PREPROCESSOR, "normalize"),)
    return FigureTask(raw, steps, spectra, split, model, result, folder)


@cache
def _finished() -> tuple[FittedModel, Spectra, Split, UnitResult]:
    spectra, model = planted_mixtures(), trained_network()
    rows = np.arange(len(spectra))
    split = Split(train=rows[rows % 4 != 0], test=rows[rows % 4 == 0])
    test = spectra.take(split.test)
    logits = model.logits(test.intensity)
    explainers = cast(
        "list[Explainer]",
        [in_the_box(Family.EXPLAINER, name, id=name) for name in EXPLAINED_BY],
    )
    maps: Mapping[str, Maps] = explain_all(
        explainers, model, test, logits, spectra.take(split.train), Seeds(0), lambda done, of: None
    )
    result = UnitResult("0" * 16, None, split.test, test.labels, logits, {}, {}, {"fit": 1.0}, maps)
    evaluation = evaluate(test, 1.0, logits, result.maps_of_predicted, [])
    return model, spectra, split, replace(result, evaluation=evaluation)
