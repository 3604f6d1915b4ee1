"""Specs at random: valid ones, in which something was replaced, dropped, renamed, moved or added."""

from __future__ import annotations

import random
from copy import deepcopy
from typing import Any

import yaml

SPECS = (
    """
    name: tiny
    seed: 3
    data: {use: pharma_csv, path: tiny.csv}
    preprocess: [{use: linear_baseline}, {use: normalize, by: max}]
    split: {use: stratified, test: 0.4, folds: 2}
    model: {use: shallow_cnn, filters: 4, units: 8, epochs: 2, learning_rate: 1e-3}
    explain: [{use: fc_importance}, {use: grad_cam, id: cam, target: every}, {use: input_magnitude}]
    score: [{use: pointing}, {use: zone_mass}, {use: width}]
    figures: [{use: overlay, explainers: [cam], colors: [blue]}, {use: class_spectra, show: strongest}]
    """,
    """
    data: {use: pharma_csv, path: tiny.csv, label: label, group: null}
    preprocess: [{use: resample, start: 410, stop: 500, step: 2, spline_order: 2}]
    split: {use: stratified, test: 0.4, folds: null}
    model: {use: pca_svm, components: 2}
    explain: [{use: pls_vip}, {use: integrated_gradients, steps: 4}]
    sweep: {seed: [0, 1, 2], model.C: [1, 10]}
    plugins: {require: [raman-xp>=0.1]}
    """,
    """
    name: peaks
    description: three classes
    data: {use: lorentzian, channels: 128, peaks: {"20": [20.0], "60": [60.0]}, fwhm: 4, train: 6, test: 4}
    split: {use: given}
    model: {use: three_layer_cnn, filters: 4, units: 8, epochs: 1, early_stopping: {patience: 3}}
    explain: [{use: grad_cam}]
    figures: [{use: overlay, explainers: [grad_cam], colors: [green], inset: [10, 30]}]
    """,
    """
    data: {use: amino_mixer, ratio: [0.1, 0.5], per_pair: 1, protocol: paper, components: [Ala, Gly, Ser]}
    split: {use: given, folds: 2}
    model: {use: pca_svm, components: 2, C: 1}
    explain: [{use: input_magnitude}]
    score: [{use: partner_mass}, {use: at_band, at: 850}]
    track: {use: mlflow}
    threads: 1
    """,
)
NUMBERS = (
    0,
    1,
    -1,
    2,
    3,
    7,
    0.5,
    1e-4,
    -0.0,
    1e308,
    5e-324,
    float("nan"),
    float("inf"),
    10**6,
    10**12,
    10**30,
)
TEXTS = (
    *(
        "",
        " ",
        "a",
        "tiny.csv",
        "nothing.csv",
        "../tiny.csv",
        "/",
        "mlflow.db",
        "CON",
        "a/b",
        "=1+1",
        "ü ß 中",
    ),
    *(
        "\x1b[31mred",
        "\x1b]0;title\x07",
        "\u202eright to left",
        "[/b]",
        "[nm]",
        "|",
        "`x`",
        "<b>",
        "null",
        "1e3",
    ),
    *(
        "x" * 300,
        "\ud800"[:0] + "\uffff",
        "a\nb",
        "\0"[:0] + "\x7f",
        "%s {0} {}",
        "~",
        "${HOME}",
        "!!python/name:os.system",
    ),
)


def leaf(draw: random.Random) -> Any:
    """Return a number, a text, a truth value or nothing."""
    kind = draw.randrange(6)
    if kind < 2:
        return draw.choice(NUMBERS)
    if kind < 4:
        return draw.choice(TEXTS)
    return draw.choice((None, True, False))


def value(draw: random.Random, depth: int = 0) -> Any:
    """Return anything that YAML can hold."""
    kind = draw.randrange(8 if depth < 3 else 6)
    if kind < 6:
        return leaf(draw)
    size = draw.randrange(4)
    if kind == 6:
        return [value(draw, depth + 1) for _ in range(size)]
    return {str(leaf(draw)): value(draw, depth + 1) for _ in range(size)}


def _places(tree: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [path, *(place for key, part in inside for place in _places(part, (*path, key)))]


def _at(tree: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        tree = tree[key]
    return tree


def changed(draw: random.Random, tree: dict[str, Any]) -> dict[str, Any]:
    """Return a copy of a tree with one change."""
    tree = deepcopy(tree)
    *parents, last = draw.choice([place for place in _places(tree) if place])
    holder = _at(tree, tuple(parents))
    others = [part for part in _places(tree) if part]
    match draw.randrange(6):
        case 0 | 1:
            holder[last] = value(draw)
        case 2:
            del holder[last]
        case 3 if isinstance(holder, dict):
            holder[draw.choice((str(last) + "s", str(leaf(draw)), "use", "id"))] = holder.pop(last)
        case 4 if isinstance(holder, dict):
            holder[draw.choice(("use", "id", "seed", "path", "sweep", str(leaf(draw))))] = value(draw)
        case 5:
            holder[last] = deepcopy(_at(tree, draw.choice(others)))
        case _:
            holder.append(value(draw)) if isinstance(holder, list) else holder.update(more=value(draw))
    return tree


def random_spec(draw: random.Random) -> str:
    """Return the text of a spec that was valid, before it was changed in up to four places."""
    tree = yaml.safe_load(draw.choice(SPECS))
    for _ in range(draw.choice((0, 1, 1, 1, 2, 4))):
        tree = changed(draw, tree) if tree else tree
    text = yaml.safe_dump(tree, allow_unicode=draw.random() < 0.5, sort_keys=False)
    for _ in range(draw.choice((0, 0, 0, 0, 0, 1, 3))):  # and of its text
        at = draw.randrange(len(text) + 1)
        piece = draw.choice(
            (*"{}[]:,-&*!|>'\"%@`#?\t\n", "<<: ", "&a ", "*a ", "---\n", "\x00", "\x85", "…", "")
        )
        text = text[:at] + piece + text[at + draw.randrange(3) :]
    return text
