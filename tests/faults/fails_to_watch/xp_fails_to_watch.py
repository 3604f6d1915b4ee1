"""Fails whenever it is told something."""

from raman_xp import hookimpl
from raman_xp.components import Observer


class Faulty(Observer):
    name = "fails_to_watch"

    @hookimpl
    def raman_xp_run_started(self):
        raise OSError("no bell here")


@hookimpl
def raman_xp_observers():
    return [Faulty]
