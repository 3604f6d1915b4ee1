"""``raman-xp schema``."""

from __future__ import annotations

import click


@click.command()
def schema() -> None:
    """Print the JSON Schema of specs, with all installed components, for an editor to complete keys.

    \b
    raman-xp schema > experiments/schema.json
    """
    import json

    from raman_xp.registry import Registry
    from raman_xp.spec.schema import spec_schema

    click.echo(json.dumps(spec_schema(Registry()), indent=2, ensure_ascii=False))
