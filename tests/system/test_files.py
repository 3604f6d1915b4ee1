"""Files of a fit: in memory, in a folder, handed over to another process."""

from __future__ import annotations

import gc
import io
import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from raman_xp.maps import Maps
from raman_xp.maps.files import SavedMaps, maps_path, read_maps, write_maps
from raman_xp.results import UnitResult
from raman_xp.system.files import FolderFiles, TemporaryFolder, folder_of, read_files, write_files
from raman_xp.testing import planted_spectra

FILES = {"a.txt": b"1", "deep/er/b": b"\0", "deep/c": b"3"}


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FolderFiles:
    """Files in a temporary folder of its own; all temporary folders are made below ``tmp_path``."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    owner = TemporaryFolder()
    for name, content in FILES.items():
        (owner.path / name).parent.mkdir(parents=True, exist_ok=True)
        (owner.path / name).write_bytes(content)
    return FolderFiles(owner.path, owner)


def test_a_folder_is_a_mapping_of_its_files(files: FolderFiles) -> None:
    assert dict(files) == FILES
    assert len(files) == 3
    assert "deep" not in files
    assert dict(files.below("deep")) == {"er/b": b"\0", "c": b"3"}
    with pytest.raises(KeyError, match=r"\.\./a\.txt"):
        files["../a.txt"]


def test_a_folder_lives_as_long_as_a_part_of_it_is_in_use(tmp_path: Path) -> None:
    owner = TemporaryFolder()
    (owner.path / "deep").mkdir()
    (owner.path / "deep" / "c").write_bytes(b"3")
    path, part = owner.path, FolderFiles(owner.path, owner).below("deep")
    del owner
    gc.collect()
    assert dict(part) == {"c": b"3"}
    del part
    gc.collect()
    assert not path.exists()


def test_a_copy_reads_the_folder_and_leaves_it(files: FolderFiles) -> None:
    copy = pickle.loads(pickle.dumps(files))
    assert dict(copy) == FILES
    del copy
    gc.collect()
    assert dict(files) == FILES


def test_whoever_receives_a_folder_owns_it(files: FolderFiles, tmp_path: Path) -> None:
    files.hand_over()
    message, folder = pickle.dumps(files), files.folder
    del files
    gc.collect()
    assert folder.exists()
    received = pickle.loads(message)
    assert dict(received) == FILES
    assert not folder.exists()
    with pytest.raises(FileNotFoundError):
        pickle.loads(message)
    del received
    gc.collect()
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_files_in_memory_get_a_folder_for_a_while(files: FolderFiles) -> None:
    with folder_of(FILES) as folder:
        assert dict(FolderFiles(folder)) == FILES
    assert not folder.exists()
    with folder_of(files) as folder:
        assert folder == files.folder
    assert folder.exists()


@pytest.fixture
def result(tmp_path: Path) -> UnitResult:
    """A fit with large maps and a large model, in folders."""
    spectra = planted_spectra()
    rng = np.random.default_rng(0)
    maps = Maps(rng.normal(size=spectra.intensity.shape), spectra.labels, extent=(3, 40), warnings={"x": 2})
    model, owner = TemporaryFolder(), TemporaryFolder()
    (model.path / "weights").write_bytes(bytes(100_000))
    write_maps(owner.path / maps_path("mine"), spectra, maps)
    files = FolderFiles(owner.path, owner)
    rows = np.arange(len(spectra))
    result = UnitResult(
        "k",
        None,
        rows,
        spectra.labels,
        np.eye(len(spectra.classes))[spectra.labels],
        {},
        FolderFiles(model.path, model),
    )
    return replace(result, files=files, maps=SavedMaps(files, ["mine"]))


def test_maps_are_read_from_the_files_with_all_that_they_hold(result: UnitResult) -> None:
    maps = result.maps["mine"]
    assert list(result.maps) == ["mine"]
    assert (maps.extent, maps.warnings, maps.per, maps.signed) == ((3, 40), {"x": 2}, "spectrum", True)
    np.testing.assert_array_equal(maps.values, read_maps(result.files["maps/mine/maps.npz"]).values)
    assert set(result.maps_of_predicted) == {"mine"}
    with pytest.raises(KeyError, match="other"):
        result.maps["other"]


def test_a_result_that_is_handed_over_sends_paths(result: UnitResult) -> None:
    before, whole = result.maps["mine"], sum(map(len, result.files.values())) + 100_000
    message = pickle.dumps(result.hand_over())
    assert len(message) < 0.05 * whole
    received = pickle.loads(message)
    np.testing.assert_array_equal(received.maps["mine"].values, before.values)
    assert received.model["weights"] == bytes(100_000)


def test_a_result_in_memory_needs_no_folder(result: UnitResult) -> None:
    message = pickle.dumps(result.in_memory())
    folders = [files.folder for files in (result.files, result.model) if isinstance(files, FolderFiles)]
    size, maps = sum(map(len, result.files.values())) + 100_000, result.maps["mine"]
    del result
    gc.collect()
    assert len(folders) == 2
    received = pickle.loads(message)
    np.testing.assert_array_equal(received.maps["mine"].values, maps.values)
    # Each thing travels once: the maps are inside the files.
    assert size < len(message) < 1.1 * size


@pytest.mark.parametrize(
    "name", ["../up", "/absolute", "a/../../b", "aux.txt", "a\\b", "c:d", "", "a//b", "e. "]
)
def test_nothing_is_written_where_one_name_leads_elsewhere(tmp_path, name):
    with pytest.raises(ValueError, match="cannot be written below a folder"):
        write_files(tmp_path / "new", {"fine.txt": b"1", name: b"2"})
    assert list(tmp_path.rglob("*")) == []


def test_files_come_back_from_a_folder(tmp_path):
    files = {"a.txt": b"1", "deep/er/b": b"\0"}
    write_files(tmp_path / "new", files)
    assert read_files(tmp_path / "new") == files


def test_maps_of_an_earlier_version_have_no_warnings(result: UnitResult, tmp_path: Path) -> None:
    with np.load(io.BytesIO(result.files[maps_path("mine")])) as arrays:
        np.savez(tmp_path / "maps.npz", **{name: arrays[name] for name in arrays if name != "warnings"})
    read = read_maps((tmp_path / "maps.npz").read_bytes())
    assert read.warnings == {}
    np.testing.assert_array_equal(read.values, result.maps["mine"].values)


def test_maps_are_written_into_a_folder_that_exists_as_well(tmp_path: Path) -> None:
    spectra = planted_spectra()
    maps = Maps(spectra.intensity, spectra.labels)
    for name in ("a", "b"):
        write_maps(tmp_path / "maps" / f"{name}.npz", spectra, maps)
    assert len(list((tmp_path / "maps").iterdir())) == 2


@pytest.mark.parametrize("name", ["aux.bin", "a\x1bb", "a\u202eb", "deep/C:x"])
def test_a_file_with_a_name_that_some_system_refuses_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_bytes(b"1")
    with pytest.raises(ValueError, match="cannot be written below a folder"):
        FolderFiles(tmp_path)
    with pytest.raises(ValueError, match="cannot be written below a folder"):
        read_files(tmp_path)


@pytest.mark.parametrize("target", ["secret", "folder"])
def test_a_link_that_leads_out_of_a_folder_is_refused(tmp_path: Path, target: str) -> None:
    (tmp_path / "secret").write_bytes(b"mine")
    (tmp_path / "folder").mkdir()
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "a").symlink_to(tmp_path / target)
    with pytest.raises(ValueError, match="'a' is a link that leads out of its folder"):
        FolderFiles(tmp_path / "files")


def test_a_link_within_a_folder_is_a_file_as_any(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1")
    (tmp_path / "b").symlink_to("a")
    assert dict(FolderFiles(tmp_path)) == {"a": b"1", "b": b"1"}
