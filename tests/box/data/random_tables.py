"""Random tables of spectra, each with its true content and the keys that leave no doubt about it."""

from __future__ import annotations

import csv
import io
import random
import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

MARKS = {"comma": ",", "point": ".", "space": " ", "apostrophe": "'"}
SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t"}


NUMBER = re.compile(r"[+-]?(0|[1-9]\d*)(\.\d*)?([eE][+-]?\d+)?")
"""A number without leading zeros."""


@dataclass(frozen=True)
class Curve:
    """One spectrum: axis ascending, intensity in float32, and the words that describe it."""

    axis: tuple[float, ...]
    intensity: tuple[float, ...]
    label: str
    group: str | None = None
    role: str | None = None


@dataclass(frozen=True)
class Dialect:
    """How the text is written."""

    separator: str = "comma"
    decimal: str = "point"
    thousands: str = "none"
    quoting: int = csv.QUOTE_MINIMAL
    line_end: str = "\n"
    start: str = ""
    end: str = ""

    def number(self, text: str) -> str:
        """A number in plain digits, written in this dialect."""
        whole, point, fraction = text.partition(".")
        if self.thousands != "none" and whole.lstrip("-").isdecimal():
            digits = f"{int(whole.lstrip('-')):,}".replace(",", MARKS[self.thousands])
            whole = "-" * whole.startswith("-") + digits
        return whole + (point and MARKS[self.decimal]) + fraction


@dataclass
class RandomTable:
    """A table, its content, and the keys that answer every question about it.

    Args:
        content: CSV text as bytes, or a Parquet table.
        traits: what is unusual in it, for statistics.
    """

    content: Any
    curves: list[Curve]
    keys: dict[str, Any]
    traits: list[str] = field(default_factory=list)
    names: list[str] | None = None


def random_table(draw: random.Random, *, plain: bool, parquet: bool = False) -> RandomTable:
    """Draw a table.

    Args:
        plain: use only ordinary names and values, which must be read without a question.
    """
    return _Drawing(draw, plain, parquet).table()


LABEL_NAMES = ("species", "target", "sample", "drug", "0", "Wirkstoff")
CLASSES = (
    ("1.0", "2.0"),
    ("01", "02"),
    ("NO", "YES"),
    ("1e5", "2e5"),
    ("a;b", "a,b"),
    ("0,5 mg", "1,5 mg"),
    ("400", "401", "402"),
    ("0", "1", "2"),
    ('x "y"', "x"),
    ("1,798", "2,500"),
)
NAMES = (
    *map(str, range(5)),
    *(
        "2024",
        "",
        "x",
        "y",
        "id",
        "index",
        "scan",
        "file",
        "sample",
        "target",
        "batch",
        "tablet",
        "date",
        "age",
    ),
    *("Patient-Nr.", "operator", "comment", "dose", "concentration", "wavelength"),
)


