"""Any numbers and any text of a label survive in every layout and dialect."""

from __future__ import annotations

import csv
import io
import random
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import event, given, settings
from hypothesis import strategies as st

from raman_xp.errors import DataError
from raman_xp.spectra import RawSpectra
from raman_xp_plugins.data.pharma_csv import PharmaCsv

Curve = tuple[str, tuple[tuple[float, float], ...]]
"""A label and points, ascending."""

numbers = st.floats(-1e6, 1e6, width=32).map(lambda value: value + 0.0)
labels = st.text(st.sampled_from('ab7 Äµ,;"\n\t.'), min_size=1, max_size=4).map(lambda text: f"x{text}y")


@dataclass(frozen=True)
class Writing:
    layout: str
    separator: str
    decimal: str
    line_end: str
    start: str
    descending: bool

    @property
    def keys(self) -> dict[str, Any]:
        """The keys that leave no doubt how the table is written."""
        separator = {",": "comma", ";": "semicolon", "\t": "tab"}[self.separator]
        decimal = "comma" if self.decimal == "," else "point"
        stated = {"layout": self.layout, "separator": separator, "decimal": decimal}
        return stated | {"thousands": "none", "axis": "as_written"}


writings = st.builds(
    Writing,
    st.sampled_from(["wide", "transposed", "long"]),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from([".", ","]),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["", "\ufeff"]),
    st.booleans(),
).filter(lambda writing: writing.separator != writing.decimal)


@st.composite
def curves(draw: st.DrawFn) -> list[Curve]:
    """Spectra of two classes or more on one axis."""
    axis = sorted(draw(st.lists(st.integers(1, 40_000), min_size=3, max_size=9, unique=True)))
    names = draw(st.lists(labels, min_size=2, max_size=3, unique=True))
    spectrum = st.lists(numbers, min_size=len(axis), max_size=len(axis)).filter(lambda y: len(set(y)) > 1)
    return [
        (name, tuple(zip((at / 8 for at in axis), draw(spectrum), strict=True)))
        for name in names
        for _ in range(draw(st.integers(1, 3)))
    ]


def rows_of(spectra: list[Curve], writing: Writing, order: random.Random) -> list[list[str]]:
    def number(value: float) -> str:
        return repr(value).replace(".", writing.decimal)

    axis = [number(at) for at, _ in spectra[0][1]]
    values = [[number(value) for _, value in points] for _, points in spectra]
    if writing.layout == "long":
        points = [
            [f"s{at}", spectra[at][0], x, y]
            for at, spectrum in enumerate(values)
            for x, y in zip(axis, spectrum, strict=True)
        ]
        order.shuffle(points)
        return [["spectrum", "label", "wavenumber", "intensity"], *points]
    wide = [
        ["label", *axis],
        *([name, *spectrum] for (name, _), spectrum in zip(spectra, values, strict=True)),
    ]
    if writing.descending:
        wide = [[row[0], *row[:0:-1]] for row in wide]
    if writing.layout == "wide":
        return wide
    columns = [list(column) for column in zip(*wide, strict=True)]
    columns[0][0] = "wavenumber"
    return columns


def found(raw: RawSpectra) -> list[Curve]:
    samples = raw.samples
    return [
        (
            samples.classes[samples.labels[row]],
            tuple(zip(*(part.tolist() for part in raw.spectrum(row)), strict=True)),
        )
        for row in range(len(samples))
    ]


@settings(max_examples=150, deadline=None)
@given(curves(), writings, st.randoms(use_true_random=False))
def test_numbers_and_labels_are_read_as_written(
    spectra: list[Curve], writing: Writing, order: random.Random
) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=writing.separator, lineterminator=writing.line_end).writerows(
        rows_of(spectra, writing, order)
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pharma.csv"
        path.write_bytes((writing.start + text.getvalue()).encode())
        try:
            raw, message = PharmaCsv(path=path).load(np.random.default_rng()), ""
        except DataError as error:
            event("refused")
            raw, message = PharmaCsv(path=path, **writing.keys).load(np.random.default_rng()), str(error)
    assert not message or "state `" in message.casefold()
    assert raw.about.understood[0].startswith(f"{writing.layout} layout")
    if writing.layout == "long":
        spectra = [spectra[int(name[1:])] for name in raw.samples.names]
    assert found(raw) == spectra
