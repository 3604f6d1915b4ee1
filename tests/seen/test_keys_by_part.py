"""Each single thing that a result depends on changes its key; what it does not depend on changes none.

Every component of the trial is a plugin of its own, and the splitter's rows are written in the spec, so that
one thing changes at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest

from distributions import on_the_path
from raman_xp.components import Split
from raman_xp.plugins.installed import installed
from raman_xp.trial.keys import Parts, explain_parts, fit_parts, key_of
from seen.keyed_folder import TABLE, Folder, Keys, install_components

OF_FIT = ("preprocessor.k_step", "model.k_model")
OF_MAPS = ("explainer.k_explainer", "map_score.k_score", "figure.k_figure")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    with on_the_path(tmp_path / "site"):
        install_components(tmp_path / "site")
        yield Folder(tmp_path / "here", tmp_path / "site")


def assert_differ(before: Keys, after: Keys, *, fits: bool) -> None:
    """The keys of maps and of the trial differ; those of fits all do, or none."""
    assert before.maps != after.maps
    assert before.trial != after.trial
    if fits:
        assert not set(before.fits) & set(after.fits)
    else:
        assert before.fits == after.fits


def test_every_fit_has_a_key_of_its_own(folder: Folder):
    assert len(set(folder.keys().fits)) == 3
    assert folder.keys() == folder.keys()


@pytest.mark.parametrize(
    "setting",
    [
        "preprocess.k_step.amount=3",
        "preprocess=[{use: k_step, amount: 2}, {use: k_step, amount: 1}]",
        "preprocess=[{use: k_step, amount: 1}]",
        "model.amount=2",
        "seed=1",
        "threads=2",
    ],
)
def test_settings_of_a_fit_change_its_key(folder: Folder, setting: str):
    assert_differ(folder.keys(), folder.keys(setting), fits=True)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(
            "b,g7,train,1,5,", "b,g7,train,1,5.5,", id="an intensity of a spectrum that no part uses"
        ),
        pytest.param("b,g1,train,1,5,", "b,g1,train,1,5.25,", id="an intensity"),
        pytest.param("b,g7,", "a,g7,", id="a label"),
        pytest.param("b,g1,", "b,g9,", id="a group"),
        pytest.param("g7,train", "g7,test", id="a role"),
        pytest.param(",540,", ",541,", id="the axis"),
        pytest.param("a,g8,test,4,4,3,1,1,5\n", "", id="a spectrum fewer"),
    ],
)
def test_the_content_of_the_data_changes_the_keys_of_all_fits(folder: Folder, old: str, new: str):
    before = folder.keys()
    folder.edit("data.csv", old, new)
    assert_differ(before, folder.keys(), fits=True)


def test_the_name_of_a_class_changes_the_keys_of_all_fits(folder: Folder):
    folder.write("data.about.yaml", "{}\n")
    before = folder.keys()
    folder.write("data.csv", TABLE.replace("\na,", "\nA,"))
    assert_differ(before, folder.keys(), fits=True)


@pytest.mark.parametrize("component", OF_FIT)
def test_the_code_of_a_component_of_the_fit_changes_its_key(folder: Folder, component: str):
    before = folder.keys()
    folder.edit_code(component)
    assert_differ(before, folder.keys(), fits=True)


@pytest.mark.parametrize("component", OF_MAPS)
def test_the_code_of_what_only_explains_changes_no_fit(folder: Folder, component: str):
    before = folder.keys()
    folder.edit_code(component)
    assert_differ(before, folder.keys(), fits=False)


@pytest.mark.parametrize(("letters", "fits"), [("ab", True), ("cde", False)])
def test_the_version_of_a_components_framework_is_part_of_its_key(folder: Folder, letters: str, fits: bool):
    for letter in letters:
        before = folder.keys()
        folder.renew(f"xp-framework-{letter}")
        assert_differ(before, folder.keys(), fits=fits)


def test_the_core_and_the_numeric_libraries_are_part_of_the_keys(folder: Folder):
    planned, _ = folder.planned()
    assert f"numpy {version('numpy')}" in planned.fits[None]["code"]
    assert f"raman-xp {' raman_xp '.join(installed('raman-xp', 'raman_xp'))}" in planned.fits[None]["code"]
    assert f"scipy {version('scipy')}" in planned.explain["code"]


@pytest.mark.parametrize(
    "setting",
    [
        "explain.k_explainer.amount=3",
        "explain.other.amount=3",
        "explain=[{use: k_explainer, amount: 1}]",
        "explain=[{use: k_explainer, amount: 2}, {use: k_explainer, amount: 1, id: other}]",
        "explain.other.id=third",
        "score.k_score.amount=2",
        "score=[]",
        "figures.k_figure.amount=2",
        "figures=[]",
    ],
)
def test_settings_of_what_only_explains_change_no_fit(folder: Folder, setting: str):
    assert_differ(folder.keys(), folder.keys(setting), fits=False)


def test_the_truth_changes_no_fit(folder: Folder):
    before = folder.keys()
    folder.edit("truth.csv", "\n550,", "\n551,")
    assert_differ(before, folder.keys(), fits=False)


def test_places_and_names_of_files_and_words_of_the_header_change_no_key(folder: Folder, tmp_path: Path):
    before = folder.keys()
    moved = Folder(tmp_path / "there", folder.site)
    for name in ("data.csv", "data.about.yaml"):
        (moved.path / name).rename(moved.path / name.replace("data", "moved"))
    path = moved.path / "moved.csv"
    assert moved.keys(f"data.path={path}", "data.label=label", "name=other", "description=words") == before


def test_pictures_are_part_of_the_key_of_the_trial_alone(folder: Folder):
    before, after = folder.keys(), folder.keys("pictures=false")
    assert (after.fits, after.maps) == (before.fits, before.maps)
    assert after.trial != before.trial


def test_a_splitter_is_known_by_its_rows(folder: Folder):
    """Its code and its other settings may change as long as the rows stay."""
    before = folder.keys()
    folder.edit_code("splitter.k_rows")
    assert folder.keys() == before
    final, *folds = before.fits
    after = folder.keys("split.folds=[[0, 3], [1, 2]]")
    assert after.fits[0] == final
    assert not set(after.fits[1:]) & set(folds)


@pytest.mark.parametrize(
    ("setting", "changed"),
    [
        ("split.test=[4, 5, 7]", [True, False, False]),
        ("split={use: k_rows, train: [0, 1, 2, 3, 6], test: [4, 5], folds: [[0, 1], [2, 3]]}", [True] * 3),
        ("split.folds=[[0, 1], [2]]", [False, False, True]),
    ],
)
def test_rows_change_the_keys_of_the_fits_that_use_them(folder: Folder, setting: str, changed: list[bool]):
    before, after = folder.keys(), folder.keys(setting)
    assert [old != new for old, new in zip(before.fits, after.fits, strict=True)] == changed
    assert before.trial != after.trial


class TestParts:
    """The same of the functions, where no trial can change a thing alone."""

    @pytest.fixture
    def fit(self, folder: Folder) -> Callable[..., Parts]:
        planned, registry = folder.planned()
        prepared = planned.prepared

        def parts(fold: int | None = None, **changes) -> Parts:
            split = replace(prepared.split, **changes)
            return fit_parts(planned.trial, registry, prepared.digest, split, fold)

        return parts

    @pytest.fixture
    def explain(self, folder: Folder) -> Callable[..., Parts]:
        planned, registry = folder.planned()
        prepared = planned.prepared

        def parts(fit: str = "a fit", split: Split = prepared.split, **changes) -> Parts:
            return explain_parts(planned.trial, registry, fit, replace(prepared.raw, **changes), split)

        return parts

    def test_folds_of_the_same_rows_have_different_keys(self, fit):
        same = (np.array([0, 1]), np.array([2, 3]))
        assert key_of(fit(1, folds=(same, same))) != key_of(fit(2, folds=(same, same)))

    def test_training_rows_alone_and_unseen_rows_alone_change_the_key_of_a_fit(self, fit):
        keys = {
            key_of(fit(fold, **{"folds": ((np.array(train), np.array(held)),), part: np.array(rows)}))
            for fold, part, rows, train, held in [
                (1, "test", [4, 5], [0, 1], [2, 3]),
                (1, "test", [4, 5], [0, 1], [2]),
                (1, "test", [4, 5], [0], [2, 3]),
                (None, "train", [0, 1], [0], [1]),
                (None, "train", [0, 1, 2], [0], [1]),
                (None, "test", [4], [0], [1]),
            ]
        }
        assert len(keys) == 6

    def test_the_order_of_rows_is_part_of_the_key(self, fit):
        assert key_of(fit(train=np.array([0, 1]))) != key_of(fit(train=np.array([1, 0])))

    def test_test_rows_alone_change_the_key_of_the_maps(self, folder, explain):
        split = folder.planned()[0].prepared.split
        assert key_of(explain()) == key_of(explain(split=split))
        assert key_of(explain()) != key_of(explain(split=replace(split, test=split.test[:1])))

    def test_the_fit_alone_changes_the_key_of_the_maps(self, explain):
        assert key_of(explain()) != key_of(explain("another fit"))

    def test_the_truth_alone_changes_the_key_of_the_maps(self, explain):
        assert key_of(explain()) != key_of(explain(truth=None))
