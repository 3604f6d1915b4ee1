"""Pictures tell the truth: lines without holes, titles that say what is simulated."""

from __future__ import annotations

import numpy as np

from raman_xp.figures.maps import (
    Example,
    _with_crossings,
    compound_colors,
    draw_class_map,
    draw_overview,
    places_told,
)
from raman_xp.figures.style import titled
from raman_xp.maps import Maps
from raman_xp.results.metrics import MapBand
from raman_xp.spectra import About, Truth
from raman_xp.testing import planted_spectra


def test_a_line_gets_a_point_where_it_crosses_zero():
    x, y = _with_crossings(np.array([0.0, 1.0, 2.0, 3.0]), np.array([1.0, -1.0, 3.0, 0.0]))
    assert x.tolist() == [0, 0.5, 1, 1.25, 2, 3]
    assert y.tolist() == [1, 0, -1, 0, 3, 0]


def test_what_is_simulated_says_so_in_the_title():
    assert titled("Buf", About("x", simulated=True)) == "Buf (simulated)"
    assert titled("Buf", About("x")) == "Buf"


def test_maps_are_drawn_for_signed_unsigned_dark_and_class_maps(tmp_path):
    spectra = planted_spectra((20, 60), per_class=2, channels=80)
    signed = np.sin(np.arange(80) / 5)[None] * np.ones((4, 1))
    bands = [MapBand(20.0, 1.0, None), MapBand(22.0, 0.5, None)]
    for name, maps in {
        "signed": Maps(signed, spectra.labels, extent=(5, 70)),
        "unsigned": Maps(np.abs(signed), spectra.labels, signed=False),
        "dark": Maps(0 * signed, spectra.labels),
        "class": Maps(signed[:2], np.array([0, 1]), per="class"),
    }.items():
        draw_class_map(tmp_path / f"{name}.png", name, spectra, maps, Example(1, 2, "third"), bands)
        examples = [Example(0, 0, ""), Example(1, 2, "")]
        draw_overview(tmp_path / f"{name}_all.png", name, spectra, maps, examples, {"at 20": bands})
    assert len(list(tmp_path.glob("*.png"))) == 8


def test_a_map_that_resolves_little_says_so_beside_its_labels():
    spectra = planted_spectra((20, 60), per_class=2, channels=80, first=300, step=2)
    fine, coarse = (Maps(spectra.intensity, spectra.labels, resolution=each) for each in (4, 16))
    assert places_told(fine, spectra) == "strongest in the class's mean map"
    assert places_told(coarse, spectra) == "strongest in the mean map, ±16 channel"


def test_no_two_compounds_of_a_class_have_one_colour():
    classes = {"a": "pqrstuv", "b": "vwxyz", "c": "pzklmno"}
    parts = {name: {compound: np.ones(3) for compound in of} for name, of in classes.items()}
    colors = compound_colors(Truth(np.arange(3.0), {}, parts))
    for compounds in classes.values():
        assert len({colors[compound] for compound in compounds}) == len(compounds)
