"""A plugin that works goes on working: new arguments, deprecations, versions of the contract."""

from __future__ import annotations

import hashlib
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType

import pytest

from raman_xp import API_VERSION
from raman_xp.components import Family
from raman_xp.errors import PluginError
from raman_xp.plugins import hookspecs, loading
from raman_xp.plugins.hookspecs import hookspec
from raman_xp.plugins.registry import Registry
from raman_xp.testing import Project
from raman_xp.trial.keys import installed

FIRST = Path(__file__).parents[1] / "first_contract"
SPEC = """\
name: first
data: {use: first}
preprocess: [{use: first}]
split: {use: first}
model: {use: first}
explain: [{use: first}, {use: fc_importance}, {use: grad_cam}, {use: integrated_gradients, steps: 2}]
score: [{use: first}, {use: pointing}]
figures: [{use: first, id: mean}]
"""
MINE = """
    from raman_xp import hookimpl
    from raman_xp.components import Explainer
    from raman_xp.maps import Maps

    class Mine(Explainer):
        '''The spectrum itself.'''
        name = "mine"
        def explain(self, task):
            return Maps(task.spectra.intensity, task.spectra.labels)

    @hookimpl
    def raman_xp_explainers(ARGUMENTS):
        return [Mine]
"""


def test_a_plugin_of_the_first_contract_runs_for_ever(stored: Project, monkeypatch, forgotten):
    monkeypatch.syspath_prepend(str(FIRST))
    forgotten(FIRST)
    installed.cache_clear()
    stored.spec(SPEC, "first.yaml")
    stored.run("first.yaml").assert_success()
    metrics = stored.trial().data.metrics
    assert metrics["test/accuracy"] == 1
    assert metrics["map/first/first"] > 0.5
    assert {"map/pointing/grad_cam", "map/pointing/fc_importance"} <= metrics.keys()
    assert stored.artifact("figures/mean.png").startswith(b"\x89PNG")
    lines = (stored.folder / "first.txt").read_text().splitlines()
    assert lines[0] == "2 units"
    assert lines[-2:] == ["first finished", "over"]
    assert {"fold 1", "final", "fc_importance, first, grad_cam, integrated_gradients"} <= set(lines)


def test_the_plugin_of_the_first_contract_is_never_changed():
    """Whoever has to change it has broken the plugins that are out there."""
    digest = hashlib.sha256((FIRST / "xp_first.py").read_bytes()).hexdigest()
    assert digest == "9d98cc354a085702d902f6b0b0409f0ad348564636fa5b82e9ea68aaaa510958"


def later_hooks(**changed: object) -> ModuleType:
    """The hooks of a version to come."""
    later = ModuleType("later_hooks")
    vars(later).update(
        {name: value for name, value in vars(hookspecs).items() if name.startswith("raman_xp")}
    )
    vars(later).update(changed)
    return later


@pytest.mark.parametrize("arguments", ["", "version"])
def test_a_hook_may_gain_arguments(install, arguments):
    """Who does not ask for them is not given them."""
    install("xp-mine", {"explainer.mine": "xp_mine"}, xp_mine=MINE.replace("ARGUMENTS", arguments))

    @hookspec
    def raman_xp_explainers(version): ...

    if not arguments:
        hooks = later_hooks(raman_xp_explainers=raman_xp_explainers)
        assert Registry(hooks=hooks).load(Family.EXPLAINER, "mine").name == "mine"
    else:
        with pytest.raises(PluginError, match="can not be found in the hookspec"):
            Registry().load(Family.EXPLAINER, "mine")


def test_a_hook_that_will_go_says_so_to_who_implements_it(install, caplog):
    install("xp-mine", {"explainer.mine": "xp_mine"}, xp_mine=MINE.replace("ARGUMENTS", ""))

    @hookspec(warn_on_impl=DeprecationWarning("raman_xp_explainers goes with version 2; use raman_xp_maps"))
    def raman_xp_explainers(): ...

    hooks = later_hooks(raman_xp_explainers=raman_xp_explainers)
    assert Registry(hooks=hooks).load(Family.EXPLAINER, "mine").name == "mine"
    (record,) = caplog.records
    assert record.message.startswith("explainer 'mine' of xp-mine 1.0 (")
    assert record.message.endswith(": raman_xp_explainers goes with version 2; use raman_xp_maps")


@pytest.mark.parametrize(
    ("stated", "message"),
    [
        (API_VERSION, None),
        (API_VERSION + 1, "is written for version 2 of the plugin contract, and raman-xp 0.1.0 knows 1; "
                          "pip install --upgrade raman-xp"),
        (0, "is written for version 0 of the plugin contract, and the oldest that raman-xp 0.1.0 knows is 1; "
            "pip install --upgrade xp-mine"),
        ('"one"', "RAMAN_XP_API is 'one'; a whole number such as 1 is right"),
    ],
)  # fmt: skip
def test_a_plugin_can_state_the_contract_it_was_written_for(install, stated, message):
    source = MINE.replace("ARGUMENTS", "") + f"\n    {loading.STATES_API} = {stated}\n"
    install("xp-mine", {"explainer.mine": "xp_mine"}, xp_mine=source)
    if message is None:
        assert Registry().load(Family.EXPLAINER, "mine").name == "mine"
        return
    with pytest.raises(PluginError) as caught:
        Registry().load(Family.EXPLAINER, "mine")
    assert message in str(caught.value)


def test_entry_points_can_be_given(install):
    install("xp-mine", {}, xp_mine=MINE.replace("ARGUMENTS", ""))
    point = EntryPoint("explainer.mine", "xp_mine", "raman_xp")
    registry = Registry([(point, "xp-mine", "1.0")])
    assert registry.load(Family.EXPLAINER, "mine").name == "mine"
    assert [str(provider.family) for provider in registry.providers] == ["explainer"]
