"""An experiment: its trials, each checked whole before anything runs."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, NonNegativeInt

from raman_xp.components import (
    Component,
    DataSource,
    Explainer,
    Family,
    Figure,
    MapScore,
    Model,
    Preprocessor,
    Splitter,
    Tracker,
)
from raman_xp.errors import Problem, SpecError
from raman_xp.plugins.providers import unmet
from raman_xp.plugins.registry import Registry
from raman_xp.seeds import Seeds
from raman_xp.spec.document import Document, read
from raman_xp.spec.overrides import assignment, with_value
from raman_xp.spec.store import users_tracker
from raman_xp.spec.sweep import MOST_TRIALS, take_sweep, trial_name, variants
from raman_xp.spec.validation import Checker
from raman_xp.text.wording import did_you_mean

ONE = {
    "data": Family.DATA_SOURCE,
    "split": Family.SPLITTER,
    "model": Family.MODEL,
    "track": Family.TRACKER,
}
"""Keys that hold one component."""
MANY = {
    "preprocess": Family.PREPROCESSOR,
    "explain": Family.EXPLAINER,
    "score": Family.MAP_SCORE,
    "figures": Family.FIGURE,
}
"""Keys that hold a list of components."""
MOST_BYTES = 2_000_000
"""Of a spec; a larger file is something else, and takes long to parse."""


class Plugins(BaseModel):
    """What a spec says of installed distributions."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    require: tuple[str, ...] = ()
    """Distributions that must be installed, such as `raman-xp-occlusion>=0.2`."""


_NAME = r"^[^/\s][^/\n\r]*$"


def _named(value: object) -> object:
    """The name of an experiment.

    Raises:
        ValueError: no store can hold it.
    """
    if isinstance(value, str) and not re.match(_NAME, value):
        raise ValueError(
            "the name of an experiment holds no slash and no line end, and begins with no blank; "
            "write another"
        )
    return value


class Header(BaseModel):
    """Keys of a spec that are no component."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    name: Annotated[str, Field(pattern=_NAME, max_length=200), BeforeValidator(_named)] = "experiment"
    """Name of the experiment; its runs are compared with each other. Default: the file's."""
    description: str = ""
    """What the experiment is for, Markdown."""
    seed: NonNegativeInt = 0
    """Everything that is drawn comes from named streams of this seed."""
    threads: Annotated[int, Field(ge=1, le=1024)] = 1
    """Threads of one fit. Results repeat bit for bit for the same number."""
    pictures: bool = True
    """Draw them. A sweep of hundreds of trials ends sooner without; tables and arrays are written anyway."""
    plugins: Plugins = Plugins()
    """Distributions that must be installed for this experiment."""


@dataclass(frozen=True)
class Trial:
    """One run's worth of settings, with no open choice left.

    Args:
        name: what differs from the other trials of a sweep, or the experiment's name.
        chosen: what the sweep has chosen for it, by dotted key.
        spec: the resolved document, defaults included.
    """

    name: str
    header: Header
    data: DataSource
    preprocess: tuple[Preprocessor, ...]
    split: Splitter
    model: Model
    explainers: tuple[Explainer, ...]
    scores: tuple[MapScore, ...]
    figures: tuple[Figure, ...]
    tracker: Tracker
    spec: Mapping[str, Any]
    chosen: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @property
    def seeds(self) -> Seeds:
        return Seeds(self.header.seed)


@dataclass(frozen=True)
class Experiment:
    """All trials of one spec.

    Args:
        path: the YAML file.
        swept: keys that the sweep changes.
    """

    path: Path
    header: Header
    trials: tuple[Trial, ...]
    swept: tuple[str, ...] = ()


def load_experiment(
    path: Path, registry: Registry, settings: Iterable[str] = (), most_trials: int = MOST_TRIALS
) -> Experiment:
    """Read and check a spec.

    Args:
        path: the YAML file.
        registry: where components are found.
        settings: ``KEY=VALUE`` texts that override the file.
        most_trials: the number of trials above which a sweep is refused.

    Raises:
        SpecError: everything that is wrong, each with file, line and column.
    """
    document = _read_file(path)
    for key, value in map(assignment, settings):
        document = with_value(document, key, value.value, value.mark(()))
    sweep = take_sweep(document, most_trials)
    trials: list[Trial] = []
    problems: dict[Problem, None] = {}
    for variant, chosen in variants(document, sweep):
        checker = Checker(variant, registry, path.resolve().parent)
        trial = _trial(checker, path.stem, chosen)
        if trial:
            trial = replace(trial, tracker=users_tracker(trial.tracker, checker, str(path)))
        if trial and not checker.problems:
            trials.append(trial)
        problems |= dict.fromkeys(checker.problems)
    if problems:
        raise SpecError(*problems)
    return Experiment(path, trials[0].header, tuple(trials), tuple(sweep))


def rebuilt_trial(spec: Mapping[str, Any], name: str, registry: Registry) -> Trial:
    """The trial that another process has sent: its resolved spec says all.

    Raises:
        SpecError: what is installed here does not know it so.
    """
    checker = Checker(Document(dict(spec)), registry, Path())
    trial = _trial(checker, name, {})
    if trial is None or checker.problems:
        raise SpecError(*checker.problems)
    return replace(trial, name=name)


