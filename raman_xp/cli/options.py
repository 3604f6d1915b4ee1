"""Arguments that commands share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from raman_xp.registry import Registry
    from raman_xp.spec import Experiment, Trial


def spec_arguments(command: Callable[..., Any]) -> Callable[..., Any]:
    """One or more specs, and what overrides them."""
    specs = click.argument(
        "specs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="SPEC..."
    )
    settings = click.option(
        "--set",
        "settings",
        multiple=True,
        metavar="KEY=VALUE",
        help="Override a key of the spec, such as model.epochs=5; may be repeated. Paths start from here.",
    )
    most = click.option(
        "--max-trials",
        type=click.IntRange(1),
        metavar="N",
        help="Trials that a sweep may have; default: 10,000.",
    )
    return specs(settings(most(command)))


workers_option = click.option(
    "--workers",
    type=click.IntRange(0, 4096),
    metavar="N",
    help="Processes that fit side by side; default: as many as there are cores for. 0: in this process.",
)


def workers_for(trials: Sequence[Trial], asked: int | None) -> int:
    """How many processes fit side by side: what was asked for, or as many as there are cores for."""
    if asked is not None:
        return asked
    from joblib import cpu_count

    return max(int(cpu_count()) // max(trial.header.threads for trial in trials), 1)


def experiments(
    specs: tuple[Path, ...], settings: tuple[str, ...], registry: Registry, most_trials: int | None = None
) -> list[Experiment]:
    """All specs, checked; problems of all of them are shown together."""
    from raman_xp.errors import Problem, SpecError
    from raman_xp.spec import load_experiment
    from raman_xp.spec.experiment import MOST_TRIALS

    loaded = []
    problems: list[Problem] = []
    for spec in specs:
        try:
            loaded.append(load_experiment(spec, registry, settings, most_trials or MOST_TRIALS))
        except SpecError as error:
            problems += error.problems
    if problems:
        raise SpecError(*problems)
    return loaded
