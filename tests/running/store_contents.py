"""Everything that a SQLite store and its artifacts hold of an experiment, but times and random names."""

from __future__ import annotations

import io
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlparse
from urllib.request import url2pathname

import numpy as np

TAGS = ("raman_xp.kind", "raman_xp.trial_key", "raman_xp.fit_key", "raman_xp.fitted", "mlflow.note.content")
WITH_TIMES = {"spec.yaml", "sweep.csv", "numbers.json", "MLmodel"}
"""Files that name runs, or tell how long something took."""


@dataclass(frozen=True)
class Recorded:
    """What a store holds of one run, in values that are equal where the records are."""

    run: tuple[Any, ...]
    tags: frozenset[tuple[str, str]]
    params: frozenset[tuple[str, str]]
    metrics: frozenset[tuple[str, int, Any, int]]
    """Name, step, value (none of times), and how often."""
    inputs: tuple[tuple[str, int], ...]
    files: frozenset[tuple[str, str]]
    parent: str


def contents(database: Path, experiment: str, artifacts: Path | None = None) -> Counter[Recorded]:
    """What a store holds of each run of an experiment, also of deleted runs and logged models.

    Args:
        artifacts: folder of a server's artifacts; default: where the addresses lead.
    """

    def named(text: str) -> str:
        return text.replace(experiment, "the experiment")

    with closing(sqlite3.connect(database)) as connection:
        rows = connection.execute(
            "SELECT run_uuid, name, status, artifact_uri FROM runs NATURAL JOIN "
            "(SELECT experiment_id FROM experiments WHERE name = ?) WHERE lifecycle_stage = 'active'",
            [experiment],
        ).fetchall()
        names = {run: name for run, name, _, _ in rows}
        found: Counter[Recorded] = Counter()
        for run, name, status, address in rows:
            tags = dict(connection.execute("SELECT key, value FROM tags WHERE run_uuid = ?", [run]))
            models = connection.execute(
                "SELECT model_id, status, artifact_location FROM logged_models "
                "WHERE source_run_id = ? AND lifecycle_stage = 'active'",
                [run],
            ).fetchall()
            files = _files(_path(address, artifacts))
            for _, _, location in models:
                files |= {
                    (f"the model/{path}", digest) for path, digest in _files(_path(location, artifacts))
                }
            leftover = [tag for tag in tags if tag.startswith("raman_xp.claim.") or tag == "raman_xp.error"]
            if models and tags.get("raman_xp.model") not in {model for model, _, _ in models}:
                leftover.append("another model")
            recorded = Recorded(
                (named(name), status, *(status for _, status, _ in models), *leftover),
                frozenset((tag, tags[tag]) for tag in TAGS if tag in tags),
                frozenset(
                    (key, named(Path(value).name if key == "data.path" else value))
                    for key, value in connection.execute(
                        "SELECT key, value FROM params WHERE run_uuid = ?", [run]
                    )
                ),
                frozenset(
                    connection.execute(
                        "SELECT key, step, "
                        "CASE WHEN key LIKE 'seconds/%' THEN NULL ELSE value END AS number, "
                        "count(*) FROM metrics WHERE run_uuid = ? GROUP BY key, step, number",
                        [run],
                    )
                ),
                tuple(
                    connection.execute(
                        "SELECT destination_type, count(*) FROM inputs "
                        "WHERE ? IN (source_id, destination_id) "
                        "GROUP BY destination_type ORDER BY destination_type",
                        [run],
                    )
                ),
                frozenset(files),
                named(names.get(tags.get("mlflow.parentRunId", ""), "")),
            )
            found[recorded] += 1
    return found


def _path(address: str, artifacts: Path | None) -> Path:
    if address.startswith("mlflow-artifacts:/"):
        assert artifacts
        return artifacts / address.removeprefix("mlflow-artifacts:/")
    return read_address(address)


def read_address(address: str) -> Path:
    """The folder that MLflow takes from an address."""
    return Path(url2pathname(urlparse(address).path if address.startswith("file:") else address))


def _files(folder: Path) -> set[tuple[str, str]]:
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {(path.relative_to(folder).as_posix(), _digest(path)) for path in paths}


def _digest(path: Path) -> str:
    """Of what a file says, times left out."""
    if path.name in WITH_TIMES:
        return ""
    content = path.read_bytes()
    if path.suffix == ".npz":
        with np.load(io.BytesIO(content)) as arrays:
            content = b"".join(arrays[name].tobytes() for name in arrays if name != "about")
    return sha256(content).hexdigest()
