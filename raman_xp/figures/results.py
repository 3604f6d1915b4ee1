"""How well a trial recognises its spectra."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from raman_xp.evaluation import SignalBin
from raman_xp.figures.style import AGAINST, FOR, figure, shortened
from raman_xp.spectra import Floats, Ints


def draw_confusion(path: Path, classes: Sequence[str], labels: Ints, predicted: Ints) -> None:
    """Counts of true against predicted class."""
    counts = np.zeros((len(classes), len(classes)), dtype=int)
    np.add.at(counts, (labels, predicted), 1)
    size = 1.8 + 0.42 * len(classes)
    with figure(path, size + 0.3, size, vector=True) as drawn:
        axes = drawn.subplots()
        axes.imshow(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1), cmap="Blues", vmin=0, vmax=1)
        for (row, column), count in np.ndenumerate(counts):
            if count:
                dark = row == column and count > counts[row].sum() / 2
                axes.text(
                    column, row, str(count), ha="center", va="center", color="white" if dark else "black"
                )
        names = [shortened(name) for name in classes]
        axes.set_xticks(range(len(classes)), names, rotation=45, ha="right")
        axes.set_yticks(range(len(classes)), names)
        axes.set_xlabel("predicted")
        axes.set_ylabel("true")
        axes.set_title(f"{np.trace(counts)} of {counts.sum()} test spectra right")


def draw_accuracy_by_signal(
    path: Path, bins: Sequence[SignalBin], relative: Floats, correct: NDArray[np.bool_]
) -> None:
    """Accuracy in bins of equally many test spectra, with Wilson's 95 % interval, against relative signal;
    a tick for each spectrum, missed ones raised and in another colour."""
    from matplotlib.ticker import NullFormatter, PercentFormatter

    with figure(path, 6, 3.4, vector=True) as drawn:
        axes = drawn.subplots()
        for each in bins:
            low, high = each.accuracy.interval
            place = float(np.sqrt(max(each.low, 1e-6) * max(each.high, 1e-6)))
            axes.plot([each.low, each.high], [each.accuracy.share] * 2, color=FOR, linewidth=1.5)
            axes.plot([place, place], [low, high], color=FOR, linewidth=1)
            axes.plot(place, each.accuracy.share, "o", color=FOR, markersize=4)
        bottom = max(min(each.accuracy.interval[0] for each in bins) - 0.12, -0.06)
        axes.plot(relative[correct], np.full(correct.sum(), bottom + 0.02), "|", color="0.6", markersize=5)
        if missed := int((~correct).sum()):
            height = np.full(missed, bottom + 0.05)
            axes.plot(relative[~correct], height, "|", color=AGAINST, markeredgewidth=1.5)
            text = axes.text(1, bottom + 0.05, f"{missed} missed", color=AGAINST, ha="right", va="center")
            text.set_transform(axes.get_yaxis_transform())
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(PercentFormatter(xmax=1, decimals=0))
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.set_xticks([x for x in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1) if x >= bins[0].low / 2])
        axes.set_ylim(bottom, 1.02)
        axes.set_xlabel("signal: height of the strongest band, relative to the strongest spectrum")
        axes.set_ylabel("accuracy")
        axes.set_title(f"{len(correct)} test spectra in {len(bins)} bins of equal number, 95 % intervals")
