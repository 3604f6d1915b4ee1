"""Results as a reader at a terminal wants them: sentences, tables, and what to do next."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path

import numpy as np
from rich import box
from rich.console import Console
from rich.segment import Segment
from rich.table import Column, Table
from rich.text import Text

from raman_xp.cli.findings import findings
from raman_xp.cli.plans import sweep_of
from raman_xp.results.metrics import Evaluation, MapBand
from raman_xp.running.trial_run import Outcome
from raman_xp.spectra import Spectra, Zone
from raman_xp.text.plain_text import one_line
from raman_xp.text.terminal import styled
from raman_xp.text.wording import counted

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


def print_results(console: Console, outcomes: Sequence[Outcome]) -> None:
    """Print what each trial has shown, then accuracy with intervals, strongest bands, and scores of maps.

    Of the trials of a sweep the accuracy only, and mean scores of their maps where only the seed differs.
    """
    for _, group in groupby(outcomes, lambda outcome: sweep_of(outcome.planned)):
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
    console.print()


_SIMULATED = "The spectra are simulated: these numbers say nothing about real samples."


def _print_result(console: Console, outcome: Outcome) -> None:
    assert outcome.numbers is not None
    evaluation, whole, trial = outcome.numbers.final, outcome.numbers.cross_validation, outcome.planned.trial
    spectra = outcome.planned.prepared.spectra
    before = " (finished before; nothing was done again)" if outcome.recalled else ""
    console.print(Text.assemble(styled(trial.name, "bold"), before))
    sentences = [*findings(outcome.numbers, spectra), *([_SIMULATED] if spectra.about.simulated else [])]
    shown = Table.grid(Column(width=2), Column(overflow="fold"))
    for sentence in sentences:
        shown.add_row("-", Text(sentence))
    console.print(shown)
    console.print()
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
    console.print(table)
    if evaluation.bands:
        _print_by_explainer(console, partial(_band_table, evaluation, spectra), list(evaluation.bands))
    if evaluation.scores:
        _print_by_explainer(console, partial(_score_table, [evaluation]), list(evaluation.bands))
    console.print(styled(f"Recorded as {outcome.where}", ""))
    console.print()


def print_next(console: Console, outcomes: Sequence[Outcome], command: Sequence[str]) -> None:
    """Print commands that follow: look at the results, repeat them with other seeds, read about an explainer.

    Args:
        outcomes: of the trials that have just run.
        command: that ran them, where it names a single spec; otherwise empty.
    """
    finished = [outcome for outcome in outcomes if outcome.numbers]
    if not finished:
        return
    trial = finished[-1].planned.trial
    names = " and ".join(dict.fromkeys(f'"{one_line(each.planned.trial.header.name)}"' for each in finished))
    rows = [(_view(trial.tracker.address), f"the maps: {_experiments(names)}")]
    if command and not trial.chosen:
        seeds = [trial.header.seed + step for step in range(3)]
        again = shlex.join([*command, "--set", f"sweep.seed={seeds}"])
        rows.append((again, "does another seed give the same accuracy and maps?"))
    if trial.explainers:
        name = trial.explainers[0].name
        rows.append((f"raman-xp plugins {name}", f"what {name} does, and its keys"))
    console.print(styled("Next", "bold"))
    for line, purpose in rows:
        console.print(Text(f"  {one_line(line)}"), soft_wrap=True)
        console.print(Text(f"      {purpose}"))


def _experiments(names: str) -> str:
    return f"experiment {names}" if " and " not in names else f"experiments {names}"


def _view(address: str) -> str:
    """The command, or the address, that shows what is in a store."""
    if address.startswith("http"):
        return address
    if address == f"sqlite:///{Path.cwd() / 'mlflow.db'}":
        return "mlflow ui"
    return f"mlflow ui --backend-store-uri {shlex.quote(address)}"


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