class _Drawing:
    def __init__(self, draw: random.Random, plain: bool, parquet: bool) -> None:
        self.draw, self.plain, self.parquet = draw, plain, parquet
        self.traits: list[str] = []
        self.dialect = Dialect() if parquet else self._dialect()
        self.n = draw.randint(4, 10)

    def odd(self, trait: str, chance: float = 0.3) -> bool:
        """Whether this table has an unusual trait; a plain one has none."""
        happens = not self.plain and self.draw.random() < chance
        if happens:
            self.traits.append(trait)
        return happens

    def _dialect(self) -> Dialect:
        separator, decimal = self.draw.choice(
            [
                ("comma", "point"),
                ("semicolon", "point"),
                ("tab", "point"),
                ("semicolon", "comma"),
                ("tab", "comma"),
            ]
        )
        thousands = "none"
        if self.odd("thousands", 0.25):
            # The mark that could be a decimal one is the harder case.
            other = "comma" if decimal == "point" else "point"
            thousands = self.draw.choice([other, other, other, "space", "apostrophe"])
        start = self.draw.choice(["", "", "\ufeff"])
        preamble = self.draw.choice(["", "", "", "comments", "sep"])
        if preamble == "comments":
            start += "# measured with laser 785 nm, 0,5 s\n#power 1.5 mW; 3 scans\n"
        elif preamble == "sep":
            start += f"sep={SEPARATORS[separator]}\n"
        line_end = self.draw.choice(["\n", "\n", "\r\n", "\r"])
        # The writer does not quote a line feed where lines end otherwise.
        quoting = (
            [csv.QUOTE_MINIMAL, csv.QUOTE_MINIMAL, csv.QUOTE_ALL] if line_end == "\n" else [csv.QUOTE_ALL]
        )
        return Dialect(
            separator,
            decimal,
            thousands,
            self.draw.choice(quoting),
            line_end,
            start,
            self.draw.choice(["", "", "empty rows"]),
        )

    def axis(self) -> list[str]:
        """Wavenumbers as plain digits, ascending."""
        count = self.draw.randint(8, 40)
        if self.odd("few channels", 0.2):
            count = self.draw.randint(3, 7)
        start, step = (
            self.draw.choice([50, 200, 400, 600, 1000, 1000]),
            self.draw.choice([1, 2, 4, 10, 1.928, 3.5]),
        )
        if self.odd("random axis", 0.2):
            places = sorted(self.draw.sample(range(200, 4000), count))
            return [str(at) for at in places]
        if self.draw.random() < 0.3:  # as a grating disperses: steps become smaller
            values = [start + step * at * (1 - at / (6 * count)) for at in range(count)]
        else:
            values = [start + step * at for at in range(count)]
        places_ = self.draw.choice([1, 2, 3, 4]) if step % 1 or self.draw.random() < 0.3 else 0
        texts = [f"{value:.{places_}f}" for value in values]
        return texts if len(set(map(float, texts))) == count else [f"{value:.4f}" for value in values]

    def intensities(self, channels: int) -> list[list[str]]:
        """Intensities as plain digits; no spectrum is flat."""
        kind = self.draw.choice(["counts", "few", "decimals", "decimals", "small", "negative", "large"])
        places = self.draw.choice([1, 2, 3, 4])
        style = {
            "counts": lambda: str(self.draw.randint(0, 9000)),
            "few": lambda: str(self.draw.randint(0, 900)),
            "large": lambda: str(self.draw.randint(1000, 60000)),
            "decimals": lambda: f"{self.draw.uniform(0, 3000):.{places}f}",
            "small": lambda: f"{self.draw.uniform(0, 1):.{places + 2}f}",
            "negative": lambda: f"{self.draw.uniform(-50, 50):.{places}f}",
        }[kind]
        if self.odd("exponents", 0.1):
            style = lambda: f"{self.draw.uniform(1, 10):.3f}e-0{self.draw.randint(1, 5)}"  # noqa: E731
        if self.odd("mixed numbers", 0.1):
            whole, other = (lambda: str(self.draw.randint(0, 900))), style
            style = lambda: self.draw.choice([whole, other])()  # noqa: E731
        rows = [[style() for _ in range(channels)] for _ in range(self.n)]
        for row in rows:
            if len({np.float32(cell) for cell in row}) == 1:
                row[0] = "7" if float(row[0]) != 7 else "8"
        return rows

    def classes(self) -> list[str]:
        names: tuple[str, ...] = self.draw.choice(
            [("aspirin", "lactose"), ("aspirin", "ibuprofen", "talc"), ("0", "1")]
        )
        if self.odd("odd classes"):
            names = self.draw.choice(CLASSES)
        return [names[at % len(names)] for at in range(self.n)]

    def metadata(self) -> list[tuple[str, list[str]]]:
        """Columns of other data: name and cells."""
        if self.plain:
            choice = [
                ("operator", ["Ann", "Bo"]),
                ("comment", ["", "ok"]),
                ("temperature", list(map(self.dialect.number, ["21.5", "22"]))),
            ]
            return [
                (name, [cells[at % 2] for at in range(self.n)]) for name, cells in self.draw.sample(choice, 1)
            ]
        names = self.draw.sample(NAMES, self.draw.choice([0, 1, 1, 2, 3, 5]))
        if self.draw.random() < 0.1:
            names += [name for name in ("0", "1", "2", "3", "4") if name not in names]
        self.traits += [f"column {name!r}" for name in names]
        return [(name, self._cells()) for name in names]

    def _cells(self) -> list[str]:
        draw, n = self.draw, self.n
        kind = draw.choice(
            ["index", "from 1", "dates", "doses", "decimals", "thousands", "words", "empty", "even", "ids"]
        )
        self.traits.append(f"cells {kind}")
        return {
            "index": lambda: [str(at) for at in range(n)],
            "from 1": lambda: [str(at + 1) for at in range(n)],
            "dates": lambda: [f"2024-05-{at + 1:02}" for at in range(n)],
            "doses": lambda: [draw.choice(["0,5 mg", "1.5 mg", "2,25 mg", "10 mg"]) for _ in range(n)],
            "decimals": lambda: [draw.choice(["0.5", "1.25", "0,5", "1234,5"]) for _ in range(n)],
            "thousands": lambda: [draw.choice(["1,798", "2.500", "12 000"]) for _ in range(n)],
            "words": lambda: [draw.choice(["a", "b", "train", "x;y", "two\nlines"]) for _ in range(n)],
            "empty": lambda: [""] * n,
            "even": lambda: [str(100 + 5 * at) for at in range(n)],
            "ids": lambda: [f"{draw.randint(1, 3)}" for _ in range(n)],
        }[kind]()

    def table(self) -> RandomTable:
        axis = self.axis()
        values = self.intensities(len(axis))
        labels = self.classes()
        groups = [f"p{at // 2}" for at in range(self.n)] if self.draw.random() < 0.3 else None
        roles = [("train", "test")[at % 3 == 0] for at in range(self.n)] if self.draw.random() < 0.2 else None
        layout = self.draw.choice(["wide", "list"] if self.parquet else ["wide", "transposed", "long"])
        if layout == "transposed":
            groups = roles = None
        axes = [axis] * self.n
        if layout in ("long", "list") and self.odd("an axis for each spectrum", 0.35):
            axes = [[f"{float(place) + at / 8:.4f}" for place in axis] for at in range(self.n)]
        curves = [
            Curve(
                tuple(map(float, axes[at])),
                tuple(float(np.float32(cell)) for cell in values[at]),
                labels[at],
                groups[at] if groups else None,
                roles[at] if roles else None,
            )
            for at in range(self.n)
        ]
        label = (
            self.draw.choice(LABEL_NAMES) if self.odd("label name") else self.draw.choice(["label", "class"])
        )
        words = [(label, labels)]
        words += [("group", groups)] if groups else []
        words += [("role", roles)] if roles else []
        known = {name for name, _ in words}
        others = [column for column in self.metadata() if column[0] not in known]
        if self.draw.random() < 0.4:
            axes, values = [axis[::-1] for axis in axes], [row[::-1] for row in values]
        self.traits.append(layout)
        table = getattr(self, f"_{layout}")(axes, values, words, others)
        header, rows, keys, names = table
        if not self.parquet:
            keys |= {"separator": self.dialect.separator, "decimal": self.dialect.decimal}
            keys |= {"thousands": self.dialect.thousands, "layout": layout}
        if layout != "transposed":
            keys["label"] = label
        keys |= {"group": "group" if groups else None, "role": "role" if roles else None}
        keys |= {"axis": "as_written", "unit": "cm⁻¹"}
        content = self._parquet(header, rows) if self.parquet else self._text(header, rows)
        return RandomTable(content, curves, keys, self.traits, names)

    def _placed(self, core: list[Any], columns: list[Any]) -> list[Any]:
        front = [column for column in columns if self.draw.random() < 0.6]
        return [*front, *core, *(column for column in columns if column not in front)]

    def _wide(self, axes: Any, values: Any, words: Any, others: Any) -> Any:
        number = self.dialect.number
        channels = [(number(at), [number(row[i]) for row in values]) for i, at in enumerate(axes[0])]
        columns = [*words, *others]
        self.draw.shuffle(columns)
        columns = self._placed(channels, columns)
        header = [name for name, _ in columns]
        ignore = [name for name, _ in others if name.isdecimal()]
        keys = {"ignore": ignore} if ignore else {}
        return header, [list(row) for row in zip(*(cells for _, cells in columns), strict=True)], keys, None

    def _transposed(self, axes: Any, values: Any, words: Any, others: Any) -> Any:
        number = self.dialect.number
        corner = self.draw.choice(["wavenumber", "Raman shift", "Raman shift (cm-1)"])
        if self.odd("corner"):
            corner = self.draw.choice(["", "x", "nu", "cm-1"])
        corner = "wavenumber" if corner in words[0][1] else corner
        header = [corner, *words[0][1]]
        columns = [[number(at) for at in axes[0]], *([number(cell) for cell in row] for row in values)]
        keys = {}
        if corner:
            keys["wavenumber"] = corner
        if corner and self.odd("row numbers", 0.15):
            header, columns = ["", *header], [[str(at) for at in range(len(axes[0]))], *columns]
        return header, [list(row) for row in zip(*columns, strict=True)], keys, None

    def _long(self, axes: Any, values: Any, words: Any, others: Any) -> Any:
        number, draw = self.dialect.number, self.draw
        spectrum, x, y = draw.choice(
            [("spectrum", "wavenumber", "intensity"), ("id", "Raman shift", "counts")]
        )
        if self.odd("long names"):
            spectrum, x, y = draw.choice(
                [("scan", "x", "y"), ("file", "nu", "I"), ("Spectrum ID", "shift", "y")]
            )
        identity = [(spectrum, [f"s{at}" for at in range(self.n)])]
        if draw.random() < 0.3:
            identity = [(spectrum, [str(at + 1) for at in range(self.n)])]
        if self.odd("two columns name a spectrum", 0.25):
            identity = [("tablet", [f"T{at // 2}" for at in range(self.n)])]
            identity += [("scan", [str(at % 2 + 1) for at in range(self.n)])]
        taken = {x, y, *(name for name, _ in identity)}
        words = [word for word in words if word[0] not in taken]
        others = [other for other in others if other[0] not in taken]
        columns = [*(name for name, _ in (*identity, *words)), x, y]
        columns = self._placed(columns, [name for name, _ in others])
        cells = dict([*identity, *words, *others])
        rows = []
        for at in range(self.n):
            for shift, value in zip(axes[at], values[at], strict=True):
                here = {x: number(shift), y: number(value)}
                rows.append([here[name] if name in here else cells[name][at] for name in columns])
        if draw.random() < 0.5:
            draw.shuffle(rows)
        names = [" / ".join(parts) for parts in zip(*(cells for _, cells in identity), strict=True)]
        keys: dict[str, Any] = {"wavenumber": x, "intensity": y, "spectrum": identity[0][0]}
        if len(identity) > 1:
            keys["spectrum"] = tuple(name for name, _ in identity)
        return columns, rows, keys, names

    def _list(self, axes: Any, values: Any, words: Any, others: Any) -> Any:
        x, y = self.draw.choice([("wavenumber", "intensity"), ("Raman shift", "counts")])
        columns = self._placed([*words, (x, axes), (y, values)], [o for o in others if o[0] not in (x, y)])
        header = [name for name, _ in columns]
        rows = [list(row) for row in zip(*(cells for _, cells in columns), strict=True)]
        return header, rows, {"wavenumber": x, "intensity": y}, None

    def _text(self, header: list[str], rows: list[list[str]]) -> bytes:
        dialect = self.dialect
        text = io.StringIO()
        separator = SEPARATORS[dialect.separator]
        csv.writer(
            text, delimiter=separator, lineterminator=dialect.line_end, quoting=dialect.quoting
        ).writerows(  # type: ignore[call-overload]
            [header, *rows]
        )
        end = 2 * (separator * (len(header) - 1) + dialect.line_end) if dialect.end else ""
        return (dialect.start.replace("\n", dialect.line_end) + text.getvalue() + end).encode()

    def _parquet(self, header: list[str], rows: list[list[Any]]) -> pa.Table:
        columns = []
        for cells in zip(*rows, strict=True):
            if isinstance(cells[0], list):
                columns.append(pa.array([[float(cell) for cell in row] for row in cells]))
                continue
            numbers = all(NUMBER.fullmatch(cell) for cell in cells)
            columns.append(pa.array([float(cell) for cell in cells] if numbers else cells))
        return pa.table(columns, names=header)
