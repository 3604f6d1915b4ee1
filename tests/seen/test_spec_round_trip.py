"""A spec says the same wherever it is read: in the file, in the resolved spec, and in another process."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distributions import on_the_path, write_distribution
from raman_xp.components import Split
from raman_xp.plugins.registry import Registry
from raman_xp.spec import load_experiment
from raman_xp.spec.document import read, write
from raman_xp.spec.experiment import Trial, rebuilt_trial
from raman_xp.spectra import Block, RawSpectra
from raman_xp.testing import planted_spectra
from raman_xp.trial.keys import explain_parts, fit_parts

SOURCE = """
    from typing import Literal

    from pydantic import BaseModel
    from raman_xp import hookimpl
    from raman_xp.components import Preprocessor

    class Inner(BaseModel):
        depth: float = 1.0
        note: str | None = "a note"

    class Anything(Preprocessor):
        name = "anything"
        number: float = 0.5
        whole: int = 3
        flag: bool = True
        text: str = "some text"
        choice: Literal["one", "2", "no"] = "one"
        maybe: float | None = 2.5
        nothing: int | None = None
        either: float | str | None = None
        numbers: list[float] = [1.0]
        words: tuple[str, ...] = ()
        table: dict[str, float] = {}
        inner: Inner = Inner()

        def transform(self, wavenumber, intensity):
            return wavenumber, intensity

    @hookimpl
    def raman_xp_preprocessors():
        return [Anything]
