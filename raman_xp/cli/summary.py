"""Plans and results as a reader at a terminal wants them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from raman_xp.evaluation import MapBand
from raman_xp.runner import Outcome, Planned
from raman_xp.spectra import Zone

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
        "fits": f"{planned.units}",
    }
    table = Table.grid(padding=(0, 2))
    for name, text in rows.items():
        if text:
            table.add_row(name, escape(text))
    heading = trial.header.name + (f": {trial.name}" if trial.name != trial.header.name else "")
    console.print(f"[bold]{escape(heading)}[/]")
    console.print(table)
    console.print()


def print_summary(console: Console, outcome: Outcome) -> None:
    """Accuracy with intervals, the strongest bands of each map, and where to look next."""
    evaluation, trial = outcome.evaluation, outcome.planned.trial
    spectra = outcome.planned.prepared.spectra
    console.print(f"[bold]{escape(trial.name)}[/]")
    table = Table.grid(padding=(0, 2))
    table.add_row("test", str(evaluation.test))
    if evaluation.cross_validation:
        folds = ", ".join(f"{100 * fold.share:.0f}" for fold in evaluation.folds)
        table.add_row("cross-validation", f"{evaluation.cross_validation}; folds: {folds} %")
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
        console.print(_band_table(outcome))
    if evaluation.scores:
        console.print(_score_table(outcome))
    if spectra.about.simulated:
        console.print("These spectra are simulated: the numbers say nothing about real samples.")
    console.print(
        f"Look: [bold]mlflow ui[/], experiment {escape(trial.header.name)}, {escape(outcome.where)}\n"
    )


def _band_table(outcome: Outcome) -> Table:
    spectra = outcome.planned.prepared.spectra
    bands = outcome.evaluation.bands
    known = spectra.truth is not None
    table = Table(
        Column("class", no_wrap=True),
        *bands,
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


def _score_table(outcome: Outcome) -> Table:
    scores, explainers = outcome.evaluation.scores, list(outcome.evaluation.bands)
    table = Table("mean over classes (how many)", *explainers, box=box.SIMPLE_HEAD)
    for name in scores:
        told = [values[~np.isnan(values)] for values in scores[name].values()]
        table.add_row(
            name, *(f"{values.mean():.2f} ({len(values)})" if len(values) else "" for values in told)
        )
    return table
