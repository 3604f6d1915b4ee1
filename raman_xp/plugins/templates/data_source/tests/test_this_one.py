import numpy as np
from raman_xp_this_one import CENTRES, ThisOne

from raman_xp.testing import DataSourceSuite


class TestThisOne(DataSourceSuite):
    component = ThisOne


def test_the_bands_are_where_they_should_be():
    raw = ThisOne(noise=0).load(np.random.default_rng(0))
    (block,) = raw.blocks
    highest = block.wavenumber[block.intensity.argmax(axis=1)]
    np.testing.assert_array_equal(highest, np.array(list(CENTRES.values()))[raw.samples.labels])


def test_an_experiment_with_its_spectra(raman_project):
    raman_project.run("tiny.yaml", "--set", "data={use: this_one}").assert_success()
    assert raman_project.trial().data.tags["raman_xp.data"] == "simulated"
