"""Time and memory, foretold from a few steps."""

from __future__ import annotations

import pytest

from raman_xp.plugins.registry import Registry
from raman_xp.running.estimate import estimate
from raman_xp.spec import load_experiment
from raman_xp.trial.plan import plan
from running.conftest import QUICK, Quick


def test_check_measures_and_writes_nothing(quick: Quick):
    before = {path for path in quick.folder.rglob("*") if path.name != "fits.txt"}
    result = quick.check("quick.yaml", "--measure", "--workers", "2")
    assert result.exit_code == 0, result.output
    said = " ".join(result.stdout.split())
    assert "1 trial, 3 fits: all checked." in said
    assert "The longest fit: 0.0 s to its first step" in said
    assert "All 3 fits, 2 side by side: about 0 s" in said
    assert {path for path in quick.folder.rglob("*") if path.name != "fits.txt"} == before
    assert quick.fits == 1


def planned(quick: Quick, *settings: str):
    registry = Registry()
    return plan([load_experiment(quick.folder / "quick.yaml", registry, settings)], registry)


def test_a_long_fit_is_not_fitted_to_the_end(quick: Quick):
    """It reports every 50 ms, and would go on for 50 s."""
    found = estimate(planned(quick, "model.seconds=50"), workers=1)
    assert found.longest.step == pytest.approx(0.05, rel=0.5)
    assert found.longest.memory > 10e6


def test_fits_are_spread_over_the_workers(quick: Quick):
    quick.spec(QUICK + "sweep: {model.width: [1, 2]}\n", "quick.yaml")
    one = estimate(planned(quick, "model.seconds=0.5"), workers=1)
    two = estimate(planned(quick, "model.seconds=0.5"), workers=2)
    assert (one.fits, two.fits) == (6, 6)
    assert one.seconds / one.longest.seconds == pytest.approx(2 * two.seconds / two.longest.seconds, rel=0.01)
    assert two.memory == 2 * two.longest.memory
