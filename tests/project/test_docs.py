"""What the pages for authors of plugins say is so: every snippet runs, every hook and argument is there."""

from __future__ import annotations

import re
import runpy
import shutil
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path
from textwrap import dedent

import griffe
import pytest

from raman_xp import components
from raman_xp.components import Family
from raman_xp.errors import PluginError
from raman_xp.plugins.registry import Registry
from raman_xp.testing import Project

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs" / "plugins"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"<!-- (run|test|file: [^ ]+) -->\n *```(\w+)\n(.*?)```", re.DOTALL)
PACKAGE = griffe.load("raman_xp", docstring_parser="google")
REFERENCE = runpy.run_path(str(DOCS / "reference"), run_name="reference")
THINGS = {path.rpartition(".")[2]: path for _, _, paths in REFERENCE["PAGES"].values() for path in paths}
PAGE = (DOCS / "versions.md").read_text()
HOOKS = [each for name, each in PACKAGE["plugins.hookspecs"].members.items() if name.startswith("raman_xp_")]


def given(thing: griffe.Object) -> set[str]:
    """Arguments of a function, or of what makes a class."""
    return {each.name for each in thing.parameters if each.name not in ("self", "cls")}


def described(thing: griffe.Object) -> set[str]:
    """Arguments that the docstring describes."""
    sections = thing.docstring.parsed if thing.docstring else []
    return {
        each.name
        for section in sections
        if section.kind.value == "parameters"
        for each in section.value
        if each.description.strip()
    }


def test_the_reference_is_what_the_docstrings_say():
    written = REFERENCE["pages"]()
    for name, text in written.items():
        assert (DOCS / "reference" / name).read_text() == text, "run `python docs/plugins/reference`"
    assert written.keys() == {path.name for path in (DOCS / "reference").glob("*.md")}


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook.name)
def test_every_hook_and_each_of_its_arguments_is_in_the_reference(hook):
    pages = [path.read_text() for path in (DOCS / "reference").glob("*.md")]
    assert sum(f"## hook `{hook.name}`" in page for page in pages) == 1
    assert described(hook) == {each.name for each in hook.parameters}


def test_every_base_class_is_in_the_reference():
    assert {cls.__name__ for cls in (*components.BASES.values(), components.FittedModel)} <= {*THINGS}


@pytest.mark.parametrize("thing", THINGS.values())
def test_all_that_the_reference_lists_can_be_imported_from_where_it_says(thing):
    address, _, name = thing.rpartition(".")
    assert hasattr(import_module(f"raman_xp.{address}"), name)


def test_all_addresses_that_plugins_may_import_from_exist():
    (listed,) = re.findall(r"^- \*\*What to import from\*\*: (.*?)\. Other", PAGE, re.DOTALL | re.MULTILINE)
    addresses = re.findall("`(raman_xp[a-z_.]*)`", listed)
    assert {f"raman_xp.{thing.rpartition('.')[0]}" for thing in THINGS.values()} <= {*addresses}
    for address in addresses:
        import_module(address)


@pytest.mark.parametrize("name", THINGS)
def test_all_that_the_reference_lists_tells_what_it_is_given_and_what_it_has(name):
    thing = PACKAGE[THINGS[name]]
    assert described(thing) == given(thing), name
    members = [each for each in thing.members.values() if thing.is_class and each.name[0] != "_"]
    members = [each for each in members if each.name != "model_config"]  # Pydantic's
    for member in members:
        if member.is_function:
            assert described(member) == given(member), f"{name}.{member.name}"
        else:
            assert member.has_docstring or member.name in described(thing), f"{name}.{member.name}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page):
    for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text()):
        if not link.startswith("http"):
            assert (page.parent / link).exists(), link


def blocks(page: Path) -> list[tuple[str, str]]:
    """What is to be done with each snippet, and the snippet; every one of code is marked."""
    text = page.read_text()
    found = [(what, code) for what, _, code in BLOCK.findall(text)]
    assert len(found) == len(re.findall(r"^ *```(?:sh|python|yaml|toml)$", text, re.MULTILINE))
    return found


