"""Finds columns of groups, such as patients, that the user did not state."""

from __future__ import annotations

import re

from raman_xp_plugins.data.tabular.names import plain
from raman_xp_plugins.data.tabular.words import Words

_NAMES = re.compile(
    "(patient|subject|sample|specimen|tablet|batch|donor|animal|mouse|rat|person|individual|participant|case|"
    "plate|slide|well|vial|lot|replicate|bottle|culture|strain|session|"
    "patientin|proband|probandin|tier|maus|ratte|probe|tablette|charge|platte|flasche|kultur|stamm|sitzung|"
    "messreihe|serie|patiente|sujet|individu|échantillon|comprimé|plaque|lame|flacon|souris|donneur|série|séance|"
    "paciente|sujeto|individuo|muestra|comprimido|tableta|lote|placa|frasco|ratón|rata|donante|cultivo|cepa|sesión)"
    "(id|no|nr|num|number|name|nummer|numéro|número|s)?"
)
"""Names of columns whose spectra belong together, in English, German, French and Spanish."""
_FEWEST = 5
"""Values that a column of another name must have to be taken for groups."""


def named_like_group(name: str) -> bool:
    """Whether a column of this name likely holds groups."""
    return _NAMES.fullmatch(plain(name)) is not None


def repeats_like_groups(words: Words, spectra: int) -> bool:
    """Whether words repeat as the names of groups do: several, each more than once, and no quantity."""
    if not _FEWEST <= len(words.values) <= spectra / 2 or "" in words.values:
        return False
    if any(re.fullmatch(r"[+-]?[0-9]*[.,][0-9]+.*", value) for value in words.values):
        return False
    return min(words.counts().values()) > 1
