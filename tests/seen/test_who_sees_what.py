"""Which spectra each component receives, with every splitter, in this process and in others."""

from __future__ import annotations

from collections import Counter
from itertools import chain
from typing import Any

import numpy as np
import pytest

from seen.conftest import TRIALS, Seen, of_event

WATCHERS = ("watcher", "class_watcher")


@pytest.fixture(params=["0", "2"], ids=["inline", "processes"], scope="module")
def seen_by_trial(seen_by_way, request) -> dict[str, Seen]:
    return seen_by_way(request.param)


@pytest.fixture(params=list(TRIALS))
def seen(seen_by_trial, request) -> Seen:
    return seen_by_trial[request.param]


def received(seen: Seen) -> list[dict[str, Any]]:
    """All sets of spectra that a component has received in any of the three runs."""
    keys = ("train", "valid", "training", "spectra")
    return [
        each[key] for each in [*seen.records, *seen.recalled] for key in keys if each.get(key) is not None
    ]


def names(records: list[dict[str, Any]], key: str) -> list[str]:
    """Names of the spectra of several records, one after the other."""
    return list(chain.from_iterable(record[key]["names"] for record in records))


def test_the_table_of_the_split_divides_all_spectra(seen: Seen):
    assert [row["spectrum"] for row in seen.split] == list(seen.rows)
    assert [row["class"] for row in seen.split] == [row.label for row in seen.rows.values()]
    assert [row["group"] for row in seen.split] == [row.group for row in seen.rows.values()]
    assert {row["part"] for row in seen.split} == {"train", "test"}
    assert {row["spectrum"] for row in seen.split if row["held_out_in_fold"]} <= set(seen.part("train"))
    if seen.folds:
        assert sorted(chain.from_iterable(map(seen.held_out, seen.folds))) == sorted(seen.part("train"))


def test_there_is_a_fit_of_each_fold_and_a_final_one(seen: Seen):
    assert set(seen.fits) == {None, *seen.folds}


def test_the_final_fit_trains_on_the_training_rows_and_watches_none(seen: Seen):
    assert seen.fits[None]["train"]["names"] == seen.part("train")
    assert seen.fits[None]["valid"] is None


def test_a_fold_trains_on_the_training_rows_that_it_does_not_hold_out(seen: Seen):
    for fold in seen.folds:
        held_out = seen.held_out(fold)
        assert seen.fits[fold]["valid"]["names"] == held_out
        assert seen.fits[fold]["train"]["names"] == [
            name for name in seen.part("train") if name not in held_out
        ]


def test_no_fit_receives_a_test_row(seen: Seen):
    for fit in seen.fits.values():
        watched = fit["valid"]["names"] if fit["valid"] else []
        assert not {*fit["train"]["names"], *watched} & set(seen.part("test"))


@pytest.mark.parametrize("trial", ["given", "given_whole", "stratified_groups"])
def test_no_group_is_on_both_sides(seen_by_trial, trial):
    seen = seen_by_trial[trial]
    sides = [(seen.part("train"), seen.part("test"))]
    sides += [(fit["train"]["names"], fit["valid"]["names"]) for fit in seen.fits.values() if fit["valid"]]
    for train, held_out in sides:
        assert not {seen.rows[name].group for name in train} & {seen.rows[name].group for name in held_out}


@pytest.mark.parametrize("explainer", WATCHERS)
@pytest.mark.parametrize("run", ["records", "recalled"])
def test_explainers_receive_training_rows_as_training_and_test_rows_to_explain(seen: Seen, run, explainer):
    calls = of_event(getattr(seen, run), "explain", explainer)
    assert names(calls, "spectra") == seen.part("test")
    for call in calls:
        assert call["training"]["names"] == seen.part("train")


@pytest.mark.parametrize("run", ["records", "recalled"])
def test_scores_receive_all_test_rows_at_once_in_order(seen: Seen, run):
    calls = of_event(getattr(seen, run), "score")
    assert [call["spectra"]["names"] for call in calls] == [seen.part("test")] * len(WATCHERS)


def test_the_values_received_are_those_of_the_named_spectra(seen: Seen, request):
    shift = 1.5 if request.node.callspec.params["seen"] == "given" else 0.0
    for spectra in received(seen):
        rows = [seen.rows[name] for name in spectra["names"]]
        np.testing.assert_allclose(
            spectra["intensity"], np.stack([row.intensity for row in rows]) + shift, rtol=1e-5, atol=1e-5
        )
        np.testing.assert_array_equal(spectra["axis"], seen.axis)
        assert spectra["classes"] == [row.label for row in rows]
        assert spectra["groups"] == ([row.group for row in rows] if rows[0].group else None)
        assert spectra["roles"] == ([row.role for row in rows] if rows[0].role else None)


