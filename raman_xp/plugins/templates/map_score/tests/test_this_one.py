import numpy as np
import pytest
from raman_xp_this_one import ThisOne

from raman_xp.components import ScoreTask
from raman_xp.maps import Maps
from raman_xp.testing import MapScoreSuite


class TestThisOne(MapScoreSuite):
    component = ThisOne


def test_maps_that_are_even_over_five_channels(planted_spectra):
    values = np.zeros((24, 256))
    values[:, 40:45] = 2
    task = ScoreTask(Maps(values, planted_spectra.labels), planted_spectra, None)
    assert ThisOne().score(task)["this_one"] == pytest.approx([5, 5, 5])


def test_an_experiment_scored_by_it(raman_project):
    raman_project.run("tiny.yaml", "--set", "score=[{use: this_one}]").assert_success()
    assert "map/this_one/fc_importance" in raman_project.trial().data.metrics
