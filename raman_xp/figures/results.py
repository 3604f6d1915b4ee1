"""How well a trial recognises its spectra."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from raman_xp.figures.choice import MOST_IN_MATRIX, choose
from raman_xp.figures.style import AGAINST, FOR, figure, shortened
from raman_xp.results.metrics import SignalBin
from raman_xp.spectra import Floats, Ints


def draw_confusion(path: Path, classes: Sequence[str], labels: Ints, predicted: Ints) -> None:
    """Counts of true against predicted class; of many classes, those most confused, and all others
    together."""
    choice = choose(range(len(classes)), labels, predicted, MOST_IN_MATRIX)
    counts = confusion(choice.labels, labels, predicted)
    names = [shortened(classes[label]) for label in choice.labels]
    if choice.note:
        names.append("any other")
    else:
        counts = counts[:-1, :-1]
    rows = counts.sum(axis=1, keepdims=True)
    size = 1.8 + 0.42 * len(counts)
    with figure(path, size + 0.3, size, vector=True) as drawn:
        axes = drawn.subplots()
        axes.imshow(counts / np.maximum(rows, 1), cmap="Blues", vmin=0, vmax=1)
        for (row, column), count in np.ndenumerate(counts):
            if count:
                color = "white" if count > 0.6 * rows[row, 0] else "black"
                axes.text(column, row, str(count), ha="center", va="center", color=color)
        axes.set_xticks(range(len(names)), names, rotation=45, ha="right")
        axes.set_yticks(range(len(names)), names)
        axes.set_xlabel("predicted")
        axes.set_ylabel("true")
        right = f"{np.sum(labels == predicted)} of {len(labels)} test spectra right"
        axes.set_title(f"{right}\n{choice.note}" if choice.note else right)


def confusion(chosen: Sequence[int], labels: Ints, predicted: Ints) -> Ints:
    """Counts (chosen + 1, chosen + 1) of true against predicted class. The last row and column count all
    other classes; what these do among each other is left out."""
    place = np.full(1 + max(*chosen, int(labels.max()), int(predicted.max())), len(chosen))
    place[list(chosen)] = np.arange(len(chosen))
    counts = np.zeros((len(chosen) + 1, len(chosen) + 1), dtype=int)
    np.add.at(counts, (place[labels], place[predicted]), 1)
    counts[-1, -1] = 0
    return counts


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
