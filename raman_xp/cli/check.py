"""``raman-xp check``."""

from __future__ import annotations

from pathlib import Path

import click

from raman_xp.cli.options import experiments, spec_arguments


@click.command()
@spec_arguments
def check(specs: tuple[Path, ...], settings: tuple[str, ...]) -> None:
    """Validate specs and their data, and print what would run; trains nothing and writes nothing.

    \b
    raman-xp check experiments/pharma.yaml
    raman-xp check experiments/own_csv.yaml --set data.path=spectra.csv
    """
    from rich.console import Console

    from raman_xp.cli.summary import print_plan
    from raman_xp.plan import plan
    from raman_xp.registry import Registry

    registry = Registry()
    trials = plan(experiments(specs, settings, registry), registry)
    console = Console(highlight=False)
    for trial in trials:
        print_plan(console, trial)
    fits = sum(len(trial.fits) for trial in trials)
    console.print(f"{len(trials)} trial{'s' * (len(trials) > 1)}, {fits} fits: all checked.")
