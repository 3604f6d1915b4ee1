"""The base class of each family of components.

A component is a pydantic model whose fields are its keys in the YAML file, plus the method that does the
work. Heavy libraries are imported inside that method, so that reading a spec stays fast.
"""

from __future__ import annotations

from collections.abc import Mapping

from raman_xp.components.base import Component, Family
from raman_xp.components.blame import blame, blaming, line_in, remember_origin
from raman_xp.components.data import DataSource, Preprocessor, Split, SplitTask, Splitter
from raman_xp.components.explain_task import ExplainTask
from raman_xp.components.explainers import Explainer, MapScore, ScoreExplainer, ScoreTask
from raman_xp.components.figures import Figure, FigureTask, SweepTask, SweptTrial
from raman_xp.components.models import Capability, Features, FitTask, FittedModel, Gradients, Layer, Model
from raman_xp.components.tracking import ExperimentLog, Observer, Tracker, TrialLog

BASES: Mapping[Family, type[Component]] = {
    Family.DATA_SOURCE: DataSource,
    Family.PREPROCESSOR: Preprocessor,
    Family.SPLITTER: Splitter,
    Family.MODEL: Model,
    Family.EXPLAINER: Explainer,
    Family.MAP_SCORE: MapScore,
    Family.FIGURE: Figure,
    Family.TRACKER: Tracker,
    Family.OBSERVER: Observer,
}
"""Family → the class that its components extend."""

__all__ = [
    "BASES",
    "Capability",
    "Component",
    "DataSource",
    "ExperimentLog",
    "ExplainTask",
    "Explainer",
    "Family",
    "Features",
    "Figure",
    "FigureTask",
    "FitTask",
    "FittedModel",
    "Gradients",
    "Layer",
    "MapScore",
    "Model",
    "Observer",
    "Preprocessor",
    "ScoreExplainer",
    "ScoreTask",
    "Split",
    "SplitTask",
    "Splitter",
    "SweepTask",
    "SweptTrial",
    "Tracker",
    "TrialLog",
    "blame",
    "blaming",
    "line_in",
    "remember_origin",
]
