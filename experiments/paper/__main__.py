"""Run everything in Fukuhara et al. 2019 again, and write docs/paper.md from what MLflow has recorded.

    python experiments/paper run [NAME ...]     # all of it: about an hour on two cores
    python experiments/paper write

Both work on a store of their own, the folder ``paper-runs`` where they are started. A command that has run
there already is left out; what it cost is kept in the experiment *paper*.
"""

from __future__ import annotations

from pathlib import Path

import click
from commands import COMMANDS, EXPERIMENTS, Command
from costs import run as run_and_watch
from page import write_page
from results import Store

DOCS = EXPERIMENTS.parent / "docs"


@click.group(help=__doc__, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    default=Path("paper-runs"),
    help="Holds the store and its runs.",
)
@click.pass_context
def main(context: click.Context, folder: Path) -> None:
    context.obj = folder.resolve()


@main.command()
@click.argument("names", nargs=-1)
@click.option(
    "--pure",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="CSV of measured amino acids; without it, amino_measured is left out.",
)
@click.option("--again", is_flag=True, help="Run what has run already, from nothing.")
@click.option("--quick", is_flag=True, help="Tiny networks, to see that all of it works; for another folder.")
@click.pass_obj
def run(folder: Path, names: tuple[str, ...], pure: Path | None, again: bool, quick: bool) -> None:
    """Run the commands, or those of these NAMEs, one after the other."""
    known = {command.experiment: command for command in COMMANDS}
    if unknown := [name for name in names if name not in known]:
        raise click.BadParameter(f"no {', '.join(unknown)}; there are {', '.join(known)}", param_hint="NAME")
    folder.mkdir(parents=True, exist_ok=True)
    link = folder / "experiments"  # so that commands read as a user types them
    if not link.exists():
        link.symlink_to(EXPERIMENTS)
    store = Store(folder)
    for command in [known[name] for name in names] or COMMANDS:
        given = {}
        if command.spec == "amino_measured":
            if pure is None:
                click.echo(f"{command.experiment}: left out; give --pure")
                continue
            given = {"data.path": str(pure.resolve())}
        if store.cost_of(command.experiment) and not again:
            click.echo(f"{command.experiment}: has run")
            continue
        click.secho(str(command), bold=True)
        arguments = [*command.arguments(given, quick), *(["--fresh"] if again else [])]
        _run(store, command, arguments)


def _run(store: Store, command: Command, arguments: list[str]) -> None:
    cost = run_and_watch(arguments, folder=store.folder)
    store.keep_cost(command.experiment, str(command), cost)
    click.echo(f"{command.experiment}: {cost.seconds:.0f} s, {cost.peak_mb:.0f} MB")


@main.command()
@click.option("--docs", type=click.Path(file_okay=False, path_type=Path), default=DOCS, help="Where to.")
@click.pass_obj
def write(folder: Path, docs: Path) -> None:
    """Write docs/paper.md and its pictures."""
    write_page(docs, Store(folder))
    click.echo(f"wrote {docs / 'paper.md'}")


if __name__ == "__main__":
    main()
