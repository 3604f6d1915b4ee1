"""What a trial has shown, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from raman_xp.results.metrics import Accuracy, MapBand, Numbers
from raman_xp.spectra import Spectra, Zone
from raman_xp.text.plain_text import one_line
from raman_xp.text.wording import counted

MOST_NAMES = 4
"""Classes that a sentence names in full; of more than one beyond them, it gives the number."""
_PLACES = {
    Zone.UNIQUE: "unique to the class",
    Zone.SHARED: "shared with another class",
    Zone.RIVAL: "another class's",
    Zone.BACKGROUND: "on background",
}


def findings(numbers: Numbers, spectra: Spectra) -> Iterator[str]:
    """Yield sentences on the accuracy, on the strongest bands of each explainer, and on warnings.

    Args:
        numbers: of the trial.
        spectra: all spectra of the trial, with their classes and what is known of them.
    """
    final = numbers.final
    yield f"{final.test.right} of {final.test.of} test spectra are recognised: {_share(final.test)}."
    for explainer, of_class in final.bands.items():
        name = one_line(explainer)
        if spectra.truth is not None:
            yield f"{name}: the strongest band is {_places(of_class, spectra.classes)}."
        for warning, maps in final.warnings.get(explainer, {}).items():
            yield f"{name}: warning about {counted(maps, 'map')}: {one_line(warning)}."
    if spectra.truth is None and final.bands:
        yield "No maps are judged: the true bands are unknown. State them with `truth` beside the data."


def _share(accuracy: Accuracy) -> str:
    low, high = accuracy.interval
    return f"{100 * accuracy.share:.1f} % (95 % interval: {100 * low:.1f} to {100 * high:.1f} %)"


def _places(of_class: Mapping[str, Sequence[MapBand]], classes: Sequence[str]) -> str:
    """What the strongest bands are: ``unique to the class for 2 of 3 classes (a, b), absent for 1 (c)``."""
    names: dict[Zone | None, list[str]] = {}
    for name in classes:
        bands = of_class.get(name, ())
        names.setdefault(bands[0].zone if bands else None, []).append(one_line(name))
    total = f" of {len(classes)} classes"
    parts = []
    for zone, place in (*_PLACES.items(), (None, "absent")):
        if zone in names:
            parts.append(f"{place} for {len(names[zone])}{total} ({_listed(names[zone])})")
            total = ""
    return ", ".join(parts)


def _listed(names: Sequence[str]) -> str:
    """Names; of many, the first ones."""
    if len(names) <= MOST_NAMES + 1:
        return ", ".join(names)
    return f"{', '.join(names[:MOST_NAMES])} and {len(names) - MOST_NAMES} others"
