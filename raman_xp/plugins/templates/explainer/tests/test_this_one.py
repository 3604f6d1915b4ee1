from raman_xp_this_one import ThisOne

from raman_xp.testing import ExplainerSuite


class TestThisOne(ExplainerSuite):
    component = ThisOne


def test_an_experiment_explained_by_it(raman_project):
    raman_project.run("tiny.yaml", "--set", "explain=[{use: this_one}]").assert_success()
    assert raman_project.maps("this_one").shape == (12, 64)


def test_without_the_sign_nothing_is_negative(raman_project):
    explain = "explain=[{use: this_one, absolute: true}]"
    raman_project.run("tiny.yaml", "--set", explain).assert_success()
    assert raman_project.maps("this_one").min() >= 0
