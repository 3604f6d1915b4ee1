"""A unit of work as it travels to another process, and what that process does with it.

Only plain data travels. The process builds trial and data anew from the spec, and compares what it has with
what the runner has: another version, another plugin, another file of the same name, and it refuses.
"""

from __future__ import annotations

import socket
import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from threadpoolctl import threadpool_limits

from raman_xp.errors import ComponentError, InputError, RamanXpError, WorkerError, alone
from raman_xp.plugins.providers import disabled_by_environment
from raman_xp.plugins.registry import Registry
from raman_xp.results import Drawn, UnitResult, unit_name
from raman_xp.spec.experiment import Trial, rebuilt_trial
from raman_xp.system.importing import keep_imported, quick_imports
from raman_xp.system.stopping import Stop
from raman_xp.trial.fit import Report, Step, draw_unit, explain_unit, fit_unit
from raman_xp.trial.keys import Parts, differences, explain_parts, fit_parts, key_of
from raman_xp.trial.preparation import Preparation, Prepared


@dataclass(frozen=True, eq=False)
class Work:
    """One unit of work.

    Args:
        trial: its place in the plan.
        name: the trial's name.
        spec: the trial's resolved spec.
        fold: number of the fold, from 1, or nothing for the final fit.
        parts: what the fit's key is made of, as the runner has it.
        explain: the same of the maps that follow, for the final fit.
        disabled: plugins and components that the runner does without.
        step: what is done.
        earlier: the fit to explain, or the fit with its maps to draw.
        pictures: names of the pictures to draw.
    """

    trial: int
    name: str
    spec: Mapping[str, Any]
    fold: int | None
    parts: Parts
    explain: Parts | None = None
    disabled: frozenset[str] = frozenset()
    step: Step = Step.FIT
    earlier: UnitResult | None = None
    pictures: Sequence[str] = ()

    def __str__(self) -> str:
        return f"{self.name}: {unit_name(self.fold)}"

    def in_memory(self) -> Work:
        """Return the same work with all files read into memory, for a process of another machine."""
        return replace(self, earlier=self.earlier and self.earlier.in_memory())


Result = UnitResult | Drawn
"""What a unit of work gives back."""


@dataclass(frozen=True)
class Progress:
    """How far a unit is."""

    trial: int
    fold: int | None
    step: str
    done: int
    total: int


_alone = threading.Lock()
_prepare = Preparation(most=4)


def work_from_spec(work: Work, tell: Callable[[Progress], None]) -> Result:
    """Do a unit in a process of its own.

    Args:
        tell: called with how far it is, a few times a second at most.

    Raises:
        WorkerError: this process cannot do it as the runner would.
    """
    return _with_own_errors(lambda: _done(work, *rebuilt(work), tell, Stop()))


def rebuilt(work: Work) -> tuple[Trial, Prepared]:
    """The unit's trial and data, as this process has them.

    Raises:
        WorkerError: they are not what the runner has.
    """
    try:
        registry = _registry(work.disabled)
        trial = rebuilt_trial(work.spec, work.name, registry)
        known = work.explain or {}
        prepared = _prepare(trial, work.parts["data"], known.get("truth"), known.get("about"))
        here = fit_parts(trial, registry, prepared.digest, prepared.split, work.fold)
        different = differences(here, work.parts)
        if work.explain and not different:
            explain = explain_parts(trial, registry, key_of(here), prepared.raw, prepared.split)
            different = differences(explain, work.explain)
    except InputError as error:
        raise WorkerError(f"{work} on {socket.gethostname()}: {error}") from error
    if different:
        raise WorkerError(
            f"{work}: the worker on {socket.gethostname()} is not what the runner is: {'; '.join(different)}"
        )
    return trial, prepared


def warm_up(specs: Sequence[Mapping[str, Any]]) -> None:
    """Import the components of trials and the libraries of their models while the runner reads data.

    Args:
        specs: resolved specs of trials.
    """
    registry = _registry(disabled_by_environment())
    with quick_imports(), suppress(RamanXpError):  # the first unit will report it
        # All components before any library: Pydantic looks for the source of each in all imported modules.
        trials = [rebuilt_trial(spec, "", registry) for spec in specs]
        for trial in trials:
            trial.model.warm_up()
    keep_imported()


def do(work: Work, trial: Trial, prepared: Prepared, tell: Callable[[Progress], None], stop: Stop) -> Result:
    """Do a unit whose trial and data are there.

    Args:
        tell: called with how far it is, a few times a second at most.
        stop: the request that ends the work.

    Raises:
        WorkerError: another unit is at work in this process.
    """
    return _with_own_errors(lambda: _done(work, trial, prepared, tell, stop))


def _done(
    work: Work, trial: Trial, prepared: Prepared, tell: Callable[[Progress], None], stop: Stop
) -> Result:
    if not _alone.acquire(blocking=False):
        raise WorkerError(
            f"{work}: another unit is at work in this process, and side by side they would change each "
            "other's numbers; give each worker process one thread (`dask worker --nthreads 1 --nworkers N`)"
        )
    try:
        with threadpool_limits(trial.header.threads):  # of NumPy's and SciPy's linear algebra
            result = _one_step(work, trial, prepared, _report(work, tell, stop))
        if isinstance(result, UnitResult) and result.error:
            return replace(result, error=alone(_own(result.error)))
        return result
    finally:
        _alone.release()


def _with_own_errors(act: Callable[[], Result]) -> Result:
    """The result; or an error that every process can read, without those it came from."""
    try:
        return act()
    except Exception as error:
        failed = _own(error)
    raise alone(failed)


def _own(error: Exception) -> RamanXpError:
    """The error, which every process can read: any other class than one of ours becomes one of ours."""
    if isinstance(error, RamanXpError) and type(error).__module__ == "raman_xp.errors":
        return error
    own = ComponentError(f"{type(error).__name__}: {error}")
    for note in getattr(error, "__notes__", ("".join(traceback.format_exception(error)),)):
        own.add_note(note)
    return own


def _one_step(work: Work, trial: Trial, prepared: Prepared, report: Report) -> Result:
    """Do one step of a trial."""
    if work.earlier is None:
        return fit_unit(trial, prepared, work.fold, key_of(work.parts), report)
    if work.step is Step.DRAW:
        return draw_unit(trial, prepared, work.earlier, work.pictures, report)
    result = explain_unit(trial, prepared, work.earlier, report)
    # The runner has the model of an earlier fit: it is not sent back.
    return result if result.refitted else replace(result, model={})


def _report(work: Work, tell: Callable[[Progress], None], stop: Stop, pause: float = 0.2) -> Report:
    """Tells the first and last of each step, and no more than a few a second between."""
    told = 0.0

    def report(step: str, done: int, total: int) -> None:
        nonlocal told
        stop.check()
        now = time.monotonic()
        if done in (0, total) or now - told >= pause:
            told = now
            tell(Progress(work.trial, work.fold, step, int(done), int(total)))

    return report


@cache
def _registry(disabled: frozenset[str]) -> Registry:
    return Registry(disabled=disabled)
