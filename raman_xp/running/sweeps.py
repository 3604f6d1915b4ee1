"""What the trials of a sweep amount to together: a table, and pictures over the swept key."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

from raman_xp.components import ExperimentLog, Figure, SweepTask, SweptTrial, blaming
from raman_xp.figures.sweeps import draw_metric
from raman_xp.maps import Maps
from raman_xp.maps.files import maps_path, read_maps
from raman_xp.results import MISSING_PICTURES, Files, SweepResult, UnitResult
from raman_xp.running.trial_pictures import listed, told
from raman_xp.running.trial_run import Outcome
from raman_xp.system.files import read_files
from raman_xp.text.plain_text import in_markdown
from raman_xp.text.tables import csv_text
from raman_xp.trial.keys import key_of
from raman_xp.trial.pictures import Draw, add_files, drawn_into
from raman_xp.trial.plan import Planned

REPEATS = "seed"
"""The key whose values repeat a trial rather than change it."""


def sweep_key(planned: Sequence[Planned]) -> str:
    """Of everything that the summary of a sweep depends on."""
    return key_of({"sweep": planned[0].swept, "trials": [each.context.key for each in planned]})


def summarised(outcomes: Sequence[Outcome], log: ExperimentLog) -> SweepResult:
    """A sweep whose trials are all finished.

    Args:
        outcomes: of its trials, in order; each has numbers.
        log: where their maps are read.
    """
    planned = [outcome.planned for outcome in outcomes]
    swept = planned[0].swept
    key = next((each for each in swept if each != REPEATS), swept[0])
    metrics = [dict(outcome.numbers.metrics()) if outcome.numbers else {} for outcome in outcomes]
    header = planned[0].trial.header
    missing = []
    with tempfile.TemporaryDirectory(prefix="raman-xp-") as name:
        folder, scratch = Path(name, "files"), Path(name, "scratch")
        folder.mkdir()
        scratch.mkdir()
        (folder / "sweep.csv").write_text(_table(planned, metrics, outcomes), "utf-8")
        if header.pictures:
            pictures = [*_metrics(planned, metrics, key), *_figures(folder, planned, log, key)]
            lost = (drawn_into(folder, scratch, path, draw) for path, draw in pictures)
            missing = [each for each in lost if each]
        files = read_files(folder)
    note = _note(planned, metrics, key)
    if missing:
        files[MISSING_PICTURES] = listed(missing)
        note = f"{note}\n\n**{told(missing)}** (`{MISSING_PICTURES}` lists all)"
    return SweepResult(
        name=f"sweep of {', '.join(each.rpartition('.')[2] for each in swept)}",
        key=sweep_key(planned),
        note=note,
        tags={"raman_xp.sweep": ", ".join(swept), "raman_xp.data": planned[0].context.tags["raman_xp.data"]},
        files=files,
        missing=missing,
    )


def _by_value(planned: Sequence[Planned], key: str) -> dict[str, list[int]]:
    """Value of a key, as text → places of the trials that have it."""
    places: dict[str, list[int]] = {}
    for place, each in enumerate(planned):
        places.setdefault(repr(each.trial.chosen[key]), []).append(place)
    return places


def _table(
    planned: Sequence[Planned], metrics: Sequence[Mapping[str, float]], outcomes: Sequence[Outcome]
) -> str:
    names = list(dict.fromkeys(name for each in metrics for name in each))
    rows: list[list[Any]] = []
    for each, numbers, outcome in zip(planned, metrics, outcomes, strict=True):
        told = [f"{numbers[name]:.6g}" if name in numbers else "" for name in names]
        rows.append([each.trial.name, *each.trial.chosen.values(), *told, outcome.where])
    return csv_text(["trial", *planned[0].swept, *names, "where"], rows)


def _metrics(
    planned: Sequence[Planned], metrics: Sequence[Mapping[str, float]], key: str
) -> Iterator[tuple[str, Draw]]:
    """A picture for each group of metrics: ``test/accuracy``, and of ``map/pointing/grad_cam`` the group."""
    places = _by_value(planned, key)
    values = [planned[some[0]].trial.chosen[key] for some in places.values()]
    groups: dict[str, dict[str, str]] = {}
    for name in dict.fromkeys(name for each in metrics for name in each):
        if name.startswith("map/"):
            group, _, explainer = name.rpartition("/")
            groups.setdefault(group, {})[explainer] = name
        elif name in ("test/accuracy", "cv/accuracy_mean"):
            groups[name] = {name: name}
    for group, series in groups.items():
        numbers = {
            label.replace("_", " "): [
                [metrics[place][name] for place in some if name in metrics[place]] for some in places.values()
            ]
            for label, name in series.items()
        }
        path = f"figures/{group.removeprefix('map/').replace('/', '_')}.png"
        title = group.removeprefix("map/").replace("_", " ")
        yield path, partial(_draw_metric, path, title, key, values, numbers)


def _draw_metric(
    path: str,
    title: str,
    key: str,
    values: Sequence[Any],
    series: Mapping[str, Sequence[Sequence[float]]],
    folder: Path,
) -> None:
    draw_metric(folder / path, title, key, values, series)


def _figures(
    kept: Path, planned: Sequence[Planned], log: ExperimentLog, key: str
) -> Iterator[tuple[str, Draw]]:
    """What figures of the spec add, of the trials that differ from the first in the key only."""
    first = planned[0].trial.chosen
    alike = [each for each in planned if {**each.trial.chosen, key: first[key]} == dict(first)]
    explainers = [explainer.slug for explainer in planned[0].trial.explainers]
    trials = [
        SweptTrial(
            each.trial.chosen,
            each.prepared.spectra.take(each.prepared.split.test),
            _maps_of(each, log),
        )
        for each in alike
    ]
    for figure in planned[0].trial.figures:

        def draw(folder: Path, figure: Figure = figure) -> None:
            with tempfile.TemporaryDirectory(prefix="raman-xp-") as drawn:
                with blaming(figure, "draw the sweep"):
                    figure.draw_sweep(SweepTask(trials, key, explainers, Path(drawn)))
                add_files(figure, Path(drawn), folder / "figures", kept / "figures")

        yield f"figures/{figure.slug}", draw


def _maps_of(planned: Planned, log: ExperimentLog) -> Callable[[str], Maps | None]:
    @cache
    def maps(explainer: str) -> Maps | None:
        path, fit = maps_path(explainer), "fit.npz"
        files: Files | None = log.artifacts(planned.context.key, [path, fit])
        if not files:
            return None
        return read_maps(files[path]).about(
            UnitResult.restored(files, with_model=False).logits.argmax(axis=1)
        )

    return maps


def _note(planned: Sequence[Planned], metrics: Sequence[Mapping[str, float]], key: str) -> str:
    """Means of the main numbers over the values of the key, as a Markdown table."""
    names = [name for name in metrics[0] if name == "test/accuracy" or name.startswith("map/")]
    head = " | ".join(map(in_markdown, [key, "trials", *names]))
    lines = [f"| {head} |", "|" + " --- |" * (2 + len(names))]
    for value, some in _by_value(planned, key).items():
        told: list[Any] = [in_markdown(value), len(some)]
        for name in names:
            numbers = [metrics[place][name] for place in some if name in metrics[place]]
            told.append(f"{sum(numbers) / len(numbers):.3f}" if numbers else "")
        lines.append("| " + " | ".join(map(str, told)) + " |")
    return "\n".join(lines)
