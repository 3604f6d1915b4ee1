"""Lines that a command prints without tables or colours."""

from __future__ import annotations

import click

from raman_xp.text.plain_text import printable


def echo(text: str, *, err: bool = False) -> None:
    """Print lines, on stdout or stderr, that cannot steer a terminal."""
    click.echo(printable(text), err=err)
