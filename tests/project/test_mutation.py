"""What mutation tests run on: the settings name what is there, and the copy of the sources does the same."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STAGING = runpy.run_path(str(ROOT / "mutation" / "staging.py"))
SETTINGS = STAGING["settings"]()
DECORATED = '''\
from contextlib import contextmanager
from functools import cached_property


class Circle:
    def __init__(self, radius):
        self.radius, self.computed = radius, 0

    @property
    def width(self):
        """Twice the radius."""
        return 2 * self.radius

    @cached_property
    def area(self):
        self.computed += 1
        return 3 * self.radius**2

    @staticmethod
    def unit():
        return Circle(1)


@contextmanager
def drawn(
    circle,
):
    yield circle.width
'''


def folder_of(path: str) -> Path:
    """Where a file of the copy comes from."""
    return ROOT / "plugins" if path.startswith("raman_xp_plugins") else ROOT


@pytest.mark.parametrize("pattern", SETTINGS["only_mutate"])
def test_every_module_of_the_settings_is_there_and_can_be_copied(pattern):
    files = list(folder_of(pattern).glob(pattern))
    assert files
    for file in files:
        compile(STAGING["undecorated"](file.read_text("utf-8")), str(file), "exec")


@pytest.mark.parametrize("path", SETTINGS["pytest_add_cli_args_test_selection"])
def test_every_file_of_tests_of_the_settings_is_there(path):
    assert (ROOT / path).exists()


def test_functions_without_decorators_do_the_same():
    source = STAGING["undecorated"](DECORATED)
    assert [line.strip() for line in source.splitlines() if "@" in line] == ["@staticmethod"]
    names: dict = {}
    exec(compile(source, "circle.py", "exec"), names)
    circle = names["Circle"](2)
    assert (circle.width, circle.area, circle.area, circle.computed) == (4, 12, 12, 1)
    assert names["Circle"].unit().radius == 1
    with names["drawn"](circle) as width:
        assert width == 4


def test_a_module_without_decorators_stays():
    source = "def f():\n    return 1\n"
    assert STAGING["undecorated"](source) == source
