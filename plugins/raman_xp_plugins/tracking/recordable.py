"""What MLflow can hold of a spec: the names of its params, and the description of an experiment."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping

from raman_xp.errors import DataError, Problem
from raman_xp_plugins.tracking.run import MOST_NAME

SURE = 5000
"""Characters of a description that every version of MLflow takes."""


def param_name(key: str) -> str:
    """Return the name of the param that holds a key of a spec.

    >>> param_name("data.peaks.alanine, dry")
    'data.peaks.alanine_ dry'
    """
    return re.sub(r"[^\w\-. :/]", "_", key)


def require_recordable(description: str, params: Mapping[str, str]) -> None:
    """Check that MLflow can hold each key of a spec under a name of its own, and the whole description.

    Raises:
        DataError: everything that it refuses, or that it would merge.
    """
    if problems := [*_of_description(description), *_of_params(params)]:
        raise DataError(*problems)


def _of_description(text: str) -> Iterator[Problem]:
    if len(text) <= SURE:
        return
    from mlflow.utils.validation import MAX_EXPERIMENT_TAG_VAL_LENGTH as MOST

    if len(text) > MOST:
        yield Problem(
            f"it has {len(text):,} characters, and MLflow takes {MOST:,}; shorten it, or refer to a document",
            "description",
        )


def _of_params(params: Mapping[str, str]) -> Iterator[Problem]:
    first: dict[str, str] = {}
    for key in params:
        name = param_name(key)
        other = first.setdefault(name, key)
        if other != key:
            what = f"MLflow would record this key and {other} as one param, {name!r}; rename one of them"
        elif len(name) > MOST_NAME:
            what = (
                f"this key has {len(name)} characters, and MLflow takes {MOST_NAME} as the name of a param; "
                "shorten the name within it"
            )
        elif posixpath.normpath(name) != name:
            what = (
                "MLflow refuses this key as the name of a param, because as a path it is "
                f"{posixpath.normpath(name)!r}; remove the slash from the name within it"
            )
        else:
            continue
        yield Problem(what, key)
