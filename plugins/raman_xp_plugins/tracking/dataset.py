"""A data set as MLflow shows it."""

from __future__ import annotations

import json
from typing import Any

from raman_xp.results import DatasetInfo
from raman_xp_plugins.tracking.run import cut

MOST_TITLE, MOST_SCHEMA = 500, 65535
"""Characters that MLflow takes."""


def dataset_input(info: DatasetInfo) -> Any:
    """An MLflow dataset input, marked as simulated where it is."""
    from mlflow.entities import Dataset, DatasetInput, InputTag

    about = info.about
    tags = [InputTag("mlflow.data.context", "training")]
    if about.simulated:
        tags.append(InputTag("raman_xp.data", "simulated"))
    profile = {
        "spectra": info.spectra,
        "channels": info.channels,
        "classes": dict(info.classes),
        "simulated": about.simulated,
        "about": about.description,
    }
    schema = json.dumps({"axis": about.unit, "read as": list(about.understood)}, ensure_ascii=False)
    return DatasetInput(
        Dataset(
            name=cut(about.title, MOST_TITLE, "data.txt"),
            digest=info.digest,
            source_type="local",
            source=json.dumps({"uri": about.source}),
            schema=schema if len(schema) <= MOST_SCHEMA else json.dumps({"read as": "see data.txt"}),
            profile=json.dumps(profile, ensure_ascii=False),
        ),
        tags,
    )