def snippet(page: Path, language: str) -> str:
    """The one snippet of a page in this language."""
    (code,) = re.findall(rf"^ *```{language}\n(.*?)```", page.read_text(), re.MULTILINE | re.DOTALL)
    return dedent(code)


def test_the_spec_of_the_reference_is_right(project: Project):
    (project.folder / "data").symlink_to(ROOT / "experiments" / "data")
    (project.folder / "pharma.yaml").write_text(snippet(ROOT / "docs" / "reference" / "spec.md", "yaml"))
    project.check("pharma.yaml").assert_success()


def test_the_readme_s_explainer_explains(stored: Project, install):
    install("xp-saliency", {"explainer.saliency": "saliency"}, saliency=snippet(ROOT / "README.md", "python"))
    stored.run("tiny.yaml", "--set", "explain=[{use: saliency}]").assert_success()
    assert stored.maps("saliency").shape == (12, 64)


def test_what_a_plugin_can_say_of_versions_is_understood(install):
    blocks(DOCS / "versions.md")
    says = snippet(DOCS / "versions.md", "python")
    module = snippet(ROOT / "README.md", "python") + says
    site = install("xp-saliency", {"explainer.saliency": "saliency"}, saliency=module)
    requires = tomllib.loads(snippet(DOCS / "versions.md", "toml"))["dependencies"]
    with next(site.glob("*/METADATA")).open("a") as metadata:
        metadata.writelines(f"Requires-Dist: {requirement}\n" for requirement in requires)
    assert Registry().load(Family.EXPLAINER, "saliency").name == "saliency"
    sys.modules.pop("saliency")
    (site / "saliency.py").write_text(module.replace("RAMAN_XP_API = 1", "RAMAN_XP_API = 99"))
    with pytest.raises(PluginError, match="is written for version 99 of the plugin contract"):
        Registry().load(Family.EXPLAINER, "saliency")


@pytest.mark.slow
def test_the_tutorial_can_be_followed_to_its_end(tmp_path, fresh):
    bin_folder = Path(fresh(tmp_path, "sysconfig").partition('scripts = "')[2].partition('"')[0])
    for name in ("raman_xp", "pytest"):  # which come from below, without commands of their own
        command = bin_folder / name.replace("_", "-")
        command.write_text(f'#!/bin/sh\nexec {bin_folder}/python -m {name} "$@"\n')
        command.chmod(0o755)
    folder, said = tmp_path, []
    for what, code in blocks(DOCS / "tutorial.md"):
        if what.startswith("file: "):
            (folder / what.removeprefix("file: ")).write_text(code)
            continue
        script = f"set -e\nexport PATH={bin_folder}:$PATH\n{code}\npwd > {tmp_path}/where"
        done = subprocess.run(["bash", "-c", script], cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{code}\n{done.stdout}\n{done.stderr}"
        folder = Path((tmp_path / "where").read_text().strip())
        said.append(done.stdout)
    assert [path.name for path in (folder / "dist").glob("*.whl")]
    assert "smooth_grad, explainer of raman-xp-smooth-grad 0.1.0" in said[1]
    fresh(folder, "pip", "uninstall", "-q", "-y", "raman-xp-smooth-grad")


@pytest.mark.slow
def test_the_snippets_about_testing_are_tests_that_pass(tmp_path):
    for number, (_, code) in enumerate(blocks(DOCS / "testing.md")):
        (tmp_path / f"test_snippet_{number}.py").write_text(code)
    plugin = ROOT / "plugins" / "raman-xp-occlusion"
    shutil.copy(plugin / "raman_xp_occlusion.py", tmp_path)
    info = tmp_path / "raman_xp_occlusion-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: raman-xp-occlusion\nVersion: 0.1.0\n")
    (info / "entry_points.txt").write_text("[raman_xp]\nexplainer.occlusion = raman_xp_occlusion\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "raman_xp.testing.fixtures", "."]
    environment = {"PYTHONPATH": str(tmp_path), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout
