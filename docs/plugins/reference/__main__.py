"""Writes the reference from the docstrings: ``python docs/plugins/reference``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import griffe

HERE = Path(__file__).parent
FIRST = "<!-- Written by `python docs/plugins/reference` from the docstrings. Do not edit: run it again. -->"
PAGES: Mapping[str, tuple[str, Sequence[str], Sequence[str]]] = {
    "component": ("Every component", [], ["components.Component", "components.Family"]),
    "explainer": (
        "Explainers",
        ["raman_xp_explainers"],
        [
            "components.Explainer",
            "components.ScoreExplainer",
            "components.ExplainTask",
            "maps.Maps",
            "scores.Score",
            "scores.Direction",
            "placement.Placement",
        ],
    ),
    "model": (
        "Models",
        ["raman_xp_models"],
        [
            "components.Model",
            "components.FittedModel",
            "components.FitTask",
            "components.Capability",
            "components.Features",
            "components.Gradients",
            "components.Layer",
            "seeds.Seeds",
            "receptive_field.Window",
            "receptive_field.Step",
            "receptive_field.bin_centers",
            "receptive_field.look_offsets",
        ],
    ),
    "data_source": (
        "Data sources",
        ["raman_xp_data_sources"],
        [
            "components.DataSource",
            "spectra.RawSpectra",
            "spectra.Block",
            "spectra.Samples",
            "spectra.About",
            "spectra.Truth",
            "spectra.Contents",
            "spectra.Band",
            "errors.DataError",
            "errors.Problem",
        ],
    ),
    "preprocessor": (
        "Preprocessing steps",
        ["raman_xp_preprocessors"],
        ["components.Preprocessor", "errors.RowErrors"],
    ),
    "splitter": (
        "Splitters",
        ["raman_xp_splitters"],
        ["components.Splitter", "components.SplitTask", "components.Split", "spectra.Spectra"],
    ),
    "map_score": (
        "Map scores",
        ["raman_xp_map_scores"],
        ["components.MapScore", "components.ScoreTask", "spectra.Zone"],
    ),
    "figure": (
        "Figures",
        ["raman_xp_figures"],
        [
            "components.Figure",
            "components.FigureTask",
            "components.SweepTask",
            "components.SweptTrial",
            "figures.style.figure",
            "figures.style.wavenumber_axis",
        ],
    ),
    "observer": (
        "Observers, and the events that they hear",
        [
            "raman_xp_observers",
            "raman_xp_run_started",
            "raman_xp_progress",
            "raman_xp_unit_finished",
            "raman_xp_maps_ready",
            "raman_xp_trial_finished",
            "raman_xp_trial_failed",
            "raman_xp_run_finished",
        ],
        ["components.Observer", "results.TrialContext", "results.UnitResult", "results.TrialResult"],
    ),
    "tracker": (
        "Trackers",
        ["raman_xp_trackers"],
        [
            "components.Tracker",
            "components.ExperimentLog",
            "components.TrialLog",
            "results.SweepResult",
            "results.DatasetInfo",
        ],
    ),
}
"""File → title, hooks, and what stands below them."""
BELOW = """\
`Floats` and `Ints` are NumPy arrays of floating-point and of whole numbers; `Target` is `"predicted"`,
`"labelled"` or `"every"`. What a class is made with can be read from it under the same name:
`task.spectra.intensity`. Arrays that are handed over are read-only."""
DEFINED = {
    thing.rpartition(".")[2]: f"{name}.md#{thing.rpartition('.')[2].lower()}"
    for name, (_, _, things) in PAGES.items()
    for thing in things
}
"""Class or function → where it is described."""


def pages() -> dict[str, str]:
    """File name → its text."""
    package = griffe.load(
        "raman_xp", docstring_parser="google", docstring_options={"returns_multiple_items": False}
    )
    hooks = package["plugins.hookspecs"]
    texts = {}
    for name, (title, own_hooks, things) in PAGES.items():
        parts = [FIRST, f"# {title}"]
        parts += [part for hook in own_hooks for part in _function(hooks[hook], 2, "hook ")]
        for thing in things:
            found = package[thing]
            parts += _class(found, thing) if found.is_class else _function(found, 2)
        texts[f"{name}.md"] = "\n\n".join(parts) + "\n"
    texts["README.md"] = _index()
    return texts


def _index() -> str:
    rows = [
        f"| [{title}]({name}.md) | {_names(hooks)} | {_names(things)} |"
        for name, (title, hooks, things) in PAGES.items()
    ]
    table = ["| page | hooks | classes and functions |", "|---|---|---|", *rows]
    return "\n".join([FIRST, "", "# Reference", "", *table, "", BELOW]) + "\n"


def _names(of: Sequence[str]) -> str:
    return ", ".join(f"`{each.rpartition('.')[2]}`" for each in of)


def _class(cls: griffe.Class, thing: str) -> Iterator[str]:
    bases = ", ".join(f"{_type(str(base).rpartition('.')[2])}" for base in cls.bases)
    yield f"## `{cls.name}`"
    yield f"`from raman_xp.{thing.rpartition('.')[0]} import {cls.name}`" + (bases and f", extends {bases}")
    yield from _docstring(cls)
    attributes = [
        each for each in cls.members.values() if each.is_attribute and each.has_docstring and _public(each)
    ]
    fields = [each for each in attributes if "property" not in each.labels]
    if fields:
        rows = [
            f"| `{each.name}` | {_type(each.annotation)} | {_code(each.value)} | {_line(each)} |"
            for each in fields
        ]
        yield "\n".join(["| attribute | type | default | |", "|---|---|---|---|", *rows])
    properties = [each for each in attributes if "property" in each.labels]
    if properties:
        rows = [f"| `{each.name}` | {_type(each.annotation)} | {_line(each)} |" for each in properties]
        yield "\n".join(["| property | type | |", "|---|---|---|", *rows])
    for each in cls.members.values():
        if each.is_function and _public(each) and each.has_docstring:
            yield from _function(each, 3)


def _public(member: griffe.Object | griffe.Alias) -> bool:
    return not member.name.startswith("_")


def _function(function: griffe.Function, level: int, kind: str = "") -> Iterator[str]:
    yield f"{'#' * level} {kind}`{function.name}`"
    given = [
        f"{each.name}: {each.annotation}" if each.annotation else each.name
        for each in function.parameters
        if each.name not in ("self", "cls")
    ]
    arguments = ", ".join(given)
    yield f"```python\n{function.name}({arguments}) -> {function.returns}\n```"
    yield from _docstring(function)


def _docstring(of: griffe.Object) -> Iterator[str]:
    if not of.docstring:
        return
    for section in of.docstring.parsed:
        kind, value = section.kind.value, section.value
        if kind == "text":
            yield from _text(value)
        elif kind == "examples":
            yield from _text("\n".join(example for _, example in value))
        elif kind == "parameters":
            rows = [
                f"| `{each.name}` | {_type(each.annotation)} | {_default(of, each.name)} | "
                f"{' '.join(each.description.split())} |"
                for each in value
            ]
            yield "\n".join(["| argument | type | default | |", "|---|---|---|---|", *rows])
        elif kind == "raises":
            yield "\n".join(
                f"- raises {_type(each.annotation)}: {' '.join(each.description.split())}" for each in value
            )
        elif kind == "returns":
            yield "\n".join(f"Returns {' '.join(each.description.split())}" for each in value)
        else:
            raise ValueError(f"{of.path}: a docstring with a section of {kind}")


def _text(text: str) -> Iterator[str]:
    """Prose as it is, and a doctest as the code that it is."""
    prose, mark, code = text.partition(">>> ")
    if prose.strip():
        yield prose.strip()
    if mark:
        lines = []
        for line in (mark + code).splitlines():
            is_code = line.startswith((">>>", "..."))
            if is_code and line[4:].startswith(("class ", "@")) and line[:3] == ">>>":
                lines += ["", ""]
            lines.append(line[4:] if is_code else f"# {line}")
        yield "```python\n" + "\n".join(lines) + "\n```"


def _line(of: griffe.Object) -> str:
    assert of.docstring
    return " ".join(of.docstring.value.split()).replace("|", "\\|")


def _default(of: griffe.Object, argument: str) -> str:
    """What an argument is where nothing is given; empty where it must be."""
    default = of.parameters[argument].default if of.is_class or of.is_function else None
    return _code(default)


def _type(annotation: object) -> str:
    """A type, linked to where it is described."""
    known = next((name for name in re.findall(r"\w+", str(annotation)) if name in DEFINED), None)
    return f"[{_code(annotation)}]({DEFINED[known]})" if known else _code(annotation)


def _code(value: object) -> str:
    text = " ".join(str(value).split()) if value is not None else ""
    return f"`{text}`".replace("|", "\\|") if text else ""


if __name__ == "__main__":
    for name, text in pages().items():
        (HERE / name).write_text(text, "utf-8")
