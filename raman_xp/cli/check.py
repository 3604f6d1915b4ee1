"""``raman-xp check``."""

from __future__ import annotations

from pathlib import Path

import click

from raman_xp.cli.options import experiments, spec_arguments, workers_for, workers_option
from raman_xp.system.importing import quick_imports
from raman_xp.text.wording import counted


@click.command()
@spec_arguments
@click.option("--measure", is_flag=True, help="Begin the longest fit, and tell how long all will take.")
@workers_option
def check(
    specs: tuple[Path, ...],
    settings: tuple[str, ...],
    max_trials: int | None,
    measure: bool,
    workers: int | None,
) -> None:
    """Validate specs and their data, and print what would run; writes nothing.

    \b
    raman-xp check experiments/pharma.yaml
    raman-xp check experiments/own_csv.yaml --set data.path=spectra.csv
    raman-xp check experiments/pharma.yaml --measure
    """
    from raman_xp.system.memory import ADDRESSES, require_addresses

    require_addresses(ADDRESSES, "raman-xp")
    with quick_imports():
        from raman_xp.cli.plans import print_plans, told_what_was_read
        from raman_xp.plugins.registry import Registry
        from raman_xp.system.memory import sharing_memory
        from raman_xp.text.terminal import PlainConsole
        from raman_xp.trial.plan import plan

    registry = Registry()
    loaded = experiments(specs, settings, registry, max_trials)
    console = PlainConsole()
    number = workers_for([trial for each in loaded for trial in each.trials], workers)
    with told_what_was_read(console), sharing_memory(number + 1):  # as a run does
        trials = plan(loaded, registry)
    print_plans(console, trials)
    fits = sum(len(trial.fits) for trial in trials)
    console.print(f"{counted(len(trials), 'trial')}, {counted(fits, 'fit')}: all checked.")
    if measure:
        from raman_xp.cli.plans import print_estimate
        from raman_xp.running.estimate import estimate

        print_estimate(console, estimate(trials, max(number, 1)))
