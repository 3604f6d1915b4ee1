"""Names of files that any system can hold, and that stay inside their folder."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import PurePosixPath

LONGEST = 60
"""Characters of a name that is made of a class: file systems take some 255 bytes."""
_RESERVED = re.compile(r"^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?$", re.IGNORECASE)
"""Names that Windows keeps for devices, with any ending."""
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"\\|?*]')
"""Characters that some system refuses, or takes for a separator."""


def fault_of(name: str) -> str:
    """Return what is wrong with one part of a path; nothing where any system can hold it.

    >>> fault_of("aux.png"), fault_of("..")
    ('Windows reserves this name', 'it leads out of its folder')
    """
    if name in (".", ".."):
        return "it leads out of its folder"
    if not name.strip() or "/" in name:
        return "it is no name of a file"
    if _RESERVED.match(name):
        return "Windows reserves this name"
    if found := _FORBIDDEN.search(name):
        return f"no file name can hold {found.group()!r} on every system"
    if name[-1] in " .":
        return "Windows drops the dot or blank at its end"
    return ""


def inside(name: str) -> PurePosixPath:
    """Return a path below some folder, its parts separated by ``/``.

    Raises:
        ValueError: the path is absolute, leads out of the folder, or holds a name that some system refuses.
    """
    for part in name.split("/"):
        if fault := fault_of(part):
            raise ValueError(f"{name!r} cannot be written below a folder: {fault}")
    return PurePosixPath(name)


def _is_plain(character: str) -> bool:
    """Whether a file's name can hold a character here: under an ASCII locale no name holds an ``ä``."""
    known = character.encode(sys.getfilesystemencoding(), "ignore")
    return bool(known) and (character.isalnum() or character in "-_.+ ")


def file_names(classes: Iterable[str], taken: Iterable[str] = ()) -> dict[str, str]:
    """Return class → a file's name without ending: letters, digits and a few signs, short, no two alike.

    Args:
        classes: any texts.
        taken: names that are in use already.

    >>> file_names(["Buf", "a/b", "a_b", "..", "con", "overview"], taken=["overview"])
    {'Buf': 'Buf', 'a/b': 'a_b', 'a_b': 'a_b 2', '..': 'class', 'con': 'con_', 'overview': 'overview 2'}
    """
    used = {name.casefold() for name in taken}
    names = {}
    for name in classes:
        plain = "".join(c if _is_plain(c) else "_" for c in name)[:LONGEST].strip(" .") or "class"
        if _RESERVED.match(plain):
            plain = f"{plain.partition('.')[0]}_{plain.partition('.')[2]}"
        file, number = plain, 1
        while file.casefold() in used:
            number += 1
            file = f"{plain} {number}"
        used.add(file.casefold())
        names[name] = file
    return names