def _read_file(path: Path) -> Document:
    if path.exists() and not path.is_file():
        raise SpecError(Problem("is no file; name a spec such as experiments/pharma.yaml", place=str(path)))
    try:
        if (size := path.stat().st_size) > MOST_BYTES:
            what = f"is {size / 1e6:,.0f} MB large, and a spec has at most {MOST_BYTES / 1e6:.0f} MB"
            what += ". Is it a data file? Name it in a spec: data: {path: FILE}"
            raise SpecError(Problem(what, place=str(path)))
        text = path.read_bytes().decode()
    except FileNotFoundError as error:
        near = [other.name for other in path.parent.glob("*.y*ml")] if path.parent.is_dir() else []
        hint = [did_you_mean(path.name, near)] if near else []
        raise SpecError(Problem("; ".join(["there is no such file", *hint]), place=str(path))) from error
    except OSError as error:
        raise SpecError(Problem(f"cannot be read: {error.strerror}", place=str(path))) from error
    except UnicodeDecodeError as error:
        what = f"is not UTF-8 text (byte {error.start}); is it a spec?"
        raise SpecError(Problem(what, place=str(path))) from error
    document = read(text, str(path))
    if document.value is None:
        raise SpecError(
            Problem("the file is empty; a spec needs at least data, split and model", place=str(path))
        )
    if not isinstance(document.value, dict):
        raise SpecError(
            Problem("a spec is a mapping of keys such as data:, split:, model:", place=f"{path}:1:1")
        )
    return document


def _trial(checker: Checker, stem: str, chosen: Mapping[str, Any]) -> Trial | None:
    value = checker.doc.value
    known = [*Header.model_fields, *ONE, *MANY, "sweep"]
    for key in value:
        if key not in known or key == "sweep":  # which the sweep itself has put there
            checker.say((key,), f"unknown key; {did_you_mean(key, known)}", key=True)
    plain = {key: item for key, item in value.items() if key in Header.model_fields}
    header = checker.model((), {"name": stem} | plain, Header)
    for index, requirement in enumerate(header.plugins.require if header else ()):
        if wrong := unmet(requirement, checker.registry.disabled):
            checker.say(("plugins", "require", index), wrong)
    parts: dict[str, Any] = {}
    for key, family in ONE.items():
        default = checker.registry.default(family) if family is Family.TRACKER else ""
        if key in value or default:
            parts[key] = checker.component((key,), value.get(key, {}), family, default)
        else:
            checker.say(
                (), f"{key}: is required, such as {key}: {{use: {(*checker.registry.names(family), '…')[0]}}}"
            )
    for key, family in MANY.items():
        items = [] if value.get(key) is None else value[key]
        if not isinstance(items, list):
            checker.say((key,), f"expected a list such as [{{use: NAME}}], got {items!r}")
            items = []
        parts[key] = _labelled(
            checker, key, [checker.component((key, index), item, family) for index, item in enumerate(items)]
        )
    if header is None or checker.problems:
        return None
    for key in ("explain", "figures"):
        _check_needs(checker, parts["model"], key, parts[key])
    return Trial(
        name=trial_name(chosen) or header.name,
        header=header,
        data=parts["data"],
        preprocess=tuple(parts["preprocess"]),
        split=parts["split"],
        model=parts["model"],
        explainers=tuple(parts["explain"]),
        scores=tuple(parts["score"]),
        figures=tuple(parts["figures"]),
        tracker=parts["track"],
        spec=_resolved(header, parts),
        chosen=chosen,
    )


def _labelled(checker: Checker, key: str, components: Sequence[Component | None]) -> list[Component]:
    """Give every component an id of its own: the second ``grad_cam`` becomes ``grad_cam_2``."""
    taken = {component.id for component in components if component and component.id}
    seen: set[str] = set()
    labelled = []
    for index, component in enumerate(components):
        if component is None:
            continue
        label = component.slug
        if component.id and label in seen:
            checker.say((key, index, "id"), f"the id {label!r} is taken; ids of one list differ")
        elif label in seen | (taken - {component.id}):
            label = next(f"{label}_{n}" for n in itertools.count(2) if f"{label}_{n}" not in seen | taken)
        seen.add(label)
        labelled.append(component.model_copy(update={"id": label}))
    return labelled


def _check_needs(checker: Checker, model: Model, key: str, users: Sequence[Explainer | Figure]) -> None:
    for index, user in enumerate(users):
        if missing := sorted(user.needs - model.capabilities):
            offered = ", ".join(sorted(model.capabilities)) or "nothing"
            checker.say(
                (key, index),
                f"{user.name} needs {' and '.join(missing)} of the model, "
                f"but {model.name} offers {offered}; use another {MANY[key]} or another model",
            )


def _resolved(header: Header, parts: Mapping[str, Any]) -> dict[str, Any]:
    def plain(component: Component) -> dict[str, Any]:
        fields = _without_default_nulls(component, component.model_dump(mode="json"))
        here = (
            component.user_keys if isinstance(component, Tracker) else ()
        )  # which hold on this machine alone
        return {"use": component.name, **{key: value for key, value in fields.items() if key not in here}}

    return header.model_dump(mode="json") | {
        key: [plain(item) for item in part] if isinstance(part, list) else plain(part)
        for key, part in parts.items()
    }


def _without_default_nulls(value: Any, plain: Any) -> Any:
    """Plain data without the nulls that say nothing.

    A null that differs from the default is a choice: a process that lacks it would use the default.

    Args:
        value: a model, or a part of one.
        plain: the same as JSON holds it.
    """
    if isinstance(value, BaseModel):
        fields = type(value).model_fields
        return {
            name: _without_default_nulls(getattr(value, name), plain[name])
            for name in plain
            if plain[name] is not None or name not in fields or fields[name].get_default() is not None
        }
    if isinstance(value, list | tuple):
        return [_without_default_nulls(part, each) for part, each in zip(value, plain, strict=True)]
    return plain
