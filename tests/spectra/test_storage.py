"""Arrays that do not fit into memory."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from raman_xp.errors import RamanXpError
from raman_xp.spectra import storage
from raman_xp.testing import fit_task, planted_spectra
from raman_xp_plugins.models.shallow_cnn import ShallowCnn


@pytest.fixture(autouse=True)
def nothing_is_held(monkeypatch):
    """Arrays of other tests, which may still be in use, do not count."""
    monkeypatch.setattr(storage, "_held", {})


@pytest.fixture
def all_are_large(monkeypatch):
    monkeypatch.setenv(storage.LIMIT, "0")
    monkeypatch.setattr(storage, "PIECE", 256 * 3)


def test_only_what_is_larger_than_the_limit_is_mapped(monkeypatch):
    monkeypatch.setenv(storage.LIMIT, "0.5")
    small, large = storage.empty((100, 1000), np.float32), storage.empty((200, 1000), np.float32)
    assert not isinstance(small, np.memmap)
    assert isinstance(large, np.memmap)
    assert storage.is_large(large)
    assert not storage.is_large(small)


def test_rows_are_taken_in_their_order(all_are_large):
    array = np.arange(4000.0).reshape(40, 100)
    rows = np.random.default_rng(0).permutation(40)[:30]
    taken = storage.taken(array, rows)
    assert isinstance(taken, np.memmap)
    np.testing.assert_array_equal(taken, array[rows])


@pytest.mark.parametrize("told", ["2 GB", "-1", "nan"])
def test_a_limit_that_is_no_number_is_told(monkeypatch, told):
    monkeypatch.setenv(storage.LIMIT, told)
    with pytest.raises(RamanXpError, match=f"RAMAN_XP_MEMORY_LIMIT={told}: megabytes are expected"):
        storage.empty((1,), np.float32)


def test_without_a_limit_nothing_is_mapped(monkeypatch):
    monkeypatch.setenv(storage.LIMIT, "inf")
    assert not isinstance(storage.empty((10,), np.float32), np.memmap)


def test_a_disk_without_room_is_told_before_anything_is_written(monkeypatch):
    monkeypatch.setenv(storage.LIMIT, "0")
    with pytest.raises(RamanXpError, match=r"no room for an array of 4000000\.0 GB in .*; set TMPDIR to"):
        storage.empty((10**9, 10**6), np.float32)


@pytest.mark.parametrize("batch_size", [7, 32])
def test_training_is_the_same_to_the_last_bit(monkeypatch, batch_size):
    """Mapped spectra are fed some batches at a time; an odd number of them is left at the end."""
    spectra, watched = planted_spectra((60, 128, 200), 25), planted_spectra((60, 128, 200), 23, seed=1)
    model = ShallowCnn(filters=4, units=8, epochs=3, batch_size=batch_size)

    def fitted():
        task = fit_task(spectra.take(np.arange(75)))
        task = replace(task, valid=watched.take(np.arange(69)))
        return model.fit(task)

    whole = fitted()
    monkeypatch.setenv(storage.LIMIT, "0")
    monkeypatch.setattr("raman_xp_plugins.models.training.PIECE", 256 * 3)
    mapped = fitted()
    for one, other in zip(whole.network.get_weights(), mapped.network.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert whole.curves.keys() == mapped.curves.keys()
    for name, curve in whole.curves.items():
        np.testing.assert_allclose(mapped.curves[name], curve, rtol=1e-6)


SPEC = """\
name: large
data: {use: parquet, path: large.parquet}
preprocess: [{use: linear_baseline}, {use: normalize}]
split: {use: stratified, test: 0.2, folds: 2}
model: {use: shallow_cnn, filters: 2, kernel_size: 4, units: 4, epochs: 1, batch_size: 256}
explain: [{use: input_magnitude}]
"""
TRAIN = """\
import resource, sys
from pathlib import Path
import numpy as np
from raman_xp.trial.preparation import Preparation
from raman_xp.plugins.registry import Registry
from raman_xp.results import UnitResult
from raman_xp.spec import load_experiment
from raman_xp.trial.fit import fit_unit

def fit(file):
    registry = Registry()
    (trial,) = load_experiment(Path(file), registry, []).trials
    return fit_unit(trial, Preparation()(trial), 1, "", lambda *step: None)

fit("small.yaml")  # TensorFlow is there, and has what it keeps
used = int(next(line for line in open("/proc/self/status") if line.startswith("VmData")).split()[1])
most = used * 1024 + int(sys.argv[1]) * 10**6
resource.setrlimit(resource.RLIMIT_DATA, (most, most))
result = fit("large.yaml")
print(len(result.rows), result.logits[:2].tolist())
"""
ROOM, SPECTRA, CHANNELS = 120, 100_000, 500


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the limit is one of Linux")
def test_data_larger_than_memory_train(tmp_path: Path):
    """200 MB of spectra in 120 MB of memory, which the system enforces; without mapped files they do not."""
    rng = np.random.default_rng(0)
    axis = pa.array(400 + 2.0 * np.arange(CHANNELS))
    for name, n in (("small", 600), ("large", SPECTRA)):
        schema = pa.schema(
            [("label", pa.string()), *((str(value), pa.float32()) for value in axis.to_pylist())]
        )
        with pq.ParquetWriter(tmp_path / f"{name}.parquet", schema) as writer:
            for start in range(0, n, 10_000):
                count = min(10_000, n - start)
                label = np.arange(count) % 2
                values = rng.random((count, CHANNELS), np.float32)
                values[np.arange(count), 100 + 200 * label] += 20
                columns = [pa.array(np.array(["a", "b"])[label]), *map(pa.array, values.T.copy())]
                writer.write_table(pa.table(columns, schema))
        (tmp_path / f"{name}.yaml").write_text(SPEC.replace("large", name))
    assert SPECTRA * CHANNELS * 4 > 1.5e6 * ROOM

    def train(limit: int, room: int) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", TRAIN, str(room)],
            cwd=tmp_path,
            env={**os.environ, storage.LIMIT: str(limit)},
            capture_output=True,
            text=True,
        )

    mapped = train(limit=10, room=ROOM)
    assert mapped.returncode == 0, mapped.stderr[-3000:]
    assert mapped.stdout.startswith("40000 ")
    whole = train(limit=100_000, room=100_000)
    assert whole.stdout == mapped.stdout
    assert train(limit=100_000, room=ROOM).returncode != 0
