"""A folder with a spec, its data and a store, in which commands are run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

from click.testing import Result

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


@dataclass
class Project:
    """A folder with a spec, its data and a fresh store; commands run in it."""

    folder: Path
    invoke: Callable[..., Result]

    def spec(self, text: str = SPEC, name: str = "tiny.yaml") -> Path:
        path = self.folder / name
        path.write_text(dedent(text))
        return path

    def runs(self) -> list[object]:
        """All runs of the store, newest first."""
        from mlflow import MlflowClient

        client = MlflowClient(f"sqlite:///{self.folder / 'mlflow.db'}")
        experiments = [experiment.experiment_id for experiment in client.search_experiments()]
        return list(client.search_runs(experiments))

    def check(self, *arguments: str) -> Result:
        return self.invoke("check", *arguments)

    def run(self, *arguments: str) -> Result:
        """Run in this process, where installed plugins and patches hold."""
        return self.invoke("run", "--workers", "0", *arguments)

    def assert_refused(self, message: str, *arguments: str, code: int = 2) -> Result:
        """The run ends with a message and no traceback, and leaves the folder as it was."""
        before = sorted(self.folder.rglob("*"))
        result = self.run(*(arguments or ("tiny.yaml",)))
        assert result.exit_code == code, result.output
        assert message in result.stderr
        assert "Traceback" not in result.output
        assert sorted(self.folder.rglob("*")) == before
        return result
