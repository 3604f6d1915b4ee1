"""A progress bar in a terminal; a line per fit elsewhere."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import PrivateAttr
from rich.markup import escape

from raman_xp import hookimpl
from raman_xp.components import Observer
from raman_xp.errors import RamanXpError
from raman_xp.results import TrialContext, UnitResult


class Progress(Observer):
    """How far the run is, and how long it will take."""

    name: ClassVar = "progress"

    _bar: Any = PrivateAttr(None)
    _task: Any = PrivateAttr(None)
    _finished: int = PrivateAttr(0)
    _under_way: dict[tuple[str, str], float] = PrivateAttr(default_factory=dict)

    @hookimpl
    def raman_xp_run_started(self, trials: list[TrialContext], units: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

        console = Console(stderr=True)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed:.1f} of {task.total:.0f} fits"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(elapsed_when_finished=False),
            console=console,
            disable=not console.is_terminal,
            transient=True,
        )
        self._bar.start()
        self._task = self._bar.add_task("starting", total=units)

    @hookimpl
    def raman_xp_progress(self, trial: str, unit: str, step: str, done: int, total: int) -> None:
        # The bar counts fits: while a fit's spectra are explained and drawn it is full.
        self._under_way[trial, unit] = done / total if step == "fit" else 1.0
        doing = "" if step == "fit" else f", {step} {done} of {total}"
        self._update(f"{trial}: {unit}{doing}")

    @hookimpl
    def raman_xp_unit_finished(self, trial: str, result: UnitResult) -> None:
        self._finished += 1
        self._under_way.pop((trial, result.name), None)
        self._update(f"{trial}: {result.name}")
        right, of = int(result.correct.sum()), len(result.correct)
        self._bar.console.print(
            f"{trial}: {result.name}: {right} of {of} right, {_spent(result)}",
            highlight=False,
            markup=False,
        )

    @hookimpl
    def raman_xp_trial_failed(self, trial: str, error: RamanXpError) -> None:
        self._bar.console.print(f"{trial}: failed: {error}", highlight=False, markup=False)

    def _update(self, doing: str) -> None:
        if len(self._under_way) > 1:
            doing = f"{len(self._under_way)} side by side"
        completed = self._finished + sum(self._under_way.values())
        self._bar.update(self._task, description=escape(doing), completed=completed)

    @hookimpl
    def raman_xp_run_finished(self, ok: bool) -> None:
        self._bar.stop()


def _spent(result: UnitResult) -> str:
    """How long a fit took, and what followed from it."""
    seconds = result.seconds
    fitting = "taken from the store" if "load" in seconds else f"fitted in {seconds.get('fit', 0):.0f} s"
    following = [spent for part, spent in seconds.items() if part.startswith(("explain.", "draw"))]
    return fitting + (
        f", explained and drawn in {sum(following):.0f} s" if following and not result.error else ""
    )


@hookimpl
def raman_xp_observers() -> list[type[Observer]]:
    return [Progress]
