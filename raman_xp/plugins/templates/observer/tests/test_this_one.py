from raman_xp_this_one import ThisOne

from raman_xp.testing import ObserverSuite


class TestThisOne(ObserverSuite):
    component = ThisOne


def test_it_tells_how_an_experiment_ended(raman_project):
    ran = raman_project.run("tiny.yaml", "--set", "explain=[]").assert_success()
    assert "this_one: tiny: " in ran.stderr
    assert "% right; see run " in ran.stderr
