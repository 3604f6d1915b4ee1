"""A progress bar in a terminal; a line per fit elsewhere."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import PrivateAttr

from raman_xp import hookimpl
from raman_xp.components import Observer
from raman_xp.errors import RamanXpError
from raman_xp.results import TrialContext, UnitResult
from raman_xp.text.plain_text import one_line


class Progress(Observer):
    """How far the run is, and how long it will take."""

    name: ClassVar = "progress"

    _bar: Any = PrivateAttr(None)
    _task: Any = PrivateAttr(None)
    _finished: int = PrivateAttr(0)
    _units: int = PrivateAttr(0)
    _several: bool = PrivateAttr(False)
    _under_way: dict[tuple[str, str], float] = PrivateAttr(default_factory=dict)
    _following: dict[tuple[str, str], Any] = PrivateAttr(default_factory=dict)

    @hookimpl
    def raman_xp_run_started(self, trials: list[TrialContext], units: int) -> None:
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

        from raman_xp.text.terminal import PlainConsole

        console = PlainConsole(stderr=True)
        self._bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.fields[done]}", markup=False),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(elapsed_when_finished=False),
            console=console,
            disable=not console.is_terminal,
            transient=True,
        )
        self._bar.start()
        self._task = self._bar.add_task("starting", total=units, done=f"0 of {units} fits")
        self._units, self._several = units, len(trials) > 1

    @hookimpl
    def raman_xp_progress(self, trial: str, unit: str, step: str, done: int, total: int) -> None:
        key, name = (trial, unit), f"{trial}: {unit}"
        if step != "draw":  # which follows when the fit is counted already
            self._under_way[key] = done / total if step == "fit" else 1.0
        if step != "fit":  # which has a bar of its own
            if key not in self._following:
                self._following[key] = self._bar.add_task("", done="")
            shown = {"description": one_line(f"{name}, {step}"), "done": f"{done} of {total}"}
            self._bar.update(self._following[key], completed=done, total=total, **shown)
        self._update(name)

    @hookimpl
    def raman_xp_unit_finished(self, trial: str, result: UnitResult) -> None:
        self._finished += 1
        self._under_way.pop((trial, result.name), None)
        self._forget(trial, result.name)
        self._update(f"{trial}: {result.name}")
        # No accuracy here: if a later fit failed, it would be taken for the result of the run.
        self._bar.console.print(one_line(f"{trial}: {result.name}: {_spent(result)}"))

    @hookimpl
    def raman_xp_trial_finished(self, trial: str) -> None:
        self._forget(trial, "final")

    @hookimpl
    def raman_xp_trial_failed(self, trial: str, error: RamanXpError) -> None:
        self._forget(trial, "final")
        if self._several:  # the command ends with the reason of a single one
            self._bar.console.print(f"{one_line(trial)}: failed: {error}")

    def _forget(self, trial: str, unit: str) -> None:
        """Remove the bar of what follows from a fit."""
        if (following := self._following.pop((trial, unit), None)) is not None:
            self._bar.remove_task(following)

    def _update(self, doing: str) -> None:
        if len(self._under_way) > 1:
            doing = f"{len(self._under_way)} side by side"
        completed = self._finished + sum(self._under_way.values())
        shown = {"description": one_line(doing), "done": f"{completed:.1f} of {self._units} fits"}
        self._bar.update(self._task, completed=completed, visible=completed < self._units, **shown)

    @hookimpl
    def raman_xp_run_finished(self, ok: bool) -> None:
        self._bar.stop()


def _spent(result: UnitResult) -> str:
    """How long a fit took, and what followed from it."""
    seconds = result.seconds
    fitting = "taken from the store" if result.recalled else f"fitted in {seconds.get('fit', 0):.0f} s"
    following = [spent for part, spent in seconds.items() if part.startswith("explain.")]
    return fitting + (f", explained in {sum(following):.0f} s" if following and not result.error else "")


@hookimpl
def raman_xp_observers() -> list[type[Observer]]:
    return [Progress]
