"""What can be wrong with a plugin: each fault is told with plugin, version, file, cause and advice, and harms
nobody else. Every folder in ``faults`` is an installed distribution with one fault."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from raman_xp.components import Family
from raman_xp.errors import PluginError
from raman_xp.plugins.registry import Registry
from raman_xp.testing import Project
from raman_xp.trial.keys import installed

FAULTS = Path(__file__).parents[1] / "faults"
EVERY = sorted(path.name for path in FAULTS.iterdir())
TOLD = {
    "raises_on_import": (
        "cannot be imported (xp_raises_on_import.py, line 3): RuntimeError: no licence found",
        "pip install --upgrade xp-raises-on-import",
    ),
    "has_a_syntax_error": (
        "cannot be imported (xp_has_a_syntax_error.py, line 3): SyntaxError: ",
        "pip install --upgrade xp-has-a-syntax-error",
    ),
    "imports_something_absent": (
        "cannot be imported (xp_imports_something_absent.py, line 3): ModuleNotFoundError: "
        "No module named 'absent_library'",
        "pip install 'xp-imports-something-absent[gpu]'",
    ),
    "imports_a_later_name": (
        "cannot be imported (xp_imports_a_later_name.py, line 4): ImportError: cannot import name 'Oracle'",
        "misspelt, or of another version of raman-xp than ",
    ),
    "points_to_nothing": (
        "its entry point names a module that is not there: No module named 'xp_points_to_nothing'",
        "pip install --upgrade xp-points-to-nothing",
    ),
    "names_an_object": (
        "its entry point names an object, 'xp_names_an_object:Faulty'",
        "name the module that has the hook: 'xp_names_an_object'",
    ),
    "misspells_its_hook": (
        "is not a valid plugin: unknown hook 'raman_xp_explainer'",
        "did you mean 'raman_xp_explainers'?",
    ),
    "hook_wants_another_argument": (
        "is not a valid plugin: Plugin 'xp_hook_wants_another_argument' for hook 'raman_xp_explainers' "
        "hookimpl definition: raman_xp_explainers(spectra)",
        "docs/plugins says what each hook is given",
    ),
    "hook_raises": (
        "its hook raman_xp_explainers failed (xp_hook_raises.py, line 17): KeyError: 'explainers.json'",
        "pip install --upgrade xp-hook-raises",
    ),
    "hook_returns_a_class": (
        "its hook raman_xp_explainers returned <class 'xp_hook_returns_a_class.Faulty'>",
        "a list of classes is right",
    ),
    "hook_returns_another_class": (
        "its hook raman_xp_explainers returned Maps, which is no Explainer with a name",
        "extend raman_xp.components.Explainer",
    ),
    "has_no_hook": (
        "its module has no hook raman_xp_explainers marked with @hookimpl",
        'the entry point "explainer.has_no_hook" promises one that returns it',
    ),
    "lacks_its_component": (
        "its hook raman_xp_explainers returns no such component",
        "did you mean 'lacks_a_component'?",
    ),
    "lacks_a_method": ("the class Faulty lacks explain", "define it"),
    "takes_other_arguments": (
        "the class Faulty has explain(self, spectra, model)",
        "explain(self, task) is right",
    ),
    "needs_a_newer_raman_xp": ("needs raman-xp>=99, and this is raman-xp ", "pip install 'raman-xp>=99'"),
    "speaks_a_later_contract": (
        "is written for version 99 of the plugin contract, and raman-xp ",
        "pip install --upgrade raman-xp",
    ),
}
"""Found when the component is loaded: cause and advice."""
AT_WORK = {
    "gives_maps_of_another_shape": "returned maps (12, 63), targets (12,); (spectra, channels) is (12, 64)",
    "gives_what_is_no_number": "returned maps that are not finite",
    "changes_its_input": "failed to explain (xp_changes_its_input.py, line 12): ValueError: assignment "
    "destination is read-only (arrays that are handed over are shared: a component changes copies only)",
    "changes_the_logits": "failed to explain (xp_changes_the_logits.py, line 12): ValueError: assignment "
    "destination is read-only",
}
"""Found when it works."""


@pytest.fixture
def with_faults(monkeypatch: pytest.MonkeyPatch, forgotten: Callable[[Path], None]) -> Callable[..., Path]:
    """Installs faulty distributions; gives the folder of the last."""

    def install(*names: str) -> Path:
        for name in names:
            monkeypatch.syspath_prepend(str(FAULTS / name))
            forgotten(FAULTS / name)
        installed.cache_clear()
        return FAULTS / names[-1]

    return install


def told_of(name: str, folder: Path) -> str:
    """How a message names the plugin."""
    file = folder / f"xp_{name}.py"
    where = file if file.exists() else f"xp_{name}"
    return f"explainer '{name}' of xp-{name.replace('_', '-')} 1.0 ({where})"


@pytest.mark.parametrize("name", TOLD)
def test_a_fault_in_loading_is_told_with_plugin_cause_and_advice(with_faults, name):
    folder = with_faults(name)
    with pytest.raises(PluginError) as caught:
        Registry().load(Family.EXPLAINER, name)
    message, (cause, advice) = str(caught.value), TOLD[name]
    assert message.startswith(told_of(name, folder))
    assert cause in message
    assert advice in message.partition(cause)[2]


@pytest.mark.parametrize("name", ["raises_on_import", "imports_something_absent", "lacks_its_component"])
def test_a_spec_that_uses_it_is_refused_at_its_line(project: Project, with_faults, name):
    with_faults(name)
    message = project.assert_refused(TOLD[name][0], "tiny.yaml", "--set", f"explain=[{{use: {name}}}]").stderr
    assert message.startswith("Error: --set explain: explain.0.use: ")


@pytest.mark.parametrize("name", AT_WORK)
def test_a_fault_at_work_fails_the_run_and_names_the_plugin(stored: Project, with_faults, name):
    folder = with_faults(name)
    ran = stored.run("tiny.yaml", "--set", f"explain=[{{use: input_magnitude}}, {{use: {name}}}]")
    ran.assert_error(told_of(name, folder), AT_WORK[name], code=1)
    assert stored.trial().info.status == "FAILED"
    assert f"xp-{name.replace('_', '-')} 1.0" in stored.trial().data.tags["raman_xp.error"]


def test_what_to_do_about_a_fault_at_work(stored: Project, with_faults):
    with_faults("gives_what_is_no_number")
    stored.run("tiny.yaml", "--set", "explain=[{use: gives_what_is_no_number}]").assert_error(
        "leave it out, or try another version: pip install --upgrade xp-gives-what-is-no-number", code=1
    )


def test_two_plugins_that_claim_one_component_are_both_named_and_one_can_be_disabled(
    project: Project, with_faults
):
    folder = with_faults("claims_a_taken_name")
    ran = project.check().assert_error("2 plugins claim the explainer 'grad_cam': raman-xp 0.1.0 (")
    assert f"xp-claims-a-taken-name 1.0 ({folder / 'xp_claims_a_taken_name.py'})" in ran.stderr
    assert "raman-xp --disable xp-claims-a-taken-name …" in ran.stderr
    assert project.invoke("--disable", "xp-claims-a-taken-name", "check", "tiny.yaml").exit_code == 0


def test_all_faults_together_break_no_run_that_uses_none(stored: Project, with_faults, caplog):
    with_faults(*EVERY)
    stored.run("tiny.yaml", "--set", "explain=[{use: input_magnitude}]").assert_success()
    watching = "observer fails_to_watch failed at run_started: OSError('no bell here'); the run goes on"
    assert [record.message for record in caplog.records if "fails_to_watch" in record.message] == [watching]


def test_the_schema_leaves_them_out_and_says_so(project: Project, with_faults):
    with_faults(*(name for name in EVERY if name != "ends_the_process"))
    shown = project.invoke("schema")
    assert "explainer.fc_importance" in json.loads(shown.stdout)["$defs"]
    for name in TOLD:
        assert f"Left out: explainer '{name}' of " in shown.stderr


def test_the_list_tells_what_metadata_tells(project: Project, with_faults):
    with_faults(*EVERY)
    listed = project.invoke("plugins")
    assert listed.exit_code == 2
    text = re.sub(r"\s+", " ", listed.stdout)
    assert "Broken: 2 plugins claim the explainer 'grad_cam'" in text
    assert "needs raman-xp>=99" in text
    assert "has_no_metadata/xp_has_no_metadata-1.0.dist-info is ignored: its metadata " in listed.stdout
    assert "Note: 'oracle.is_of_a_later_family' of xp-is-of-a-later-family 1.0 is ignored" in text


def test_the_check_loads_each_and_survives_one_that_ends_its_process(project: Project, with_faults):
    names = ["raises_on_import", "ends_the_process", "changes_its_input", "hook_returns_a_class"]
    with_faults(*names)
    shown = project.invoke("plugins", "--check", "--json")
    assert shown.exit_code == 2
    rows = {row["component"]: row for row in json.loads(shown.stdout)}
    assert {rows[name]["status"] for name in names if name != "changes_its_input"} == {"broken"}
    assert "its import ends the process" in rows["ends_the_process"]["error"]
    assert "RuntimeError: no licence found" in rows["raises_on_import"]["error"]
    assert rows["changes_its_input"]["status"] == "loads"
    assert rows["grad_cam"]["status"] == "loads"
    assert rows["grad_cam"]["seconds"] >= 0
    assert rows["grad_cam"]["brings"] == []


def test_every_fault_is_tested():
    elsewhere = {"claims_a_taken_name", "ends_the_process", "fails_to_watch", "has_no_metadata"}
    assert {*TOLD, *AT_WORK, *elsewhere, "is_of_a_later_family"} == set(EVERY)
