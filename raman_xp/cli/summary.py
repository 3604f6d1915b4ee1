"""Plans and results as a reader at a terminal wants them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from raman_xp.estimate import Estimate
from raman_xp.evaluation import Evaluation, MapBand
from raman_xp.plan import Planned
from raman_xp.spectra import Spectra, Zone
from raman_xp.trial_run import Outcome
from raman_xp.wording import counted

_ZONES = {
    Zone.UNIQUE: "[green]✓[/]",
    Zone.SHARED: "~",
    Zone.RIVAL: "[red]✗[/]",
    Zone.BACKGROUND: "[red]·[/]",
    None: "",
}
_LEGEND = (
    "[green]✓[/] unique: at least twice every rival   ~ shared with another class   "
    "[red]✗[/] a rival's   [red]·[/] background"
)


def print_plan(console: Console, planned: Planned) -> None:
    """What a trial works on and what it will do."""
    trial, spectra, split = planned.trial, planned.prepared.spectra, planned.prepared.split
    about = spectra.about
    parameters = trial.model.parameter_count(spectra.channels, len(spectra.classes))
    rows = {
        "data": f"{about.title}{' (simulated, not measured)' if about.simulated else ''}",
        "": "\n".join(about.understood),
        "input": f"{len(spectra)} spectra × {spectra.channels} channels, "
        f"{spectra.wavenumber[0]:g} to {spectra.wavenumber[-1]:g} {about.unit}",
        "split": f"{trial.split.name}: {len(split.train)} to train, {len(split.test)} to test, "
        f"{len(split.folds)} folds inside the training spectra",
        "model": f"{trial.model.name}: {parameters:,} parameters",
        "explain": ", ".join(explainer.slug for explainer in trial.explainers) or "nothing",
        "fits": f"{len(planned.fits)}",
    }
    table = Table.grid(padding=(0, 2))
    for name, text in rows.items():
        if text:
            table.add_row(name, escape(text))
    heading = trial.header.name + (f": {trial.name}" if trial.name != trial.header.name else "")
    console.print(f"[bold]{escape(heading)}[/]")
    console.print(table)
    console.print()


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


def print_summary(console: Console, outcome: Outcome) -> None:
    """Accuracy with intervals, the strongest bands of each map, and where to look next."""
    assert outcome.numbers is not None
    evaluation, whole, trial = outcome.numbers.final, outcome.numbers.cross_validation, outcome.planned.trial
    spectra = outcome.planned.prepared.spectra
    before = " (finished before; nothing was done again)" if outcome.recalled else ""
    console.print(f"[bold]{escape(trial.name)}[/]{before}")
    table = Table.grid(padding=(0, 2))
    table.add_row("test", str(evaluation.test))
    if whole:
        folds = ", ".join(f"{100 * fold.share:.0f}" for fold in whole.folds)
        table.add_row("cross-validation", f"{whole.whole}; folds: {folds} %")
    if groups := spectra.samples.groups:
        tested = len({groups[row] for row in outcome.planned.prepared.split.test})
        table.add_row("groups", f"{tested} in the test; the intervals take their spectra as independent")
    weakest = evaluation.by_signal[0]
    table.add_row(
        "weakest signals",
        f"{weakest.accuracy}, at {100 * weakest.low:.0f} to {100 * weakest.high:.0f} % of the strongest",
    )
    for explainer, warnings in evaluation.warnings.items():
        for what, rows in warnings.items():
            table.add_row(explainer, f"[yellow]{escape(what)}[/] ({rows} maps)")
    console.print(table)
    if evaluation.bands:
        console.print(_band_table(evaluation, spectra))
    if evaluation.scores:
        console.print(_score_table(evaluation))
    if spectra.about.simulated:
        console.print("These spectra are simulated: the numbers say nothing about real samples.")
    console.print(
        f"Look: [bold]mlflow ui[/], experiment {escape(trial.header.name)}, {escape(outcome.where)}\n"
    )


def _band_table(evaluation: Evaluation, spectra: Spectra) -> Table:
    bands = evaluation.bands
    known = spectra.truth is not None
    table = Table(
        Column("class", no_wrap=True),
        *map(_words, bands),
        title=f"Strongest bands of each class's mean map / {spectra.about.unit}",
        caption=_LEGEND if known else None,
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
    )
    for name in spectra.classes:
        table.add_row(name, *(_bands(of_class.get(name, ())) for of_class in bands.values()))
    return table


def _bands(bands: Sequence[MapBand]) -> str:
    return " ".join(f"{band.position:4.0f}{_ZONES[band.zone]}" for band in bands) or "none"


def _score_table(evaluation: Evaluation) -> Table:
    scores, explainers = evaluation.scores, list(evaluation.bands)
    table = Table("mean over", "classes", *map(_words, explainers), box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for name in scores:
        of = (scores[name].get(explainer, ()) for explainer in explainers)
        told = [[value for value in values if value is not None] for values in of]
        counts = sorted({len(values) for values in told if values})
        means = (f"{np.mean(values):.2f}" if values else "" for values in told)
        table.add_row(_words(name), " to ".join(map(str, counts[:: max(len(counts) - 1, 1)])), *means)
    return table


def _words(name: str) -> str:
    """A name that can be broken into lines."""
    return name.replace("_", " ")
