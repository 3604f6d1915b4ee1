"""What is known of a trial before it runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from raman_xp.spectra import About


@dataclass(frozen=True)
class DatasetInfo:
    """A data set as a tracker records it.

    Args:
        about: where it comes from.
        digest: of all its content.
        spectra: how many.
        channels: length of a spectrum, preprocessed.
        classes: name → how many spectra.
    """

    about: About
    digest: str
    spectra: int
    channels: int
    classes: Mapping[str, int]


@dataclass(frozen=True)
class TrialContext:
    """What is known of a trial before it runs.

    Args:
        experiment: name of the experiment; trials of one name are compared with each other.
        description: what the experiment is for, Markdown.
        name: how this trial differs from its neighbours.
        key: of everything the trial's result depends on; two trials with the same key have the same result.
        params: the flattened spec.
        tags: keys and facts to find the run by.
        spec: the resolved spec as YAML text.
        plugins: component, family, distribution, version and module of every plugin it uses, as CSV text.
        dataset: what it works on.
    """

    experiment: str
    description: str
    name: str
    key: str
    params: Mapping[str, str]
    tags: Mapping[str, str]
    spec: str
    plugins: str
    dataset: DatasetInfo
