"""Trials of every splitter whose components write down which spectra they receive."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from distributions import on_the_path, write_distribution
from raman_xp.cli import main
from raman_xp.testing.project import local_path
from seen.table import Row, read_artifact, read_table, write_table

AXIS = np.linspace(1300, 400, 16)
"""Descends in the files."""
SPEC = """\
name: {trial}
data: {{use: pharma_csv, path: {data}.csv}}
preprocess: {preprocess}
split: {split}
model: {{use: recorder, trial: {trial}}}
explain: [{{use: watcher, trial: {trial}}}, {{use: class_watcher, trial: {trial}}}]
score: [{{use: judge, trial: {trial}}}]
pictures: false
"""
SHIFTED = "[{use: affine, times: 2}, {use: affine, plus: 3}, {use: affine, times: 0.5, id: half}]"
"""Gives x + 1.5; in any other order, something else."""
TRIALS = {
    "given": ("groups", SHIFTED, "{use: given, folds: 3}"),
    "given_whole": ("groups", "[]", "{use: given}"),
    "stratified_groups": ("groups", "[]", "{use: stratified, test: 0.25, folds: 3}"),
    "stratified": ("singles", "[]", "{use: stratified, test: 0.3, folds: 2}"),
    "signal_ladder": ("singles", "[]", "{use: signal_ladder, fractions: [1, 0.5, 0.4, 0.25], folds: 4}"),
}
"""Name → data file, preprocessing, split."""
COMPONENTS = (
    "model.recorder",
    "explainer.watcher",
    "explainer.class_watcher",
    "map_score.judge",
    "preprocessor.affine",
)


@dataclass(frozen=True)
class Seen:
    """What the components of one trial have received.

    Args:
        rows: name → spectrum, as the data file has them.
        axis: (channels,), ascending.
        split: the trial's ``split.csv``.
        records: of the first run, in order of time.
        recalled: of the second run, whose explainers have other settings.
        repeated: of the third run, which is the second again.
    """

    rows: dict[str, Row]
    axis: np.ndarray
    split: list[dict[str, str]]
    records: list[dict[str, Any]]
    recalled: list[dict[str, Any]]
    repeated: list[dict[str, Any]]

    def part(self, part: str) -> list[str]:
        """Names of the spectra that train or test, in the order of the file."""
        return [row["spectrum"] for row in self.split if row["part"] == part]

    def held_out(self, fold: int) -> list[str]:
        """Names of the spectra that a fold holds out."""
        return [row["spectrum"] for row in self.split if row["held_out_in_fold"] == str(fold)]

    @property
    def folds(self) -> list[int]:
        """Numbers of the folds."""
        return sorted({int(row["held_out_in_fold"]) for row in self.split if row["held_out_in_fold"]})

    @property
    def fits(self) -> dict[int | None, dict[str, Any]]:
        """Fold → its fit; nothing → the final fit, which is the one that watches no fold."""
        fold_of = {tuple(self.held_out(fold)): fold for fold in self.folds}
        fits = of_event(self.records, "fit")
        found = {fold_of.get(tuple(fit["valid"]["names"]) if fit["valid"] else ()): fit for fit in fits}
        assert len(found) == len(fits)
        return found


def of_event(records: list[dict[str, Any]], event: str, id: str | None = None) -> list[dict[str, Any]]:
    """The records of an event, and of one explainer."""
    return [each for each in records if each["event"] == event and id in (None, each.get("id"))]


@pytest.fixture(scope="module")
def seen_by_way(tmp_path_factory, migrated_store: Path) -> Iterator[Callable[[str], dict[str, Seen]]]:
    """``--workers`` → what the components of each trial have received."""
    home = tmp_path_factory.mktemp("seen")
    source = (Path(__file__).parent / "recording_components.py").read_text()
    with on_the_path(home / "site") as patch:
        write_distribution(
            home / "site", "xp-recording", dict.fromkeys(COMPONENTS, "xp_recording"), xp_recording=source
        )

        @cache
        def run(workers: str) -> dict[str, Seen]:
            folder = home / f"workers {workers}"
            folder.mkdir()
            shutil.copy(migrated_store, folder / "mlflow.db")
            _write_data(folder)
            for trial, (data, preprocess, split) in TRIALS.items():
                text = SPEC.format(trial=trial, data=data, preprocess=preprocess, split=split)
                (folder / f"{trial}.yaml").write_text(text)
            patch.chdir(folder)
            patch.delenv("MLFLOW_TRACKING_URI", raising=False)
            changed = ["--set", "explain.watcher.size=2", "--set", "explain.class_watcher.size=2"]
            records = [_recorded(patch, folder, workers, *options) for options in ((), changed, changed)]
            return {
                trial: Seen(
                    *reversed(read_table(folder / f"{data}.csv")),
                    _artifact(folder, trial, "split.csv"),
                    *([each for each in of_run if each["trial"] == trial] for of_run in records),
                )
                for trial, (data, _, _) in TRIALS.items()
            }

        yield run


def _recorded(patch: pytest.MonkeyPatch, folder: Path, workers: str, *options: str) -> list[dict[str, Any]]:
    """Run all specs, and return what the components have written meanwhile."""
    records = folder / f"records {len(list(folder.glob('records *')))}"
    records.mkdir()
    patch.setenv("XP_RECORDS", str(records))
    specs = [f"{trial}.yaml" for trial in TRIALS]
    result = CliRunner().invoke(main, ["run", *specs, "--workers", workers, *options])
    assert result.exit_code == 0, f"{result.output}\n{result.exception!r}"
    return [json.loads(path.read_text()) for path in sorted(records.iterdir())]


def _artifact(folder: Path, trial: str, name: str) -> list[dict[str, str]]:
    """A table of the newest run of a trial."""
    from mlflow import MlflowClient

    client = MlflowClient(f"sqlite:///{folder / 'mlflow.db'}")
    experiment = client.get_experiment_by_name(trial)
    run = client.search_runs([experiment.experiment_id], "tags.`raman_xp.kind` = 'trial'")[0]
    return read_artifact((local_path(run.info.artifact_uri) / name).read_bytes())


def _write_data(folder: Path) -> None:
    """Write ``groups.csv``, with groups and roles, and ``singles.csv``, with more than a batch to test.

    Classes differ in number and are not in the order of the alphabet; rows stand in no order. Each spectrum
    is its class's band times a number of its own, to which its signal is proportional.
    """
    rng = np.random.default_rng(3)
    bands = {"mango": 700.0, "apple": 950.0, "zinc": 1100.0}

    def lines(numbers: dict[str, int], size: int):
        for label, number in numbers.items():
            strengths = rng.permutation(np.geomspace(100, 1000, number))
            for at, strength in enumerate(strengths):
                group = f"{label} {at // size}"
                band = strength * np.exp(-(((AXIS - bands[label]) / 250) ** 2))
                yield [label, group, "test" if at // size % 3 == 1 else "train", *map(float, band)]

    groups = list(lines({"mango": 16, "apple": 14, "zinc": 10}, 2))
    rng.shuffle(groups)
    groups.sort(key=lambda line: line[0] != "mango")  # whose first row comes first
    write_table(folder / "groups.csv", AXIS, ("label", "group", "role"), groups)
    singles = [[label, *values] for label, _, _, *values in lines({"mango": 70, "apple": 60, "zinc": 45}, 1)]
    rng.shuffle(singles)
    write_table(folder / "singles.csv", AXIS, ("label",), singles)
