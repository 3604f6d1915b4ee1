"""Parquet files of spectra."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from raman_xp.errors import DataError
from raman_xp.spectra import RawSpectra
from raman_xp.testing import write_csv
from raman_xp.trial.keys import data_digest
from raman_xp_plugins.data.parquet import Parquet
from raman_xp_plugins.data.pharma_csv import PharmaCsv

AXIS = [400.0, 402.0, 405.0]
LABELS = ["a", "b", "a"]
VALUES = [[1.0, 2.0, 3.0], [4.0, 5.0, 7.0], [9.0, 8.0, 7.0]]


def load(path: Path, **fields: str) -> RawSpectra:
    return Parquet(path=path, **fields).load(np.random.default_rng(0))


@pytest.fixture
def write(tmp_path: Path):
    def write(columns: dict[str, object], **options: object) -> Path:
        pq.write_table(pa.table(columns), tmp_path / "made.parquet", **options)
        return tmp_path / "made.parquet"

    return write


def lists(**more: object) -> dict[str, object]:
    return {"label": LABELS, "wavenumber": [AXIS] * 3, "intensity": VALUES, **more}


def wide(**more: object) -> dict[str, object]:
    channels = {f"{w:g}": [row[i] for row in VALUES] for i, w in enumerate(AXIS)}
    return {"label": LABELS, **channels, **more}


@pytest.mark.parametrize("columns", [wide(), lists()], ids=["wide", "lists"])
def test_both_layouts_give_the_same_spectra(write, columns):
    raw = load(write(columns, row_group_size=2))
    (block,) = raw.blocks
    assert block.wavenumber.tolist() == AXIS
    assert block.intensity.tolist() == VALUES
    assert block.intensity.dtype == np.float32
    assert raw.samples.classes == ("a", "b")
    assert raw.samples.labels.tolist() == [0, 1, 0]
    assert raw.samples.names == ("row 1", "row 2", "row 3")
    assert raw.about.understood[0].endswith(" layout, Parquet")


def test_the_same_spectra_as_csv_have_the_same_digest(tmp_path):
    """So that a file that is converted refits nothing."""
    csv = write_csv(tmp_path / "made.csv")
    pd.read_csv(csv).to_parquet(tmp_path / "made.parquet")
    assert data_digest(load(tmp_path / "made.parquet")) == data_digest(
        PharmaCsv(path=csv).load(np.random.default_rng(0))
    )


@pytest.mark.parametrize("kind", [pa.int16(), pa.uint32(), pa.float16(), pa.float64()])
def test_numbers_of_any_kind_will_do(write, kind):
    columns = wide() | {"402": pa.array(np.array([2, 5, 8]).astype(kind.to_pandas_dtype()), kind)}
    assert load(write(columns)).blocks[0].intensity.tolist() == VALUES
    listed = lists(intensity=pa.array(VALUES, pa.list_(pa.float64(), 3)))
    assert load(write(listed)).blocks[0].intensity.tolist() == VALUES


def test_spectra_may_have_axes_of_their_own(write):
    other = [500.0, 501.0, 502.0, 503.0]
    values = [VALUES[0], [1.0, 2.0, 1.0, 0.0], VALUES[2]]
    raw = load(write(lists(wavenumber=[AXIS, other, AXIS], intensity=values), row_group_size=1))
    assert [block.rows.tolist() for block in raw.blocks] == [[0, 2], [1]]
    assert raw.blocks[0].intensity.tolist() == [VALUES[0], VALUES[2]]
    assert raw.blocks[1].wavenumber.tolist() == other
    assert raw.blocks[1].intensity.tolist() == [values[1]]


def test_a_descending_axis_is_turned_round(write):
    raw = load(write(lists(wavenumber=[AXIS[::-1]] * 3)))
    assert raw.blocks[0].wavenumber.tolist() == AXIS
    assert raw.blocks[0].intensity.tolist() == [row[::-1] for row in VALUES]
    assert "the axis descends in the file and was reversed" in raw.about.understood


def test_columns_may_be_named_and_be_dictionaries_or_numbers(write):
    columns = lists(batch=pa.array(["x", "y", "x"]).dictionary_encode(), role=["train", "test", "TRAIN"])
    columns["kind"] = columns.pop("label")
    raw = load(write(columns), label="kind", group="batch")
    assert raw.samples.groups == ("x", "y", "x")
    assert raw.samples.roles == ("train", "test", "train")
    numbered = load(write(lists(label=[10, 9, 10])))
    assert numbered.samples.classes == ("9", "10")


def test_what_stands_beside_it_is_read_too(write):
    path = write(wide())
    path.with_suffix(".about.yaml").write_text("title: Three\nsimulated: true\nunit: nm\n")
    about = load(path).about
    assert (about.title, about.simulated, about.unit) == ("Three", True, "nm")


def test_columns_of_lists_are_taken_before_numbers_that_stand_beside(write):
    numbers = {"532": [1.0, 2.0, 3.0], "1": [1, 2, 3], "2": [1, 2, 3]}
    for stated in ({}, {"wavenumber": "wavenumber", "intensity": "intensity"}):
        assert load(write(lists(**numbers)), **stated).blocks[0].intensity.tolist() == VALUES


def test_a_missing_number_is_no_class(write):
    labels = pa.array([1.0, float("nan"), 2.0])
    with pytest.raises(DataError, match=r"made\.parquet:2: column label: empty; every row needs one"):
        load(write(lists(label=labels)))


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (
            lists(wavenumber=[[400.0, float("nan"), 402.0, 403.0]] * 3),
            "made.parquet:1: 1 wavenumber missing or not finite",
        ),
        (lists(label=[["a"]] * 3), "; words or numbers are needed for the label"),
        ({"a": [1]}, "made.parquet: no label column: the columns are a; name it, such as `label: a`"),
        (
            {"label": LABELS},
            "made.parquet: no wavenumber column: the columns are label; add a column called wavenumber",
        ),
        (
            wide() | {"402": ["1", "x", "2"]},
            "made.parquet: column 402: holds string; numbers are needed. If it is no channel, state "
            '`ignore: ["402"]`',
        ),
        (
            lists(intensity=[1.0, 2.0, 3.0]),
            "made.parquet: column intensity: holds double; lists of numbers are needed",
        ),
        (
            wide() | {"402": [1.0, None, 2.0]},
            "made.parquet:2: 1 intensity missing or not finite; every channel needs a number",
        ),
        (
            lists(intensity=[VALUES[0], [1.0, 2.0], VALUES[2]]),
            "made.parquet:2: 2 intensities for 3 wavenumbers",
        ),
        (lists(intensity=[VALUES[0], None, VALUES[2]]), "made.parquet:2: 0 intensities for 3 wavenumbers"),
        (
            lists(intensity=[VALUES[0], [1.0, 1.0, 1.0], VALUES[2]]),
            "made.parquet:2: a flat spectrum: every intensity is 1. Remove it",
        ),
        (lists(label=["a", None, "b"]), "made.parquet:2: column label: empty; every row needs one"),
        (lists(label=["a", "a", "a"]), 'made.parquet: only one class, "a"; at least two are needed'),
        (
            lists(role=["train", "tset", "test"]),
            'made.parquet:2: column role: "tset" is not a role. Write train or test, or state `role: null`',
        ),
        (
            lists(wavenumber=[[1.0, 3.0, 2.0]] * 3),
            "made.parquet:1: wavenumber 3: the axis is not in order: 3 in place 2 is followed by 2 in",
        ),
        ({"label": [], "1": [], "2": [], "3": []}, "made.parquet: only columns, and no row"),
    ],
)
def test_what_is_wrong_is_told(write, columns, message):
    with pytest.raises(DataError) as caught:
        load(write({name: pa.array(values) for name, values in columns.items()}))
    assert message in str(caught.value)


def test_what_is_no_parquet_file_is_told(tmp_path):
    path = tmp_path / "made.parquet"
    with pytest.raises(DataError, match=r"made\.parquet: no such file in "):
        load(path)
    path.write_text("label,1,2\n")
    with pytest.raises(DataError, match=r"made\.parquet: no Parquet file: "):
        load(path)


def test_a_damaged_page_is_told(write):
    path = write(wide(), compression="none", use_dictionary=False, write_page_checksum=True)
    data = bytearray(path.read_bytes())
    data[30:60] = bytes(30)
    path.write_bytes(data)
    with pytest.raises(DataError, match=r"made\.parquet: damaged, or of a kind that pyarrow cannot read: "):
        load(path)


@pytest.mark.parametrize("columns", [wide(), lists()], ids=["wide", "lists"])
def test_no_damaged_byte_ends_the_process_or_loses_rows(write, columns):
    path = write(columns, compression="none")
    whole = path.read_bytes()
    refused = 0
    for at, byte in enumerate(whole):
        for other in {0, 1, 0xFF - byte} - {byte}:
            path.write_bytes(whole[:at] + bytes([other]) + whole[at + 1 :])
            try:
                spectra = load(path)
            except DataError:
                refused += 1
                continue
            assert len(spectra.samples) == 3, (at, other)
            assert sum(len(block.intensity) for block in spectra.blocks) == 3
            assert np.isin(spectra.samples.labels, range(len(spectra.samples.classes))).all()
    assert refused > len(whole)


def test_a_page_that_differs_from_its_checksum_is_refused(write):
    path = write(wide(), compression="none", write_page_checksum=True, use_dictionary=False)
    whole = path.read_bytes()
    value = np.float64(VALUES[1][1]).tobytes()
    assert whole.count(value) == 1
    path.write_bytes(whole.replace(value, np.float64(VALUES[1][1] + 0.5).tobytes()))
    with pytest.raises(
        DataError, match=r"made\.parquet: damaged, or of a kind that pyarrow cannot read: .*CRC"
    ):
        load(path)


def test_words_that_are_not_utf_8_are_told(write):
    labels = pa.array([b"a", b"b\xff", b"a"], pa.binary()).view(pa.string())
    with pytest.raises(DataError, match=r"made\.parquet: damaged, or of a kind that pyarrow cannot read: "):
        load(write(wide() | {"label": labels}))


def test_lists_may_be_of_a_fixed_size_and_a_missing_one_is_told(write):
    fixed = pa.list_(pa.float64(), 3)
    columns = lists() | {"intensity": pa.array(VALUES, fixed)}
    assert load(write(columns)).blocks[0].intensity.tolist() == VALUES
    with pytest.raises(DataError, match=r"cannot read: Expected all lists to be of size=3"):
        load(write(lists() | {"intensity": pa.array([VALUES[0], None, VALUES[2]], fixed)}))


def test_one_column_for_both_is_refused(write):
    with pytest.raises(
        DataError, match='column "wavenumber" is stated for another key, so no column is left'
    ):
        load(write(lists()), intensity="wavenumber")


def test_two_columns_of_one_name_are_told(tmp_path):
    table = pa.Table.from_arrays(
        [pa.array(LABELS), pa.array([1.0, 2, 3]), pa.array([1.0, 2, 3])], ["label", "4", "4"]
    )
    pq.write_table(table, tmp_path / "made.parquet")
    with pytest.raises(
        DataError, match=r"made\.parquet: two columns are called 4; each needs a name of its own"
    ):
        load(tmp_path / "made.parquet")
