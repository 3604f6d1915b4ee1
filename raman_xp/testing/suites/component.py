"""What every component is held to, whatever its family."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar, Generic, TypeVar

import pytest
from pydantic import ValidationError

from raman_xp.components import Component, Family
from raman_xp.plugins.loading import HEAVY
from raman_xp.plugins.registry import Registry

C = TypeVar("C", bound=Component)


class ComponentSuite(Generic[C]):
    """Found through its entry point, quick to import, strict about its fields, and described.

    A test class subclasses the suite of its family and names the component.
    """

    component: ClassVar[type[Component]]
    """The class under test."""
    fields: ClassVar[Mapping[str, Any]] = {}
    """Fields that it requires, or that make it quick."""
    family: ClassVar[Family]

    def made(self, **fields: Any) -> C:
        """The component with ``fields``, and these besides."""
        return self.component(**{**self.fields, **fields})  # type: ignore[return-value]

    def test_it_is_found_through_its_entry_point(self) -> None:
        name = self.component.name
        assert Registry(disabled=()).load(self.family, name) is self.component

    def test_its_module_imports_no_heavy_library(self) -> None:
        heavy = imported_with(self.component.__module__)
        assert not heavy, f"imports {', '.join(heavy)}: import them inside the method that needs them"

    def test_an_unknown_field_is_refused(self) -> None:
        with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
            self.made(no_such_field=1)

    def test_it_is_described_and_so_is_every_field(self) -> None:
        assert self.component.__doc__, "a docstring is what `raman-xp plugins` shows"
        fields = self.component.model_fields
        undescribed = [name for name, field in fields.items() if not field.description]
        assert not undescribed, "a docstring below a field is what `raman-xp plugins` and editors show"

    def test_a_spec_says_all_of_it(self) -> None:
        made: Component = self.made()
        again = type(made).model_validate_json(json.dumps(made.model_dump(mode="json")), strict=True)
        assert again == made
        assert type(made).model_json_schema()["properties"]


@cache
def imported_with(module: str) -> tuple[str, ...]:
    """Of the large libraries, those that come with a module, in a fresh interpreter."""
    code = f"import sys, {module}; print(*(name for name in {HEAVY!r} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr
    return tuple(done.stdout.split())
