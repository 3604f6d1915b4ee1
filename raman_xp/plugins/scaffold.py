"""Writes a new plugin: a whole distribution that works, to be changed into what it is to become.

The templates are real code about a component ``this_one``, which is renamed.
"""

from __future__ import annotations

import keyword
import re
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from raman_xp.components import Family
from raman_xp.errors import InputError
from raman_xp.plugins.registry import Registry

TEMPLATES = Path(__file__).parent / "templates"
ABOUT = {
    Family.EXPLAINER: ("An explainer", "explain:\n  - use: this_one"),
    Family.DATA_SOURCE: ("A data source", "data: {use: this_one}"),
    Family.MODEL: ("A model", "model: {use: this_one}"),
    Family.PREPROCESSOR: ("A preprocessing step", "preprocess:\n  - use: this_one"),
    Family.MAP_SCORE: ("A score of maps", "score:\n  - use: this_one"),
    Family.OBSERVER: ("An observer", ""),
}
"""Families of which a plugin can be begun: what it is called, and how a spec uses it."""


@dataclass(frozen=True)
class Name:
    """A component's name as a spec, a class, and a distribution have it."""

    component: str

    @property
    def cls(self) -> str:
        """``SmoothGrad``."""
        return "".join(word.title() for word in self.component.split("_"))

    @property
    def distribution(self) -> str:
        """``raman-xp-smooth-grad``."""
        return f"raman-xp-{self.component.replace('_', '-')}"

    @property
    def module(self) -> str:
        """``raman_xp_smooth_grad``."""
        return f"raman_xp_{self.component}"

    @staticmethod
    def of(text: str, family: Family, registry: Registry) -> Name:
        """The name that a user gave: ``smooth_grad``, ``smooth-grad`` and ``SmoothGrad`` are one.

        Raises:
            InputError: it can be no name, or is taken.
        """
        words = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z0-9])(?=[A-Z][a-z])", "_", text)
        name = Name(words.replace("-", "_").lower().removeprefix("raman_xp_"))
        if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name.component):
            raise InputError(
                f"{text!r} can be no name; one begins with a letter, and has letters, digits and single _ "
                "between them: smooth_grad"
            )
        if keyword.iskeyword(name.component):
            raise InputError(f"{text!r} is a word of Python; choose another name")
        if taken := registry.claims(family, name.component):
            raise InputError(f"{taken[0]} is there already; choose another name")
        if find_spec(name.module) is not None:
            raise InputError(f"a module {name.module} is installed already; choose another name")
        return name


def write_plugin(family: Family, name: Name, into: Path, author: str) -> Path:
    """Write a new distribution into a folder of its own, all of it or nothing.

    Args:
        into: an existing folder, in which that of the distribution is made.
        author: who holds the rights.

    Returns:
        The new folder.

    Raises:
        InputError: it is there already, or cannot be written.
    """
    folder = into / name.distribution
    if folder.exists():
        raise InputError(
            f"{folder} is there already, and nothing is overwritten; move it away, or use --into"
        )
    words = _words(family, name, author)
    try:
        with tempfile.TemporaryDirectory(dir=into, prefix=f".{name.distribution}-") as unfinished:
            made = Path(unfinished, "made")
            for template, path in _files(family):
                file = made / _renamed(path.as_posix(), words)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(_renamed(template.read_text("utf-8"), words), "utf-8")
            made.rename(folder)
    except OSError as error:
        raise InputError(
            f"{folder} cannot be written: {error.strerror}; choose a folder with --into"
        ) from error
    return folder


def _files(family: Family) -> Iterator[tuple[Path, Path]]:
    """Each template with its place in the new distribution."""
    for part in ("distribution", family.value):
        for file in sorted((TEMPLATES / part).rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                yield file, file.relative_to(TEMPLATES / part)


def _words(family: Family, name: Name, author: str) -> dict[str, str]:
    kind, use = ABOUT[family]
    usage = f"In an experiment's spec:\n\n```yaml\n{use}\n```" if use else "It watches every run."
    return {
        "THIS KIND": kind,
        "THIS USE": usage,
        "THIS YEAR": str(date.today().year),
        "THIS AUTHOR": author,
        "0.0.0": version("raman-xp"),
        "this_family": family.value,
        "raman-xp-this-one": name.distribution,
        "this-one": name.component.replace("_", "-"),
        "this_one": name.component,
        "ThisOne": name.cls,
    }


def _renamed(text: str, words: dict[str, str]) -> str:
    for template, word in words.items():
        text = text.replace(template, word)
    return text


def git_user() -> str:
    """Who commits here; empty where nobody is known."""
    try:
        done = subprocess.run(["git", "config", "user.name"], capture_output=True, check=False)
    except OSError:
        return ""
    return done.stdout.decode("utf-8", "replace").strip()
