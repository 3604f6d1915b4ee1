"""Distributions installed for editing: who uses one can mend it, and may have to install it again."""

from __future__ import annotations

import json
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from urllib.parse import urlparse
from urllib.request import url2pathname


def outdated(installed: Distribution) -> str:
    """What to do where ``pyproject.toml`` is newer than what was read of it; empty where it is not."""
    folder, metadata = _edited_in(installed), Path(str(getattr(installed, "_path", "")), "METADATA")
    project = Path(folder, "pyproject.toml")
    try:
        newer = bool(folder) and project.stat().st_mtime > metadata.stat().st_mtime
    except OSError:
        return ""
    return f"{project} has changed since it was installed: pip install -e {folder}" if newer else ""


def outdated_by_name(name: str) -> str:
    """The same of the distribution of this name."""
    try:
        return outdated(distribution(name))
    except PackageNotFoundError:
        return ""


def remedy(name: str) -> str:
    """What a user can do about a distribution that is broken."""
    try:
        folder = _edited_in(distribution(name))
    except PackageNotFoundError:
        folder = ""
    return f"mend it in {folder}" if folder else f"try another version: pip install --upgrade {name}"


def _edited_in(installed: Distribution) -> str:
    """The folder that a distribution is edited in (PEP 610); empty where a copy of it is installed."""
    try:
        about = json.loads(installed.read_text("direct_url.json") or "{}")
        return url2pathname(urlparse(about["url"]).path) if about["dir_info"]["editable"] else ""
    except (ValueError, LookupError, TypeError, OSError):
        return ""
