from raman_xp_this_one import ThisOne

from raman_xp.testing import ModelSuite


class TestThisOne(ModelSuite):
    component = ThisOne


def test_an_experiment_with_it(raman_project):
    settings = ("--set", "model={use: this_one}", "--set", "explain=[{use: integrated_gradients}]")
    raman_project.run("tiny.yaml", *settings).assert_success()
    assert raman_project.trial().data.metrics["test/accuracy"] > 0.8
