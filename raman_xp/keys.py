"""Keys: two runs with the same key have the same result.

The fit key covers what a fit depends on, the explain key what its maps depend on besides. Paths enter
neither: data is known by its content, and a plugin by its version, or by its source where it is installed
for editing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import distribution, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from raman_xp.components import Component, Family, Split
from raman_xp.providers import BOX
from raman_xp.registry import Registry
from raman_xp.spec.experiment import Trial
from raman_xp.spectra import RawSpectra, Truth
from raman_xp.storage import pieces


def data_digest(raw: RawSpectra) -> str:
    """Of axes, intensities, labels, groups and roles, in order."""
    digest = hashlib.sha256()
    for block in raw.blocks:
        for array in (block.wavenumber, block.intensity, block.rows):
            for piece in pieces(array):
                digest.update(np.ascontiguousarray(array[piece]).data)
    samples = raw.samples
    digest.update(samples.labels.tobytes())
    digest.update(json.dumps([samples.classes, samples.groups, samples.roles]).encode())
    return digest.hexdigest()[:16]


Parts = Mapping[str, Any]
"""What goes into a key, as plain data: two keys that differ can be told apart by it."""


def fit_parts(trial: Trial, registry: Registry, data: str, split: Split, fold: int | None) -> Parts:
    """Everything the weights of one fit depend on."""
    train, unseen = split.folds[fold - 1] if fold else (split.train, split.test)
    return {
        "data": data,
        "preprocess": trial.spec["preprocess"],
        "rows": [hashlib.sha256(np.asarray(rows).tobytes()).hexdigest() for rows in (train, unseen)],
        "model": trial.spec["model"],
        "seed": trial.header.seed,
        "threads": trial.header.threads,
        "fold": fold,
        "code": [
            _state(BOX, "raman_xp"),
            *_states(registry, Family.PREPROCESSOR, trial.preprocess),
            *_states(registry, Family.MODEL, [trial.model]),
            *_versions("numpy", *_frameworks([*trial.preprocess, trial.model])),
        ],
    }


def explain_parts(trial: Trial, registry: Registry, fit: str, truth: Truth | None, split: Split) -> Parts:
    """Everything the maps and their scores depend on, given the key of their fit."""
    return {
        "fit": fit,
        "rows": hashlib.sha256(np.asarray(split.test).tobytes()).hexdigest(),
        "truth": truth_digest(truth),
        "explain": trial.spec["explain"],
        "score": trial.spec["score"],
        "figures": trial.spec["figures"],
        "code": [
            *_states(registry, Family.EXPLAINER, trial.explainers),
            *_states(registry, Family.MAP_SCORE, trial.scores),
            *_states(registry, Family.FIGURE, trial.figures),
            *_versions("scipy", *_frameworks([*trial.explainers, *trial.scores, *trial.figures])),
        ],
    }


def truth_digest(truth: Truth | None) -> str:
    """Of all that is known without a model."""
    if truth is None:
        return ""
    digest = hashlib.sha256(truth.wavenumber.tobytes())
    parts = {f"{name} {part}": each for name, of in truth.components.items() for part, each in of.items()}
    for name, values in {**truth.means, **parts}.items():
        digest.update(name.encode() + np.asarray(values).tobytes())
    digest.update(repr(sorted((name, list(bands)) for name, bands in truth.bands.items())).encode())
    if truth.contents:
        for values in (truth.contents.own, truth.contents.other):
            digest.update(values.tobytes())
        digest.update(repr(truth.contents.partners).encode())
    return digest.hexdigest()


def key_of(parts: Parts) -> str:
    """Sixteen hexadecimal digits."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def differences(here: Parts, there: Parts) -> list[str]:
    """What two keys differ in: ``keras 3.15.0 here, keras 3.14.0 there``."""
    found = []
    for name in sorted(here.keys() | there.keys()):
        mine, theirs = here.get(name), there.get(name)
        if mine == theirs:
            continue
        if isinstance(mine, list) and isinstance(theirs, list):
            mine, theirs = [x for x in mine if x not in theirs], [x for x in theirs if x not in mine]
        found.append(f"{name}: {_plain(mine)} here, {_plain(theirs)} there")
    return found


def _plain(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _states(registry: Registry, family: Family, components: Iterable[Component]) -> list[str]:
    providers = (registry.find(family, component.name) for component in components)
    return sorted({_state(p.distribution, p.module.partition(".")[0]) for p in providers})


def _frameworks(components: Iterable[Component]) -> list[str]:
    return sorted({name for component in components for name in component.frameworks})


def _versions(*distributions: str) -> list[str]:
    return [f"{name} {version(name)}" for name in distributions]


def _state(name: str, package: str) -> str:
    """Name and version of a distribution; where it is editable, also a hash of the package's source."""
    number, source = installed(name, package)
    return f"{name} {number} {package} {source}" if source else f"{name} {number}"


@cache
def installed(name: str, package: str) -> tuple[str, str]:
    """Version of a distribution, and a hash of its source where it is installed for editing."""
    found = distribution(name)
    text = found.read_text("direct_url.json")
    if not text or not json.loads(text).get("dir_info", {}).get("editable"):
        return found.version, ""
    digest = hashlib.sha256()
    for file in _sources(package):
        digest.update(file.read_bytes())
    return found.version, digest.hexdigest()[:16]


def _sources(package: str) -> list[Path]:
    """All files of a package, or one module; and what stands beside it that it may be split into."""
    spec = find_spec(package)
    if spec is None or not spec.origin:
        return []
    folder = Path(spec.origin).parent
    if spec.submodule_search_locations:
        folder = folder.parent
    parts = [part for part in folder.glob(f"{package}*") if part.is_dir()]
    files = {file for part in parts for file in part.rglob("*") if file.is_file() and file.suffix != ".pyc"}
    return sorted({*folder.glob("*.py"), *files})
