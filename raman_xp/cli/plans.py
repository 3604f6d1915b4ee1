"""Plans, and the data that they are made of, as a reader at a terminal wants them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby

from rich.console import Console
from rich.table import Column, Table

from raman_xp.running.estimate import Estimate
from raman_xp.spectra import About
from raman_xp.text.plain_text import one_line
from raman_xp.text.terminal import styled
from raman_xp.text.wording import counted
from raman_xp.trial.plan import PlanError, Planned

MOST_VARIANTS = 6
"""Lines that differ between the trials of a sweep, shown at most."""


def print_plans(console: Console, planned: Sequence[Planned]) -> None:
    """What trials work on and what they will do; those of a sweep together, with what differs in them."""
    for _, group in groupby(planned, sweep_of):
        some = list(group)
        rows: dict[str, dict[str, None]] = {}
        for each in some:
            for name, text in _plan_rows(each).items():
                rows.setdefault(name, {})[text] = None
        table = Table.grid("", Column(overflow="fold"), padding=(0, 2))
        for name, texts in rows.items():
            shown = [text for text in texts if text]
            if len(shown) > MOST_VARIANTS:
                shown = [*shown[:MOST_VARIANTS], f"… and {len(shown) - MOST_VARIANTS} others"]
            if shown:
                table.add_row(name, "\n".join(shown))
        fits = sum(len(each.fits) for each in some)
        trials = some[0].trial.name if len(some) == 1 else counted(len(some), "trial")
        swept = dict.fromkeys(key for each in some for key in each.trial.chosen)
        for key in swept:
            values = dict.fromkeys(str(each.trial.chosen[key]) for each in some)
            table.add_row("sweep", one_line(f"{key}: {', '.join(values)}"))
        table.add_row("fits", f"{fits}")
        name = some[0].trial.header.name
        console.print(styled(name + (f": {trials}" if trials != name else ""), "bold"))
        console.print(table)
        console.print()


@contextmanager
def told_what_was_read(console: Console) -> Iterator[None]:
    """Within, data that a plan refuses are described as they were read, before the error is shown."""
    try:
        yield
    except PlanError as error:
        for raw in error.read:
            table = Table.grid("", Column(overflow="fold"), padding=(0, 2))
            for name, text in _data_rows(raw.about).items():
                if text:
                    table.add_row(name, text)
            console.print(styled("What was read", "bold"))
            console.print(table)
            console.print()
        raise


def _data_rows(about: About) -> dict[str, str]:
    return {
        "data": one_line(f"{about.title}{' (simulated, not measured)' if about.simulated else ''}"),
        "": "\n".join(map(one_line, about.understood)),
        "warning": "\n".join(map(one_line, about.warnings)),
    }


def sweep_of(planned: Planned) -> tuple[object, ...]:
    """What the trials of one sweep have in common; one that is not of a sweep is alone."""
    return (planned.trial.header.name, planned.swept or id(planned))


def _plan_rows(planned: Planned) -> dict[str, str]:
    trial, spectra, split = planned.trial, planned.prepared.spectra, planned.prepared.split
    about = spectra.about
    parameters = trial.model.parameter_count(spectra.channels, len(spectra.classes))
    return {
        **_data_rows(about),
        "input": f"{len(spectra)} spectra × {spectra.channels} channels, "
        f"{spectra.wavenumber[0]:g} to {spectra.wavenumber[-1]:g} {one_line(about.unit)}",
        "split": f"{trial.split.name}: {len(split.train)} to train, {len(split.test)} to test, "
        f"{len(split.folds)} folds inside the training spectra",
        "model": f"{trial.model.name}: {parameters:,} parameters",
        "explain": ", ".join(explainer.slug for explainer in trial.explainers) or "nothing",
        "store": trial.tracker.address,
    }


def print_estimate(console: Console, estimate: Estimate) -> None:
    """How long all fits will take, and in how much memory."""
    longest = estimate.longest
    console.print(
        f"The longest fit: {longest.first:.1f} s to its first step, then {longest.steps - 1} of "
        f"{1e3 * longest.step:.0f} ms: {_duration(longest.seconds)}, {longest.memory / 1e9:.1f} GB."
    )
    console.print(
        f"All {counted(estimate.fits, 'fit')}, {estimate.workers} side by side: about "
        f"{_duration(estimate.seconds)}, {estimate.memory / 1e9:.1f} GB. Maps and pictures come on top."
    )


def _duration(seconds: float) -> str:
    """``40 s``, ``12 min``, ``5.2 h``."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
