import numpy as np
import pytest
from raman_xp_this_one import ThisOne

from raman_xp.errors import RowErrors
from raman_xp.testing import PreprocessorSuite


class TestThisOne(PreprocessorSuite):
    component = ThisOne


def test_the_mean_is_zero_and_the_spread_one():
    _, done = ThisOne().transform(np.arange(3.0), np.array([[1.0, 2.0, 6.0]]))
    assert done.mean() == pytest.approx(0)
    assert done.std() == pytest.approx(1)


def test_a_flat_spectrum_is_named():
    with pytest.raises(RowErrors, match="row 1: is flat"):
        ThisOne().transform(np.arange(3.0), np.array([[1.0, 2.0, 6.0], [4.0, 4.0, 4.0]]))


def test_an_experiment_with_it(raman_project):
    raman_project.run("tiny.yaml", "--set", "preprocess=[{use: this_one}]").assert_success()
