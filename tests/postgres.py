"""A PostgreSQL of its own, by the machine's own programs."""

from __future__ import annotations

import getpass
import os
import shutil
import subprocess
import tempfile
from pathlib import Path


def programs() -> Path | None:
    """The folder of PostgreSQL's programs, of the newest version; Debian keeps it off the path."""
    found = shutil.which("initdb")
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return Path(found).parent if found else (folders[-1].parent if folders else None)


class Postgres:
    """A database cluster in a new folder, on loopback; it is gone when it is stopped.

    PostgreSQL does not run as root: there, it runs as the user ``postgres`` that its package makes.
    """

    def __init__(self, port: int) -> None:
        bin = programs()
        assert bin
        self._bin = bin
        self._user = "postgres" if os.getuid() == 0 else getpass.getuser()
        self._folder = Path(tempfile.mkdtemp(prefix="postgres-"))
        self.uri = f"postgresql+psycopg://{self._user}@127.0.0.1:{port}/postgres"
        shutil.chown(self._folder, self._user)
        data, options = self._folder / "data", f"-p {port} -h 127.0.0.1 -k {self._folder} -c fsync=off"
        self._run("initdb", "-D", data, "--auth=trust", f"--username={self._user}")
        self._run("pg_ctl", "-D", data, "-l", self._folder / "log", "-o", options, "-w", "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-D", self._folder / "data", "-m", "immediate", "-w", "stop")
        shutil.rmtree(self._folder)

    def _run(self, program: str, *arguments: object) -> None:
        command = [str(self._bin / program), *map(str, arguments)]
        done = subprocess.run(command, user=self._user, cwd=self._folder, stdout=subprocess.DEVNULL)
        assert done.returncode == 0, (self._folder / "log").read_text()
