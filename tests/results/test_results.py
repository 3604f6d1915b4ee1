"""What is kept of fits and trials is what is read again."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from raman_xp.results import UnitResult, numbers_of
from raman_xp.results.metrics import Accuracy, CrossValidation, Evaluation, MapBand, Numbers, SignalBin
from raman_xp.spectra import Zone
from raman_xp.trial.keys import differences

finite = st.floats(allow_nan=False, width=32)


@given(
    logits=arrays(np.float32, (4, 3), elements=finite),
    curve=arrays(np.float64, 5, elements=st.floats(allow_nan=False)),
    fold=st.none() | st.integers(1, 10),
    seconds=st.floats(0, 1e9),
)
def test_a_fit_comes_back_to_the_last_bit(logits, curve, fold, seconds):
    before = UnitResult(
        "0123456789abcdef",
        fold,
        rows=np.array([5, 2, 9, 1]),
        labels=np.array([0, 1, 2, 0]),
        logits=logits,
        curves={"train/loss": curve, "of whom/accuracy": curve[::-1]},
        model={"data/model.keras": b"\0\1", "MLmodel": b"x"},
        seconds={"fit": seconds},
    )
    after = UnitResult.restored(before.kept)
    assert (after.fit_key, after.fold, after.seconds) == (before.fit_key, fold, {"fit": seconds})
    assert after.model == before.model
    assert after.logits.dtype == np.float32
    for name in ("rows", "labels", "logits"):
        np.testing.assert_array_equal(getattr(after, name), getattr(before, name))
    assert list(after.curves) == ["train/loss", "of whom/accuracy"]
    for name, values in before.curves.items():
        np.testing.assert_array_equal(after.curves[name], values)


def _kept(**more: bytes) -> dict[str, bytes]:
    whole = UnitResult("k", None, np.arange(2), np.arange(2), np.eye(2), {}, {"m": b"x"})
    return {**whole.kept, **more}


@pytest.mark.parametrize("name", ["model/../../escaped", "model//absolute", "model/CON", "model/a\0b"])
def test_a_stored_fit_whose_files_would_lead_elsewhere_is_none(name):
    with pytest.raises(ValueError, match="cannot be written below a folder"):
        UnitResult.restored(_kept(**{name: b""}))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"model/m": b"y"}, "m was changed"),
        ({"model/m": None}, "m is missing"),
        ({"model/more": b""}, "more was added"),
        ({"model/m": None, "model/n": b"x"}, "m is missing, n was added"),
    ],
)
def test_a_saved_model_that_is_not_the_one_recorded_is_told(change, told):
    kept = {name: content for name, content in _kept(**change).items() if content is not None}
    with pytest.raises(ValueError, match=rf"the saved model is not the one that was recorded: {told}$"):
        UnitResult.restored(kept)


def test_a_fold_comes_back_without_its_model():
    fold = UnitResult("k", 1, np.arange(2), np.arange(2), np.eye(2), {}, {"m": b"x"})
    assert UnitResult.restored(fold.fit_file).model == {}


@pytest.mark.parametrize("kept", [{}, {"fit.npz": b""}, {"fit.npz": b"PK\3\4 no archive"}])
def test_what_is_no_fit_is_told(kept):
    with pytest.raises(ValueError, match="no files of a fit"):
        UnitResult.restored(kept)


def test_numbers_come_back_and_are_plain_json():
    numbers = Numbers(
        Evaluation(
            Accuracy(9, 10),
            (SignalBin(0.1, 1.0, Accuracy(9, 10)),),
            {"grad_cam": {"A": (MapBand(1001.0, 1.0, Zone.UNIQUE), MapBand(620.5, 0.3, None))}},
            {"pointing": {"grad_cam": (0.5, None)}},
            {"grad_cam": {"dark": 3}},
        ),
        CrossValidation((Accuracy(3, 4), Accuracy(4, 4))),
    )
    text = numbers.to_json()
    again = numbers_of({"numbers.json": text})
    assert again.to_json() == text
    assert dict(again.metrics()) == dict(numbers.metrics())
    assert dict(numbers.metrics())["map/pointing/grad_cam"] == 0.5
    assert again.final.bands["grad_cam"]["A"][0].zone is Zone.UNIQUE
    assert json.loads(text)["final"]["scores"]["pointing"]["grad_cam"] == [0.5, None]


@pytest.mark.parametrize("kept", [{}, {"numbers.json": b"{}"}, {"numbers.json": b"\xff"}])
def test_what_are_no_numbers_is_told_in_one_line(kept):
    with pytest.raises(ValueError, match=r"no numbers of a trial: [^\n]+$"):
        numbers_of(kept)


def test_differences_of_keys_name_what_differs():
    here = {"data": "a", "seed": 0, "code": ["numpy 2.4", "keras 3.15"]}
    there = {"data": "a", "seed": 1, "code": ["numpy 2.4", "keras 3.14"]}
    assert differences(here, there) == ["code: keras 3.15 here, keras 3.14 there", "seed: 0 here, 1 there"]
    assert differences(here, here) == []