"""
TEXT = st.text(st.characters(exclude_categories=("Cc", "Cs", "Cn", "Cf", "Co", "Zl", "Zp")), max_size=12)
# fmt: off
LIKE_OTHERS = (
    "1e-4", "1e5", "no", "010", "0o17", "0x1f", ".5", "1.", "~", "null", "true", "1_000", "12:30", "=", "<<",
    "2026-11-25", "#", "'", '"', "-", "{", "!x", "&a", "*a",
)
# fmt: on
"""Texts that YAML may read as a number, a word or a sign of its own."""
TRICKY = st.sampled_from([*LIKE_OTHERS, "", " a ", "a: b", "? a", "α-D-Glucose", "Größe", "水"])
TEXTS = TRICKY | TEXT
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
"""Of any size: also -0.0, 5e-324 and 1e+22."""


def fields_of(number: st.SearchStrategy[float] = FLOATS) -> st.SearchStrategy[dict[str, Any]]:
    """Some fields of the component, with values."""
    return st.fixed_dictionaries(
        {},
        optional={
            "number": number,
            "whole": st.integers(-(2**63), 2**63),
            "flag": st.booleans(),
            "text": TEXTS,
            "choice": st.sampled_from(["one", "2", "no"]),
            "maybe": st.none() | number,
            "nothing": st.none() | st.integers(),
            "either": st.none() | number | TEXTS,
            "numbers": st.lists(number, max_size=3),
            "words": st.lists(TEXTS, max_size=3),
            "table": st.dictionaries(TEXTS, number, max_size=3),
            "inner": st.fixed_dictionaries({}, optional={"depth": number, "note": st.none() | TEXTS}),
        },
    )


@st.composite
def specs(draw: st.DrawFn) -> dict[str, Any]:
    """Specs of components of the box and of the component above."""
    explainers = st.fixed_dictionaries(
        {"use": st.just("input_magnitude")}, optional={"target": st.just("labelled")}
    )
    spec: dict[str, Any] = {
        "data": {"use": "pharma_csv", "path": draw(st.sampled_from(["a.csv", "über/b c.csv", "水.csv"]))},
        "split": {
            "use": "stratified",
            "test": draw(st.floats(0.01, 0.99)),
            "folds": draw(st.none() | st.integers(2, 9)),
        },
        "model": {"use": "pca_svm", "C": draw(st.none() | st.floats(1e-300, 1e300))},
        "preprocess": [{"use": "anything", **fields} for fields in draw(st.lists(fields_of(), max_size=2))],
        "explain": draw(st.lists(explainers, max_size=2)),
    }
    header = {"description": TEXTS, "seed": st.integers(0, 2**64), "threads": st.integers(1, 9)}
    for key, values in header.items():
        if draw(st.booleans()):
            spec[key] = draw(values)
    return spec


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Iterator[Path]:
    """A folder for specs; the component is installed."""
    folder = tmp_path_factory.mktemp("specs")
    with on_the_path(folder / "site"):
        write_distribution(
            folder / "site", "xp-anything", {"preprocessor.anything": "xp_anything"}, xp_anything=SOURCE
        )
        yield folder


@pytest.fixture(scope="module")
def registry(home: Path) -> Registry:
    return Registry()


def trials_of(folder: Path, spec: dict[str, Any], registry: Registry) -> tuple[Trial, ...]:
    """The trials of a spec in a file; JSON is YAML."""
    path = folder / "spec.yaml"
    path.write_text(json.dumps(spec, ensure_ascii=False), "utf-8")
    return load_experiment(path, registry).trials


def keys_of(trial: Trial, registry: Registry) -> list[Any]:
    """What the keys of a trial are made of, were its data these."""
    spectra = planted_spectra((10, 30), per_class=2, channels=40)
    raw = RawSpectra(
        (Block(spectra.wavenumber, spectra.intensity, np.arange(4)),), spectra.samples, spectra.about
    )
    split = Split(np.array([0, 1, 2]), np.array([3]))
    return [
        fit_parts(trial, registry, "data", split, None),
        explain_parts(trial, registry, "fit", raw, split),
    ]


def same(one: Any, other: Any) -> bool:
    """Whether two plain values are the same, with their types: 1 is not 1.0, nor 0.0 the same as -0.0."""
    return repr(one) == repr(other)


@pytest.fixture(autouse=True)
def data_files(home: Path) -> None:
    """Files of the specs, whose content enters no key here."""
    (home / "über").mkdir(exist_ok=True)
    for name in ("a.csv", "über/b c.csv", "水.csv"):
        (home / name).touch()


@given(specs())
@settings(max_examples=40)
def test_explicit_values_are_kept(home: Path, registry: Registry, spec: dict[str, Any]):
    (trial,) = trials_of(home, spec, registry)
    for given_fields, step in zip(spec["preprocess"], trial.preprocess, strict=True):
        found = step.model_dump()
        for name, value in given_fields.items():
            if name == "use":
                continue
            if name == "inner":
                assert same({key: found["inner"][key] for key in value}, value)
            else:
                assert same(found[name], tuple(value) if name == "words" else value), name
    assert trial.split.test == spec["split"]["test"]
    assert trial.split.folds == spec["split"]["folds"]
    assert spec["model"]["C"] == trial.model.C
    for key in {"description", "seed", "threads"} & spec.keys():
        assert getattr(trial.header, key) == spec[key]
    assert trial.data.path == home / spec["data"]["path"]


@given(specs())
@settings(max_examples=40)
def test_another_process_rebuilds_the_same_trial_with_the_same_keys(
    home: Path, registry: Registry, spec: dict[str, Any]
):
    (trial,) = trials_of(home, spec, registry)
    rebuilt = rebuilt_trial(pickle.loads(pickle.dumps(trial.spec)), trial.name, registry)
    assert rebuilt == trial
    assert same(rebuilt.spec, trial.spec)
    assert keys_of(rebuilt, registry) == keys_of(trial, registry)


@given(specs())
@settings(max_examples=40)
def test_the_spec_that_is_kept_with_a_run_is_a_spec_of_the_same_trial(
    home: Path, registry: Registry, spec: dict[str, Any]
):
    """As `Planned.context` writes it."""
    (trial,) = trials_of(home, spec, registry)
    kept = home / "kept.yaml"
    kept.write_text(write(trial.spec), "utf-8")
    (again,) = load_experiment(kept, registry).trials
    assert again == trial
    assert same(again.spec, trial.spec)


@pytest.mark.parametrize("text", LIKE_OTHERS)
def test_a_text_that_looks_like_something_else_stays_a_text(text: str):
    assert read(write({text: [text]}), "").value == {text: [text]}


@given(
    specs(),
    st.lists(FLOATS, min_size=1, max_size=3, unique=True),
    st.lists(TEXTS, min_size=1, max_size=2, unique=True),
)
@settings(max_examples=20)
def test_each_trial_of_a_sweep_has_its_value_and_nothing_else_differs(
    home: Path, registry: Registry, spec: dict[str, Any], numbers: list[float], texts: list[str]
):
    spec["preprocess"] = [{"use": "anything", "id": "it"}, *spec["preprocess"]]
    sweep = {"preprocess.it.number": numbers, "preprocess.it.text": texts}
    trials = trials_of(home, spec | {"sweep": sweep}, registry)
    assert same(
        [(trial.preprocess[0].number, trial.preprocess[0].text) for trial in trials],
        [(number, text) for number in numbers for text in texts],
    )
    for trial in trials:
        step = {"number": trial.preprocess[0].number, "text": trial.preprocess[0].text}
        alone = spec | {"preprocess": [spec["preprocess"][0] | step, *spec["preprocess"][1:]]}
        (single,) = trials_of(home, alone, registry)
        assert same(single.spec, trial.spec)
        assert keys_of(single, registry) == keys_of(trial, registry)
        assert rebuilt_trial(trial.spec, trial.name, registry) == trial


@given(fields_of(), fields_of())
@settings(max_examples=40)
def test_two_components_have_the_same_key_only_where_they_are_the_same(
    home: Path, registry: Registry, one: dict[str, Any], other: dict[str, Any]
):
    base = {
        "data": {"use": "pharma_csv", "path": "a.csv"},
        "split": {"use": "stratified"},
        "model": {"use": "pca_svm"},
    }
    first, second = (
        trials_of(home, base | {"preprocess": [{"use": "anything", **fields}]}, registry)[0]
        for fields in (one, other)
    )
    equal = same(first.preprocess[0].model_dump(), second.preprocess[0].model_dump())
    assert same(keys_of(first, registry), keys_of(second, registry)) == equal
