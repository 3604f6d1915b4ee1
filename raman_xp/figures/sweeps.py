"""Numbers of trials over a swept key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from raman_xp.figures.style import SERIES, figure, shortened

MOST_TICKS = 12
"""Values of the swept key that have a tick, at most."""


def draw_metric(
    path: Path, title: str, key: str, values: Sequence[Any], series: Mapping[str, Sequence[Sequence[float]]]
) -> None:
    """One number, or one for each explainer, over the values of a swept key.

    Args:
        title: what the number is.
        key: the dotted key.
        values: of the key, in the order of the sweep.
        series: name → for each value, the number of every trial that has it; the mean is drawn, and a bar
            from the least to the greatest.
    """
    numeric = all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
    if numeric:  # from left to right, so that the line does not turn back
        order = sorted(range(len(values)), key=lambda place: float(values[place]))
        values = [values[place] for place in order]
        series = {name: [trials[place] for place in order] for name, trials in series.items()}
    places = np.array(values, dtype=float) if numeric else np.arange(len(values), dtype=float)
    with figure(path, 6, 3.2, vector=True) as drawn:
        axes = drawn.subplots()
        shift = 0.0 if len(series) == 1 else 0.012
        for number, (name, trials) in enumerate(series.items()):
            told = [(place, each) for place, each in zip(places, trials, strict=True) if len(each)]
            x = np.array([place for place, _ in told])
            mean, low, high = (np.array([f(each) for _, each in told]) for f in (np.mean, np.min, np.max))
            color = SERIES[number % len(SERIES)]
            beside = 1 + shift * (number - (len(series) - 1) / 2)
            at = x * beside if _is_geometric(places) else x
            # A mean may lie a rounding beyond numbers that are all alike.
            reach = np.maximum([mean - low, high - mean], 0)
            axes.errorbar(at, mean, reach, color=color, marker="o", markersize=4, label=name)
        if numeric and _is_geometric(places):
            axes.set_xscale("log")
            axes.minorticks_off()
        shown = np.unique(np.linspace(0, len(values) - 1, MOST_TICKS).round().astype(int))
        ticks = [f"{values[place]:g}" if numeric else shortened(str(values[place])) for place in shown]
        axes.set_xticks(places[shown], ticks)
        axes.set_xlabel(key)
        if all(0 <= number <= 1 for trials in series.values() for each in trials for number in each):
            axes.set_ylim(-0.03, 1.03)  # a share
        several = max((len(each) for trials in series.values() for each in trials), default=1)
        axes.set_title(title + (f": mean of {several}, from least to greatest" if several > 1 else ""))
        if len(series) > 1:
            axes.legend(fontsize="small")


def _is_geometric(places: np.ndarray[Any, Any]) -> bool:
    """Whether steps grow with the values, so that a logarithmic axis tells them apart better."""
    if len(places) < 3 or (places <= 0).any():
        return False
    ordered = np.sort(places)
    return bool(np.std(np.diff(np.log(ordered))) < np.std(np.diff(ordered)) / np.mean(np.diff(ordered)))
