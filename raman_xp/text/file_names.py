"""Names of files that any system can hold, and that stay inside their folder.

Whatever is written below a folder, or read from a store, has a name that `inside` has allowed.
"""

from __future__ import annotations

import os
import re
import sys
import unicodedata
from collections.abc import Iterable
from pathlib import PurePosixPath

from raman_xp.text.plain_text import STEERING

LONGEST = 60
"""Characters of a name that is made of a class."""
MOST_BYTES, MOST_PATH = 240, 1000
"""Bytes of a name, and characters of a path below a folder: file systems take 255 bytes of a name, and
stores add some of their own."""
LETTERS = f"letters that the encoding of file names here, {sys.getfilesystemencoding()}, lacks"
REMEDY = "set PYTHONUTF8=1 in the environment"
"""What a locale such as C does to file names, and what gives them every letter."""
_RESERVED = re.compile(r"^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?$", re.IGNORECASE)
"""Names that Windows keeps for devices, with any ending."""
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"\\|?*]')
"""Characters that some system refuses, or takes for a separator."""


def fault_of(name: str) -> str:
    """Return what is wrong with one part of a path; nothing where any system can hold it.

    >>> fault_of("aux.png"), fault_of("..")
    ('Windows reserves this name', 'it leads out of its folder')
    >>> print(fault_of("a\\u202egnp.exe"))
    no file name can hold '\\u202e' on every system
    """
    if name in (".", ".."):
        return "it leads out of its folder"
    if not name.strip() or "/" in name:
        return "it is no name of a file"
    if _RESERVED.match(name):
        return "Windows reserves this name"
    if found := _FORBIDDEN.search(name) or STEERING.search(name):
        return f"no file name can hold {found.group()!r} on every system"
    if name[-1] in " .":
        return "Windows drops the dot or blank at its end"
    if (size := len(name.encode())) > MOST_BYTES:
        return f"it takes {size} bytes; at most {MOST_BYTES} fit on every system"
    try:
        os.fsencode(name)
    except UnicodeEncodeError:
        return f"it has {LETTERS}; {REMEDY}"
    return ""


def inside(name: str) -> PurePosixPath:
    """Return a path below some folder, its parts separated by ``/``.

    Raises:
        ValueError: the path is absolute, leads out of the folder, or holds a name that some system refuses.
    """
    if fault := fault_of_path(name):
        raise ValueError(f"{name[:MOST_PATH]!r} cannot be written below a folder: {fault}")
    return PurePosixPath(name)


def fault_of_path(name: str) -> str:
    """Return what is wrong with a path below a folder; nothing where any system can hold it."""
    if len(name) > MOST_PATH:
        return f"it has {len(name)} characters; at most {MOST_PATH} fit on every system"
    return next(filter(None, map(fault_of, name.split("/"))), "")


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
        composed = unicodedata.normalize("NFC", name)  # as some file systems compare names
        plain = "".join(c if _is_plain(c) else "_" for c in composed)[:LONGEST].strip(" .") or "class"
        if _RESERVED.match(plain):
            plain = f"{plain.partition('.')[0]}_{plain.partition('.')[2]}"
        file, number = plain, 1
        while file.casefold() in used:
            number += 1
            file = f"{plain} {number}"
        used.add(file.casefold())
        names[name] = file
    return names
