"""What would take too much memory is refused before it is allocated, with the limit and how to raise it."""

from __future__ import annotations

import os
import tracemalloc
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from raman_xp.errors import DataError, RamanXpError
from raman_xp.system import memory
from raman_xp.system.memory import DATA_LIMIT, require_room
from raman_xp.testing import Project
from raman_xp_plugins.data.parquet import Parquet
from raman_xp_plugins.data.pharma_csv import PharmaCsv

RESAMPLE = "preprocess=[{use: resample, start: 410, stop: 500, step: %s}]"


@pytest.fixture(autouse=True)
def little(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred megabytes for each step, so that a fault in a test does no harm."""
    monkeypatch.setenv(DATA_LIMIT, "100")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            "data={use: lorentzian, channels: 1000000000000}",
            "data: 120 spectra of 1,000,000,000,000 channels would take 5,760,000,000 MB. At most 100 MB are "
            "allowed here. Use fewer channels, or fewer spectra per class (train, test), or set the "
            "environment variable RAMAN_XP_DATA_LIMIT=5760000000 to allow it",
        ),
        (
            "data={use: lorentzian, train: 1000000000}",
            "data: 3,000,000,060 spectra of 1,024 channels",
        ),
        (
            "data={use: lorentzian, extra_peaks: 1000000}",
            "extra_peaks: input should be less than or equal",
        ),
        (
            "data={use: amino_mixer, per_pair: 1000000}",
            "data: 760,000,000 mixtures of 1,451 channels",
        ),
        (
            "data={use: amino_mixer, step: 0.01}",
            "data: 3,800 mixtures of 145,001 channels would",
        ),
        (
            "model={use: shallow_cnn, filters: 4096, kernel_size: 65536}",
            "model: a fit of shallow_cnn on 18 spectra of 64 channels, with 1,099,788,460,547 ",
        ),
        (
            "model={use: shallow_cnn, units: 65536, filters: 1024}",
            "Make the model smaller, or resample",
        ),
        (
            RESAMPLE % "1e-4",
            "tiny.csv: resample: step: 0.0001 is 20,000 times finer than the measured points, which are 2 "
            "apart. At most 100 times is allowed: use a step of at least 0.02",
        ),
    ],
)
def test_what_a_spec_asks_for_is_estimated_and_refused(project: Project, change, message):
    tracemalloc.start()
    project.assert_refused(message, "tiny.yaml", "--set", change, "--set", "explain=[]")
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 60e6


def test_spectra_that_preprocessing_makes_too_large_are_refused(project: Project, monkeypatch):
    monkeypatch.setenv(DATA_LIMIT, "0.5")
    project.assert_refused(
        "preprocess: resample: 30 spectra of 4,501 channels, measured at 64, would take 1 MB. At most 1 MB "
        "are allowed here. Use fewer channels, such as a wider step",
        "tiny.yaml",
        "--set",
        RESAMPLE % "0.02",
    )


def test_a_text_file_too_large_for_memory_is_refused_unread(tmp_path):
    path = tmp_path / "spectra.csv"
    path.touch()
    os.truncate(path, 10**12)  # which takes no room on the disk
    with pytest.raises(DataError, match=r"spectra.csv: reading 1,000,000 MB of text would take 3,000,000 MB"):
        PharmaCsv(path=path).load(np.random.default_rng(0))


def written(path: Path, rows: int) -> Path:
    """A file of constant spectra, which packs to almost nothing."""
    labels = pa.array(np.repeat(["a", "b"], rows // 2)).dictionary_encode()
    columns = {str(400 + at): pa.array(np.full(rows, at, np.float32)) for at in range(10)}
    pq.write_table(pa.table({"label": labels, **columns}), path, compression="zstd", row_group_size=rows)
    return path


def test_a_parquet_file_that_unpacks_to_far_more_than_its_size_is_refused(tmp_path, monkeypatch):
    monkeypatch.delenv(DATA_LIMIT)
    path = written(tmp_path / "claims.parquet", 3_000_000)
    assert path.stat().st_size < 300_000
    with pytest.raises(DataError) as refused:
        Parquet(path=path).load(np.random.default_rng(0))
    said = str(refused.value)
    assert said.startswith("claims.parquet: the spectra in this file of 0.")
    assert "unpacked (3,000,000 rows), would take 120 MB. At most 100 MB are allowed here" in said
    assert said.endswith("or set the environment variable RAMAN_XP_DATA_LIMIT=120 to allow it")


def test_a_parquet_file_of_lists_is_measured_by_its_metadata(tmp_path, monkeypatch):
    monkeypatch.setenv(DATA_LIMIT, "1")
    lists = [list(range(1000))] * 100
    table = pa.table({"label": ["a", "b"] * 50, "wavenumber": lists, "intensity": lists})
    pq.write_table(table, tmp_path / "lists.parquet", row_group_size=10)
    with pytest.raises(DataError, match=r"unpacked \(100 rows\), would take 2 MB. At most 1 MB"):
        Parquet(path=tmp_path / "lists.parquet").load(np.random.default_rng(0))


def test_names_of_too_many_rows_are_refused(tmp_path, monkeypatch):
    monkeypatch.setenv(DATA_LIMIT, "1")
    path = written(tmp_path / "rows.parquet", 20_000)
    with pytest.raises(DataError, match=r"rows.parquet: names and labels of 20,000 rows would take 5 MB"):
        Parquet(path=path).load(np.random.default_rng(0))


def test_the_limit_is_a_share_of_the_memory_unless_the_user_states_one(monkeypatch):
    monkeypatch.delenv(DATA_LIMIT)
    monkeypatch.setattr(memory, "available", lambda: 8_000_000)
    monkeypatch.setattr(memory, "_addresses", lambda: 10**15)
    memory.share_among(2)
    try:
        require_room(2_000_000, "this", "Do that")
        with pytest.raises(
            DataError, match=r"^this would take 3 MB. At most 2 MB are allowed here. Do that,"
        ):
            require_room(2_000_001, "this", "Do that")
        monkeypatch.setenv(DATA_LIMIT, "3")
        require_room(3_000_000, "this", "Do that")
        monkeypatch.setenv(DATA_LIMIT, "much")
        with pytest.raises(RamanXpError, match="RAMAN_XP_DATA_LIMIT=much: megabytes are expected"):
            require_room(1, "this", "Do that")
    finally:
        memory.share_among(1)


def test_a_limit_on_the_addresses_of_a_process_holds_for_its_arrays(monkeypatch):
    monkeypatch.delenv(memory.LIMIT, raising=False)
    monkeypatch.setattr(memory, "_addresses", lambda: 4_000_000)
    assert memory.limit() == 1_000_000
