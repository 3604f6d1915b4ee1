"""Messages of the CSV reader about files that it cannot use."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from raman_xp.errors import DataError
from raman_xp_plugins.data.pharma_csv import PharmaCsv

LONG = "spectrum,label,wavenumber,intensity\n"


@pytest.fixture
def message(tmp_path: Path) -> Any:
    """The whole message about a file of this content."""

    def write_and_fail(content: str | bytes, **fields: Any) -> str:
        path = tmp_path / "pharma.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return failure(path, **fields)

    return write_and_fail


def failure(path: Path, **fields: Any) -> str:
    with pytest.raises(DataError) as caught:
        PharmaCsv(path=path, **fields).load(np.random.default_rng())
    return str(caught.value)
