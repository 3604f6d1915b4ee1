"""Addresses of MLflow stores, as they are shown and compared."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

DEFAULT = "sqlite:///mlflow.db"
"""MLflow's own, in the working folder."""
_PASSWORD = re.compile(r"(?<=://)([^/@:]*):.*@")


def shown_address(uri: str) -> str:
    """Return the address of a store without its password, and the file of a local one as a whole path.

    >>> shown_address("postgresql://ann:secret@server/runs"), shown_address("http://server:5000/")
    ('postgresql://ann:…@server/runs', 'http://server:5000')
    """
    if uri.startswith("sqlite:///") and len(uri) > len("sqlite:///"):
        return f"sqlite:///{Path(unquote(uri.removeprefix('sqlite:///'))).absolute()}"
    return _PASSWORD.sub(r"\1:…@", uri).rstrip("/")
