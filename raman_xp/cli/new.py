"""``raman-xp new``."""

from __future__ import annotations

from pathlib import Path

import click

from raman_xp.cli.echo import echo

KINDS = ("explainer", "data-source", "model", "preprocessor", "map-score", "observer")


@click.command()
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("name")
@click.option(
    "--into",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=Path(),
    help="Folder to make it in; default: this one.",
)
@click.option("--author", default="", metavar="NAME", help="Who holds the rights; default: git's user.name.")
def new(kind: str, name: str, into: Path, author: str) -> None:
    """Begin a plugin: a whole distribution that works, with tests.

    \b
    raman-xp new explainer smooth_grad
    raman-xp new data-source my_instrument --into plugins
    """
    from raman_xp.components import Family
    from raman_xp.plugins.registry import Registry
    from raman_xp.plugins.scaffold import Name, git_user, write_plugin
    from raman_xp.text.plain_text import typed

    family = Family(kind.replace("-", "_"))
    named = Name.of(name, family, Registry())
    holder = typed(author) or git_user() or f"the authors of {named.distribution}"
    folder = write_plugin(family, named, into, holder)
    echo(f"{folder}{'/'}")
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        echo(f"  {file.relative_to(folder)}")
    echo(
        f"\nMIT licence, held by {holder}; --author NAME says another.\n"
        f"It works already. To install it for editing, to test it, and to see it:\n\n"
        f"  cd {folder}\n"
        f'  pip install -e ".[test]"\n'
        f"  pytest\n"
        f"  raman-xp plugins {named.component}\n\n"
        f"Then change {named.module}.py into what it is to become; its tests tell what it promises."
    )
