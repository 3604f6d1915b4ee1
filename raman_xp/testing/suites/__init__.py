"""What every component of a family is held to; see `raman_xp.testing`."""

from __future__ import annotations

from raman_xp.testing.suites.component import ComponentSuite
from raman_xp.testing.suites.data import DataSourceSuite, PreprocessorSuite, SplitterSuite
from raman_xp.testing.suites.explainer import ExplainerSuite
from raman_xp.testing.suites.figure import FigureSuite
from raman_xp.testing.suites.map_score import MapScoreSuite
from raman_xp.testing.suites.model import ModelSuite
from raman_xp.testing.suites.tracking import ObserverSuite, TrackerSuite

__all__ = [
    "ComponentSuite",
    "DataSourceSuite",
    "ExplainerSuite",
    "FigureSuite",
    "MapScoreSuite",
    "ModelSuite",
    "ObserverSuite",
    "PreprocessorSuite",
    "SplitterSuite",
    "TrackerSuite",
]
