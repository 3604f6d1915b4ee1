"""Installed code by its content: a version number alone does not tell what a distribution holds."""

from __future__ import annotations

import json
from functools import cache
from importlib.metadata import Distribution, distribution
from importlib.util import find_spec
from pathlib import Path

from raman_xp.spectra.digests import Digest

_METADATA = (".dist-info", ".egg-info")


@cache
def installed(name: str, package: str) -> tuple[str, str]:
    """Return the version of a distribution and the digest of its code.

    The digest covers the files that the distribution lists as installed. Where it lists none, it covers the
    package and its siblings by name; where it is installed for editing, also the modules beside the package.
    One process computes the digest once.

    Args:
        name: of the distribution.
        package: name of the package or module that provides the component.
    """
    found = distribution(name)
    if _is_editable(found):
        files = _source_files(package, "*.py")
    else:
        files = _installed_files(found) or _source_files(package, f"{package}*.py")
    digest = Digest()
    for relative, file in sorted(files.items()):
        digest.add_file(relative, file)
    return found.version, str(digest)


def _is_editable(found: Distribution) -> bool:
    """Whether a distribution is installed for editing (PEP 610)."""
    text = found.read_text("direct_url.json")
    return bool(text and json.loads(text).get("dir_info", {}).get("editable"))


def _installed_files(found: Distribution) -> dict[str, Path]:
    """Files that a distribution has installed, without its metadata, scripts and compiled modules."""
    files = {
        entry.as_posix(): Path(str(entry.locate()))
        for entry in found.files or ()
        if entry.suffix != ".pyc" and entry.parts[0] != ".." and ".dist-info" not in entry.parts[0]
    }
    return {name: path for name, path in files.items() if path.is_file()}


def _source_files(package: str, modules: str) -> dict[str, Path]:
    """All files of a package and of those whose name begins with its own, and the modules beside them.

    Args:
        package: name of the package or module.
        modules: which modules beside it belong to it, a glob pattern.
    """
    spec = find_spec(package)
    if spec is None or not spec.origin:
        return {}
    folder = Path(spec.origin).parent
    if spec.submodule_search_locations:
        folder = folder.parent
    parts = [part for part in folder.glob(f"{package}*") if part.is_dir() and part.suffix not in _METADATA]
    inside = [each for part in parts for each in part.rglob("*")]
    files = [*folder.glob(modules), *(each for each in inside if each.is_file() and each.suffix != ".pyc")]
    return {file.relative_to(folder).as_posix(): file for file in files}
