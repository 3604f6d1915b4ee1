"""Plans and results as a reader at a terminal wants them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import groupby

import numpy as np
from rich import box
from rich.console import Console
from rich.segment import Segment
from rich.table import Column, Table
from rich.text import Text

from raman_xp.results.metrics import Evaluation, MapBand
from raman_xp.running.estimate import Estimate
from raman_xp.running.trial_run import Outcome
from raman_xp.spectra import About, Spectra, Zone
from raman_xp.text.plain_text import one_line
from raman_xp.text.terminal import styled
from raman_xp.text.wording import counted
from raman_xp.trial.plan import PlanError, Planned

_ZONES = {
    Zone.UNIQUE: ("✓", "green"),
    Zone.SHARED: ("~", ""),
    Zone.RIVAL: ("✗", "red"),
    Zone.BACKGROUND: ("·", "red"),
    None: ("", ""),
}
_MEANINGS = {
    Zone.UNIQUE: "unique: at least twice every rival",
    Zone.SHARED: "shared with another class",
    Zone.RIVAL: "a rival's",
    Zone.BACKGROUND: "background",
}

MOST_VARIANTS = 6
"""Lines that differ between the trials of a sweep, shown at most."""


def print_plans(console: Console, planned: Sequence[Planned]) -> None:
    """What trials work on and what they will do; those of a sweep together, with what differs in them."""
    for _, group in groupby(planned, _sweep_of):
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


def _sweep_of(planned: Planned) -> tuple[object, ...]:
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


def print_results(console: Console, outcomes: Sequence[Outcome]) -> None:
    """Accuracy with intervals, the strongest bands of each map, and where to look next.

    Of the trials of a sweep the accuracy only, and mean scores of their maps where only the seed differs.
    """
    for _, group in groupby(outcomes, lambda outcome: _sweep_of(outcome.planned)):
        some = [outcome for outcome in group if outcome.numbers]
        if len(some) > 1:
            _print_sweep(console, some)
        elif some:
            _print_result(console, some[0])


def _print_sweep(console: Console, outcomes: Sequence[Outcome]) -> None:
    trial = outcomes[0].planned.trial
    finished = sum(outcome.recalled for outcome in outcomes)
    before = f" ({finished} finished before)" if finished else ""
    about = f": {counted(len(outcomes), 'trial')}{before}"
    console.print(Text.assemble(styled(trial.header.name, "bold"), about))
    table = Table("trial", "test", "cross-validation", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for outcome in outcomes:
        assert outcome.numbers is not None
        whole = outcome.numbers.cross_validation
        table.add_row(
            one_line(outcome.planned.trial.name),
            str(outcome.numbers.final.test),
            f"{100 * whole.whole.share:.1f} %" if whole else "",
        )
    console.print(table)
    finals = [outcome.numbers.final for outcome in outcomes if outcome.numbers]
    if set(trial.chosen) == {"seed"} and finals[0].scores:
        _print_by_explainer(console, partial(_score_table, finals), list(finals[0].bands))
    if outcomes[0].planned.prepared.spectra.about.simulated:
        console.print(_SIMULATED)
    _print_where(console, trial.header.name)


_SIMULATED = "These spectra are simulated: the numbers say nothing about real samples."


def _print_result(console: Console, outcome: Outcome) -> None:
    assert outcome.numbers is not None
    evaluation, whole, trial = outcome.numbers.final, outcome.numbers.cross_validation, outcome.planned.trial
    spectra = outcome.planned.prepared.spectra
    before = " (finished before; nothing was done again)" if outcome.recalled else ""
    console.print(Text.assemble(styled(trial.name, "bold"), before))
    table = Table.grid("", Column(overflow="fold"), padding=(0, 2))
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
            table.add_row(explainer, Text.assemble(styled(what, "yellow"), f" ({rows} maps)"))
    console.print(table)
    if evaluation.bands:
        _print_by_explainer(console, partial(_band_table, evaluation, spectra), list(evaluation.bands))
    if evaluation.scores:
        _print_by_explainer(console, partial(_score_table, [evaluation]), list(evaluation.bands))
    if spectra.about.simulated:
        console.print(_SIMULATED)
    _print_where(console, trial.header.name, outcome.where)


def _print_where(console: Console, experiment: str, *where: str) -> None:
    """Where to look at what was recorded."""
    places = "".join(f", {place}" for place in (f"experiment {experiment}", *where))
    console.print(Text.assemble("Look: ", styled("mlflow ui", "bold"), styled(places, ""), "\n"))


def _print_by_explainer(
    console: Console, table_of: Callable[[Sequence[str]], Table], explainers: Sequence[str]
) -> None:
    """A table with a column an explainer; several one below the other, where one would be too wide."""
    table = table_of(explainers)
    lines = Segment.split_lines(console.render(table))
    if len(explainers) > 1 and max(map(Segment.get_line_length, lines)) > console.width:
        half = (len(explainers) + 1) // 2
        _print_by_explainer(console, table_of, explainers[:half])
        _print_by_explainer(console, table_of, explainers[half:])
    else:
        console.print(table)


def _band_table(evaluation: Evaluation, spectra: Spectra, explainers: Sequence[str]) -> Table:
    bands = {explainer: evaluation.bands[explainer] for explainer in explainers}
    known = spectra.truth is not None
    table = Table(
        Column("class", no_wrap=True),
        *map(_column, bands),
        title=f"Strongest bands of each class's mean map / {one_line(spectra.about.unit)}",
        caption=_legend() if known else None,
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
    )
    for name in spectra.classes:
        table.add_row(one_line(name), *(_bands(of_class.get(name, ())) for of_class in bands.values()))
    return table


def _legend() -> Text:
    """What the marks behind bands mean."""
    return Text("   ").join(Text.assemble(_ZONES[zone], f" {what}") for zone, what in _MEANINGS.items())


def _bands(bands: Sequence[MapBand]) -> Text:
    """Positions of bands, each with the mark of its zone."""
    if not bands:
        return Text("none")
    return Text(" ").join(Text.assemble(f"{band.position:4.0f}", _ZONES[band.zone]) for band in bands)


def _score_table(evaluations: Sequence[Evaluation], explainers: Sequence[str]) -> Table:
    """Means over the classes, and over the trials where there are several."""
    over = "mean over" if len(evaluations) == 1 else f"mean over {len(evaluations)} trials and"
    heads = Column(over, min_width=max(map(len, evaluations[0].scores)))
    table = Table(heads, "classes", *map(_column, explainers), box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for name in evaluations[0].scores:
        told = [
            [_told(each.scores.get(name, {}).get(explainer, ())) for each in evaluations]
            for explainer in explainers
        ]
        counts = sorted({max(map(len, trials)) for trials in told if any(trials)})
        many = " to ".join(map(str, counts[:: max(len(counts) - 1, 1)]))
        table.add_row(_words(name), many, *map(_mean, told))
    for column in table.columns[2:] if len(evaluations) > 1 else ():
        column.min_width = max(column.min_width or 0, len("0.98 (0.96–0.99)"))
    return table


def _told(values: Sequence[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def _mean(trials: Sequence[Sequence[float]]) -> str:
    """Mean over trials of the mean over classes; of several, with the least and the greatest."""
    means = [np.mean(values) for values in trials if values]
    spread = f" ({min(means):.2f}–{max(means):.2f})" if len(means) > 1 else ""
    return f"{np.mean(means):.2f}{spread}" if means else ""


def _words(name: str) -> str:
    """A name that can be broken into lines."""
    return name.replace("_", " ")


def _column(explainer: str) -> Column:
    """One that is never narrower than the longest word of its head."""
    return Column(words := _words(explainer), min_width=max(map(len, words.split())))
