"""What MLflow has recorded of the runs."""

from __future__ import annotations

import ast
import csv
import io
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import numpy as np
from costs import Cost

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")


@dataclass(frozen=True)
class Spread:
    """A number in several trials: its mean, and from least to greatest."""

    values: tuple[float, ...]

    @property
    def mean(self) -> float:
        return float(np.mean(self.values))

    @property
    def low(self) -> float:
        return min(self.values)

    @property
    def high(self) -> float:
        return max(self.values)

    def text(self, form: str = ".2f", scale: float = 1.0, unit: str = "") -> str:
        """``0.98 (0.96 to 1.00)``; one number where all are alike."""
        if not self.values:
            return "none"
        low, mean, high = (format(scale * each, form) for each in (self.low, self.mean, self.high))
        told = f"{mean}{unit}"
        return told if low == high else f"{told} ({low} to {high})"

    def __str__(self) -> str:
        return self.text()

    def percent(self) -> str:
        """As a percentage: ``99.2 % (98.9 to 99.4)``."""
        return self.text(".1f", 100, " %")


@dataclass(frozen=True)
class Trial:
    """A finished trial."""

    run: object

    @property
    def metrics(self) -> dict[str, float]:
        return dict(self.run.data.metrics)

    @property
    def params(self) -> dict[str, str]:
        return dict(self.run.data.params)

    @cached_property
    def folder(self) -> Path:
        """Its artifacts."""
        return Path(self.run.info.artifact_uri.removeprefix("file://"))

    def table(self, name: str) -> list[dict[str, str]]:
        """Rows of one of its tables."""
        return list(csv.DictReader(io.StringIO((self.folder / name).read_text())))

    @cached_property
    def _scores(self) -> dict[tuple[str, str, str], float]:
        rows = self.table("map_scores.csv")
        return {
            (row["score"], row["explainer"], row["class"]): float(row["value"])
            for row in rows
            if row["value"]
        }

    def score(self, name: str, explainer: str, of_class: str) -> float | None:
        """A map score of one class, or nothing where it cannot be told."""
        return self._scores.get((name, explainer, of_class))

    def bands(self, explainer: str, of_class: str) -> list[float]:
        """Positions of the strongest bands of a class's mean map, strongest first."""
        return [
            float(row["position"])
            for row in self.table("bands.csv")
            if (row["explainer"], row["class"]) == (explainer, of_class)
        ]

    @property
    def classes(self) -> list[str]:
        return list(dict.fromkeys(row["class"] for row in self.table("map_scores.csv")))


@dataclass(frozen=True)
class Trials:
    """Finished trials of one experiment."""

    of: Sequence[Trial]

    def __len__(self) -> int:
        return len(self.of)

    def where(self, **params: object) -> Trials:
        """Those whose parameters are these, dots written as ``__``."""
        wanted = {key.replace("__", "."): str(value) for key, value in params.items()}
        return Trials([one for one in self.of if wanted.items() <= one.params.items()])

    def values(self, param: str) -> list[object]:
        """All values of a parameter, ascending."""
        return sorted({ast.literal_eval(one.params[param]) for one in self.of})

    def metric(self, name: str) -> Spread:
        return Spread(tuple(one.metrics[name] for one in self.of if name in one.metrics))

    def score(self, name: str, explainer: str, of_class: str | Iterable[str]) -> Spread:
        """A map score of one class in each trial, or the mean over several."""
        classes = [of_class] if isinstance(of_class, str) else list(of_class)
        told = [
            [value for each in classes if (value := one.score(name, explainer, each)) is not None]
            for one in self.of
        ]
        return Spread(tuple(float(np.mean(values)) for values in told if values))

    @property
    def picture_folder(self) -> Path:
        """Artifacts of the first trial."""
        return min(self.of, key=lambda one: int(one.params.get("seed", 0))).folder


class Store:
    """The MLflow store in a folder."""

    def __init__(self, folder: Path) -> None:
        from mlflow import MlflowClient

        self.folder = folder
        self._client = MlflowClient(f"sqlite:///{folder / 'mlflow.db'}")
        self.trials = cache(self._trials)

    def _runs(self, experiment: str, kind: str) -> list[object]:
        """Newest first."""
        found = self._client.get_experiment_by_name(experiment)
        if found is None:
            return []
        finished = f"attributes.status = 'FINISHED' and tags.`raman_xp.kind` = '{kind}'"
        return list(self._client.search_runs([found.experiment_id], finished, max_results=1000))

    def _trials(self, experiment: str) -> Trials:
        """The newest trial of each name."""
        newest: dict[str, object] = {}
        for run in self._runs(experiment, "trial"):
            newest.setdefault(run.info.run_name, run)
        if not newest:
            raise SystemExit(f"{self.folder}: no finished trial of {experiment}; run it first")
        return Trials([Trial(run) for run in reversed(newest.values())])

    def sweep(self, experiment: str) -> Path:
        """Artifacts of the newest sweep."""
        runs = self._runs(experiment, "sweep")
        if not runs:
            raise SystemExit(f"{self.folder}: no sweep of {experiment}; run it first")
        return Trial(runs[0]).folder

    def keep_cost(self, experiment: str, command: str, cost: Cost) -> None:
        """Record what a command cost."""
        found = self._client.get_experiment_by_name("paper")
        of = found.experiment_id if found else self._client.create_experiment("paper")
        run = self._client.create_run(of, run_name=experiment, tags={"command": command}).info.run_id
        self._client.log_metric(run, "seconds", cost.seconds)
        self._client.log_metric(run, "peak_mb", cost.peak_mb)
        self._client.log_metric(run, "cores", os.cpu_count() or 1)
        self._client.set_terminated(run)

    @property
    def cores(self) -> int:
        """Of the machine that ran last."""
        found = self._client.get_experiment_by_name("paper")
        assert found
        return int(self._client.search_runs([found.experiment_id], max_results=1)[0].data.metrics["cores"])

    def cost_of(self, experiment: str) -> Cost | None:
        """What it cost when it ran last."""
        found = self._client.get_experiment_by_name("paper")
        runs = found and self._client.search_runs(
            [found.experiment_id], f"attributes.run_name = '{experiment}'", max_results=1
        )
        return Cost(runs[0].data.metrics["seconds"], runs[0].data.metrics["peak_mb"]) if runs else None