@pytest.mark.parametrize("run", ["records", "recalled"])
def test_explainers_receive_the_final_fit_and_its_logits(seen: Seen, run):
    trained = seen.fits[None]["train"]
    x, classes = np.array(trained["intensity"]), np.array(trained["classes"])
    means = np.stack([x[classes == name].mean(axis=0) for name in sorted(set(classes))])
    for call in of_event(getattr(seen, run), "explain"):
        np.testing.assert_allclose(call["means"], means, rtol=1e-5)
        distance = np.linalg.norm(np.array(call["spectra"]["intensity"])[:, None] - means, axis=2)
        np.testing.assert_allclose(call["logits"], -distance, rtol=1e-3, atol=1e-3)


def test_scores_receive_the_maps_of_those_spectra(seen: Seen):
    of_spectra, of_classes = of_event(seen.recalled, "score")
    np.testing.assert_allclose(
        of_spectra["maps"], 2 * np.array(of_spectra["spectra"]["intensity"]), rtol=1e-6
    )
    np.testing.assert_allclose(
        of_classes["maps"], of_event(seen.recalled, "explain", "class_watcher")[0]["means"], rtol=1e-6
    )


def test_a_changed_explainer_loads_the_model_and_fits_nothing(seen: Seen):
    counts = Counter(record["event"] for record in seen.recalled)
    assert counts["fit"] == 0
    assert counts["load"] == 1
    assert counts["score"] == len(WATCHERS)


def test_a_finished_trial_calls_nothing(seen: Seen):
    assert seen.recalled
    assert seen.repeated == []


def test_every_fit_draws_from_streams_of_its_own(seen: Seen):
    draws = [draw for fit in seen.fits.values() for draw in fit["draws"].values()]
    assert len(set(draws)) == 3 * (1 + len(seen.folds))


def test_explainers_draw_from_streams_of_their_own_that_begin_anew_with_each_batch(seen: Seen):
    draws = {
        explainer: {call["draw"] for call in of_event(seen.records, "explain", explainer)}
        for explainer in WATCHERS
    }
    assert [len(each) for each in draws.values()] == [1, 1]
    assert draws["watcher"] != draws["class_watcher"]
    assert draws == {
        explainer: {call["draw"] for call in of_event(seen.recalled, "explain", explainer)}
        for explainer in WATCHERS
    }


@pytest.mark.parametrize("trial", TRIALS)
def test_everything_received_is_the_same_in_this_process_and_in_others(seen_by_way, trial):
    inline, processes = (seen_by_way(workers)[trial] for workers in ("0", "2"))
    assert inline.split == processes.split
    for fold, fit in inline.fits.items():
        other = processes.fits[fold]
        assert {**fit, "pid": 0} == {**other, "pid": 0}
    assert len({record["pid"] for record in inline.records}) == 1
    assert {record["pid"] for record in inline.records}.isdisjoint(
        record["pid"] for record in processes.records
    )


def test_given_follows_the_column_of_roles(seen_by_trial):
    for trial in ("given", "given_whole"):
        seen = seen_by_trial[trial]
        for part in ("train", "test"):
            assert seen.part(part) == [name for name, row in seen.rows.items() if row.role == part]
    assert seen_by_trial["given"].folds == [1, 2, 3]
    assert seen_by_trial["given_whole"].folds == []


def test_stratified_draws_the_share_of_every_class(seen_by_trial):
    seen = seen_by_trial["stratified"]
    drawn = Counter(seen.rows[name].label for name in seen.part("test"))
    assert drawn == {"mango": 21, "apple": 18, "zinc": round(0.3 * 45)}
    assert seen.folds == [1, 2]
    for fold in seen.folds:
        held = Counter(seen.rows[name].label for name in seen.held_out(fold))
        assert all(
            abs(held[label] - (number - drawn[label]) / 2) <= 0.5
            for label, number in Counter(row.label for row in seen.rows.values()).items()
        )


def test_signal_ladder_trains_on_the_spectra_nearest_to_its_rungs(seen_by_trial):
    seen = seen_by_trial["signal_ladder"]
    expected = set()
    for label in ("mango", "apple", "zinc"):
        heights = {name: row.intensity.max() for name, row in seen.rows.items() if row.label == label}
        strongest = max(heights.values())
        for rung in (1, 0.5, 0.4, 0.25):
            left = heights.keys() - expected
            expected.add(min(left, key=lambda name: abs(heights[name] / strongest - rung)))
    assert set(seen.part("train")) == expected
    assert len(seen.part("test")) > 128  # more than explainers receive at once
    assert len(of_event(seen.records, "explain", "watcher")) == 2
