"""The components in the box are held to the suites that those of anyone are held to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from raman_xp import testing
from raman_xp.components import Family
from raman_xp.plugins.registry import Registry
from raman_xp.testing import write_csv

SUITES = {
    Family.DATA_SOURCE: testing.DataSourceSuite,
    Family.PREPROCESSOR: testing.PreprocessorSuite,
    Family.SPLITTER: testing.SplitterSuite,
    Family.MODEL: testing.ModelSuite,
    Family.EXPLAINER: testing.ExplainerSuite,
    Family.MAP_SCORE: testing.MapScoreSuite,
    Family.FIGURE: testing.FigureSuite,
    Family.TRACKER: testing.TrackerSuite,
    Family.OBSERVER: testing.ObserverSuite,
}
NETWORK = {"filters": 6, "units": 12, "epochs": 40, "learning_rate": 1e-3}
FIELDS: dict[str, dict[str, Any]] = {
    "lorentzian": {"channels": 64, "peaks": {"a": [20], "b": [40]}, "train": 4, "test": 4},
    "amino_mixer": {"components": ["Ala", "Arg", "His"], "per_pair": 1},
    "pharma_csv": {"path": "spectra.csv"},
    "parquet": {"path": "spectra.parquet"},
    "resample": {"start": 420, "stop": 1160, "step": 2},
    "signal_ladder": {"fractions": [1, 0.5], "folds": 2},
    "shallow_cnn": NETWORK,
    "three_layer_cnn": NETWORK,
    "integrated_gradients": {"steps": 8},
    "at_band": {"at": 60},
    "mixture": {"partner": "at 60"},
    "class_spectra": {"show": "strongest"},
    "overlay": {"explainers": ["fc_importance"]},
}
"""What a component requires, or what makes it quick."""
SAID: dict[str, dict[str, Any]] = {"signal_ladder": {"groups": False}}
"""What its author says of it."""


@pytest.fixture(autouse=True, scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A folder with spectra to read."""
    import pandas as pd

    folder = tmp_path_factory.mktemp("files")
    table = pd.read_csv(write_csv(folder / "spectra.csv"))
    table.to_parquet(folder / "spectra.parquet")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        yield


def suite_of(family: Family, name: str) -> type:
    """A test class for a component, as its author would write it."""
    component = Registry().load(family, name)
    parts = {"component": component, "fields": FIELDS.get(name, {}), **SAID.get(name, {})}
    return type(f"Test{component.__name__}", (SUITES[family],), parts)


for provider in Registry().providers:
    if provider.distribution == "raman-xp":
        suite = suite_of(provider.family, provider.component)
        globals()[suite.__name__] = suite
del suite


def test_every_family_has_a_suite():
    assert SUITES.keys() == set(Family)
    assert {suite.family for suite in SUITES.values()} == set(Family)


def test_what_is_read_is_there():
    assert Path("spectra.parquet").exists()
