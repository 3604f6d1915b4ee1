"""A random table is read as it was written, or refused with a key that settles it; it is never misread."""

from __future__ import annotations

import random
import re
import tempfile
from pathlib import Path
from typing import Any

import hypothesis
import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from box.data.random_tables import NUMBER, Curve, RandomTable, random_table
from raman_xp.errors import DataError
from raman_xp.spectra import RawSpectra
from raman_xp_plugins.data.parquet import Parquet
from raman_xp_plugins.data.pharma_csv import PharmaCsv

KEYS = re.compile(
    r"`(layout|separator|decimal|thousands|label|group|role|axis|unit|ignore|wavenumber|spectrum|intensity)\b"
)
"""A key in a message."""


def load(table: RandomTable, **keys: Any) -> RawSpectra:
    with tempfile.TemporaryDirectory() as folder:
        if isinstance(table.content, bytes):
            path = Path(folder) / "table.csv"
            path.write_bytes(table.content)
            return PharmaCsv(path=path, **keys).load(np.random.default_rng())
        path = Path(folder) / "table.parquet"
        pq.write_table(table.content, path)
        return Parquet(path=path, **keys).load(np.random.default_rng())


def written(table: RandomTable, raw: RawSpectra) -> list[Curve]:
    """The true content, in the order in which it was read."""
    curves = table.curves
    if table.names:
        curves = [curves[table.names.index(name)] for name in raw.samples.names]
    return [Curve(c.axis, c.intensity, spelled(c.label, curves), c.group, c.role) for c in curves]


def spelled(label: str, curves: list[Curve]) -> str:
    """The class of a label: a number has one spelling, if all labels are numbers without leading zeros."""
    if not all(NUMBER.fullmatch(curve.label) for curve in curves):
        return label
    return str(int(float(label))) if float(label).is_integer() else repr(float(label))


def found(raw: RawSpectra) -> list[Curve]:
    samples = raw.samples
    curves = []
    for row in range(len(samples)):
        axis, intensity = raw.spectrum(row)
        label = samples.classes[samples.labels[row]]
        group = samples.groups[row] if samples.groups else None
        role = samples.roles[row] if samples.roles else None
        curves.append(Curve(tuple(axis.tolist()), tuple(intensity.tolist()), label, group, role))
    return curves


def scaled(curves: list[Curve], factor: float) -> list[Curve]:
    return [
        Curve(
            c.axis,
            tuple(float(np.float32(round(i * factor, 6))) for i in c.intensity),
            c.label,
            c.group,
            c.role,
        )
        for c in curves
    ]


def refusal(table: RandomTable) -> str:
    """The message of a refusal, or nothing; fails if the table is misread."""
    try:
        raw = load(table)
    except DataError as error:
        return str(error)
    said = "\n".join(raw.about.warnings)
    expected, read = written(table, raw), found(raw)
    # All intensities a thousand times smaller: harmless, and said.
    if "thousands" in said and read != expected:
        expected = scaled(expected, 0.001)
    assert read == expected, f"misread: {raw.about}" + "".join(
        f"\n{a}\n{b}" for a, b in zip(expected, read, strict=False) if a != b
    )
    assert raw.about.unit == "cm⁻¹" or "`unit" in said
    return ""


def check_keys(table: RandomTable, message: str) -> None:
    """A refusal names a key, and with all keys stated the table is read as it was written."""
    assert KEYS.search(message), message
    raw = load(table, **table.keys)
    assert found(raw) == written(table, raw)
    assert raw.about.unit == "cm⁻¹"


@settings(max_examples=150)
@given(st.randoms(use_true_random=False), st.booleans())
def test_a_table_is_read_as_written_or_refused_with_a_key(draw: random.Random, parquet: bool) -> None:
    table = random_table(draw, plain=False, parquet=parquet)
    message = refusal(table)
    hypothesis.event("refused" if message else "read")
    if message:
        check_keys(table, message)


@pytest.mark.parametrize("parquet", [False, True], ids=["csv", "parquet"])
def test_ordinary_tables_are_read_without_a_question(parquet: bool) -> None:
    for seed in range(200):
        assert refusal(random_table(random.Random(seed), plain=True, parquet=parquet)) == "", seed


@pytest.mark.parametrize(("parquet", "most"), [(False, 0.5), (True, 0.5)], ids=["csv", "parquet"])
def test_few_tables_are_refused(parquet: bool, most: float) -> None:
    """More than half of those tables are read without a question, though many have several odd traits."""
    refused = 0
    for seed in range(300):
        table = random_table(random.Random(seed), plain=False, parquet=parquet)
        message = refusal(table)
        if message:
            refused += 1
            check_keys(table, message)
    assert refused < most * 300


@pytest.mark.parametrize("layout", ["wide", "long"])
def test_a_table_whose_rows_are_all_too_short_is_refused_in_words(tmp_path: Path, layout: str):
    text = "label,400,402,404\nA\nB\n" if layout == "wide" else "label,wavenumber,intensity\nA\nB\n"
    (tmp_path / "table.csv").write_text(text)
    with pytest.raises(DataError, match=r"table\.csv"):
        PharmaCsv(path=tmp_path / "table.csv").load(np.random.default_rng())
