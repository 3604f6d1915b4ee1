"""How much memory arrays may take: of the machine, of a container, of one process among several."""

from __future__ import annotations

import gc

import numpy as np
import psutil
import pytest

from raman_xp.spectra import storage
from raman_xp.system import memory


@pytest.fixture
def cgroups(tmp_path, monkeypatch):
    """Writes the files by which Linux tells a process its control groups, and their limits."""
    monkeypatch.delenv(memory.LIMIT, raising=False)
    monkeypatch.setattr(memory, "_OWN_CGROUPS", tmp_path / "own")
    monkeypatch.setattr(memory, "_CGROUPS", tmp_path / "cgroup")

    def write(own: str, limits: dict[str, str]) -> None:
        (tmp_path / "own").write_text(own)
        for name, limit in limits.items():
            path = tmp_path / "cgroup" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(limit)

    memory.available.cache_clear()
    yield write
    memory.available.cache_clear()
    memory.share_among(1)


TOTAL = psutil.virtual_memory().total


@pytest.mark.parametrize(
    ("own", "limits", "expected"),
    [
        ("0::/\n", {"memory.max": "max\n"}, TOTAL),
        ("0::/\n", {"memory.max": "1000000\n"}, 1_000_000),
        ("0::/job/step\n", {"job/memory.max": "3000\n", "job/step/memory.max": "max"}, 3000),
        ("0::/job/step\n", {"job/memory.max": "3000\n", "job/step/memory.max": "2000"}, 2000),
        ("0::/of/the/host\n", {"memory.max": "4000\n"}, 4000),
        ("4:cpu,memory:/a\n0::/\n", {"memory/a/memory.limit_in_bytes": "5000\n"}, 5000),
        ("4:memory:/a\n", {"memory/a/memory.limit_in_bytes": str(2**63 - 4096)}, TOTAL),
        ("4:cpu:/a\n", {"cpu/a/memory.limit_in_bytes": "5000\n"}, TOTAL),
        ("", {}, TOTAL),
    ],
)
def test_a_container_has_less_memory_than_its_machine(cgroups, own, limits, expected):
    cgroups(own, limits)
    assert memory.available() == expected
    assert memory.limit() == expected // memory.SHARE


def test_processes_side_by_side_share_the_memory(cgroups):
    cgroups("0::/\n", {"memory.max": "1000000\n"})
    memory.share_among(5)
    assert memory.limit() == 1_000_000 // memory.SHARE // 5
    memory.share_among(1, granted=400_000)
    assert memory.limit() == 400_000 // memory.SHARE


def test_arrays_share_the_limit_and_give_it_back(monkeypatch):
    gc.collect()
    held = sum(storage._held.values())
    monkeypatch.setenv(memory.LIMIT, str((held + 1_000_000) / 1e6))
    first = storage.empty((150, 1000), np.float32)
    view = first[10:]
    second = storage.empty((150, 1000), np.float32)
    assert not isinstance(first, np.memmap)
    assert isinstance(second, np.memmap)
    del first
    assert isinstance(storage.empty((150, 1000), np.float32), np.memmap)
    del view
    assert not isinstance(storage.empty((150, 1000), np.float32), np.memmap)
