"""Who provides which component, as the metadata of installed distributions says; nothing is imported."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from importlib.metadata import Distribution, EntryPoint, PackageNotFoundError, distribution, distributions
from importlib.util import find_spec
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from raman_xp.components import Family
from raman_xp.plugins.editable import outdated, outdated_by_name
from raman_xp.text.wording import did_you_mean

GROUP = "raman_xp"
BOX = "raman-xp"
"""The distribution whose components come in the box."""
DISABLE = "RAMAN_XP_DISABLE"
"""Environment variable: names of distributions and components to do without, separated by commas."""


@dataclass(frozen=True, order=True)
class Provider:
    """Where a component comes from, as metadata says."""

    family: Family
    component: str
    module: str
    distribution: str
    version: str

    def __str__(self) -> str:
        return f"{self.family.value} {self.component!r} of {self.origin}"

    @property
    def origin(self) -> str:
        """Distribution, version and file: ``xp-mine 1.0 (/…/xp_mine.py)``."""
        return f"{self.distribution} {self.version} ({self.file or self.module})"

    @cached_property
    def file(self) -> str:
        """Where the module lies; empty where it is not there."""
        top, *rest = self.module.partition(":")[0].split(".")
        try:
            spec = find_spec(top)
        except (ImportError, ValueError):
            return ""
        if spec is None or not rest:
            return (spec and spec.origin) or ""
        folders = [Path(folder, *rest) for folder in spec.submodule_search_locations or ()]
        files = [file for folder in folders for file in (folder.with_suffix(".py"), folder / "__init__.py")]
        return next((str(file) for file in files if file.exists()), "")

    @property
    def lacks(self) -> str:
        """The version of raman-xp that the distribution requires, where this is not one: ``raman-xp>=2``."""
        for requirement in requirements(self.distribution) if self.distribution != BOX else ():
            if canonicalize_name(requirement.name) == BOX and not _is_met(requirement):
                return f"{requirement.name}{requirement.specifier}"
        return ""


@dataclass(frozen=True)
class Found:
    """What there is to know of plugins without loading any.

    Args:
        providers: sorted.
        disabled: those that are told to be done without.
        notes: what was passed over, and why.
    """

    providers: tuple[Provider, ...]
    disabled: tuple[Provider, ...] = ()
    notes: tuple[str, ...] = ()


def found(points: Iterable[tuple[EntryPoint, str, str]] | None, disabled: frozenset[str]) -> Found:
    """Look at entry points.

    Args:
        points: each with name and version of its distribution; those installed where nothing is given.
        disabled: distributions and components to do without.
    """
    notes: list[str] = []
    every: set[Provider] = set()
    for point, name, version in _installed(notes) if points is None else points:
        family, _, component = point.name.partition(".")
        if family not in set(Family) or not component:
            notes.append(
                f"{point.name!r} of {name} {version} is ignored: "
                f"its name is not family.component with a family this version knows ({', '.join(Family)})"
            )
        else:
            every.add(Provider(Family(family), component, point.value.strip(), name, version))
    off = {provider for provider in every if disabled & _names(provider)}
    known = {name for provider in every for name in _names(provider)}
    notes += [f"{name!r} is disabled, but not installed" for name in sorted(disabled - known)]
    return Found(tuple(sorted(every - off)), tuple(sorted(off)), tuple(notes))


def disabled_by_environment() -> frozenset[str]:
    """What the environment says to do without."""
    return frozenset(map(_plain, filter(str.strip, os.environ.get(DISABLE, "").split(","))))


def unknown_names(names: Iterable[str]) -> list[str]:
    """Of names to do without, what is wrong with those that mean nothing here."""
    here = found(None, frozenset())
    known = {name for provider in here.providers for name in _names(provider)}
    told = {name for provider in here.providers for name in (provider.distribution, provider.component)}
    return [
        f"no plugin or component is called {name!r}; {did_you_mean(name, told)}"
        for name in names
        if _plain(name) not in known
    ]


def requirements(name: str) -> Iterator[Requirement]:
    """What a distribution requires, extras included."""
    try:
        lines = distribution(name).requires or []
    except PackageNotFoundError:
        return
    for line in lines:
        try:
            yield Requirement(line)
        except InvalidRequirement:  # which pip has let pass
            continue


def unmet(text: str, disabled: frozenset[str] = frozenset()) -> str:
    """What is wrong with a requirement such as ``raman-xp-occlusion>=0.2`` here; empty where it is met.

    Args:
        disabled: distributions to do without.
    """
    try:
        requirement = Requirement(text)
    except InvalidRequirement as error:
        said = str(error).splitlines()[0]
        return f"{said}; a requirement is a name, and a version where it matters: 'raman-xp-occlusion>=0.2'"
    if _plain(requirement.name) in disabled:
        return f"{requirement.name} is disabled ({DISABLE} or --disable), and the spec requires it"
    try:
        version = distribution(requirement.name).version
    except PackageNotFoundError:
        here = found(None, frozenset()).providers
        near = {each.distribution for each in here if _plain(requirement.name) in _names(each)}
        near |= {*get_close_matches(requirement.name, {each.distribution for each in here}, n=1, cutoff=0.8)}
        advice = f"did you mean {min(near)!r}?" if near else f"pip install '{requirement}'"
        return f"{requirement.name} is not installed; {advice}"
    if not _is_met(requirement):
        again = outdated_by_name(requirement.name) or f"pip install '{requirement}'"
        return f"{requirement.name} {version} is installed; {again}"
    return ""


def _is_met(requirement: Requirement) -> bool:
    if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
        return True
    try:
        version = distribution(requirement.name).version
    except PackageNotFoundError:
        return False
    return requirement.specifier.contains(version, prereleases=True)


def _names(provider: Provider) -> set[str]:
    """By which a provider can be disabled."""
    component = _plain(provider.component)
    return {_plain(provider.distribution), component, f"{provider.family.value}.{provider.component}".lower()}


def _plain(name: str) -> str:
    """``Raman_XP_Occlusion`` and ``raman-xp-occlusion`` are one name; ``explainer.grad_cam`` stays."""
    name = name.strip().lower()
    return name if name.partition(".")[0] in set(Family) else canonicalize_name(name)


def _installed(notes: list[str]) -> Iterator[tuple[EntryPoint, str, str]]:
    """Our entry points; a distribution whose metadata cannot be read is noted and passed over."""
    seen: set[str] = set()
    for each in distributions():
        try:
            points = [point for point in each.entry_points if point.group == GROUP]
            if points:
                name, version = each.metadata["Name"], each.version
        except Exception as error:
            notes.append(f"{_place(each)} is ignored: its metadata cannot be read: {error!r}")
            continue
        if not points:
            continue
        if not name:
            notes.append(f"{_place(each)} is ignored: its metadata says no name")
        elif canonicalize_name(name) not in seen:  # of two on the path, the first is imported
            seen.add(canonicalize_name(name))
            notes.extend(filter(None, [outdated(each)]))
            yield from ((point, name, version) for point in points)


def _place(of: Distribution) -> str:
    return str(getattr(of, "_path", "a distribution"))
