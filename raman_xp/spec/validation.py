"""Checks values of a document against pydantic models, and says in the user's terms what does not fit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar, cast

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from raman_xp.components import Component, Family
from raman_xp.components.blame import line_in
from raman_xp.errors import PluginError, Problem
from raman_xp.plugins.registry import Registry
from raman_xp.spec.document import Document, KeyPath
from raman_xp.text.file_names import LETTERS, REMEDY
from raman_xp.text.wording import did_you_mean

M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")


class Checker:
    """Collects everything wrong with one document.

    Args:
        doc: what to check.
        registry: where components are found.
        beside: folder that relative paths of the file start from; those set by an option start from
            the working folder.
    """

    def __init__(self, doc: Document, registry: Registry, beside: Path) -> None:
        self.doc = doc
        self.registry = registry
        self.beside = beside
        self.problems: list[Problem] = []

    def say(self, path: KeyPath, what: str, *, key: bool = False) -> None:
        """Note a problem with the value, or the key, at a path."""
        self.problems.append(self.doc.problem(path, what, key=key))

    def component(self, path: KeyPath, value: Any, family: Family, default: str = "") -> Component | None:
        """The component that ``value`` describes, or nothing where it is wrong."""
        if not isinstance(value, dict):
            self.say(path, f"expected a mapping such as {{use: NAME}}, got {value!r}")
            return None
        use = value.get("use", default)
        if not isinstance(use, str) or not use:
            known = ", ".join(self.registry.names(family))
            self.say((*path, "use") if use else path, f"needs `use:` with one of: {known}")
            return None
        try:
            cls = self.registry.load(family, use)
        except PluginError as error:
            self.say((*path, "use"), str(error))
            return None
        return self.model(path, {key: item for key, item in value.items() if key != "use"}, cls)

    def model(self, path: KeyPath, value: dict[str, Any], cls: type[M]) -> M | None:
        """Validate strictly, as JSON: ``true`` is not 1 and ``"12"`` is not 12."""
        try:
            checked = cls.model_validate_json(json.dumps(value), strict=True)
        except ValidationError as error:
            for detail in error.errors(include_url=False):
                self._translate(path, value, cls, detail)
            return None
        except Exception as error:  # a validator of a plugin's that broke, instead of refusing a value
            where = line_in(cls.__module__, error)
            said = f"{type(error).__name__}: {error}".rstrip(": ")
            self.say(path, f"{getattr(cls, 'name', cls.__name__)} failed to check its keys{where}: {said}")
            return None
        return self._anchored(checked, path)

    def _translate(
        self, path: KeyPath, value: dict[str, Any], cls: type[BaseModel], detail: ErrorDetails
    ) -> None:
        at = (*path, *detail["loc"])
        if detail["type"] == "extra_forbidden":
            known = cls.model_fields if len(detail["loc"]) == 1 else []
            hint = did_you_mean(str(detail["loc"][-1]), known) if known else ""
            self.say(at, "; ".join(part for part in ("unknown key", hint) if part), key=True)
        elif detail["type"] == "missing":
            self.say(at, "is required")
        else:
            got = json.dumps(detail["input"], ensure_ascii=False, default=str)
            self.say(at, f"{reason(detail)}, got {got}")

    def _anchored(self, value: T, path: KeyPath) -> T:
        """The value, with every relative path in it made absolute: also in lists, mappings and inner models.

        Args:
            value: a model, or a part of one.
            path: where it stands in the document.
        """
        if isinstance(value, Path):
            option = self.doc.mark(path).source.startswith("--")
            try:
                absolute = ((Path.cwd() if option else self.beside) / value.expanduser()).resolve()
                str(absolute).encode()
            except UnicodeEncodeError:
                self.say(path, f"its folder or its name has {LETTERS}; {REMEDY}")
                return value
            except (RuntimeError, OSError, ValueError) as error:
                self.say(path, f"no such path can exist: {error}")
                return value
            return cast(T, absolute)
        if isinstance(value, BaseModel):
            parts = {name: self._anchored(part, (*path, name)) for name, part in value}
            changed = {name: part for name, part in parts.items() if part is not getattr(value, name)}
            return value.model_copy(update=changed) if changed else value
        if isinstance(value, Mapping):
            return cast(T, {key: self._anchored(part, (*path, key)) for key, part in value.items()})
        if isinstance(value, list | tuple | set | frozenset):
            items = [self._anchored(part, (*path, index)) for index, part in enumerate(value)]
            same = all(new is old for new, old in zip(items, value, strict=True))
            return value if same else cast(T, type(value)(items))
        return value


def reason(detail: ErrorDetails) -> str:
    """What pydantic says is wrong with a value, to stand inside a sentence.

    >>> reason({"type": "value_error", "loc": (), "msg": "Value error, Too wide", "input": 3})
    'too wide'
    >>> reason({"type": "value_error", "loc": (), "msg": "Value error, ", "input": 3})
    'the value is refused without a reason'
    """
    if detail["type"] == "string_type" and isinstance(detail["input"], int | float):
        return f'a text is expected; write it in quotes: "{json.dumps(detail["input"])}"'
    message = detail["msg"].removeprefix("Value error,").removeprefix("Assertion failed,").strip()
    return message[:1].lower() + message[1:] or "the value is refused without a reason"
