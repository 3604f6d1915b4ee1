"""Digests of content: two digests are equal only where everything that entered them is equal."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from raman_xp.spectra import RawSpectra, Truth
from raman_xp.spectra.storage import pieces

_LEFT_OUT = {"source", "understood", "warnings"}
"""Fields of `About` that say where and how spectra were read, and change no result."""


class Digest:
    """A SHA-256 of named values.

    Each value is preceded by its name, type and length: two different sequences never give the same bytes.
    """

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def add(self, name: str, value: Any) -> None:
        """Add a value that JSON can hold.

        Args:
            name: what the value is.
            value: plain data; the order of keys does not matter.
        """
        self._text(json.dumps([name, value], sort_keys=True))

    def add_array(self, name: str, array: NDArray[Any]) -> None:
        """Add an array, piece by piece.

        Args:
            name: what the array is.
            array: (n, …) of numbers.
        """
        array = np.asanyarray(array)
        self._text(json.dumps([name, array.dtype.str, array.shape]))
        for piece in pieces(array):
            self._hash.update(np.ascontiguousarray(array[piece]).data)

    def add_file(self, name: str, path: Path) -> None:
        """Add the content of a file.

        Args:
            name: what the file is; the path itself does not enter.
            path: of the file.

        Raises:
            OSError: the file cannot be read.
        """
        with path.open("rb") as file:
            self.add(name, hashlib.file_digest(file, "sha256").hexdigest())

    def __str__(self) -> str:
        """Sixteen hexadecimal digits."""
        return self._hash.hexdigest()[:16]

    def _text(self, text: str) -> None:
        data = text.encode()
        self._hash.update(len(data).to_bytes(8, "little") + data)


def data_digest(raw: RawSpectra) -> str:
    """Return the digest of what a fit depends on: axes, intensities, labels, groups and roles, in order."""
    digest = Digest()
    for block in raw.blocks:
        digest.add_array("wavenumber", block.wavenumber)
        digest.add_array("intensity", block.intensity)
        digest.add_array("rows", block.rows)
    samples = raw.samples
    digest.add_array("labels", samples.labels)
    digest.add("samples", [samples.classes, samples.groups, samples.roles])
    return str(digest)


def about_digest(raw: RawSpectra) -> str:
    """Return the digest of what tables and pictures say of the spectra: names, title, unit and the like.

    The file's name and the way it was read are not part of it.
    """
    digest = Digest()
    digest.add("names", raw.samples.names)
    shown = {field.name: getattr(raw.about, field.name) for field in fields(raw.about)}
    digest.add("about", {name: value for name, value in shown.items() if name not in _LEFT_OUT})
    return str(digest)


def truth_digest(truth: Truth | None) -> str:
    """Return the digest of what is known without a model; empty where nothing is."""
    if truth is None:
        return ""
    digest = Digest()
    digest.add_array("wavenumber", truth.wavenumber)
    for name, mean in truth.means.items():
        digest.add_array(f"mean {name}", mean)
    for name, components in truth.components.items():
        digest.add("class", name)
        for compound, part in components.items():
            digest.add_array(f"component {compound}", part)
    for name, bands in truth.bands.items():
        rows = [[band.compound, band.position, band.intensity, band.fwhm] for band in bands]
        digest.add("bands", [name, rows])
    if truth.contents:
        digest.add_array("own", truth.contents.own)
        digest.add_array("other", truth.contents.other)
        digest.add("partners", truth.contents.partners)
    return str(digest)


def path_digest(path: Path) -> str:
    """Return the digest of the content of a file, or of all files below a folder with their names.

    Raises:
        OSError: there is no such file, or it cannot be read.
    """
    digest = Digest()
    if not path.is_dir():
        digest.add_file("file", path)
        return str(digest)
    for file in sorted(each for each in path.rglob("*") if each.is_file()):
        digest.add_file(file.relative_to(path).as_posix(), file)
    return str(digest)
