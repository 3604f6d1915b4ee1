"""Control over plugins: which there are, which are used, which are required, and which are done without."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys

import pytest

from raman_xp.plugins.providers import DISABLE
from raman_xp.testing import Project
from raman_xp.trial.keys import installed

MINE = """
    from pathlib import Path
    from raman_xp import hookimpl
    from raman_xp.components import Explainer
    from raman_xp.maps import Maps

    Path("imported").touch()

    class Mine(Explainer):
        '''The spectrum itself.'''
        name = "mine"
        power: int = 1
        '''Of the intensity.'''
        def explain(self, task):
            return Maps(task.spectra.intensity ** self.power, task.spectra.labels)

    @hookimpl
    def raman_xp_explainers():
        return [Mine]
"""


@pytest.fixture
def mine(install):
    """A third party's explainer, version 0.3."""
    return install("xp-mine", {"explainer.mine": "xp_mine"}, "0.3", xp_mine=MINE)


def rows(project: Project, *arguments: str) -> dict[str, dict[str, object]]:
    shown = project.invoke(*arguments, "plugins", "--json")
    assert shown.exit_code == 0, shown.output
    return {row["component"]: row for row in json.loads(shown.stdout)}


def test_the_list_names_component_family_distribution_version_and_status(project: Project, mine):
    told = rows(project)["mine"]
    assert told == {
        "component": "mine",
        "family": "explainer",
        "distribution": "xp-mine",
        "version": "0.3",
        "module": "xp_mine",
        "status": "found",
        "error": "",
    }
    assert not (project.folder / "imported").exists()


def test_naming_a_component_shows_its_fields(project: Project, mine):
    shown = project.invoke("plugins", "mine").stdout
    assert "mine, explainer of xp-mine 0.3" in shown
    assert "Of the intensity." in shown


@pytest.fixture
def edited(mine, tmp_path):
    """Its folder, from which it is installed for editing."""
    folder = tmp_path / "xp-mine"
    folder.mkdir()
    (folder / "pyproject.toml").write_text(
        '[project]\nversion = "0.3.0"\nentry-points.raman_xp = {"explainer.mine" = "xp_mine"}\n'
    )
    (info,) = mine.glob("*.dist-info")
    about = {"url": folder.as_uri(), "dir_info": {"editable": True}}
    (info / "direct_url.json").write_text(json.dumps(about))
    return folder


def test_who_edits_a_plugin_is_told_to_mend_it(project: Project, edited, mine):
    (mine / "xp_mine.py").write_text("@@@")
    ran = project.check("tiny.yaml", "--set", "explain=[{use: mine}]")
    ran.assert_error("cannot be imported (xp_mine.py, line 1): SyntaxError: ", f"; mend it in {edited}")


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "tiny.yaml", "--set", "explain=[{use: renamed}]"),
        ("check", "tiny.yaml", "--set", "plugins.require=[xp-mine>=0.4]"),
        ("plugins",),
    ],
)
def test_who_has_edited_its_metadata_is_told_to_install_it_again(project: Project, edited, arguments):
    file = edited / "pyproject.toml"
    again = f"{file} has changed since it was installed: pip install -e {edited}"
    before = file.read_text()
    file.touch()
    assert again not in project.invoke(*arguments).output
    for was, becomes in [("0.3.0", "0.4"), ("explainer.mine", "explainer.renamed")]:
        file.write_text(before.replace(was, becomes))
        assert again in project.invoke(*arguments).output


def test_who_edits_a_module_beside_the_plugin_explains_anew(stored: Project, edited, mine):
    (mine / "xp_mine_windows.py").write_text("WIDTH = 8")
    explain = ("tiny.yaml", "--set", "explain=[{use: mine}]")
    stored.run(*explain).assert_success()
    assert "nothing was done again" in stored.run(*explain).stdout
    (mine / "xp_mine_windows.py").write_text("WIDTH = 16")
    installed.cache_clear()
    assert "taken from the store, explained" in stored.run(*explain).stderr


CHOOSY = MINE.replace(
    "def explain(self, task):",
    """def require(self, test):
            if test.channels < 1000:
                few = f"{test.channels} channels are too few; 1000 would do"
                raise DataError([few, "mine: nor would more power help"])
        def explain(self, task):""",
).replace("Explainer\n", "Explainer\n    from raman_xp.errors import DataError\n", 1)


@pytest.mark.parametrize("command", ["check", "run"])
def test_an_explainer_can_refuse_data_before_anything_is_trained(stored: Project, install, command):
    install("xp-mine", {"explainer.mine": "xp_mine"}, xp_mine=CHOOSY)
    ran = getattr(stored, command)("tiny.yaml", "--set", "explain=[{use: mine}]")
    ran.assert_error(
        "tiny.yaml: mine: 64 channels are too few; 1000 would do", "mine: nor would more power help"
    )
    assert stored.runs() == []


@pytest.mark.parametrize("name", ["xp-mine", "XP_Mine", "mine", "explainer.mine"])
def test_a_plugin_is_done_without_by_its_name_or_that_of_a_component(project: Project, mine, name):
    assert rows(project, "--disable", name)["mine"]["status"] == "disabled"
    assert rows(project)["mine"]["status"] == "found"
    ran = project.invoke("--disable", name, "check", "tiny.yaml", "--set", "explain=[{use: mine}]")
    assert ran.exit_code == 2
    assert "explainer 'mine' of xp-mine 0.3" in ran.stderr
    assert f"is disabled, by --disable or {DISABLE}" in ran.stderr


