"""Run everything in Fukuhara et al. 2019 again, and write docs/paper.md from what MLflow has recorded.

    python experiments/paper run --pure aminoacids.csv     # all of it: about an hour and a half on two cores
    python experiments/paper write

Both work on a store of their own, the folder ``paper-runs`` where they are started. What each command was, on
what machine, and what it cost is kept there in the experiment *paper*.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shlex
from importlib.metadata import version
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
    help="CSV of measured amino acids, for amino_measured.",
)
@click.option("--again", is_flag=True, help="Run what has run already, from nothing.")
@click.option("--quick", is_flag=True, help="Tiny networks, to see that all of it works; for another folder.")
@click.pass_obj
def run(folder: Path, names: tuple[str, ...], pure: Path | None, again: bool, quick: bool) -> None:
    """Run the commands, or those of these NAMEs; what has run, as it is now, is left out."""
    known = {command.experiment: command for command in COMMANDS}
    if unknown := [name for name in names if name not in known]:
        raise click.BadParameter(f"no {', '.join(unknown)}; there are {', '.join(known)}", param_hint="NAME")
    chosen = [known[name] for name in names] or list(COMMANDS)
    if pure is None and any(command.spec == "amino_measured" for command in chosen):
        raise click.UsageError(
            "amino_measured needs --pure, a CSV of measured acids; or name other experiments"
        )
    folder.mkdir(parents=True, exist_ok=True)
    link = folder / "experiments"  # so that commands read as a user types them
    link.unlink(missing_ok=True)
    link.symlink_to(EXPERIMENTS)
    store = Store(folder)
    for command in chosen:
        given = {"data.path": str(pure.resolve())} if command.spec == "amino_measured" and pure else {}
        _run(store, command, command.arguments(given, quick), quick, again)


def _run(store: Store, command: Command, arguments: list[str], quick: bool, again: bool) -> None:
    """Run a command, unless it has run already as it is now."""
    facts = {
        "command": str(command),
        "arguments": shlex.join(arguments),
        "spec": hashlib.sha256((EXPERIMENTS / f"{command.spec}.yaml").read_bytes()).hexdigest(),
        "quick": str(quick),
    }
    if store.record(command.experiment, facts) and not again:
        click.echo(f"{command.experiment}: has run")
        return
    click.secho(str(command), bold=True)
    machine = {
        "raman_xp": version("raman-xp"),
        "python": platform.python_version(),
        "cores": str(os.cpu_count()),
    }
    with store.recording(command.experiment, facts | machine) as record:
        record.cost = run_and_watch([*arguments, *(["--fresh"] if again else [])], store.folder)
    click.echo(f"{command.experiment}: {record.cost.seconds:.0f} s, {record.cost.peak_mb:.0f} MB")


@main.command()
@click.option("--docs", type=click.Path(file_okay=False, path_type=Path), default=DOCS, help="Where to.")
@click.pass_obj
def write(folder: Path, docs: Path) -> None:
    """Write docs/paper.md and its pictures."""
    write_page(docs, Store(folder))
    click.echo(f"wrote {docs / 'paper.md'}")


if __name__ == "__main__":
    main()
