"""Two keys: a changed explainer leaves the fit's key, a moved file leaves both."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from raman_xp.components import Preprocessor
from raman_xp.errors import DataError
from raman_xp.plugins.installed import installed
from raman_xp.plugins.registry import Registry
from raman_xp.spec import load_experiment
from raman_xp.spectra.digests import about_digest, path_digest, truth_digest
from raman_xp.testing import write_csv
from raman_xp.testing.project import SPEC
from raman_xp.trial.keys import differences, explain_parts, fit_parts, key_of, settings
from raman_xp.trial.plan import plan


def keys(folder: Path, *settings: str) -> tuple[str, str]:
    """Fit key and explain key of the tiny experiment."""
    folder.mkdir(exist_ok=True)
    if not (folder / "tiny.csv").exists():
        write_csv(folder / "tiny.csv")
    (folder / "tiny.yaml").write_text(SPEC)
    registry = Registry()
    (planned,) = plan([load_experiment(folder / "tiny.yaml", registry, settings)], registry)
    return planned.context.tags["raman_xp.fit_key"], planned.context.tags["raman_xp.explain_key"]


def test_paths_and_names_enter_no_key(tmp_path):
    assert keys(tmp_path / "here") == keys(tmp_path / "there", "name=other", "description=moved")


@pytest.mark.parametrize(
    "setting",
    ["explain.grad_cam.score=logit", "explain=[{use: grad_cam}]", "score=[{use: pointing}]"],
)
def test_what_only_explains_leaves_the_fit_key(tmp_path, setting):
    before, after = keys(tmp_path), keys(tmp_path, setting)
    assert before[0] == after[0]
    assert before[1] != after[1]


@pytest.mark.parametrize(
    "setting",
    ["seed=1", "model.epochs=3", "split.test=0.3", "preprocess=[{use: normalize}]", "threads=2"],
)
def test_what_changes_the_fit_changes_both_keys(tmp_path, setting):
    before, after = keys(tmp_path), keys(tmp_path, setting)
    assert before[0] != after[0]
    assert before[1] != after[1]


def test_one_changed_value_in_the_data_changes_both_keys(tmp_path):
    before = keys(tmp_path)
    text = (tmp_path / "tiny.csv").read_text()
    (tmp_path / "tiny.csv").write_text(text[:-3] + ("1" if text[-3] != "1" else "2") + text[-2:])
    after = keys(tmp_path)
    assert before[0] != after[0]
    assert before[1] != after[1]


def test_a_changed_truth_changes_only_the_explain_key(tmp_path):
    keys(tmp_path)
    (tmp_path / "tiny.about.yaml").write_text("truth: truth.csv\n")
    rows = [f"{400 + 2 * channel},{channel},{64 - channel},30" for channel in range(64)]
    (tmp_path / "truth.csv").write_text("\n".join(["wavenumber,A,B,C", *rows]))
    before = keys(tmp_path)
    (tmp_path / "truth.csv").write_text("\n".join(["wavenumber,A,B,C", *rows]).replace(",30", ",31"))
    after = keys(tmp_path)
    assert before[0] == after[0]
    assert before[1] != after[1]


class TestParts:
    """What a key is made of, as plain data."""

    @pytest.fixture
    def planned(self, tmp_path):
        write_csv(tmp_path / "tiny.csv")
        steps = "preprocess: [{use: normalize}, {use: resample, start: 402, stop: 500}]\n"
        (tmp_path / "tiny.yaml").write_text(SPEC + steps + "figures: [{use: class_spectra}]\nseed: 5\n")
        registry = Registry()
        (planned,) = plan([load_experiment(tmp_path / "tiny.yaml", registry, ["threads=2"])], registry)
        return planned, registry

    def test_a_fit_depends_on_data_steps_rows_model_seed_threads_and_code(self, planned):
        planned, registry = planned
        trial, split = planned.trial, planned.prepared.split
        box = "raman-xp {} raman_xp_plugins {}".format(*installed("raman-xp", "raman_xp_plugins"))
        core = "raman-xp {} raman_xp {}".format(*installed("raman-xp", "raman_xp"))
        frameworks = sorted({"scipy", *trial.model.frameworks})
        for fold, (train, unseen) in {None: (split.train, split.test), 2: split.folds[1]}.items():
            assert fit_parts(trial, registry, "the data", split, fold) == {
                "data": "the data",
                "preprocess": [settings(step) for step in trial.preprocess],
                "rows": [sha(train), sha(unseen)],
                "model": settings(trial.model),
                "seed": 5,
                "threads": 2,
                "fold": fold,
                "code": [core, box, box, *(f"{name} {version(name)}" for name in ("numpy", *frameworks))],
            }

    def test_the_type_of_rows_changes_no_key(self, planned):
        planned, registry = planned
        split = planned.prepared.split
        narrow = replace(split, train=split.train.astype(np.int32), test=split.test.astype(np.int32))
        fits = [fit_parts(planned.trial, registry, "the data", each, None) for each in (split, narrow)]
        assert fits[0] == fits[1]

    def test_maps_depend_on_the_fit_test_rows_truth_names_components_and_code(self, planned):
        planned, registry = planned
        trial, prepared = planned.trial, planned.prepared
        box = "raman-xp {} raman_xp_plugins {}".format(*installed("raman-xp", "raman_xp_plugins"))
        assert explain_parts(trial, registry, "a fit", prepared.raw, prepared.split) == {
            "fit": "a fit",
            "rows": sha(prepared.split.test),
            "truth": truth_digest(prepared.raw.truth),
            "about": about_digest(prepared.raw),
            "explain": [settings(each) for each in trial.explainers],
            "score": [settings(each) for each in trial.scores],
            "figures": [settings(each) for each in trial.figures],
            "code": [box] * 3
            + [f"{name} {version(name)}" for name in ("scipy", "matplotlib", "scikit-learn")],
        }

    def test_a_key_is_the_beginning_of_a_hash_whatever_the_order(self):
        expected = hashlib.sha256(json.dumps({"a": 1, "b": [2, "ä"]}).encode()).hexdigest()[:16]
        assert key_of({"b": [2, "ä"], "a": 1}) == key_of({"a": 1, "b": [2, "ä"]}) == expected


def sha(rows: np.ndarray) -> str:
    return hashlib.sha256(rows.astype("<i8").tobytes()).hexdigest()


class Reads(Preprocessor):
    """Has fields of every kind."""

    name: ClassVar = "reads"

    number: float = 0.5
    file: Path | None = None
    by_name: dict[str, Path] = {}
    several: tuple[Path, ...] = ()
    sizes: list[int] = []
    day: date = date(2024, 5, 1)
    values: set[int] = set()
    places: frozenset[Path] = frozenset()
    written: Path | None = None

    def input_files(self) -> tuple[Path, ...]:
        return tuple(path for path in super().input_files() if path != self.written)

    def transform(self, wavenumber, intensity):
        return wavenumber, intensity


class TestSettings:
    def test_paths_are_the_digests_of_their_content(self, tmp_path):
        one, two = tmp_path / "one.txt", tmp_path / "two.txt"
        one.write_text("one")
        two.write_text("two")
        digests = {path: path_digest(path) for path in (one, two)}
        reads = Reads(
            id="mine",
            file=one,
            by_name={"a": two, "b": one},
            several=(two, one),
            sizes=[3, 1],
            values={10, 9},
            places=frozenset({one, two}),
            written=tmp_path / "out.txt",
        )
        assert settings(reads) == {
            "use": "reads",
            "files": sorted(digests.values()),
            "id": "mine",
            "number": 0.5,
            "file": digests[one],
            "by_name": {"a": digests[two], "b": digests[one]},
            "several": [digests[two], digests[one]],
            "sizes": [3, 1],
            "day": "2024-05-01",
            "values": [10, 9],
            "places": sorted(digests.values()),
            "written": None,
        }

    def test_files_that_cannot_be_read_are_all_named(self, tmp_path):
        (tmp_path / "loop").symlink_to(tmp_path / "loop")
        with pytest.raises(DataError) as caught:
            settings(Reads(id="mine", several=(tmp_path / "none", tmp_path / "loop" / "a")))
        assert [str(problem) for problem in caught.value.problems] == [
            f"mine: {tmp_path / 'none'}: there is no such file",
            f"mine: {tmp_path / 'loop' / 'a'}: Too many levels of symbolic links",
        ]


def test_two_keys_are_told_apart_by_what_differs():
    here = {"code": ["keras 3.15.0", "numpy 2"], "data": "a", "seed": 1, "fold": None}
    there = {"code": ["keras 3.14.0", "numpy 2"], "data": "a", "seed": 2, "threads": [1]}
    assert differences(here, there) == [
        "code: keras 3.15.0 here, keras 3.14.0 there",
        "seed: 1 here, 2 there",
        "threads: None here, 1 there",
    ]
    assert differences({"a": [1, 2, 3], "b": ["x"]}, {"a": [2, 4, 5], "b": "x"}) == [
        "a: 1, 3 here, 4, 5 there",
        "b: x here, x there",
    ]
    assert differences(here, here) == []
