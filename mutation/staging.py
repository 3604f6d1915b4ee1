"""A copy of the sources that mutmut can change: packages side by side, and functions without decorators."""

from __future__ import annotations

import ast
import shutil
import tomllib
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
STAGE = ROOT / "build" / "mutation"
COPIES = {
    "raman_xp": "raman_xp",
    "plugins/raman_xp_plugins": "raman_xp_plugins",
    "tests": "tests",
    "pyproject.toml": "pyproject.toml",
}
"""What is copied → where to. mutmut names a module by its path, so both packages are at the top."""
LEFT_OUT = shutil.ignore_patterns("__pycache__")
DECORATORS = ("property", "cached_property", "cache", "contextmanager", "model_validator", "field_validator")


def stage() -> None:
    """Bring the copy up to date; files that have not changed keep their time, and mutmut its results."""
    patterns = settings()["only_mutate"]
    wanted = set()
    for source, target in COPIES.items():
        for file in [ROOT / source] if (ROOT / source).is_file() else (ROOT / source).rglob("*"):
            if not file.is_file() or "__pycache__" in file.parts:
                continue
            place = Path(target, *file.relative_to(ROOT / source).parts)
            content = file.read_bytes()
            if any(fnmatch(place.as_posix(), pattern) for pattern in patterns):
                content = undecorated(content.decode("utf-8")).encode("utf-8")
            wanted.add(STAGE / place)
            if not (STAGE / place).exists() or (STAGE / place).read_bytes() != content:
                (STAGE / place).parent.mkdir(parents=True, exist_ok=True)
                (STAGE / place).write_bytes(content)
    for folder in set(COPIES.values()):
        for file in (STAGE / folder).rglob("*"):
            if file.is_file() and file not in wanted and "__pycache__" not in file.parts:
                file.unlink()
                (STAGE / "mutants" / file.relative_to(STAGE)).unlink(missing_ok=True)


def settings() -> dict[str, list[str]]:
    """Return ``[tool.mutmut]``."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["mutmut"]


def undecorated(source: str) -> str:
    """Return a module whose decorators are called below their functions, since mutmut skips decorated ones.

    >>> print(undecorated("class A:\\n    @property\\n    def b(self):\\n        return 1\\n"))
    class A:
        def b(self):
            return 1
        b = property(b)
    <BLANKLINE>

    Args:
        source: text of the module.
    """
    lines = source.splitlines()
    places = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    for function in sorted(places, key=lambda node: node.lineno, reverse=True):
        if [_name(decorator) for decorator in function.decorator_list] not in [[name] for name in DECORATORS]:
            continue
        (decorator,) = function.decorator_list
        indent = " " * function.col_offset
        call = f"{indent}{function.name} = {ast.unparse(decorator)}({function.name})"
        lines.insert(function.end_lineno or function.lineno, call)
        del lines[decorator.lineno - 1 : decorator.end_lineno]
    return "\n".join(lines) + "\n"


def _name(decorator: ast.expr) -> str:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return called.id if isinstance(called, ast.Name) else ""
