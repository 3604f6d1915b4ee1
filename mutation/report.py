"""The figures of every module, and why the mutants that live do so: the page ``docs/mutants.md``."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from staging import ROOT, STAGE

SURVIVORS = ROOT / "mutation" / "survivors.yaml"
PAGE = ROOT / "docs" / "mutants.md"
KILLED = (1, 3)
"""Exit codes of pytest that mean a killed mutant: a test failed, or pytest itself did."""
UNTESTED = (None,)
"""mutmut has not run the mutant."""
TIMEOUTS = (36, -24, 24, 152, 255)
HEAD = """\
# Mutants

A mutant is the code of raman-xp with one small change, such as `<` instead of `<=`. A test that fails kills
the mutant. A mutant that survives shows a line whose faults no test notices, unless the change makes no
difference: such a mutant is equivalent.

```sh
.venv/bin/pip install -e ".[test,mutation]"
.venv/bin/python mutation run       # about forty minutes on two cores
.venv/bin/python mutation write     # this page
```

[mutmut](https://mutmut.readthedocs.io) makes the mutants of the modules whose faults would falsify a result.
A mutant that runs out of time counts as killed. Values at module and class level, such as the default of a
field, are not changed. `mutation/survivors.yaml` holds the reason for each survivor.

| module | mutants | killed | out of time | equivalent | survived | not run | killed of those not equivalent |
| --- | --: | --: | --: | --: | --: | --: | --: |"""


@dataclass(frozen=True)
class Mutant:
    """One small change.

    Args:
        module: name of the changed module.
        change: function, the lines before, and the lines after.
        outcome: ``killed``, ``timeout``, ``untested`` or ``survived``.
    """

    module: str
    change: str
    outcome: str


def mutants() -> Iterator[Mutant]:
    """All mutants of the last run, with the change of those that live."""
    from mutmut.mutation.diff_apply import get_diff_for_mutant

    os.chdir(STAGE)  # where mutmut looks for its settings and files
    for file in sorted(Path("mutants").rglob("*.py.meta")):
        module = ".".join(file.relative_to("mutants").with_suffix("").with_suffix("").parts)
        for name, code in json.loads(file.read_text("utf-8"))["exit_code_by_key"].items():
            outcome = _outcome(code)
            change = _change(name, get_diff_for_mutant(name)) if outcome == "survived" else ""
            yield Mutant(module, change, outcome)


def _outcome(code: int | None) -> str:
    if code in KILLED:
        return "killed"
    if code in TIMEOUTS:
        return "timeout"
    return "untested" if code in UNTESTED else "survived"


def _change(name: str, diff: str) -> str:
    """``function: before → after``, on one line."""
    function = name.rpartition(".")[2].partition("__mutmut")[0].removeprefix("x_").removeprefix("xǁ")
    lines = [line for line in diff.splitlines() if not line.startswith(("---", "+++"))]
    before, after = (" ".join(_inner(line) for line in lines if line.startswith(sign)) for sign in "-+")
    return f"{function.replace('ǁ', '.')}: {before} → {after}"


def _inner(line: str) -> str:
    return line[1:].strip()


def page() -> str:
    """Return the page, with the survivors that no reason is given for at its end."""
    groups = yaml.safe_load(SURVIVORS.read_text("utf-8"))
    kinds = {
        (module, change): group["kind"]
        for group in groups
        for module, changes in group["mutants"].items()
        for change in changes
    }
    every = list(mutants())
    lines = [HEAD]
    total: Counter[str] = Counter()
    for module in dict.fromkeys(each.module for each in every):
        counts = Counter(_outcome_with(each, kinds) for each in every if each.module == module)
        lines.append(_row(f"`{module}`", counts))
        total += counts
    lines.append(_row("all", total))
    for kind, title in (("equivalent", "Equivalent mutants"), ("accepted", "Survivors")):
        lines += ["", f"## {title}"]
        for group in (group for group in groups if group["kind"] == kind):
            lines += ["", group["why"].strip(), "", *_listed(group["mutants"])]
    alive = {(each.module, each.change) for each in every if each.outcome == "survived"}
    for title, changes in (
        ("Survivors without a reason", alive - kinds.keys()),
        ("Reasons without a survivor", kinds.keys() - alive),
    ):
        if changes:
            lines += [
                "",
                f"## {title}",
                "",
                *(f"- `{module}`: `{change}`" for module, change in sorted(changes)),
            ]
    return "\n".join(lines) + "\n"


def _outcome_with(mutant: Mutant, kinds: Mapping[tuple[str, str], str]) -> str:
    return kinds.get((mutant.module, mutant.change), mutant.outcome)


def _listed(changes: Mapping[str, Sequence[str]]) -> Iterator[str]:
    for module, of_module in changes.items():
        yield from (f"- `{module}`: `{change}`" for change in of_module)


def _row(name: str, counts: Counter[str]) -> str:
    dead = counts["killed"] + counts["timeout"]
    alive = counts["survived"] + counts["accepted"]
    share = f"{100 * dead / (dead + alive):.1f} %" if dead + alive else ""
    figures = [counts[outcome] for outcome in ("killed", "timeout", "equivalent")]
    cells = [counts.total(), *figures, alive, counts["untested"], share]
    return f"| {name} | " + " | ".join(map(str, cells)) + " |"
