"""Asks every explainer for the maps of a set of spectra, batch by batch, and holds it to its contract."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace

import numpy as np

from raman_xp.components import Explainer, ExplainTask, FittedModel, blaming
from raman_xp.components.contracts import checked_maps
from raman_xp.components.explain_task import BATCH
from raman_xp.maps import Maps
from raman_xp.seeds import Seeds
from raman_xp.spectra import Floats, Spectra
from raman_xp.spectra.storage import frozen


def explain_all(
    explainers: Sequence[Explainer],
    model: FittedModel,
    spectra: Spectra,
    logits: Floats,
    training: Spectra,
    seeds: Seeds,
    report: Callable[[int, int], None],
    timed: Callable[[str], AbstractContextManager[object]] = nullcontext,
) -> dict[str, Maps]:
    """Label of each explainer → its maps: as many rows for each spectrum, or a row a class.

    Args:
        spectra: those to explain.
        logits: (n, classes), what the model says of them.
        training: those the model was trained on.
        seeds: each explainer draws from the stream of its label, in every batch from its beginning, so that
            a map need not depend on which spectra came before.
        report: called with how many batches are done, those of each explainer counted, and how many there
            are.
        timed: entered with the label of each explainer while it works. What several need, such as a layer's
            activations, is computed by the first that asks.

    Raises:
        ComponentError: an explainer fails, or returns something else than maps of these spectra.
    """
    parts: dict[str, list[Maps]] = {explainer.slug: [] for explainer in explainers}
    starts = range(0, len(spectra), BATCH)
    steps = sum(1 if explainer.per == "class" else len(starts) for explainer in explainers)
    report(0, steps)

    def explained(explainer: Explainer, task: ExplainTask, rows: int) -> None:
        of_label = parts[explainer.slug]
        with timed(explainer.slug):
            of_label.append(_maps(explainer, replace(task, rng=seeds.generator(explainer.slug)), rows))
        report(sum(map(len, parts.values())), steps)

    for start in starts:
        rows = np.arange(start, min(start + BATCH, len(spectra)))
        batch = spectra.take(rows)
        shared = ExplainTask(model, batch, training, np.random.default_rng(0), frozen(logits[rows]))
        for explainer in explainers:
            if explainer.per == "spectrum":
                explained(explainer, shared, len(batch))
    whole = ExplainTask(model, spectra, training, np.random.default_rng(0), frozen(logits))
    for explainer in explainers:
        if explainer.per == "class":
            explained(explainer, whole, len(spectra.classes))
    return {label: Maps.concatenated(of_label) for label, of_label in parts.items()}


def _maps(explainer: Explainer, task: ExplainTask, rows: int) -> Maps:
    with blaming(explainer, "explain"):
        maps = explainer.explain(task)
    return checked_maps(explainer, maps, rows, task.spectra)
