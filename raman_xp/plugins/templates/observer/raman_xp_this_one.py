"""Says how each trial has ended."""

from typing import ClassVar

import click

from raman_xp import hookimpl
from raman_xp.components import Observer
from raman_xp.errors import RamanXpError
from raman_xp.plain_text import printable
from raman_xp.results import TrialResult


class ThisOne(Observer):
    """A line for each trial on stderr.

    An observer is there in every run once it is installed. The events it wants are methods of the hooks'
    names, with those of their arguments that it needs.
    """

    name: ClassVar = "this_one"

    @hookimpl
    def raman_xp_trial_finished(self, trial: str, result: TrialResult, where: str) -> None:
        right = f"{result.metrics['test/accuracy']:.1%} right"
        click.echo(printable(f"this_one: {trial}: {right}; see {where}"), err=True)

    @hookimpl
    def raman_xp_trial_failed(self, trial: str, error: RamanXpError) -> None:
        click.echo(printable(f"this_one: {trial} failed: {error}"), err=True)


@hookimpl
def raman_xp_observers() -> list[type[Observer]]:
    return [ThisOne]
