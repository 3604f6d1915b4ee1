"""Finding reads metadata; loading is guarded; every failure names plugin, version and cause."""

from __future__ import annotations

import re
import sys

import pytest

from raman_xp.components import Family
from raman_xp.errors import PluginError
from raman_xp.plugins.registry import Registry

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
    site = install("xp-mine", {"explainer.mine": "xp_mine"}, "2.1", xp_mine=WORKING)
    provider = Registry().find(Family.EXPLAINER, "mine")
    assert str(provider) == f"explainer 'mine' of xp-mine 2.1 ({site / 'xp_mine.py'})"
    assert "xp_mine" not in sys.modules


def test_a_plugin_is_loaded_through_its_hook(install):
    install("xp-mine", {"explainer.mine": "xp_mine"}, xp_mine=WORKING)
    assert Registry().load(Family.EXPLAINER, "mine").name == "mine"


def test_everything_in_the_box_loads():
    registry = Registry()
    for provider in registry.providers:
        assert registry.load(provider.family, provider.component).name == provider.component


def test_a_broken_plugin_does_not_harm_others(install):
    install("xp-broken", {"explainer.broken": "xp_broken"}, xp_broken="@@@")
    install("xp-mine", {"explainer.mine": "xp_mine"}, xp_mine=WORKING)
    registry = Registry()
    with pytest.raises(PluginError, match=re.escape("xp-broken 1.0")):
        registry.load(Family.EXPLAINER, "broken")
    assert registry.load(Family.EXPLAINER, "mine").name == "mine"


def test_a_component_that_nobody_provides_is_guessed():
    with pytest.raises(
        PluginError, match=re.escape("no explainer is called 'gradcam'; did you mean 'grad_cam'?")
    ):
        Registry().find(Family.EXPLAINER, "gradcam")


def test_an_uninstalled_checkout_says_how_to_install():
    with pytest.raises(
        PluginError, match=re.escape("raman-xp is not installed here; run `pip install -e .`")
    ):
        Registry([]).find(Family.MODEL, "shallow_cnn")
