"""A YAML file as values that know where they stand.

PyYAML parses; scalars follow YAML 1.2 (``1e-4`` is a number, ``no`` a word, ``010`` ten), a key may stand
once, and nothing but plain data is accepted: a spec can run no code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from raman_xp.errors import Problem, SpecError

KeyPath = tuple[str | int, ...]
"""Keys and indices that lead to a value."""

MOST_VALUES = 50_000
"""Keys and values of a spec, aliases written out; more than any experiment needs."""
MOST_DEPTH = 50
"""Levels of nesting."""
MOST_DIGITS = 100
_TAG = "tag:yaml.org,2002:"
_SCALARS = {
    "null": re.compile(r"^(?:~|null|Null|NULL|)$"),
    "bool": re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"),
    "int": re.compile(r"^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$"),
    "float": re.compile(
        r"^(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$"
    ),
}


@dataclass(frozen=True)
class Mark:
    """A place in a file or an option; line and column count from 1."""

    source: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.source}:{self.line}:{self.column}" if self.line else self.source


@dataclass
class Document:
    """A value and where its parts stand: ``keys`` for the key itself, ``marks`` for what it holds."""

    value: Any
    marks: dict[KeyPath, Mark] = field(default_factory=dict)
    keys: dict[KeyPath, Mark] = field(default_factory=dict)

    def mark(self, path: KeyPath, *, key: bool = False) -> Mark:
        """Where a path stands, or the nearest thing around it that is there."""
        for end in range(len(path), -1, -1):
            if key and end == len(path) and path in self.keys:
                return self.keys[path]
            if path[:end] in self.marks:
                return self.marks[path[:end]]
        return Mark("")

    def forget(self, path: KeyPath) -> None:
        """Forget where a path and everything below it stand."""
        for known in (self.marks, self.keys):
            for old in [old for old in known if old[: len(path)] == path]:
                del known[old]

    def problem(self, path: KeyPath, what: str, *, key: bool = False) -> Problem:
        """A problem with the value (or the key) at a path."""
        return Problem(what, dotted(path), str(self.mark(path, key=key)))


def dotted(path: KeyPath) -> str:
    """A path as users write it: ``explain.0.score``."""
    return ".".join(map(str, path))


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader with the scalars of YAML 1.2, and with bounds."""

    yaml_implicit_resolvers: dict[Any, Any] = {}

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._values = 0
        self._open: list[str | None] = []
        """Anchors of the values around the one that is read, outermost first; most have none."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """Compose a value.

        Raises:
            yaml.MarkedYAMLError: it holds itself, or there are too many values or levels.
        """
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent):
            if event.anchor in self._open:
                what = f"the alias *{event.anchor} stands inside the value that it repeats"
                raise _refused(f"{what}. Write the value out in its place", event)
            return super().compose_node(parent, index)
        self._values += 1
        if self._values > MOST_VALUES:
            what = (
                f"more than {MOST_VALUES:,} keys and values. Is this a data file? If it is a spec, divide it"
            )
            raise _refused(f"{what} into several", event)
        if len(self._open) >= MOST_DEPTH:
            raise _refused(f"more than {MOST_DEPTH} levels of nesting. Write the value flatter", event)
        self._open.append(event.anchor)
        node = super().compose_node(parent, index)
        self._open.pop()
        return node


def _refused(what: str, event: Any) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=what, problem_mark=event.start_mark)


for _kind, _pattern in _SCALARS.items():
    _Loader.add_implicit_resolver(_TAG + _kind, _pattern, None)


class _Dumper(yaml.SafeDumper):
    """PyYAML's safe dumper, which quotes every text that YAML 1.1 or 1.2 would read as another scalar."""


for _kind, _pattern in _SCALARS.items():
    _Dumper.add_implicit_resolver(_TAG + _kind, _pattern, None)


def write(value: Mapping[str, Any]) -> str:
    """Return the YAML text that `read` reads as the same value.

    Args:
        value: plain data.

    >>> write({"text": "1e-4", "number": 1e-4})
    "text: '1e-4'\\nnumber: 0.0001\\n"
    >>> read(write({"text": "1e-4"}), "").value
    {'text': '1e-4'}
    """
    return yaml.dump(dict(value), Dumper=_Dumper, sort_keys=False, allow_unicode=True)


