"""``raman-xp schema``."""

from __future__ import annotations

import click

from raman_xp.cli.echo import echo


@click.command()
def schema() -> None:
    """Print the JSON Schema of specs, with all installed components, for an editor to complete keys.

    \b
    raman-xp schema > experiments/schema.json
    """
    import json

    from raman_xp.plugins.registry import Registry
    from raman_xp.spec.schema import spec_schema

    broken: list[str] = []
    schema = json.dumps(spec_schema(Registry(), broken), indent=2, ensure_ascii=False)
    click.echo(schema.encode())  # JSON is UTF-8, whatever the locale says
    for what in broken:
        echo(f"Left out: {what}", err=True)
