"""``raman-xp plugins``."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from raman_xp.plugins.checkup import State
    from raman_xp.plugins.registry import Registry
    from raman_xp.text.terminal import PlainConsole


@click.command()
@click.argument("component", required=False)
@click.option("--check", is_flag=True, help="Load every plugin, time its import, and tell what is broken.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def plugins(component: str | None, check: bool, as_json: bool) -> None:
    """List every installed component, or show the fields of one.

    The list reads metadata only; --check loads each distribution in a process of its own, and naming a
    component loads the plugin that provides it.

    \b
    raman-xp plugins
    raman-xp plugins grad_cam
    raman-xp plugins --check
    raman-xp --disable raman-xp-occlusion plugins

    \b
    Exit codes: 0; 2 there is no such component, or one is broken.
    """
    from raman_xp.plugins.registry import Registry

    registry = Registry()
    if component:
        _show(registry, component, as_json)
        return
    states = _states(registry, check)
    if as_json:
        click.echo(json.dumps([_row(state) for state in states], indent=2))
    else:
        _print_table(states, registry.notes, check)
    if any(state.error for state in states):
        sys.exit(2)


def _states(registry: Registry, check: bool) -> list[State]:
    from raman_xp.plugins import checkup

    if not check:
        return list(checkup.states(registry))
    from raman_xp.text.terminal import PlainConsole

    with PlainConsole(stderr=True).status("loading") as shown:
        return list(checkup.tried(registry, lambda state: shown.update(f"loading {state.provider}")))


def _print_table(states: list[State], notes: Any, check: bool) -> None:
    from rich.table import Table
    from rich.text import Text

    from raman_xp.text.terminal import styled

    table = Table("component", "family", "distribution", "version", "status")
    if check:
        table.add_column("import", justify="right")
        table.add_column("brings along")
    for state in states:
        provider = state.provider
        row: list[str | Text] = [provider.component, provider.family.value]
        row += [provider.distribution, provider.version]
        row.append(styled(state.status, "red" if state.error else ""))
        if check:
            row.append("" if state.seconds is None else f"{1000 * state.seconds:.0f} ms")
            row.append(", ".join(state.brings))
        table.add_row(*row)
    console = _console()
    console.print(table)
    for error in dict.fromkeys(state.error for state in states if state.error):
        console.print(f"Broken: {error}", soft_wrap=True)
    for note in notes:
        console.print(f"Note: {note}", soft_wrap=True)


def _console() -> PlainConsole:
    from raman_xp.text.terminal import PlainConsole

    console = PlainConsole()
    if not console.is_terminal:
        console.width = 200  # a file or a pipe has no width to fit
    return console


def _show(registry: Registry, component: str, as_json: bool) -> None:
    from raman_xp.errors import PluginError
    from raman_xp.plugins.checkup import states
    from raman_xp.text.wording import did_you_mean

    named = [state for state in states(registry) if state.provider.component == component]
    if not named:
        names = {provider.component for provider in registry.providers}
        raise PluginError(f"no component is called {component!r}; {did_you_mean(component, names)}")
    shown = [_row(state) | _fields(registry, state) for state in named]
    if as_json:
        click.echo(json.dumps(shown, indent=2))
        return
    from rich.table import Table
    from rich.text import Text

    from raman_xp.text.terminal import styled

    console = _console()
    for row in shown:
        where = f", {row['family']} of {row['distribution']} {row['version']}"
        console.print(Text.assemble(styled(row["component"], "bold"), styled(where, "")))
        for paragraph in row["about"].split("\n\n"):
            console.print(" ".join(paragraph.split()) + "\n")
        table = Table("key", "default", "may be", "what it is")
        for field in row["fields"]:
            told = (field["default"], field["values"], field["description"])
            table.add_row(field["key"], *told)
        console.print(table)


def _row(state: State) -> dict[str, Any]:
    provider = state.provider
    row = {
        "component": provider.component,
        "family": provider.family.value,
        "distribution": provider.distribution,
        "version": provider.version,
        "module": provider.module,
        "status": state.status,
        "error": state.error,
    }
    return row if state.seconds is None else row | {"seconds": state.seconds, "brings": list(state.brings)}


def _fields(registry: Registry, state: State) -> dict[str, Any]:
    import inspect

    from raman_xp.cli.values import values

    cls = registry.load(state.provider.family, state.provider.component)
    schema = cls.model_json_schema()
    keys, definitions = schema.get("properties", {}), schema.get("$defs", {})
    fields = [
        {
            "key": name,
            "default": "required" if field.is_required() else json.dumps(field.get_default(), default=str),
            "values": values(keys.get(field.alias or name, {}), definitions),
            "description": " ".join((field.description or "").split()),
        }
        for name, field in cls.model_fields.items()
    ]
    return {"about": inspect.cleandoc(cls.__doc__ or ""), "fields": fields, "schema": schema}
