"""Maps of one explainer in one file, which ``numpy.load`` opens."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np

from raman_xp.maps import Maps
from raman_xp.spectra import Spectra
from raman_xp.system.files import Files


class SavedMaps(Mapping[str, Maps]):
    """Maps that are read from files of a fit when they are requested.

    Args:
        files: those of the fit.
        explainers: ids, in order.
    """

    def __init__(self, files: Files, explainers: Iterable[str]) -> None:
        self._files = files
        self._explainers = tuple(explainers)

    def __getitem__(self, explainer: str) -> Maps:
        if explainer not in self._explainers:
            raise KeyError(explainer)
        return read_maps(self._files[maps_path(explainer)])

    def __iter__(self) -> Iterator[str]:
        return iter(self._explainers)

    def __len__(self) -> int:
        return len(self._explainers)

    def within(self, files: Files) -> SavedMaps:
        """Return the same maps, read from these files."""
        return SavedMaps(files, self._explainers)


def maps_path(explainer: str) -> str:
    """Return the path of an explainer's maps among the files of a fit."""
    return f"maps/{explainer}/maps.npz"


def write_maps(path: Path, spectra: Spectra, maps: Maps) -> None:
    """Write all maps of one explainer into one file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    each = len(maps.values) // len(spectra) if maps.per == "spectrum" else 1
    np.savez(
        path,
        wavenumber=spectra.wavenumber,
        unit=spectra.about.unit,
        maps=maps.values,
        targets=maps.targets,
        per=maps.per,
        classes=np.array(spectra.classes),
        spectra=np.repeat(np.array(spectra.samples.names), each),
        true=np.repeat(spectra.labels, each),
        extent=np.array(maps.extent or (0, spectra.channels - 1)),
        signed=maps.signed,
        resolution=maps.resolution,
        warnings=json.dumps(dict(maps.warnings)),
    )


def read_maps(content: bytes) -> Maps:
    """Return the maps that `write_maps` has written.

    Args:
        content: of the file.
    """
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        return Maps(
            file["maps"],
            file["targets"],
            per=file["per"].item(),
            signed=bool(file["signed"]),
            resolution=float(file["resolution"]),
            extent=(int(file["extent"][0]), int(file["extent"][1])),
            # Files of earlier versions hold no warnings.
            warnings=json.loads(file["warnings"].item()) if "warnings" in file else {},
        )
