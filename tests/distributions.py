"""Distributions that tests write into a folder: metadata, entry points and modules."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent

import pytest

from raman_xp.plugins.installed import installed


def write_distribution(
    site: Path, name: str, entry_points: dict[str, str], version: str = "1.0", **modules: str
) -> None:
    """Install a distribution, as pip would without a list of its files.

    Args:
        site: a folder on the path.
        name: of the distribution.
        entry_points: ``family.component`` → module.
        version: of the distribution.
        modules: name → source.
    """
    info = site / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    lines = [f"{point} = {module}" for point, module in entry_points.items()]
    (info / "entry_points.txt").write_text("\n".join(["[raman_xp]", *lines, ""]))
    installed.cache_clear()  # one process sees one state of what is installed; tests do not
    for module, source in modules.items():
        (site / f"{module}.py").write_text(dedent(source))


@contextmanager
def on_the_path(site: Path) -> Iterator[pytest.MonkeyPatch]:
    """Let this process and those it starts import from a new folder, for as long as the context lasts.

    Args:
        site: the folder.
    """
    site.mkdir()
    before = set(sys.modules)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(site))
        patch.setenv("PYTHONPATH", str(site))
        yield patch
    for name in set(sys.modules) - before:
        if site in Path(getattr(sys.modules[name], "__file__", None) or "/").parents:
            del sys.modules[name]
    installed.cache_clear()
