"""``raman-xp run``."""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from raman_xp.cli.echo import echo
from raman_xp.cli.options import cores, experiments, fits_of, spec_arguments, workers_for, workers_option
from raman_xp.system.importing import keep_imported, quick_imports

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from raman_xp.running.execution import Backend
    from raman_xp.spec import Experiment
    from raman_xp.system.stopping import Stop

log = logging.getLogger(__name__)


@click.command()
@spec_arguments
@click.option(
    "--tracking-uri",
    metavar="URI",
    help="MLflow store; default: MLFLOW_TRACKING_URI, or mlflow.db here. A spec chooses no other.",
)
@workers_option
@click.option(
    "--cluster", metavar="WHERE", help="Fit on a Dask cluster: its scheduler's address, or scheduler file."
)
@click.option("--fresh", is_flag=True, help="Do everything anew, also what is finished.")
def run(
    specs: tuple[Path, ...],
    settings: tuple[str, ...],
    max_trials: int | None,
    tracking_uri: str | None,
    workers: int | None,
    cluster: str | None,
    fresh: bool,
) -> None:
    """Run experiments and record them in MLflow.

    Started again, the same command does only what is missing.

    \b
    raman-xp run experiments/pharma.yaml
    raman-xp run experiments/pharma.yaml --set model.epochs=50 --set seed=1
    raman-xp run experiments/own_csv.yaml --set data.path=spectra.csv
    raman-xp run experiments/*.yaml --tracking-uri http://server:5000
    raman-xp run experiments/pharma.yaml --cluster tcp://host:8786

    \b
    Exit codes: 0; 1 a trial failed, or the store or the cluster cannot be reached; 2 the spec or its data is
    wrong; 130 stopped by Ctrl-C.
    """
    from raman_xp.system.memory import ADDRESSES, require_addresses

    require_addresses(ADDRESSES, "raman-xp")
    with quick_imports():
        from raman_xp.cli.plans import print_plans, told_what_was_read
        from raman_xp.cli.results import print_next, print_results
        from raman_xp.plugins.events import Events
        from raman_xp.plugins.registry import Registry
        from raman_xp.running.runner import run as run_planned
        from raman_xp.running.trial_pictures import told
        from raman_xp.system.stopping import stop_on_signals
        from raman_xp.text.terminal import PlainConsole
        from raman_xp.trial.plan import plan

    if cluster and workers is not None:
        raise click.UsageError("--cluster and --workers exclude each other: a cluster has workers of its own")
    chosen = settings
    if tracking_uri:
        settings = (*settings, f"track.tracking_uri={json.dumps(tracking_uri)}")
    registry = Registry()
    loaded = experiments(specs, settings, registry, max_trials)
    console = PlainConsole()
    with stop_on_signals() as stop, _backend(loaded, workers, cluster, stop) as backend:
        with told_what_was_read(console):
            trials = plan(loaded, registry)
        print_plans(console, trials)
        with quick_imports():
            for tracker in {type(each.trial.tracker) for each in trials}:
                tracker.warm_up()
        if getattr(click.get_current_context().find_root().command, "owns_process", False):
            keep_imported()
        ended = run_planned(trials, Events.installed(registry), backend, stop, fresh)
    print_results(console, ended.trials)
    debug = click.get_current_context().find_root().params["debug"]
    for each in ended.trials:
        if each.missing:
            name = each.planned.context.name
            echo(f"Warning: {name}: {told(each.missing)}; the same command tries to draw them", err=True)
            if debug:
                echo("\n".join(picture.details for picture in each.missing), err=True)
    for where in ended.sweeps:
        if where:
            console.print(f"Sweep summary: {where}")
    failed = [(each.planned.context.name, each.error) for each in ended.trials if each.error]
    for what, error in failed:
        echo(f"Error: {what}: {error}", err=True)
        if debug:
            echo("\n".join(getattr(error, "__notes__", ())), err=True)
    print_next(console, ended.trials, _command(specs, chosen, tracking_uri))
    if failed:
        sys.exit(1)


def _command(specs: Sequence[Path], settings: Sequence[str], tracking_uri: str | None) -> list[str]:
    """The command that runs a single spec with these settings; empty for several."""
    if len(specs) != 1:
        return []
    store = ["--tracking-uri", tracking_uri] if tracking_uri else []
    chosen = [part for setting in settings for part in ("--set", setting)]
    return ["raman-xp", "run", str(specs[0]), *store, *chosen]


def _backend(
    experiments: Sequence[Experiment], workers: int | None, cluster: str | None, stop: Stop
) -> AbstractContextManager[Backend]:
    """What the options ask for; processes begin to make ready at once."""
    from contextlib import nullcontext

    from raman_xp.running.execution import Inline, in_processes, on_cluster
    from raman_xp.system.spawning import obstacle

    if cluster:
        return on_cluster(cluster, stop)
    if workers == 0:
        return nullcontext(Inline(stop))
    if why := obstacle():
        log.warning("%s: fits run one after the other in this process, as with --workers 0", why)
        return nullcontext(Inline(stop))
    trials = [trial for experiment in experiments for trial in experiment.trials]
    begin = min(fits_of(trials), cores())  # more would slow each other's start down, and may not be needed
    return in_processes(workers_for(trials, workers), stop, trials, begin, asked=workers is not None)
