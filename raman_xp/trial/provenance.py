"""Which plugins a trial uses, and in which version, for its record."""

from __future__ import annotations

from collections.abc import Iterable

from raman_xp.components import Family
from raman_xp.plugins.installed import installed
from raman_xp.plugins.providers import Provider
from raman_xp.plugins.registry import Registry
from raman_xp.spec.experiment import MANY, ONE, Trial
from raman_xp.text.tables import csv_text


def used(trial: Trial, registry: Registry) -> tuple[Provider, ...]:
    """Who provides the components of a trial, and the observers that watch it."""
    named = [(family, trial.spec[key]["use"]) for key, family in ONE.items()]
    named += [(family, each["use"]) for key, family in MANY.items() for each in trial.spec[key]]
    found = {registry.find(family, component) for family, component in named}
    watching = {p for p in registry.providers if p.family is Family.OBSERVER}
    return tuple(sorted(found | watching))


def distributions(providers: Iterable[Provider]) -> str:
    """Each distribution with its version, once: ``raman-xp 0.1.0, xp-mine 1.0``."""
    return ", ".join(sorted({f"{each.distribution} {each.version}" for each in providers}))


def as_csv(providers: Iterable[Provider]) -> str:
    """A row a component; ``source`` is a digest of the distribution's code."""
    rows = []
    for each in providers:
        _, source = installed(each.distribution, each.module.partition(".")[0])
        rows.append([each.family.value, each.component, each.distribution, each.version, each.module, source])
    return csv_text(["family", "component", "distribution", "version", "module", "source"], rows)