def read(text: str, source: str) -> Document:
    """Parse YAML.

    Raises:
        SpecError: with the place of everything that is not plain, unambiguous data.
    """
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        at = error.problem_mark or error.context_mark
        mark = Mark(source, at.line + 1, at.column + 1) if at else Mark(source)
        said = ", ".join(part for part in (error.problem, error.context) if part)
        ours = type(error) is yaml.MarkedYAMLError  # PyYAML raises its subclasses
        raise SpecError(Problem(said if ours else f"not YAML: {said}", place=str(mark))) from error
    except yaml.YAMLError as error:
        raise SpecError(Problem(f"not YAML: {error}", place=source)) from error
    document = Document(None)
    if node is None:
        return document
    reader = _Reader(source, document)
    document.value = reader.value(node, ())
    if reader.problems:
        raise SpecError(*reader.problems)
    return document


class _Reader:
    """Walks PyYAML's nodes, keeping places."""

    def __init__(self, source: str, document: Document) -> None:
        self.source = source
        self.document = document
        self.problems: list[Problem] = []
        self.values = 0

    def value(self, node: yaml.Node, path: KeyPath) -> Any:
        mark = self._mark(node)
        self.document.marks[path] = mark
        self.values += 1
        if self.values > MOST_VALUES or len(path) > MOST_DEPTH:
            limit = f"{MOST_VALUES:,} values" if self.values > MOST_VALUES else f"{MOST_DEPTH} levels"
            what = f"written out, the aliases of this file are more than {limit}. Use fewer of them"
            raise SpecError(Problem(what, dotted(path[:5]), str(mark)))
        if isinstance(node, yaml.MappingNode) and node.tag == _TAG + "map":
            return dict(self._items(node, path))
        if isinstance(node, yaml.SequenceNode) and node.tag == _TAG + "seq":
            return [self.value(item, (*path, index)) for index, item in enumerate(node.value)]
        return self._scalar(node, path)

    def _items(self, node: yaml.MappingNode, path: KeyPath) -> Iterator[tuple[str, Any]]:
        for key_node, value_node in node.value:
            mark = self._mark(key_node)
            if not isinstance(key_node, yaml.ScalarNode):
                self.problems.append(Problem("a key must be a word", dotted(path), str(mark)))
                continue
            key = key_node.value
            here = (*path, key)
            if key == "<<" and not key_node.style:  # in quotes it is a key as any
                what = "merge keys are not part of YAML 1.2. Write the keys of the merged mapping out here"
                self.problems.append(Problem(what, dotted(here), str(mark)))
                continue
            if first := self.document.keys.get(here):
                self.problems.append(
                    Problem(f"this key stands twice; first in line {first.line}", dotted(here), str(mark))
                )
                continue
            self.document.keys[here] = mark
            yield key, self.value(value_node, here)

    def _scalar(self, node: yaml.Node, path: KeyPath) -> Any:
        kind, text = node.tag.removeprefix(_TAG), node.value
        if kind == "str" and isinstance(text, str):
            if any(0xD800 <= ord(character) < 0xE000 or character == "\0" for character in text):
                self.problems.append(Problem("holds no valid text", dotted(path), str(self._mark(node))))
            return text
        if kind not in _SCALARS or not isinstance(text, str) or not _SCALARS[kind].match(text):
            tag = node.tag.replace(_TAG, "!!")
            what = f"the tag {tag} is refused: a spec is plain data and runs no code"
            self.problems.append(Problem(what, dotted(path), str(self._mark(node))))
            return None
        if kind == "null":
            return None
        if kind == "bool":
            return text.lower() == "true"
        if kind == "int" and len(text) > MOST_DIGITS:
            self.problems.append(Problem("a number of too many digits", dotted(path), str(self._mark(node))))
            return None
        if kind == "int":
            return int(text, {"0o": 8, "0x": 16}.get(text[:2], 10))
        return float(re.sub(r"\.(?=inf|nan)", "", text.lower()))

    def _mark(self, node: yaml.Node) -> Mark:
        return Mark(self.source, node.start_mark.line + 1, node.start_mark.column + 1)
