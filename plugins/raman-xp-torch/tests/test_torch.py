import numpy as np
import pytest
import torch
from raman_xp_torch import TorchCnn, TorchNetwork

from raman_xp.components import ExplainTask, Family
from raman_xp.registry import Registry
from raman_xp.scores import Score
from raman_xp.testing import ModelSuite, trained_network
from raman_xp.testing import planted_spectra as planted

SMALL = {"filters": 6, "units": 12, "epochs": 40, "learning_rate": 1e-3}


class TestTorchCnn(ModelSuite):
    component = TorchCnn
    fields = SMALL


def of_keras(keras_network, channels, classes):
    """A network of PyTorch with the weights of one of Keras."""
    network = TorchCnn(**SMALL).build(channels, classes)
    weights = keras_network.get_weights()
    for convolution, kernel, bias in ((network[1], *weights[:2]), (network[4], *weights[2:4])):
        convolution.weight.data = torch.tensor(kernel.transpose(2, 1, 0))
        convolution.bias.data = torch.tensor(bias)
    bins, maps = -(-channels // 4), SMALL["filters"]
    dense = weights[4].reshape(bins, maps, -1).swapaxes(0, 1).reshape(bins * maps, -1)
    for linear, kernel, bias in ((network[8], dense, weights[5]), (network[10], *weights[6:8])):
        linear.weight.data = torch.tensor(kernel.T)
        linear.bias.data = torch.tensor(bias)
    return TorchNetwork(network, {})


@pytest.fixture(scope="module")
def both():
    """A trained network of Keras, and the same in PyTorch."""
    keras = trained_network()
    return keras, of_keras(keras.network, 256, 3)


def test_equal_weights_give_equal_logits(both):
    x = planted(seed=5).intensity
    keras, torch_ = (model.logits(x) for model in both)
    np.testing.assert_allclose(torch_, keras, rtol=1e-4, atol=1e-4)


def test_a_filter_looks_at_the_same_places(both):
    x = planted().intensity[:2]
    keras, torch_ = (model.features(x) for model in both)
    np.testing.assert_array_equal(torch_.centers, keras.centers)
    np.testing.assert_allclose(torch_.offsets, keras.offsets, atol=1e-4)


@pytest.mark.parametrize("score", list(Score))
@pytest.mark.parametrize("target", ["predicted", "every"])
@pytest.mark.parametrize("placement", ["effective", "geometric"])
@pytest.mark.parametrize("explainer", ["grad_cam", "fc_importance"])
def test_equal_weights_give_equal_maps(both, explainer, placement, target, score):
    spectra = planted(seed=5)
    made = Registry().load(Family.EXPLAINER, explainer)(score=score, target=target, placement=placement)
    tasks = [ExplainTask(model, spectra, spectra, np.random.default_rng(0)) for model in both]
    keras, torch_ = (made.explain(task) for task in tasks)
    np.testing.assert_array_equal(torch_.targets, keras.targets)
    np.testing.assert_allclose(torch_.values, keras.values, rtol=2e-3, atol=1e-4 * np.abs(keras.values).max())


@pytest.mark.parametrize(("channels", "kernel_size"), [(63, 7), (64, 8), (66, 5)])
def test_the_number_of_weights_is_that_of_the_paper(channels, kernel_size):
    model = TorchCnn(filters=5, units=3, kernel_size=kernel_size)
    built = sum(values.numel() for values in model.build(channels, 4).parameters())
    assert model.parameter_count(channels, 4) == built
    assert TorchCnn().parameter_count(1451, 9) == 3_008_393


def test_no_epoch_leaves_it_untrained(planted_spectra):
    from raman_xp.testing import fit_task

    untrained = TorchCnn(**(SMALL | {"epochs": 0})).fit(fit_task(planted_spectra))
    assert untrained.curves == {}


def test_grad_cam_and_fc_importance_explain_an_experiment_with_it(raman_project):
    model = "model={use: torch_cnn, filters: 4, units: 8, epochs: 2}"
    explain = "explain=[{use: fc_importance}, {use: grad_cam}]"
    raman_project.run("tiny.yaml", "--set", model, "--set", explain).assert_success()
    for explainer in ("fc_importance", "grad_cam"):
        assert raman_project.maps(explainer).shape == (12, 64)
    assert "raman-xp-torch 0.1.0" in raman_project.trial().data.tags["raman_xp.plugins"]


def test_a_figure_of_layers_is_refused_before_anything_runs(raman_project):
    raman_project.run(
        "tiny.yaml", "--set", "model={use: torch_cnn}", "--set", "figures=[{use: layers}]"
    ).assert_error("layers needs layers of the model, but torch_cnn offers")
