"""Finding reads metadata; loading is guarded; every failure names plugin, version and cause."""

from __future__ import annotations

import re
import sys

import pytest

from raman_xp.components import Family
from raman_xp.errors import PluginError
from raman_xp.registry import Registry

WORKING = """
    from raman_xp import hookimpl
    from raman_xp.components import Explainer
    from raman_xp.maps import Maps

    class Mine(Explainer):
        name = "mine"
        def explain(self, task):
            return Maps(task.spectra.intensity, task.spectra.labels)

    @hookimpl
    def raman_xp_explainers():
        return [Mine]
"""


def test_a_plugin_is_found_without_being_imported(install):
    install("xp-mine", {"explainer.mine": "xp_mine"}, "2.1", xp_mine=WORKING)
    provider = Registry().find(Family.EXPLAINER, "mine")
    assert str(provider) == "explainer 'mine' of xp-mine 2.1 (xp_mine)"
    assert "xp_mine" not in sys.modules


def test_a_plugin_is_loaded_through_its_hook(install):
    install("xp-mine", {"explainer.mine": "xp_mine"}, xp_mine=WORKING)
    assert Registry().load(Family.EXPLAINER, "mine").name == "mine"


def test_everything_in_the_box_loads():
    registry = Registry()
    for provider in registry.providers:
        assert registry.load(provider.family, provider.component).name == provider.component


@pytest.mark.parametrize(
    ("entry_points", "source", "message"),
    [
        pytest.param(
            {"explainer.mine": "xp_mine"},
            "raise RuntimeError('no licence')",
            "explainer 'mine' of xp-mine 1.0 (xp_mine) cannot be imported: RuntimeError: no licence",
            id="raises on import",
        ),
        pytest.param(
            {"explainer.mine": "xp_mine"},
            "import captured_torch",
            "cannot be imported: ModuleNotFoundError: No module named 'captured_torch'",
            id="imports something absent",
        ),
        pytest.param(
            {"explainer.mine": "xp_absent"},
            "",
            "(xp_absent) cannot be imported: ModuleNotFoundError: No module named 'xp_absent'",
            id="entry point to nothing",
        ),
        pytest.param(
            {"explainer.mine": "xp_mine"},
            WORKING.replace("raman_xp_explainers", "raman_xp_explainer"),
            "is not a valid plugin: unknown hook 'raman_xp_explainer'",
            id="hook misspelt",
        ),
        pytest.param(
            {"explainer.mine": "xp_mine"},
            WORKING.replace("return [Mine]", "return Mine"),
            "its hook raman_xp_explainers failed: TypeError",
            id="hook returns no list",
        ),
        pytest.param(
            {"explainer.other": "xp_mine"},
            WORKING,
            "its hook raman_xp_explainers returns no such component; there are: mine",
            id="component not there",
        ),
        pytest.param(
            {"model.mine": "xp_mine"},
            WORKING,
            "the module has no hook raman_xp_models marked with @hookimpl",
            id="hook of another family",
        ),
    ],
)
def test_a_broken_plugin_is_named_with_its_cause(install, entry_points, source, message):
    install("xp-mine", entry_points, xp_mine=source)
    family, _, component = next(iter(entry_points)).partition(".")
    with pytest.raises(PluginError) as caught:
        Registry().load(Family(family), component)
    assert "xp-mine 1.0" in str(caught.value)
    assert message in str(caught.value)


def test_a_broken_plugin_does_not_harm_others(install):
    install("xp-broken", {"explainer.broken": "xp_broken"}, xp_broken="@@@")
    install("xp-mine", {"explainer.mine": "xp_mine"}, xp_mine=WORKING)
    registry = Registry()
    with pytest.raises(PluginError, match=re.escape("xp-broken 1.0")):
        registry.load(Family.EXPLAINER, "broken")
    assert registry.load(Family.EXPLAINER, "mine").name == "mine"


def test_two_plugins_that_claim_one_component_are_both_named(install):
    install("xp-mine", {"explainer.grad_cam": "xp_mine"}, xp_mine=WORKING)
    with pytest.raises(PluginError) as caught:
        Registry().find(Family.EXPLAINER, "grad_cam")
    assert "2 plugins claim the explainer 'grad_cam': raman-xp" in str(caught.value)
    assert "and xp-mine 1.0 (xp_mine); uninstall one of them" in str(caught.value)


def test_a_component_that_nobody_provides_is_guessed():
    with pytest.raises(
        PluginError, match=re.escape("no explainer is called 'gradcam'; did you mean 'grad_cam'?")
    ):
        Registry().find(Family.EXPLAINER, "gradcam")


def test_an_entry_point_in_no_known_form_is_ignored_with_a_note(install):
    install("xp-later", {"oracle.mine": "xp_mine"}, xp_mine=WORKING)
    registry = Registry()
    assert "oracle" not in {provider.family for provider in registry.providers}
    assert registry.ignored[0].startswith("'oracle.mine' of xp-later 1.0 is ignored")


def test_an_uninstalled_checkout_says_how_to_install():
    with pytest.raises(
        PluginError, match=re.escape("raman-xp is not installed here; run `pip install -e .`")
    ):
        Registry([]).find(Family.MODEL, "shallow_cnn")
