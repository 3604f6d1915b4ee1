"""Digests against a second implementation: a byte string of named parts, and its SHA-256."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from raman_xp.spectra import About, Band, Block, Contents, RawSpectra, Samples, Truth
from raman_xp.spectra.digests import Digest, about_digest, data_digest, path_digest, truth_digest
from raman_xp.spectra.storage import PIECE

AXES = np.array([1.0, 2, 4]), np.array([1.0, 3, 5, 7])
SAMPLES = Samples(
    ("Ä", "b"), np.array([1, 0, 1]), ("x", "y", "z"), ("g", "h", "g"), ("train", "test", "train")
)
TRUTH = Truth(
    AXES[0],
    means={"Ä": np.array([0.0, 1, 0]), "b": np.array([1.0, 0, 0])},
    components={"b": {"salt": np.array([0.5, 0, 0]), "sugar": np.array([0.5, 0, 1])}},
    bands={"Ä": [Band("water", 2.0, 1.0, 0.5)], "b": []},
    contents=Contents(np.ones((3, 3)), np.zeros((3, 3)), ("b", "Ä", "b")),
)
RAW = RawSpectra(
    (
        Block(AXES[0], np.arange(6, dtype=np.float32).reshape(2, 3), np.array([0, 2])),
        Block(AXES[1], np.arange(4.0)[None], np.array([1])),
    ),
    SAMPLES,
    About("made", "of nothing", True, "a.csv", ("wide",), ("odd",), "nm", "CC0"),
)


def text(*value: object) -> bytes:
    """A JSON list after its length in bytes."""
    data = json.dumps(list(value)).encode()
    return len(data).to_bytes(8, "little") + data


def numbers(name: str, array: np.ndarray) -> bytes:
    """Name, type, shape and bytes of an array."""
    return text(name, array.dtype.str, array.shape) + array.tobytes()


def sha(*parts: bytes) -> str:
    return hashlib.sha256(b"".join(parts)).hexdigest()[:16]


def test_data_are_axes_intensities_rows_labels_classes_groups_and_roles():
    parts = [
        numbers(name, getattr(block, name))
        for block in RAW.blocks
        for name in ("wavenumber", "intensity", "rows")
    ]
    known = [SAMPLES.classes, SAMPLES.groups, SAMPLES.roles]
    assert data_digest(RAW) == sha(*parts, numbers("labels", SAMPLES.labels), text("samples", known))


def test_what_a_reader_sees_is_the_names_and_all_about_the_spectra_but_how_they_were_read():
    about = {
        "description": "of nothing",
        "licence": "CC0",
        "simulated": True,
        "title": "made",
        "unit": "nm",
    }
    assert about_digest(RAW) == sha(text("names", SAMPLES.names), text("about", about))
    read_otherwise = replace(RAW.about, source="b.csv", understood=("long",), warnings=())
    assert about_digest(replace(RAW, about=read_otherwise)) == about_digest(RAW)


def test_a_truth_is_all_that_is_known_without_a_model():
    salt, sugar = TRUTH.components["b"].values()
    parts = [
        numbers("wavenumber", TRUTH.wavenumber),
        numbers("mean Ä", TRUTH.means["Ä"]),
        numbers("mean b", TRUTH.means["b"]),
        text("class", "b"),
        numbers("component salt", salt),
        numbers("component sugar", sugar),
        text("bands", ["Ä", [["water", 2.0, 1.0, 0.5]]]),
        text("bands", ["b", []]),
    ]
    contents = [numbers("own", np.ones((3, 3))), numbers("other", np.zeros((3, 3)))]
    assert truth_digest(TRUTH) == sha(*parts, *contents, text("partners", ["b", "Ä", "b"]))
    assert truth_digest(replace(TRUTH, contents=None)) == sha(*parts)
    assert truth_digest(None) == ""


def test_the_order_of_keys_does_not_matter_and_that_of_values_does():
    digests = []
    for value in ({"a": 1, "b": 2}, {"b": 2, "a": 1}, {"a": 2, "b": 1}):
        digest = Digest()
        digest.add("x", value)
        digests.append(str(digest))
    assert digests[0] == digests[1] != digests[2]


@pytest.mark.parametrize(
    "array",
    [
        np.arange(12).reshape(3, 4)[:, ::2],  # not contiguous
        np.arange(PIECE // 2 * 5, dtype=np.float32).reshape(5, -1),  # in pieces
        np.zeros((0, 3)),
        [[1, 2], [3, 4]],
    ],
    ids=["a view", "large", "empty", "a list"],
)
def test_an_array_enters_with_type_shape_and_all_its_bytes(array):
    digest = Digest()
    digest.add_array("x", array)
    assert str(digest) == sha(numbers("x", np.asarray(array)))


def test_a_file_is_its_content_and_a_folder_the_contents_and_names_of_all_its_files(tmp_path: Path):
    (tmp_path / "a" / "c").mkdir(parents=True)
    (tmp_path / "a" / "c" / "d.txt").write_bytes(b"one")
    (tmp_path / "a" / "b.txt").write_bytes(b"two")
    one, two = (hashlib.sha256(content).hexdigest() for content in (b"one", b"two"))
    assert path_digest(tmp_path / "a" / "b.txt") == sha(text("file", two))
    assert path_digest(tmp_path / "a") == sha(text("b.txt", two), text("c/d.txt", one))
    with pytest.raises(FileNotFoundError):
        path_digest(tmp_path / "a" / "absent.txt")
