"""What authors of plugins test with, and what the components in the box are tested with.

A suite holds a component to the contract of its family; a test class subclasses it:

    class TestOcclusion(ExplainerSuite):
        component = Occlusion

``fields`` gives the component what it requires, or what makes it quick. A test that does not suit a
component is overridden, with a word why. The fixtures of `raman_xp.testing.fixtures` are there once pytest
is started with ``-p raman_xp.testing.fixtures``. Needs pytest: ``pip install 'raman-xp[testing]'``.
"""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("raman_xp.testing.suites", "raman_xp.testing.project")

from raman_xp.testing.planted import (  # noqa: E402
    fit_task,
    planted_mixtures,
    planted_spectra,
    write_csv,
)
from raman_xp.testing.project import Project, Ran  # noqa: E402
from raman_xp.testing.suites import (  # noqa: E402
    ComponentSuite,
    DataSourceSuite,
    ExplainerSuite,
    FigureSuite,
    MapScoreSuite,
    ModelSuite,
    ObserverSuite,
    PreprocessorSuite,
    SplitterSuite,
    TrackerSuite,
)
from raman_xp.testing.trained import finished_trial, trained_network  # noqa: E402

__all__ = [
    "ComponentSuite",
    "DataSourceSuite",
    "ExplainerSuite",
    "FigureSuite",
    "MapScoreSuite",
    "ModelSuite",
    "ObserverSuite",
    "PreprocessorSuite",
    "Project",
    "Ran",
    "SplitterSuite",
    "TrackerSuite",
    "finished_trial",
    "fit_task",
    "planted_mixtures",
    "planted_spectra",
    "trained_network",
    "write_csv",
]
