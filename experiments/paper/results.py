"""What MLflow has recorded of the runs."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cache, cached_property
from math import nan
from pathlib import Path
from typing import Any

import numpy as np

from costs import Cost
from raman_xp.text.tables import read_csv

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")


@dataclass(frozen=True)
class Spread:
    """A number in several trials, in the order of their seeds: its mean, and from least to greatest."""

    values: tuple[float, ...]

    @property
    def mean(self) -> float:
        return float(np.mean(self.values)) if self.values else nan

    @property
    def low(self) -> float:
        return min(self.values, default=nan)

    @property
    def high(self) -> float:
        return max(self.values, default=nan)

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

    run: Any

    @property
    def metrics(self) -> dict[str, float]:
        return dict(self.run.data.metrics)

    @property
    def params(self) -> dict[str, str]:
        return dict(self.run.data.params)

    @property
    def seed(self) -> int:
        return int(self.params["seed"])

    @cached_property
    def folder(self) -> Path:
        """Its artifacts."""
        return Path(self.run.info.artifact_uri.removeprefix("file://"))

    def table(self, name: str) -> list[dict[str, str]]:
        """Rows of one of its tables."""
        return read_csv((self.folder / name).read_bytes())

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
    """Finished trials of one experiment, in the order of their seeds."""

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
    def seeds(self) -> tuple[int, ...]:
        return tuple(one.seed for one in self.of)

    @property
    def first(self) -> Trial:
        """That of the first seed."""
        return self.of[0]


class Store:
    """The MLflow store in a folder."""

    def __init__(self, folder: Path) -> None:
        from mlflow import MlflowClient

        self.folder = folder
        self._client = MlflowClient(f"sqlite:///{folder / 'mlflow.db'}")
        self.trials = cache(self._trials)

    def _runs(self, experiment: str, kind: str) -> list[Any]:
        """Newest first."""
        found = self._client.get_experiment_by_name(experiment)
        if found is None:
            return []
        finished = f"attributes.status = 'FINISHED' and tags.`raman_xp.kind` = '{kind}'"
        return list(self._client.search_runs([found.experiment_id], finished, max_results=1000))

    def _trials(self, experiment: str) -> Trials:
        """The newest trial of each name."""
        newest: dict[str, Any] = {}
        for run in self._runs(experiment, "trial"):
            newest.setdefault(run.info.run_name, run)
        if not newest:
            raise SystemExit(f"{self.folder}: no finished trial of {experiment}; run it first")
        return Trials(sorted((Trial(run) for run in newest.values()), key=lambda one: one.seed))

    def sweep(self, experiment: str) -> Path:
        """Artifacts of the newest sweep."""
        runs = self._runs(experiment, "sweep")
        if not runs:
            raise SystemExit(f"{self.folder}: no sweep of {experiment}; run it first")
        return Trial(runs[0]).folder

    @contextmanager
    def recording(self, experiment: str, facts: Mapping[str, str]) -> Iterator[Record]:
        """Keep a record of a command: what it is, and once it has ended well, what it cost."""
        found = self._client.get_experiment_by_name("paper")
        of = found.experiment_id if found else self._client.create_experiment("paper")
        before = self._records(experiment, facts)
        resumed = bool(before) and before[0].info.status != "FINISHED"
        tags = {**facts, "resumed": str(resumed)}
        run = self._client.create_run(of, run_name=experiment, tags=tags).info.run_id
        record = Record(tags)
        try:
            yield record
        except BaseException:
            self._client.set_terminated(run, "FAILED")
            raise
        for name, value in asdict(record.cost).items():
            self._client.log_metric(run, name, value)
        self._client.set_terminated(run)

    def record(self, experiment: str, facts: Mapping[str, str] | None = None) -> Record | None:
        """The newest record of a command that has ended well, with these facts where any are given."""
        for run in self._records(experiment, facts or {}):
            if run.info.status == "FINISHED":
                return Record(
                    dict(run.data.tags), Cost(run.data.metrics["seconds"], run.data.metrics["peak_mb"])
                )
        return None

    def _records(self, experiment: str, facts: Mapping[str, str]) -> list[Any]:
        """Newest first."""
        found = self._client.get_experiment_by_name("paper")
        if found is None:
            return []
        runs = self._client.search_runs([found.experiment_id], f"attributes.run_name = '{experiment}'")
        return [run for run in runs if facts.items() <= run.data.tags.items()]


UNKNOWN = Cost(nan, nan)


@dataclass
class Record:
    """A command that has run.

    Args:
        facts: what it was, and on what.
        cost: what it cost.
    """

    facts: Mapping[str, str]
    cost: Cost = UNKNOWN
