"""Arguments that commands share."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from raman_xp.text.wording import counted

if TYPE_CHECKING:
    from raman_xp.plugins.registry import Registry
    from raman_xp.spec import Experiment, Trial


log = logging.getLogger(__name__)


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


PER_WORKER = 500e6
"""Bytes of memory that a worker with TensorFlow takes, before it has any spectra."""
MOST_PER_CORE = 4
"""Workers side by side on one core: more only get into each other's way."""


def cores() -> int:
    """Return how many cores this process may use."""
    from joblib import cpu_count

    return int(cpu_count())


def workers_for(trials: Sequence[Trial], asked: int | None) -> int:
    """How many processes fit side by side: what was asked for, or as many as there are cores for.

    There are never more than the memory holds, nor many times more than cores; what is reduced is logged.
    """
    if asked == 0:
        return 0
    from raman_xp.system.memory import unused

    wanted = asked or max(cores() // max(trial.header.threads for trial in trials), 1)
    room = max(int(unused() // PER_WORKER), 1)
    limits = {
        f"the machine has {counted(cores(), 'core')}": MOST_PER_CORE * cores(),
        f"{unused() / 1e9:.1f} GB of memory are free, and each takes {PER_WORKER / 1e9:.1f} GB": room,
    }
    reason, most = min(limits.items(), key=lambda limit: limit[1])
    if most < wanted:
        log.warning("%s instead of %d: %s", counted(most, "worker"), wanted, reason)
    return min(most, wanted)


def fits_of(trials: Sequence[Trial]) -> int:
    """How many fits trials have at least: the final ones, and the folds where the split has such a key."""
    return sum(1 + (getattr(trial.split, "folds", None) or 0) for trial in trials)


def experiments(
    specs: tuple[Path, ...], settings: tuple[str, ...], registry: Registry, most_trials: int | None = None
) -> list[Experiment]:
    """All specs, checked; problems of all of them are shown together."""
    from raman_xp.errors import Problem, SpecError
    from raman_xp.spec import load_experiment
    from raman_xp.spec.sweep import MOST_TRIALS

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
