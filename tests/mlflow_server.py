"""A real MLflow tracking server."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import requests


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """An MLflow tracking server on loopback that hands artifacts through.

    Args:
        folder: where artifacts and the server's log go.
        store: address of its database.
        options: of ``mlflow server``.
        environment: variables that it has besides this process's.
    """

    def __init__(self, folder: Path, store: str, port: int, *options: str, **environment: str) -> None:
        self.uri = f"http://127.0.0.1:{port}"
        self._command = [
            *(sys.executable, "-m", "mlflow", "server", "--backend-store-uri", store),
            *("--artifacts-destination", str(folder / "artifacts"), "--host", "127.0.0.1"),
            *("--port", str(port), "--workers", "1", *options),
        ]
        self._folder = folder
        self._log = folder / "server.log"
        self._environment = os.environ | environment

    def start(self, patience: float = 60) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=self._folder,
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        end = time.monotonic() + patience
        while True:
            try:
                requests.get(f"{self.uri}/health", timeout=2).raise_for_status()
                return
            except requests.RequestException:
                assert self._process.poll() is None, self._log.read_text()
                assert time.monotonic() < end, self._log.read_text()
                time.sleep(0.2)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=30)
