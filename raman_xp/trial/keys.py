"""Keys: two runs with the same key have the same result.

=============  ==========================================================================================
key            contains
=============  ==========================================================================================
fit key        digest of the data, preprocessing, rows of training and of the unseen spectra, model, seed,
               threads, fold; code and versions of raman-xp, the preprocessors, the model and their frameworks
explain key    fit key of the final fit, test rows, digest of the truth, names and description of the spectra,
               explainers, scores, figures; their code and frameworks
trial key      fit keys of all folds, explain key, whether pictures are drawn (`Planned.context`)
=============  ==========================================================================================

No path enters a key: data and the input files of components are known by their content, and so is code.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from raman_xp.components import Component, Family, Split
from raman_xp.errors import DataError, Problem
from raman_xp.plugins.installed import installed
from raman_xp.plugins.providers import BOX
from raman_xp.plugins.registry import Registry
from raman_xp.spec.experiment import Trial
from raman_xp.spectra import Ints, RawSpectra
from raman_xp.spectra.digests import about_digest, data_digest, path_digest, truth_digest

__all__ = ["Parts", "data_digest", "differences", "explain_parts", "fit_parts", "key_of", "truth_digest"]

Parts = Mapping[str, Any]
"""What goes into a key, as plain data: two keys that differ can be told apart by it."""


def fit_parts(trial: Trial, registry: Registry, data: str, split: Split, fold: int | None) -> Parts:
    """Return everything that the weights of one fit depend on.

    Args:
        trial: of the fit.
        registry: where its components were found.
        data: digest of the data.
        split: rows of the trial.
        fold: number of the fold, from 1; nothing for the final fit.

    Raises:
        DataError: an input file of a component cannot be read.
    """
    train, unseen = split.folds[fold - 1] if fold else (split.train, split.test)
    return {
        "data": data,
        "preprocess": [settings(step) for step in trial.preprocess],
        "rows": [_rows(train), _rows(unseen)],
        "model": settings(trial.model),
        "seed": trial.header.seed,
        "threads": trial.header.threads,
        "fold": fold,
        "code": [
            _code(BOX, "raman_xp"),
            *_code_of(registry, Family.PREPROCESSOR, trial.preprocess),
            *_code_of(registry, Family.MODEL, [trial.model]),
            *_versions("numpy", *_frameworks([*trial.preprocess, trial.model])),
        ],
    }


def explain_parts(trial: Trial, registry: Registry, fit: str, raw: RawSpectra, split: Split) -> Parts:
    """Return everything that the maps, scores, tables and pictures depend on.

    Args:
        trial: of the maps.
        registry: where its components were found.
        fit: key of the final fit.
        raw: the spectra, with what is known of them.
        split: rows of the trial.

    Raises:
        DataError: an input file of a component cannot be read.
    """
    return {
        "fit": fit,
        "rows": _rows(split.test),
        "truth": truth_digest(raw.truth),
        "about": about_digest(raw),
        "explain": [settings(each) for each in trial.explainers],
        "score": [settings(each) for each in trial.scores],
        "figures": [settings(each) for each in trial.figures],
        "code": [
            *_code_of(registry, Family.EXPLAINER, trial.explainers),
            *_code_of(registry, Family.MAP_SCORE, trial.scores),
            *_code_of(registry, Family.FIGURE, trial.figures),
            *_versions("scipy", *_frameworks([*trial.explainers, *trial.scores, *trial.figures])),
        ],
    }


def settings(component: Component) -> dict[str, Any]:
    """Return the fields of a component as plain data, in which an input file is the digest of its content.

    Paths that the component does not read are left out.

    Raises:
        DataError: an input file cannot be read.
    """
    digests = {}
    problems = []
    for path in component.input_files():
        try:
            digests[path] = path_digest(path)
        except OSError as error:
            what = "there is no such file" if isinstance(error, FileNotFoundError) else str(error.strerror)
            problems.append(Problem(f"{path}: {what}", where=component.slug))
    if problems:
        raise DataError(*problems)
    plain = _plain(component.model_dump(), component.model_dump(mode="json"), digests)
    return {"use": component.name, "files": sorted(digests.values()), **plain}


def key_of(parts: Parts) -> str:
    """Return a key: sixteen hexadecimal digits."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def differences(here: Parts, there: Parts) -> list[str]:
    """Return what two keys differ in: ``keras 3.15.0 here, keras 3.14.0 there``."""
    found = []
    for name in sorted(here.keys() | there.keys()):
        mine, theirs = here.get(name), there.get(name)
        if mine == theirs:
            continue
        if isinstance(mine, list) and isinstance(theirs, list):
            mine, theirs = [x for x in mine if x not in theirs], [x for x in theirs if x not in mine]
        found.append(f"{name}: {_listed(mine)} here, {_listed(theirs)} there")
    return found


def _listed(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _plain(value: Any, plain: Any, digests: Mapping[Path, str]) -> Any:
    """Plain data, with paths replaced.

    Args:
        value: a field's value, of any type.
        plain: the same as JSON holds it.
    """
    if isinstance(value, Path):
        return digests.get(value)
    if isinstance(value, Mapping):
        pairs = zip(value.values(), plain.items(), strict=True)
        return {name: _plain(part, plain_part, digests) for part, (name, plain_part) in pairs}
    if isinstance(value, list | tuple):
        return [_plain(part, each, digests) for part, each in zip(value, plain, strict=True)]
    if isinstance(value, set | frozenset):  # whose order differs from process to process
        parts = [_plain(part, each, digests) for part, each in zip(value, plain, strict=True)]
        return sorted(parts, key=json.dumps)
    return plain


def _rows(rows: Ints) -> str:
    return hashlib.sha256(np.asarray(rows, dtype="<i8").tobytes()).hexdigest()


def _code_of(registry: Registry, family: Family, components: Iterable[Component]) -> list[str]:
    providers = (registry.find(family, component.name) for component in components)
    return sorted({_code(each.distribution, each.module.partition(".")[0]) for each in providers})


def _code(name: str, package: str) -> str:
    """Name and version of a distribution, and the digest of its code."""
    number, digest = installed(name, package)
    return f"{name} {number} {package} {digest}"


def _frameworks(components: Iterable[Component]) -> list[str]:
    return sorted({name for component in components for name in component.frameworks})


def _versions(*distributions: str) -> list[str]:
    return [f"{name} {version(name)}" for name in distributions]
