"""The result of one fit: a value that travels between processes and is kept in stores."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from raman_xp.errors import RamanXpError
from raman_xp.maps import Maps
from raman_xp.maps.files import SavedMaps
from raman_xp.results.metrics import Evaluation
from raman_xp.spectra import Floats, Ints
from raman_xp.system.files import Files, FolderFiles
from raman_xp.text.file_names import inside

_FIT = "fit.npz"
_FITTING = ("fit", "predict", "save")
"""Parts of a unit's work that are done once, however often its fit is explained."""


def unit_name(fold: int | None) -> str:
    """How a fit is called in runs, pictures and streams: ``fold 1``, or ``final``."""
    return "final" if fold is None else f"fold {fold}"


@dataclass(frozen=True)
class UnitResult:
    """One fit and what it says of the rows it has not seen.

    Args:
        fit_key: identifies data, preprocessing, split, model, seed, fold, threads and versions.
        fold: number of the fold, from 1; nothing for the final fit.
        rows: (n,) rows of the whole set that were evaluated: validation or test rows.
        labels: (n,) their classes.
        logits: (n, classes) float32.
        curves: learning curves, name → (epochs,).
        model: files of the saved model.
        seconds: how long each part took.
        maps: explainer's label → its maps of those rows; empty for folds.
        evaluation: what the final fit amounts to; nothing for folds.
        files: tables and maps that belong to the fit.
        error: what went wrong after the fit, whose result stands.
        pictures: names of the pictures of the fit, which are drawn afterwards; a unit of work draws a group.
        recalled: whether the fit was taken from a store.
        refitted: why a fit that was recorded has been done again; empty where it was not.
    """

    fit_key: str
    fold: int | None
    rows: Ints
    labels: Ints
    logits: NDArray[Any]
    curves: Mapping[str, Floats]
    model: Files
    seconds: Mapping[str, float] = field(default_factory=dict)
    maps: Mapping[str, Maps] = field(default_factory=dict)
    evaluation: Evaluation | None = None
    files: Files = field(default_factory=dict)
    error: RamanXpError | None = None
    pictures: Sequence[Sequence[str]] = ()
    recalled: bool = False
    refitted: str = ""

    @property
    def name(self) -> str:
        """How the unit is called in pictures and runs."""
        return unit_name(self.fold)

    @property
    def correct(self) -> NDArray[Any]:
        """(n,) whether each row was recognised."""
        return np.asarray(self.logits.argmax(axis=1) == self.labels)

    @property
    def maps_of_predicted(self) -> dict[str, Maps]:
        """The maps that are scored and drawn: one row a spectrum, of several that of the predicted class."""
        predicted = self.logits.argmax(axis=1)
        return {label: maps.about(predicted) for label, maps in self.maps.items()}

    @property
    def kept(self) -> Files:
        """Files from which `restored` builds the fit again, to the last bit, without what follows from it."""
        return {**self.fit_file, **{f"model/{name}": content for name, content in self.model.items()}}

    @property
    def fit_file(self) -> Files:
        """Those of `kept` that are not of the model: one file of arrays."""
        seconds = {part: self.seconds[part] for part in _FITTING if part in self.seconds}
        model = {name: sha256(content).hexdigest() for name, content in self.model.items()}
        about = {"fit_key": self.fit_key, "fold": self.fold, "seconds": seconds, "model": model}
        buffer = io.BytesIO()
        curves = {f"curve {name}": values for name, values in self.curves.items()}
        arrays: dict[str, Any] = {"rows": self.rows, "labels": self.labels, "logits": self.logits} | curves
        np.savez(buffer, about=np.array(json.dumps(about)), **arrays)
        return {_FIT: buffer.getvalue()}

    def in_memory(self) -> UnitResult:
        """Return the same result with its files read into memory, for a process of another machine."""
        return self._with(dict(self.files), dict(self.model))

    def hand_over(self) -> UnitResult:
        """Leave the folders of the files to the process of this machine that receives the result."""
        for files in (self.files, self.model):
            if isinstance(files, FolderFiles):
                files.hand_over()
        return self

    def _with(self, files: Files, model: Files) -> UnitResult:
        maps = self.maps.within(files) if isinstance(self.maps, SavedMaps) else self.maps
        return replace(self, files=files, model=model, maps=maps)

    @staticmethod
    def restored(kept: Files, *, with_model: bool = True) -> UnitResult:
        """The fit whose files these are.

        Args:
            kept: as `kept` gave them; those of a fold may lack the model.
            with_model: whether a final fit is refused that lacks its model.

        Raises:
            ValueError: they are something else, or the model's files are not those that were saved.
        """
        try:
            with np.load(io.BytesIO(kept[_FIT]), allow_pickle=False) as arrays:
                found = dict(arrays)
            about = json.loads(found.pop("about").item())
            curves = {key: found.pop(key) for key in list(found) if key.startswith("curve ")}
            model = _model_in(kept)
            if model or (with_model and about["fold"] is None):
                _require_saved(model, about["model"])
            return UnitResult(
                **found,
                fit_key=about["fit_key"],
                fold=about["fold"],
                seconds=about["seconds"],
                curves={key.removeprefix("curve "): values for key, values in curves.items()},
                model=model,
                recalled=True,
            )
        except (KeyError, TypeError, OSError, EOFError, BadZipFile) as error:
            raise ValueError(f"no files of a fit: {error!r}") from error


def _model_in(kept: Files) -> Files:
    """The model's files among those of a fit.

    Raises:
        ValueError: a name leads out of the folder.
    """
    if isinstance(kept, FolderFiles):
        return kept.below("model")
    names = [name for name in kept if name.startswith("model/")]
    for name in names:
        inside(name)
    return {name.removeprefix("model/"): kept[name] for name in names}


def _require_saved(model: Files, digests: Mapping[str, str]) -> None:
    """Check that the files of a model are those that were saved.

    Args:
        digests: file → SHA-256 of its content, as kept with the fit.

    Raises:
        ValueError: naming the files that are missing, or whose content differs.
    """
    wrong = [f"{name} is missing" for name in digests if name not in model]
    wrong += [f"{name} was added" for name in model if name not in digests]
    wrong += [
        f"{name} was changed"
        for name, digest in digests.items()
        if name in model and sha256(model[name]).hexdigest() != digest
    ]
    if wrong:
        raise ValueError(f"the saved model is not the one that was recorded: {', '.join(wrong)}")
