"""Values of components in a spec: paths, nulls, numbers in place of texts, and validators that break."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from test_spec import SPEC, load

from raman_xp.errors import SpecError
from raman_xp.plugins.registry import Registry
from raman_xp.spec import load_experiment
from raman_xp.spec.experiment import rebuilt_trial

NESTED = """
    from pathlib import Path
    from pydantic import BaseModel, ConfigDict, field_validator
    from raman_xp import hookimpl
    from raman_xp.components import Preprocessor

    class Pair(BaseModel):
        model_config = ConfigDict(extra="forbid", frozen=True)
        white: Path
        dark: Path | None = None
        share: float | None = 0.5

    class Nested(Preprocessor):
        name = "nested"
        several: list[Path] = []
        fixed: tuple[Path, int] | None = None
        named: dict[str, Path] = {}
        pair: Pair | None = None
        pairs: list[Pair] = []
        silent: int = 0
        broken: int = 0
        count: int | None = 5
        word: str = "a"

        @field_validator("silent")
        @classmethod
        def _refuses_without_a_word(cls, value):
            if value:
                raise ValueError
            return value

        @field_validator("broken")
        @classmethod
        def _breaks(cls, value):
            return value and {}["nothing"]

        def transform(self, wavenumber, intensity):
            return wavenumber, intensity

    @hookimpl
    def raman_xp_preprocessors():
        return [Nested]
"""


@pytest.fixture
def nested(tmp_path, install, monkeypatch):
    """Loads a spec in another folder, one of whose steps has such keys, and returns the step."""
    install("xp-nested", {"preprocessor.nested": "xp_nested"}, xp_nested=NESTED)
    (tmp_path / "specs").mkdir()
    monkeypatch.chdir(tmp_path)

    def load_step(keys: str, *settings: str):
        (trial,) = load(
            tmp_path / "specs", f"{SPEC}preprocess: [{{use: nested, {keys}}}]\n", *settings
        ).trials
        return trial.preprocess[0]

    return load_step


def test_paths_within_lists_mappings_and_models_start_from_the_file(nested, tmp_path):
    step = nested(
        "several: [a.txt, /b.txt], fixed: [c.txt, 3], named: {n: d.txt}, pair: {white: e.txt}, "
        "pairs: [{white: f.txt, dark: ../g.txt}]"
    )
    beside = tmp_path / "specs"
    assert step.several == [beside / "a.txt", Path("/b.txt")]
    assert step.fixed == (beside / "c.txt", 3)
    assert step.named == {"n": beside / "d.txt"}
    assert (step.pair.white, step.pair.dark) == (beside / "e.txt", None)
    assert (step.pairs[0].white, step.pairs[0].dark) == (beside / "f.txt", tmp_path / "g.txt")


def test_paths_within_options_start_from_the_working_folder(nested, tmp_path):
    step = nested(
        "pair: {white: e.txt}", "preprocess.nested.several=[a.txt]", "preprocess.nested.pair.dark=d"
    )
    assert step.several == [tmp_path / "a.txt"]
    assert (step.pair.white, step.pair.dark) == (tmp_path / "specs" / "e.txt", tmp_path / "d")


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ("silent: 1", "preprocess.0.silent: the value is refused without a reason, got 1"),
        (
            "broken: 1",
            "preprocess.0: nested failed to check its keys (xp_nested.py, line 35): KeyError: 'nothing'",
        ),
    ],
)
def test_a_validator_that_says_nothing_or_breaks_is_named(nested, keys, message):
    with pytest.raises(SpecError) as caught:
        nested(keys)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("keys", "kept"),
    [
        ("", {}),
        ("count: null", {"count": None}),
        ("pair: {white: a, dark: null}", {"pair": {"white": "HERE/a", "share": 0.5}}),
        ("pair: {white: a, share: null}", {"pair": {"white": "HERE/a", "share": None}}),
        ("pairs: [{white: a, share: null}]", {"pairs": [{"white": "HERE/a", "share": None}]}),
    ],
)
def test_a_null_that_differs_from_the_default_is_part_of_the_resolved_spec(nested, tmp_path, keys, kept):
    before = nested(keys)
    (trial,) = load_experiment(tmp_path / "specs" / "spec.yaml", Registry()).trials
    (plain,) = trial.spec["preprocess"]
    expected = json.loads(json.dumps(kept).replace("HERE", str(tmp_path / "specs")))
    assert {name: plain[name] for name in expected} == expected
    assert '"dark"' not in json.dumps(plain)
    assert rebuilt_trial(trial.spec, trial.name, Registry()).preprocess[0] == before
