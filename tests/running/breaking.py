"""Runs a command again and again, broken at each of its calls to the MLflow store in turn.

``python breaking.py FOLDER PLACES ARGUMENTS...`` copies FOLDER, breaks ``raman-xp run ARGUMENTS`` there, and
runs the same command once more, whole; so for each place. Places are separated by commas, such as
``death:log_batch:2``, the second call of ``log_batch``, or ``outage``, each call in turn. Each line of output
is the JSON of a `Broken`.

Each run is a fork of this process, which has imported everything and started nothing.
"""

from __future__ import annotations

import importlib
import json
import os
import shutil
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import wraps
from pathlib import Path
from typing import Any

BREAKAGES = ("death", "outage", "lost answer")
"""The process is killed before the call; the call fails; the call is done, and its answer is lost."""
OF_REPOSITORIES = ("log_artifacts", "list_artifacts", "download_artifacts")


@dataclass(frozen=True)
class Broken:
    """A run that was broken at one call.

    Args:
        name: of the place, and of the experiment there.
        call: name of the call.
        folder: where it ran.
        codes: of the broken run and of the whole one.
        said: by the whole one.
    """

    name: str
    call: str
    folder: str
    codes: tuple[int, int]
    said: str


class Breaker:
    """Breaks this process at one of its calls to a store.

    Args:
        place: number of the call, from 1, among those with this name.
        call: name of the call; empty: all count.
        told: file that is written when the call comes.
    """

    def __init__(self, breakage: str, call: str, place: int, told: Path) -> None:
        self._left, self._call, self._breakage, self._told = place, call, breakage, told
        self._inside = False

    def install(self) -> None:
        from mlflow import MlflowClient
        from mlflow.store.artifact.local_artifact_repo import LocalArtifactRepository
        from mlflow.store.artifact.mlflow_artifacts_repo import MlflowArtifactsRepository

        for name, call in vars(MlflowClient).items():
            if callable(call) and not name.startswith("_"):
                setattr(MlflowClient, name, self._counted(name, call))
        for repository in (LocalArtifactRepository, MlflowArtifactsRepository):
            for name in OF_REPOSITORIES:
                setattr(repository, name, self._counted(name, getattr(repository, name)))

    def _counted(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(call)
        def counted(*args: Any, **kwargs: Any) -> Any:
            if self._inside or threading.current_thread() is not threading.main_thread():
                return call(*args, **kwargs)
            self._inside = True
            try:
                self._left -= self._call in ("", name)
                if self._left != 0 or self._call not in ("", name):
                    return call(*args, **kwargs)
                self._told.write_text(name)
                if self._breakage == "death":
                    os.kill(os.getpid(), signal.SIGKILL)
                if self._breakage == "lost answer":
                    call(*args, **kwargs)
                raise ConnectionError(f"{name}: the connection is lost")
            finally:
                self._inside = False

        return counted


def forked(folder: Path, arguments: list[str], breaker: Breaker | None = None) -> tuple[int, str]:
    """Run the command in a fork; returns its exit code, negative for a signal, and what it said."""
    log = folder / "said.txt"
    pid = os.fork()
    if pid == 0:
        code = 70
        try:
            os.chdir(folder)
            os.environ["XP_FITS"] = str(folder / "fits.txt")
            with log.open("w") as file:
                os.dup2(file.fileno(), 1)
                os.dup2(file.fileno(), 2)
            if breaker:
                breaker.install()
            from raman_xp.cli import main

            main(["run", "--workers", "0", *arguments], standalone_mode=True)
        except SystemExit as ended:
            code = int(ended.code or 0)
        finally:
            sys.stdout.flush()
            (folder / "modules.json").write_text(json.dumps(sorted(sys.modules)))
            os._exit(code)
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status), log.read_text()


def import_all(folder: Path, arguments: list[str]) -> None:
    """Import what a run imports."""
    code, said = forked(folder, arguments)
    assert code == 0, said
    for name in json.loads((folder / "modules.json").read_text()):
        with suppress(Exception):
            importlib.import_module(name)


def copied(template: Path, name: str, arguments: list[str]) -> tuple[Path, list[str]]:
    """A copy of the folder, and the command for it: experiments in one store have names of their own."""
    folder = template.with_name(f"{template.name} {name}")
    shutil.copytree(template, folder)
    return folder, [each.replace("NAME", name) for each in arguments]


def broken_at(template: Path, breakage: str, call: str, place: int, arguments: list[str]) -> bool:
    """Break a run in a copy of the folder and run it again; false where it ended before the call came."""
    name = "-".join(filter(None, (breakage.replace(" ", "-"), call, str(place))))
    folder, command = copied(template, name, arguments)
    told = folder / "broken.txt"
    code, said = forked(folder, command, Breaker(breakage, call, place, told))
    if not told.exists():
        assert code == 0, said
        return False
    again, said = forked(folder, command)
    print(json.dumps(asdict(Broken(name, told.read_text(), str(folder), (code, again), said))), flush=True)
    return True


def main(template: Path, places: str, arguments: list[str]) -> None:
    import_all(*copied(template, "whole", arguments))
    for each in places.split(","):
        breakage, *at = each.split(":")
        if at:
            assert broken_at(template, breakage, at[0], int(at[1]), arguments), f"{each} does not come"
        else:
            place = 1
            while broken_at(template, breakage, "", place, arguments):
                place += 1


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:])
