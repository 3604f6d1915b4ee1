"""``raman-xp plugins``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from raman_xp.registry import Provider, Registry


@click.command()
@click.argument("component", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def plugins(component: str | None, as_json: bool) -> None:
    """List every installed component, or show the fields of one.

    The list reads metadata only; naming a component loads the plugin that provides it.

    \b
    raman-xp plugins
    raman-xp plugins grad_cam
    raman-xp plugins --json
    """
    from raman_xp.registry import Registry

    registry = Registry()
    if component:
        _show(registry, component, as_json)
        return
    rows = [_row(provider) for provider in registry.providers]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("component", "family", "distribution", "version")
    for row in rows:
        table.add_row(row["component"], row["family"], row["distribution"], row["version"])
    console = Console(highlight=False)
    console.print(table)
    for note in registry.ignored:
        console.print(f"Note: {note}")


def _show(registry: Registry, component: str, as_json: bool) -> None:
    from raman_xp.errors import PluginError
    from raman_xp.wording import did_you_mean

    providers = [provider for provider in registry.providers if provider.component == component]
    if not providers:
        names = {provider.component for provider in registry.providers}
        raise PluginError(f"no component is called {component!r}; {did_you_mean(component, names)}")
    shown = [_row(provider) | _fields(registry, provider) for provider in providers]
    if as_json:
        click.echo(json.dumps(shown, indent=2))
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console(highlight=False)
    for row in shown:
        console.print(
            f"[bold]{row['component']}[/], {row['family']} of {row['distribution']} {row['version']}"
        )
        console.print(escape(row["about"]) + "\n")
        table = Table("key", "default", "what it is")
        for field in row["fields"]:
            table.add_row(field["key"], escape(field["default"]), escape(field["description"]))
        console.print(table)


def _row(provider: Provider) -> dict[str, Any]:
    return {
        "component": provider.component,
        "family": provider.family.value,
        "distribution": provider.distribution,
        "version": provider.version,
        "module": provider.module,
    }


def _fields(registry: Registry, provider: Provider) -> dict[str, Any]:
    import inspect

    cls = registry.load(provider.family, provider.component)
    schema = cls.model_json_schema()
    fields = [
        {
            "key": name,
            "default": "required" if field.is_required() else json.dumps(field.get_default(), default=str),
            "description": " ".join((field.description or "").split()),
        }
        for name, field in cls.model_fields.items()
    ]
    return {"about": inspect.cleandoc(cls.__doc__ or ""), "fields": fields, "schema": schema}
