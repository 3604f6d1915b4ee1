"""``raman-xp run``."""

from __future__ import annotations

from pathlib import Path

import click

from raman_xp.cli.options import planned, spec_arguments


@click.command()
@spec_arguments
@click.option(
    "--tracking-uri", metavar="URI", help="MLflow store; default: MLFLOW_TRACKING_URI, or mlflow.db here."
)
def run(specs: tuple[Path, ...], settings: tuple[str, ...], tracking_uri: str | None) -> None:
    """Run experiments and record them in MLflow.

    \b
    raman-xp run experiments/pharma.yaml
    raman-xp run experiments/pharma.yaml --set model.epochs=50 --set seed=1
    raman-xp run experiments/own_csv.yaml --set data.path=spectra.csv
    raman-xp run experiments/*.yaml --tracking-uri http://server:5000

    \b
    Exit codes: 0; 1 a run failed or the store cannot be reached; 2 the spec or its data is wrong;
    130 stopped by Ctrl-C.
    """
    from rich.console import Console

    from raman_xp.cli.summary import print_plan, print_summary
    from raman_xp.events import Events
    from raman_xp.runner import run as run_planned
    from raman_xp.stopping import stop_on_signals

    stop_on_signals()
    if tracking_uri:
        settings = (*settings, f"track.tracking_uri={tracking_uri}")
    trials, registry = planned(specs, settings)
    console = Console(highlight=False)
    for trial in trials:
        print_plan(console, trial)
    for outcome in run_planned(trials, registry, Events.installed(registry)):
        print_summary(console, outcome)
