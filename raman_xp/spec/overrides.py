"""Changes to a document from outside it: ``--set model.epochs=5``, and the values of a sweep."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from raman_xp.errors import Problem, SpecError
from raman_xp.spec.document import Document, KeyPath, Mark, dotted, read
from raman_xp.text.plain_text import typed
from raman_xp.text.wording import did_you_mean


def assignment(text: str) -> tuple[str, Document]:
    """Split ``key.path=value`` and parse the value as YAML; its only mark is the option.

    Raises:
        SpecError: there is no key, or the value is no YAML.
    """
    text = typed(text)
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise SpecError(Problem("expected KEY=VALUE, such as model.epochs=5", place=f"--set {text}"))
    source = f"--set {key.strip()}"
    return key.strip(), Document(read(value, source).value, {(): Mark(source)})


def with_value(document: Document, key: str, value: Any, mark: Mark) -> Document:
    """A copy of the document with one value replaced or added.

    Args:
        key: dotted path; an item of a list is named by its index, its id or its ``use``.
        mark: where the new value stands.

    Raises:
        SpecError: the path leads nowhere.
    """
    changed = Document(deepcopy(document.value), dict(document.marks), dict(document.keys))
    path: KeyPath = ()
    holder = changed.value
    *parents, last = key.split(".")
    for part in parents:
        at = _index(holder, part, path, mark)
        path = (*path, at)
        if isinstance(holder, dict) and at not in holder:
            holder[at] = {}
            changed.marks[path] = mark
        holder = holder[at]
    at = _index(holder, last, path, mark)
    holder[at] = deepcopy(value)
    path = (*path, at)
    changed.forget(path)
    changed.marks[path] = changed.keys[path] = mark
    return changed


def _index(holder: Any, part: str, path: KeyPath, mark: Mark) -> str | int:
    if isinstance(holder, dict):
        return part
    if isinstance(holder, list):
        if part.isdecimal() and int(part) < len(holder):
            return int(part)
        names = [item.get("id") or item.get("use") for item in holder if isinstance(item, dict)]
        if part in names:
            return names.index(part)
        raise SpecError(
            Problem(
                f"{dotted(path)} has no item {part!r}; {did_you_mean(part, map(str, names))}", place=str(mark)
            )
        )
    raise SpecError(
        Problem(f"{dotted(path) or 'the spec'} holds nothing to set {part!r} in", place=str(mark))
    )
