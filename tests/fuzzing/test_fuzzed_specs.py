"""Whatever stands in a spec, it is planned, or refused in words."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fuzzing.trees import SPECS, random_spec
from raman_xp.errors import RamanXpError
from raman_xp.plugins.registry import Registry
from raman_xp.spec import load_experiment
from raman_xp.spec.experiment import rebuilt_trial
from raman_xp.testing import Project

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
fixtures_are_kept = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@fixtures_are_kept
@given(st.integers(0, 2**64))
def test_a_spec_is_checked_or_refused_in_words(project: Project, seed: int):
    text = random_spec(random.Random(seed))
    Path("tiny.yaml").write_text(text, "utf-8")
    before = sorted(Path().rglob("*"))
    ran = project.check("tiny.yaml")
    assert ran.exit_code in (0, 2), f"exit code {ran.exit_code}\n{text}\n{ran.output}\n{ran.exception!r}"
    assert not CONTROL.search(ran.output), f"{text}\n{ran.output!r}"
    if ran.exit_code:
        assert re.search(r"^Error: \S", ran.stderr), f"{text}\n{ran.output}"
    assert sorted(Path().rglob("*")) == before


@fixtures_are_kept
@given(st.integers(0, 2**64))
def test_a_spec_that_is_understood_is_recorded_as_it_was_understood(project: Project, seed: int):
    text = random_spec(random.Random(seed))
    Path("tiny.yaml").write_text(text, "utf-8")
    registry = Registry()
    try:
        experiment = load_experiment(Path("tiny.yaml"), registry)
    except RamanXpError:
        return
    for trial in experiment.trials:
        again = rebuilt_trial(trial.spec, trial.name, registry)
        parts = ("data", "preprocess", "split", "model", "explainers", "scores", "figures", "header")
        for part in parts:
            assert repr(getattr(again, part)) == repr(getattr(trial, part)), f"{text}\n{part}"
        assert again.spec == trial.spec or "nan" in str(trial.spec), text


@pytest.mark.parametrize("text", SPECS)
def test_what_is_changed_at_random_was_valid(project: Project, text: str):
    project.spec(text)
    project.check().assert_success()


def test_some_changed_specs_are_valid_and_some_are_not(project: Project):
    """The tests above would pass on specs of one kind alone."""
    codes = []
    for seed in range(60):
        Path("tiny.yaml").write_text(random_spec(random.Random(seed)), "utf-8")
        codes.append(project.check("tiny.yaml").exit_code)
    assert 6 < codes.count(0) < 54
