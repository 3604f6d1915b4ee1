"""Distributions installed for editing: who uses one can mend it, and may have to install it again."""

from __future__ import annotations

import json
import tomllib
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from urllib.parse import urlparse
from urllib.request import url2pathname

from packaging.version import Version

from raman_xp.plugins.hookspecs import PROJECT


def outdated(installed: Distribution) -> str:
    """What to do where ``pyproject.toml`` says another version or other components than were installed."""
    if not (folder := _edited_in(installed)):
        return ""
    file = Path(folder, "pyproject.toml")
    here = {each.name: each.value for each in installed.entry_points if each.group == PROJECT}
    try:
        about = tomllib.loads(file.read_text("utf-8"))["project"]
        computed = about.get("dynamic", ())
        points = here if "entry-points" in computed else about.get("entry-points", {}).get(PROJECT, {})
        same = points == here and Version(about.get("version", installed.version)) == Version(
            installed.version
        )
    except (OSError, ValueError, LookupError, AttributeError, TypeError):  # it says it in another way
        return ""
    return "" if same else f"{file} has changed since it was installed: pip install -e {folder}"


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
