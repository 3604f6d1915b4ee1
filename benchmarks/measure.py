"""Times, always of several things in turn within one run, so that a noisy machine disturbs all alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Times:
    """Seconds of repeated measurements."""

    seconds: Sequence[float]

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    def __str__(self) -> str:
        """Median, and range: ``1.23 s (1.20 to 1.31)``."""
        unit, scale = ("s", 1.0) if abs(self.median) >= 1 else ("ms", 1e3)
        low, middle, high = (f"{scale * x:.3g}" for x in (min(self.seconds), self.median, max(self.seconds)))
        return f"{middle} {unit} ({low} to {high})" if len(self.seconds) > 1 else f"{middle} {unit}"


def in_turn(calls: Mapping[str, Callable[[], object]], repeats: int) -> dict[str, Times]:
    """Time each call so many times, one after the other, round by round.

    A call that returns a number of seconds is taken at its word.
    """
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(repeats):
        for name, call in calls.items():
            began = time.perf_counter()
            told = call()
            seconds[name].append(told if isinstance(told, float) else time.perf_counter() - began)
    return {name: Times(each) for name, each in seconds.items()}


@dataclass
class Report:
    """What a benchmark has found: a heading, rows of a table, and remarks."""

    title: str
    header: Sequence[str]
    rows: list[Sequence[str]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    bars: dict[str, Times] = field(default_factory=dict)
    """What the picture shows."""
    curves: dict[str, dict[str, tuple[list[int], list[float]]]] = field(default_factory=dict)
    """Or this: what grows → curve → its sizes and seconds."""

    def markdown(self) -> str:
        lines = [f"## {self.title}", "", _row(self.header), _row("---" for _ in self.header)]
        lines += [_row(row) for row in self.rows]
        return "\n".join([*lines, "", *(f"{remark}\n" for remark in self.remarks)])


def _row(cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"  # type: ignore[call-overload]
