"""A folder with a spec, its data and a store, in which commands are run."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import numpy as np
from click.testing import Result

from raman_xp.spectra import Floats

SPEC = """\
name: tiny
data: {use: pharma_csv, path: tiny.csv}
split: {use: stratified, test: 0.4, folds: 2}
model: {use: shallow_cnn, filters: 4, units: 8, epochs: 2, learning_rate: 1e-3}
explain:
  - use: fc_importance
  - use: grad_cam
  - use: pls_vip
  - use: input_magnitude
score:
  - use: pointing
  - use: zone_mass
"""
"""Two epochs of a small network on ``tiny.csv``, two folds, four explainers."""


class Ran:
    """A command that has run.

    Args:
        result: as click tells it.
    """

    def __init__(self, result: Result) -> None:
        self.exit_code = result.exit_code
        self.stdout, self.stderr, self.output = result.stdout, result.stderr, result.output
        self.exception = result.exception

    def assert_success(self) -> Ran:
        """It ended with exit code 0."""
        assert self.exit_code == 0, f"exit code {self.exit_code}\n{self.output}\n{self.exception!r}"
        return self

    def assert_error(self, *messages: str, code: int = 2) -> Ran:
        """It ended with that exit code, each message on stderr, and no traceback.

        Args:
            code: 2, the spec, its data or a plugin is wrong; 1, the run failed.
        """
        assert self.exit_code == code, f"exit code {self.exit_code}\n{self.output}\n{self.exception!r}"
        for message in messages:
            assert message in self.stderr, self.stderr
        assert "Traceback" not in self.output
        return self


def local_path(address: str) -> Path:
    """The folder of this machine that an artifact address of MLflow leads to."""
    return Path(url2pathname(urlsplit(address).path))


@dataclass
class Project:
    """A folder with ``tiny.yaml``, ``tiny.csv`` and a fresh store; commands run in it, in this process.

    Args:
        folder: the working folder.
        invoke: runs ``raman-xp`` with these arguments.
    """

    folder: Path
    invoke: Callable[..., Result]

    def spec(self, text: str = SPEC, name: str = "tiny.yaml") -> Path:
        """Write a spec."""
        path = self.folder / name
        path.write_text(dedent(text), "utf-8")
        return path

    def check(self, *arguments: str) -> Ran:
        """``raman-xp check``; of ``tiny.yaml`` where nothing is said."""
        return Ran(self.invoke("check", *(arguments or ("tiny.yaml",))))

    def run(self, *arguments: str) -> Ran:
        """``raman-xp run``, fits one after the other; of ``tiny.yaml`` where nothing is said."""
        return Ran(self.invoke("run", "--workers", "0", *(arguments or ("tiny.yaml",))))

    def runs(self) -> list[Any]:
        """All runs of the store as MLflow tells them, newest first."""
        from mlflow import MlflowClient

        client = MlflowClient(f"sqlite:///{self.folder / 'mlflow.db'}")
        experiments = [experiment.experiment_id for experiment in client.search_experiments()]
        return list(client.search_runs(experiments))

    def trial(self) -> Any:
        """The newest run of a trial."""
        return next(run for run in self.runs() if run.data.tags["raman_xp.kind"] == "trial")

    def artifact(self, path: str) -> bytes:
        """A file of the newest trial, such as ``maps/grad_cam/maps.npz``."""
        return (local_path(self.trial().info.artifact_uri) / path).read_bytes()

    def maps(self, explainer: str) -> Floats:
        """The newest trial's maps, (spectra or classes, channels)."""
        with np.load(io.BytesIO(self.artifact(f"maps/{explainer}/maps.npz"))) as arrays:
            return np.asarray(arrays["maps"])

    def assert_refused(self, message: str, *arguments: str, code: int = 2) -> Ran:
        """The run ends with a message and no traceback, and leaves the folder as it was."""
        before = sorted(self.folder.rglob("*"))
        ran = self.run(*arguments).assert_error(message, code=code)
        assert sorted(self.folder.rglob("*")) == before
        return ran
