"""A table of spectra as a test writes it, and as a test reads it: with nothing of the program."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class Row:
    """A spectrum of a file.

    Args:
        name: its line, as the program calls it.
        label: its class.
        group: its group, or an empty text.
        role: its role, or an empty text.
        intensity: (channels,) float64, axis ascending.
    """

    name: str
    label: str
    group: str
    role: str
    intensity: np.ndarray


def read_table(path: Path) -> tuple[np.ndarray, dict[str, Row]]:
    """Axis (channels,), ascending, and name → spectrum, in the order of the file."""
    header, *lines = list(csv.reader(path.open()))
    words = [column for column in header if column.isalpha()]
    axis = np.array([float(column) for column in header[len(words) :]])
    order = np.argsort(axis)
    rows = {}
    for number, line in enumerate(lines, 2):
        said = dict(zip(words, line, strict=False))
        values = np.array([float(cell) for cell in line[len(words) :]])[order]
        name = f"line {number}"
        rows[name] = Row(name, said["label"], said.get("group", ""), said.get("role", ""), values)
    return axis[order], rows


def write_table(path: Path, axis: Iterable[float], columns: Sequence[str], lines: Iterable[Sequence]) -> None:
    """Write a table.

    Args:
        columns: names of the first columns.
        lines: the cells of each row, numbers with three decimals.
    """
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*columns, *(f"{place:g}" for place in axis)])
        writer.writerows(
            [f"{cell:.3f}" if isinstance(cell, float) else cell for cell in line] for line in lines
        )


def read_artifact(content: bytes) -> list[dict[str, str]]:
    """Rows of a table that a run has written."""
    return list(csv.DictReader(io.StringIO(content.decode())))