def test_a_name_that_means_nothing_is_refused(project: Project, mine):
    ran = project.invoke("--disable", "xp-mime", "plugins")
    assert ran.exit_code == 2
    assert "--disable: no plugin or component is called 'xp-mime'; did you mean 'xp-mine'?" in ran.stderr


def test_the_environment_says_what_to_do_without(project: Project, mine, monkeypatch):
    monkeypatch.setenv(DISABLE, "xp-mine, not-here")
    assert rows(project)["mine"]["status"] == "disabled"
    assert "'not-here' is disabled, but not installed" in project.invoke("plugins").stdout
    both = rows(project, "--disable", "grad_cam")
    assert (both["mine"]["status"], both["grad_cam"]["status"]) == ("disabled", "disabled")
    assert os.environ[DISABLE] == "xp-mine, not-here"


def test_processes_do_without_it_too(stored: Project, install, monkeypatch):
    """Of two that claim a name, the worker takes the one that the runner takes."""
    other = MINE.replace("task.spectra.intensity **", "0 * task.spectra.intensity **")
    site = install("xp-mine", {"explainer.mine": "xp_mine"}, xp_mine=MINE)
    install("xp-other", {"explainer.mine": "xp_other"}, xp_other=other)
    monkeypatch.setenv("PYTHONPATH", str(site))
    stored.spec(
        """
        name: tiny
        data: {use: pharma_csv, path: tiny.csv}
        split: {use: stratified, test: 0.4}
        model: {use: pca_svm, components: 2, C: 1}
        explain: [{use: mine}]
        pictures: false
        """
    )
    ran = stored.invoke("--disable", "xp-other", "run", "--workers", "1", "tiny.yaml")
    assert ran.exit_code == 0, ran.output
    assert stored.maps("mine").any()


@pytest.mark.parametrize(
    ("requirement", "message"),
    [
        ("xp-mine>=0.2", None),
        ("XP_mine", None),
        ("raman-xp>=0.1", None),
        ("xp-mine>=0.4", "xp-mine 0.3 is installed; pip install 'xp-mine>=0.4'"),
        ("xp-absent", "xp-absent is not installed; pip install 'xp-absent'"),
        ("mine>=0.2", "mine is not installed; did you mean 'xp-mine'?"),
        ("xp mine >> 2", "a requirement is a name, and a version where it matters"),
    ],
)
def test_a_spec_can_require_plugins(project: Project, mine, requirement, message):
    spec = project.folder / "tiny.yaml"
    line = spec.read_text().count("\n") + 1
    spec.write_text(spec.read_text() + f"plugins: {{require: ['raman-xp', '{requirement}']}}\n")
    ran = project.check("tiny.yaml")
    if message is None:
        ran.assert_success()
    else:
        ran.assert_error(message, f"tiny.yaml:{line}:33: plugins.require.1: ")


def test_a_required_plugin_that_is_disabled_is_refused(project: Project, mine):
    ran = project.invoke("--disable", "xp-mine", "check", "tiny.yaml", "--set", "plugins.require=[xp-mine]")
    assert ran.exit_code == 2
    assert "xp-mine is disabled (RAMAN_XP_DISABLE or --disable), and the spec requires it" in ran.stderr


def test_what_is_required_changes_no_key(stored: Project, mine):
    stored.run().assert_success()
    before = len(stored.runs())
    stored.run("tiny.yaml", "--set", "plugins.require=[xp-mine>=0.2]").assert_success()
    assert len(stored.runs()) == before


def test_every_plugin_that_a_run_used_is_recorded_with_its_version(stored: Project, mine):
    stored.run("tiny.yaml", "--set", "explain=[{use: mine, power: 2}]").assert_success()
    tag = stored.trial().data.tags["raman_xp.plugins"]
    assert tag == "raman-xp 0.1.0, xp-mine 0.3"
    table = {
        row["component"]: row for row in csv.DictReader(io.StringIO(stored.artifact("plugins.csv").decode()))
    }
    assert {"mine", "pharma_csv", "stratified", "shallow_cnn", "mlflow", "progress", "pointing"} <= set(table)
    assert "grad_cam" not in table
    assert (table["mine"]["version"], table["mine"]["module"]) == ("0.3", "xp_mine")


def test_the_schema_covers_what_is_installed(project: Project, mine):
    schema = json.loads(project.invoke("schema").stdout)
    assert schema["$defs"]["explainer.mine"]["properties"]["power"]["description"] == "Of the intensity."
    assert schema["$defs"]["Plugins"]["properties"]["require"]


@pytest.mark.parametrize("arguments", [["--help"], ["plugins"], ["check", "tiny.yaml"]], ids=lambda a: a[0])
def test_thirty_plugins_that_import_tensorflow_slow_nobody_who_uses_none(
    project: Project, install, monkeypatch, arguments
):
    for number in range(30):
        module = f"xp_heavy_{number}"
        source = f"import tensorflow\nopen('imported-{number}', 'w')\n"
        site = install(module.replace("_", "-"), {f"explainer.heavy_{number}": module}, **{module: source})
    code = f"""if True:
        import sys
        from raman_xp.cli import main
        try:
            main({arguments!r})
        except SystemExit as end:
            assert not end.code
        assert "tensorflow" not in sys.modules
    """
    monkeypatch.setenv("PYTHONPATH", str(site))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert ("heavy_29" in done.stdout) == (arguments == ["plugins"])
    assert not list(project.folder.glob("imported-*"))
