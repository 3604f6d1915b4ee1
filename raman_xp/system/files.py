"""Files of a fit or a trial: their contents in memory, or a folder of this machine.

Between processes of one machine a folder is handed over by its path; only what goes to another machine is
read into memory.
"""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from raman_xp.text.file_names import inside

Files = Mapping[str, bytes]
"""Path inside a folder, with ``/`` → content."""


class TemporaryFolder:
    """A folder that is deleted with the last object that refers to it, or when the process ends.

    Args:
        path: an existing folder; default: a new one.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or Path(tempfile.mkdtemp(prefix="raman-xp-"))
        self._deletion = weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)

    def delete(self) -> None:
        """Delete the folder now."""
        self._deletion()

    def hand_over(self) -> None:
        """Leave the folder to the process that reads the pickle of this object: the reader deletes it."""
        self._deletion.detach()

    @property
    def is_handed_over(self) -> bool:
        """Whether another process deletes the folder."""
        return not self._deletion.alive

    def __reduce__(self) -> tuple[Any, ...]:
        if not self.is_handed_over:
            raise TypeError(f"{self.path} belongs to this process, which has not handed it over")
        return _received, (self.path,)


def _received(path: Path) -> TemporaryFolder:
    """Return a folder that another process has handed over; it is moved to a place of this process."""
    place = Path(tempfile.mkdtemp(prefix="raman-xp-"))
    place.rmdir()
    return TemporaryFolder(Path(shutil.move(path, place)))


class FolderFiles(Mapping[str, bytes]):
    """Files below a folder, each read when it is requested.

    A pickle of this object holds the path alone, and only a process of the same machine can read it.

    Args:
        folder: an existing folder, whose files no longer change.
        owner: the temporary folder that holds it, which lives as long as this object.

    Raises:
        ValueError: some system refuses the name of a file, or a link leads out of the folder.
    """

    def __init__(self, folder: Path, owner: TemporaryFolder | None = None) -> None:
        self.folder = folder
        self._owner = owner
        self._paths = _files_below(folder)

    def __getitem__(self, name: str) -> bytes:
        return self._paths[name].read_bytes()

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)

    def __reduce__(self) -> tuple[Any, ...]:
        if self._owner and self._owner.is_handed_over:
            return _within, (self._owner, self.folder.relative_to(self._owner.path).as_posix())
        return FolderFiles, (self.folder,)

    def below(self, name: str) -> FolderFiles:
        """Return the files of a folder inside this one."""
        return FolderFiles(self.folder / name, self._owner)

    def hand_over(self) -> None:
        """Leave the temporary folder to the process that reads the pickle of this object."""
        if self._owner:
            self._owner.hand_over()


class JoinedFiles(Mapping[str, bytes]):
    """Files of several folders, each read when it is requested.

    Args:
        parts: files of each folder; of two files with the same path, the later one counts.
    """

    def __init__(self, *parts: Files) -> None:
        self._parts = {name: part for part in parts for name in part}

    def __getitem__(self, name: str) -> bytes:
        return self._parts[name][name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._parts)

    def __len__(self) -> int:
        return len(self._parts)


def _within(owner: TemporaryFolder, path: str) -> FolderFiles:
    return FolderFiles(owner.path / path, owner)


def _files_below(folder: Path) -> dict[str, Path]:
    """Path inside a folder → file.

    Raises:
        ValueError: some system refuses the name of a file, or a link leads out of the folder.
    """
    files = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink() and not path.resolve().is_relative_to(folder.resolve()):
            raise ValueError(f"{name!r} is a link that leads out of its folder")
        if path.is_file():
            inside(name)
            files[name] = path
    return files


def read_files(folder: Path) -> dict[str, bytes]:
    """Read all files below a folder into memory.

    Raises:
        ValueError: some system refuses the name of a file, or a link leads out of the folder.
    """
    return {name: path.read_bytes() for name, path in _files_below(folder).items()}


def write_files(folder: Path, files: Files) -> None:
    """Write files into a folder, which is created if it does not exist.

    Raises:
        ValueError: a name leads out of the folder, or some system refuses it; nothing is written then.
    """
    paths = {name: folder / inside(name) for name in files}
    for name, content in files.items():
        path = paths[name]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


@contextmanager
def folder_of(files: Files) -> Iterator[Path]:
    """Give a folder that holds these files: their own, or a temporary one."""
    if isinstance(files, FolderFiles):
        yield files.folder
        return
    with tempfile.TemporaryDirectory(prefix="raman-xp-") as folder:
        write_files(Path(folder), files)
        yield Path(folder)
