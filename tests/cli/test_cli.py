"""The command line: what it prints, what it imports, how fast it is there."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from raman_xp.testing import Project
from raman_xp.testing.project import SPEC

EXPERIMENTS = Path(__file__).parents[2] / "experiments"
HEAVY = ("tensorflow", "keras", "mlflow", "sklearn", "matplotlib", "scipy.signal")


def imported_by(folder: Path, *arguments: str) -> set[str]:
    """Modules that a command has imported when it ends."""
    code = f"""
import sys
from raman_xp.cli import main
try:
    main({list(arguments)!r})
except SystemExit as end:
    assert not end.code, end.code
print("\\n" + " ".join(sys.modules))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True
    )
    return set(done.stdout.splitlines()[-1].split())


def test_the_core_imports_nothing_heavy():
    code = """
import importlib, pkgutil, sys, raman_xp
for module in pkgutil.walk_packages(raman_xp.__path__, "raman_xp."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
print(" ".join(sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not set(HEAVY) & set(done.stdout.split())
    assert not [name for name in done.stdout.split() if name.startswith("raman_xp_plugins")]


def test_check_imports_neither_tensorflow_nor_mlflow(project: Project):
    assert not {"tensorflow", "keras", "mlflow"} & imported_by(project.folder, "check", "tiny.yaml")


def test_plugins_imports_no_plugin(project: Project):
    modules = imported_by(project.folder, "plugins")
    assert not [name for name in modules if name.startswith("raman_xp_plugins")]


def test_help_imports_little(project: Project):
    assert not {"pydantic", "numpy", "pluggy", "yaml", "rich"} & imported_by(project.folder, "--help")


def test_help_shows_examples_and_every_command(project: Project):
    shown = project.invoke("--help").stdout
    assert "raman-xp run experiments/pharma.yaml" in shown
    for command in ("run", "check", "plugins", "schema"):
        assert command in shown
        assert "raman-xp " + command in project.invoke(command, "--help").stdout


def test_check_prints_the_plan_and_writes_nothing(project: Project):
    before = sorted(project.folder.rglob("*"))
    result = project.check("tiny.yaml")
    assert result.exit_code == 0, result.output
    shown = " ".join(result.stdout.split())
    assert "30 spectra, 3 classes: A 10, B 10, C 10" in shown
    assert "input 30 spectra × 64 channels, 400 to 526 cm⁻¹" in shown
    assert "18 to train, 12 to test, 2 folds" in shown
    assert "shallow_cnn: 715 parameters" in shown
    assert "1 trial, 3 fits: all checked." in shown
    assert sorted(project.folder.rglob("*")) == before


def test_the_papers_network_has_its_number_of_parameters_in_the_plan(project: Project):
    assert "shallow_cnn: 3,008,393 parameters" in project.check(EXPERIMENTS / "pharma.yaml").stdout


def test_check_of_several_specs_shows_the_problems_of_all(project: Project):
    project.spec(SPEC.replace("epochs", "epoch"), "first.yaml")
    project.spec(SPEC.replace("grad_cam", "gradcam"), "second.yaml")
    result = project.check("first.yaml", "second.yaml")
    assert result.exit_code == 2
    assert "first.yaml:4:49: model.epoch: unknown key" in result.stderr
    assert "second.yaml:7:10: explain.1.use: no explainer is called 'gradcam'" in result.stderr


def test_plugins_lists_every_component_with_its_origin(project: Project):
    rows = json.loads(project.invoke("plugins", "--json").stdout)
    found = {(row["family"], row["component"]): row["distribution"] for row in rows}
    assert found["explainer", "grad_cam"] == "raman-xp"
    assert found["tracker", "mlflow"] == "raman-xp"
    table = project.invoke("plugins").stdout
    assert all(row["component"] in table for row in rows)


def test_plugins_shows_the_fields_of_one(project: Project):
    shown = " ".join(project.invoke("plugins", "shallow_cnn").stdout.split())
    assert "kernel_size" in shown
    assert "Width of the filters, in channels." in shown
    assert "learning_rate │ 0.0001 │ number above 0 │ Step size of Adam." in shown
    assert "linear, relu, leaky_relu or tanh" in shown
    (row,) = json.loads(project.invoke("plugins", "shallow_cnn", "--json").stdout)
    assert row["schema"]["properties"]["filters"]["default"] == 64


def test_plugins_guesses_a_name(project: Project):
    result = project.invoke("plugins", "gradcam")
    assert result.exit_code == 2
    assert "no component is called 'gradcam'; did you mean 'grad_cam'?" in result.stderr


def test_a_plugin_that_is_broken_does_not_stop_a_spec_that_does_not_use_it(project: Project, install):
    install("xp-broken", {"explainer.broken": "xp_broken"}, xp_broken="raise RuntimeError")
    assert project.check("tiny.yaml").exit_code == 0
    assert "broken" in project.invoke("plugins").stdout
    result = project.check("tiny.yaml", "--set", "explain.grad_cam.use=broken")
    assert result.exit_code == 2
    assert "cannot be imported (xp_broken.py, line 1): RuntimeError" in result.stderr


def test_two_claims_to_one_component_are_refused(project: Project, install):
    install("xp-again", {"explainer.grad_cam": "xp_again"}, xp_again="")
    project.assert_refused("2 plugins claim the explainer 'grad_cam'")
