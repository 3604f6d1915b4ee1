"""Saved models as a stranger could leave them: they run code where the formats they name are followed."""

from __future__ import annotations

import io
import pickle
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import yaml


class _Touch:
    """A pickle of this object makes a file when it is read."""

    def __init__(self, marker: Path) -> None:
        self.marker = str(marker)

    def __reduce__(self) -> tuple[Callable[..., object], tuple[str, str]]:
        return open, (self.marker, "w")


def hostile_folders(saved: Path, marker: Path, scratch: Path) -> Iterator[tuple[str, Path]]:
    """Yield what was changed, and a copy of a saved model so changed; whoever runs its code makes the marker.

    Each file is replaced by a pickle in turn, bare and in an array, and ``MLmodel`` names other formats and
    loaders, whose files are planted beside it.

    Args:
        saved: folder of the saved model.
        marker: file that does not exist.
        scratch: folder for the copies.
    """
    bare = pickle.dumps(_Touch(marker))
    names = [path.relative_to(saved) for path in sorted(saved.rglob("*")) if path.is_file()]
    for name in names:
        for kind, content in (("a pickle", bare), ("an array of objects", _array(name.suffix, marker))):
            yield f"{name} is {kind}", _changed(saved, scratch, {name: content})
    loader = b"from pathlib import Path\nPath(%r).touch()\n" % str(marker)
    for what, flavors in _FLAVORS.items():
        about = yaml.safe_load((saved / "MLmodel").read_text("utf-8")) | {"flavors": flavors}
        planted = {
            Path("MLmodel"): yaml.safe_dump(about).encode(),
            Path("model.pkl"): bare,
            Path("data/model.pkl"): bare,
            Path("code/xp_planted.py"): loader,
        }
        yield f"MLmodel names {what}", _changed(saved, scratch, planted)


_FLAVORS: dict[str, dict[str, dict[str, str]]] = {
    "a pickle of scikit-learn": {
        "sklearn": {"pickled_model": "model.pkl", "serialization_format": "pickle", "code": "code"}
    },
    "a cloudpickle of scikit-learn": {
        "sklearn": {"pickled_model": "model.pkl", "serialization_format": "cloudpickle"}
    },
    "a pickle of PyTorch": {"pytorch": {"model_data": "data", "pytorch_version": "2.0", "code": "code"}},
    "a loader of its own": {
        "python_function": {"loader_module": "xp_planted", "code": "code", "data": "data"}
    },
}


def _array(suffix: str, marker: Path) -> bytes:
    buffer = io.BytesIO()
    objects = np.array([_Touch(marker)], dtype=object)
    if suffix == ".npz":
        np.savez(buffer, objects, allow_pickle=True)
    else:
        np.save(buffer, objects, allow_pickle=True)
    return buffer.getvalue()


def _changed(saved: Path, scratch: Path, files: dict[Path, bytes]) -> Path:
    folder = scratch / "hostile"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(saved, folder)
    for name, content in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    return folder
