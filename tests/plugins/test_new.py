"""``raman-xp new``: a whole distribution, or nothing; and what it writes works in a fresh environment."""

from __future__ import annotations

import os
import tomllib
from zipfile import ZipFile

import pytest

from raman_xp.cli.new import KINDS
from raman_xp.components import Family
from raman_xp.plugins.scaffold import ABOUT
from raman_xp.testing import Project


@pytest.mark.parametrize("kind", KINDS)
def test_a_whole_distribution_is_written(project: Project, kind):
    shown = project.invoke("new", kind, "SmoothGrad", "--author", "Ann Example")
    assert shown.exit_code == 0, shown.output
    folder = project.folder / "raman-xp-smooth-grad"
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert files == {
        ".github/workflows/tests.yml",
        ".gitignore",
        "LICENSE",
        "README.md",
        "pyproject.toml",
        "raman_xp_smooth_grad.py",
        "tests/test_smooth_grad.py",
    }
    assert "pip install -e" in shown.stdout
    about = tomllib.loads((folder / "pyproject.toml").read_text())
    assert about["project"]["name"] == "raman-xp-smooth-grad"
    family = kind.replace("-", "_")
    assert about["project"]["entry-points"]["raman_xp"] == {f"{family}.smooth_grad": "raman_xp_smooth_grad"}
    assert "Ann Example" in (folder / "LICENSE").read_text()
    for path in folder.rglob("*"):
        if path.is_file():
            text = path.read_text()
            assert not [word for word in ("this_one", "ThisOne", "this-one", "THIS") if word in text], path
    compile((folder / "raman_xp_smooth_grad.py").read_text(), "module", "exec")
    lines = (folder / "raman_xp_smooth_grad.py").read_text().splitlines()
    assert len(lines) < (80 if kind == "model" else 45)


def test_every_kind_has_words_of_its_own():
    assert {Family(kind.replace("-", "_")) for kind in KINDS} == ABOUT.keys()


@pytest.mark.parametrize(
    ("name", "component"),
    [
        ("smooth_grad", "smooth_grad"),
        ("smooth-grad", "smooth_grad"),
        ("SmoothGrad", "smooth_grad"),
        ("raman-xp-smooth-grad", "smooth_grad"),
        ("IRSpectra2D", "ir_spectra2d"),
        ("PCA", "pca"),
    ],
)
def test_one_name_may_be_written_in_several_ways(project: Project, name, component):
    assert project.invoke("new", "explainer", name).exit_code == 0
    folder = project.folder / f"raman-xp-{component.replace('_', '-')}"
    assert (folder / f"raman_xp_{component}.py").exists()


@pytest.mark.parametrize(
    ("kind", "name", "message"),
    [
        ("explainer", "grad_cam", "explainer 'grad_cam' of raman-xp 0.1.0 ("),
        (
            "explainer",
            "2d",
            "'2d' can be no name; one begins with a letter, and has letters, digits and single _",
        ),
        ("explainer", "../escape", "'../escape' can be no name"),
        ("explainer", "glätten", "'glätten' can be no name"),
        ("explainer", "lambda", "'lambda' is a word of Python; choose another name"),
        ("explainer", "plugins", "a module raman_xp_plugins is installed already; choose another name"),
    ],
)
def test_a_name_that_cannot_be_is_refused_and_nothing_written(project: Project, kind, name, message):
    before = sorted(project.folder.rglob("*"))
    shown = project.invoke("new", kind, name)
    assert shown.exit_code == 2
    assert message in shown.stderr
    assert sorted(project.folder.rglob("*")) == before


def test_nothing_is_overwritten(project: Project):
    mine = project.folder / "raman-xp-mine"
    mine.mkdir()
    (mine / "thoughts.txt").write_text("mine")
    shown = project.invoke("new", "model", "mine")
    assert shown.exit_code == 2
    assert "raman-xp-mine is there already, and nothing is overwritten; move it away" in shown.stderr
    assert [path.name for path in mine.iterdir()] == ["thoughts.txt"]


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is unwritable to root")
def test_a_folder_that_cannot_be_written_is_told(project: Project):
    closed = project.folder / "closed"
    closed.mkdir(mode=0o500)
    shown = project.invoke("new", "model", "mine", "--into", str(closed))
    assert shown.exit_code == 2
    assert "cannot be written: Permission denied; choose another folder with --into" in shown.stderr


def test_a_kind_that_there_is_not_is_told(project: Project):
    shown = project.invoke("new", "oracle", "mine")
    assert shown.exit_code == 2
    assert "'oracle' is not one of 'explainer', 'data-source', 'model'" in shown.stderr


@pytest.mark.slow
def test_what_is_split_or_renamed_is_in_the_wheel_or_told(tmp_path, fresh):
    fresh(tmp_path, "raman_xp", "new", "explainer", "tried")
    (folder,) = tmp_path.iterdir()
    module = folder / "raman_xp_tried.py"
    (folder / "raman_xp_tried_windows.py").write_text("")
    fresh(folder, "pip", "wheel", "-q", "--no-deps", "--wheel-dir", "dist", ".")
    (wheel,) = (folder / "dist").glob("*.whl")
    names = set(ZipFile(wheel).namelist())
    assert {"raman_xp_tried.py", "raman_xp_tried_windows.py"} <= names
    assert not [name for name in names if "test" in name]
    (package := folder / "raman_xp_tried").mkdir()
    module.rename(package / "__init__.py")
    fresh(folder, "pip", "install", "-q", "-e", ".")
    try:
        assert "tried, explainer of raman-xp-tried 0.1.0" in fresh(folder, "raman_xp", "plugins", "tried")
        about = folder / "pyproject.toml"
        about.write_text(about.read_text().replace('"explainer.tried"', '"explainer.renamed"'))
        told = fresh(folder, "raman_xp", "plugins")
        assert f"{about} has changed since it was installed: pip install -e {folder}" in told
    finally:
        fresh(folder, "pip", "uninstall", "-q", "-y", folder.name)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_installs_and_passes_its_tests(tmp_path, fresh, kind):
    name = f"tried_{kind.replace('-', '_')}"
    fresh(tmp_path, "raman_xp", "new", kind, name)
    (folder,) = tmp_path.iterdir()
    fresh(folder, "pip", "install", "-q", "-e", ".[test]")
    try:
        assert " passed" in fresh(folder, "pytest", "-q")
        assert f"{name}, {kind.replace('-', '_')} of raman-xp-{name.replace('_', '-')} 0.1.0" in fresh(
            folder, "raman_xp", "plugins", name
        )
    finally:
        fresh(folder, "pip", "uninstall", "-q", "-y", folder.name)
