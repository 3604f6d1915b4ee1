"""The sentences that say what a trial has shown."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from raman_xp.cli.findings import findings
from raman_xp.results.metrics import Accuracy, Evaluation, MapBand, Numbers, SignalBin
from raman_xp.spectra import Zone
from raman_xp.testing import planted_spectra

SPECTRA = planted_spectra((20, 40, 60), per_class=2, channels=80)
CLASSES = SPECTRA.classes


def sentences(bands, spectra=SPECTRA, warnings=None, right=3, of=4):
    evaluation = Evaluation(
        test=Accuracy(right, of),
        by_signal=(SignalBin(0.25, 1.0, Accuracy(right, of)),),
        bands=bands,
        scores={},
        warnings=warnings or {},
    )
    return list(findings(Numbers(evaluation), spectra))


def strongest(*zones):
    """For each class a strongest band in a zone, before one in another."""
    bands = [
        [] if zone is None else [MapBand(400.0, 1.0, zone), MapBand(500.0, 0.5, Zone.RIVAL)] for zone in zones
    ]
    return dict(zip(CLASSES, bands, strict=True))


def test_the_accuracy_comes_first_with_its_interval():
    first = sentences({})[0]
    assert first == "3 of 4 test spectra are recognised: 75.0 % (95 % interval: 30.1 to 95.4 %)."


def test_strongest_bands_are_counted_by_what_they_are_and_classes_are_named():
    a, b, c = CLASSES
    assert sentences({"mine": strongest(Zone.SHARED, Zone.UNIQUE, Zone.SHARED)})[1:] == [
        f"mine: the strongest band is unique to the class for 1 of 3 classes ({b}), shared with another "
        f"class for 2 ({a}, {c})."
    ]
    assert sentences({"mine": strongest(Zone.RIVAL, None, Zone.BACKGROUND)})[1:] == [
        f"mine: the strongest band is another class's for 1 of 3 classes ({a}), on background for 1 ({c}), "
        f"absent for 1 ({b})."
    ]


def test_only_some_of_many_classes_are_named():
    spectra = planted_spectra(tuple(range(10, 130, 20)), per_class=2, channels=140)
    bands = {name: [MapBand(400.0, 1.0, Zone.UNIQUE)] for name in spectra.classes}
    named = ", ".join(spectra.classes[:4])
    assert sentences({"mine": bands}, spectra)[1] == (
        f"mine: the strongest band is unique to the class for 6 of 6 classes ({named} and 2 others)."
    )


def test_without_a_truth_no_map_is_judged():
    unknown = replace(SPECTRA, truth=None)
    bands = {name: [MapBand(400.0, 1.0, None)] for name in CLASSES}
    assert sentences({"mine": bands}, unknown)[1:] == [
        "No maps are judged: the true bands are unknown. State them with `truth` beside the data."
    ]
    assert len(sentences({}, unknown)) == 1


@pytest.mark.parametrize(("maps", "counted"), [(1, "1 map"), (2, "2 maps")])
def test_warnings_follow_the_explainer_they_are_about(maps, counted):
    said = sentences(
        {"first": strongest(*[Zone.UNIQUE] * 3), "second": strongest(*[Zone.UNIQUE] * 3)},
        warnings={"first": {"a fault": maps}},
    )
    assert said[2] == f"first: warning about {counted}: a fault."
    assert said[3].startswith("second: ")


def test_names_of_strangers_are_shown_as_escapes():
    names = ("a\x1b[31m", *CLASSES[1:])
    spectra = replace(SPECTRA, samples=replace(SPECTRA.samples, classes=names))
    said = " ".join(sentences({"mine\x1b": {names[0]: [MapBand(400.0, 1.0, Zone.UNIQUE)]}}, spectra))
    assert "\x1b" not in said
    assert np.char.find(said, "\\x1b") >= 0
