"""The paper's network: its size, its repeatability, and the gradients it offers."""

from __future__ import annotations

import json
import zipfile

import numpy as np
import pytest
import yaml

from raman_xp.seeds import Seeds
from raman_xp.testing import fit_task, planted_spectra
from raman_xp_plugins.models.keras_network import KerasNetwork
from raman_xp_plugins.models.shallow_cnn import ShallowCnn
from raman_xp_plugins.models.three_layer_cnn import ThreeLayerCnn

SMALL = {"filters": 4, "units": 8, "epochs": 3, "learning_rate": 1e-3}


@pytest.fixture(scope="module")
def spectra():
    return planted_spectra((40, 90, 150), per_class=8, channels=199)


@pytest.fixture(scope="module")
def fitted(spectra):
    return ShallowCnn(**SMALL).fit(fit_task(spectra))


def test_the_papers_network_has_3008393_weights():
    assert ShallowCnn().parameter_count(1451, 9) == 3_008_393


def test_the_papers_network_is_built_as_fig_1_says():
    network = ShallowCnn().build(1451, 9, Seeds(0))
    assert network.count_params() == 3_008_393
    shapes = {layer.name: tuple(layer.output.shape[1:]) for layer in network.layers}
    assert shapes["pool_1"] == (726, 64)
    assert shapes["pool_2"] == (363, 64)
    assert shapes["probabilities"] == (9,)
    assert network.get_layer("leaky_1").negative_slope == pytest.approx(0.2)


def test_one_block_more_has_182_bins_eight_channels_apart():
    deep = ThreeLayerCnn()
    network = deep.build(1451, 9, Seeds(0))
    assert deep.parameter_count(1451, 9) == network.count_params() == 1_558_473
    assert network.get_layer("pool_3").output.shape[1:] == (182, 64)
    features = KerasNetwork(network, {}).features(np.zeros((1, 1451), np.float32))
    np.testing.assert_array_equal(features.centers, 8 * np.arange(182) + 7)


@pytest.mark.parametrize("channels", [64, 1024])
def test_whatever_can_be_built_has_a_cost(channels):
    deep = ThreeLayerCnn(pool_size=4 if channels == 1024 else 2)
    assert deep.parameter_count(channels, 3) < deep.cost(100, channels, 3)


def test_no_epoch_leaves_the_network_untrained(spectra):
    untrained = ShallowCnn(**(SMALL | {"epochs": 0})).fit(fit_task(spectra, seed=3))
    built = ShallowCnn(**SMALL).build(199, 3, Seeds(3))
    for left, drawn in zip(untrained.network.get_weights(), built.get_weights(), strict=True):
        np.testing.assert_array_equal(left, drawn)
    assert untrained.curves == {}


@pytest.mark.parametrize("fields", [{}, {"kernel_size": 7, "pool_size": 3}, {"filters": 5, "units": 3}])
@pytest.mark.parametrize("channels", [64, 199])
def test_the_count_by_arithmetic_is_the_networks(fields, channels):
    model = ShallowCnn(**(SMALL | fields))
    assert model.parameter_count(channels, 4) == model.build(channels, 4, Seeds(0)).count_params()


def test_the_same_seed_gives_the_same_weights_bit_for_bit(spectra, fitted):
    again = ShallowCnn(**SMALL).fit(fit_task(spectra))
    for first, second in zip(fitted.network.get_weights(), again.network.get_weights(), strict=True):
        np.testing.assert_array_equal(first, second)


def test_another_seed_gives_other_weights(spectra, fitted):
    other = ShallowCnn(**SMALL).fit(fit_task(spectra, seed=1))
    assert not np.array_equal(fitted.network.get_weights()[0], other.network.get_weights()[0])


def test_learning_curves_have_a_value_an_epoch(fitted):
    assert set(fitted.curves) == {"train/loss", "train/accuracy"}
    assert all(len(values) == 3 for values in fitted.curves.values())


def test_input_gradients_are_derivatives_of_the_logits(spectra, fitted):
    rng = np.random.default_rng(0)
    x = spectra.intensity[:4].astype(np.float64)
    cotangents = rng.normal(size=(4, 2, 3))
    gradients = fitted.input_gradients(x, cotangents)
    assert gradients.shape == (4, 2, 199)
    step = 1e-3 * gradients[:, 0]  # along its own gradient the score rises by its square
    change = fitted.logits(x + step) - fitted.logits(x - step)
    np.testing.assert_allclose(
        np.einsum("nc,nc->n", change, cotangents[:, 0]), 2e-3 * (gradients[:, 0] ** 2).sum(axis=1), rtol=0.02
    )


def test_features_of_any_layer_come_with_their_centres(spectra, fitted):
    cotangents = np.eye(3)[spectra.labels][:5, None]
    last = fitted.features(spectra.intensity[:5])
    first = fitted.features(spectra.intensity[:5], "pool_1")
    assert last.activations.shape == (5, 50, 4)
    assert last.gradients(cotangents).each().shape == (5, 1, 50, 4)
    np.testing.assert_allclose(last.logits, fitted.logits(spectra.intensity[:5]), rtol=1e-5)
    assert last.centers[:2].tolist() == [3, 7]
    assert first.activations.shape == (5, 100, 4)
    assert first.gradients(cotangents).each().shape == (5, 1, 100, 4)
    assert first.centers[:2].tolist() == [1, 3]


def test_a_batch_of_one_equals_its_row_in_a_batch(spectra, fitted):
    cotangents = np.eye(3)[spectra.labels][:, None]
    for layer in (None, "pool_1"):
        whole = fitted.features(spectra.intensity, layer).gradients(cotangents).each()
        one = fitted.features(spectra.intensity[5:6], layer).gradients(cotangents[5:6]).each()
        np.testing.assert_allclose(one[0], whole[5], rtol=1e-5, atol=1e-7)


def test_the_saved_model_loads_with_mlflow_and_gives_the_same_classes(tmp_path, spectra, fitted):
    import mlflow

    fitted.save(tmp_path / "model", spectra)
    loaded = mlflow.keras.load_model(str(tmp_path / "model"))
    expected = np.asarray(fitted.network(spectra.intensity))
    np.testing.assert_allclose(np.asarray(loaded(spectra.intensity)), expected, rtol=1e-5)
    info = mlflow.models.get_model_info(str(tmp_path / "model"))
    assert info.signature.inputs.to_dict()[0]["tensor-spec"]["shape"] == (-1, 199)
    assert info.saved_input_example_info is not None


def test_another_number_of_threads_in_one_process_is_refused(spectra, fitted):
    from raman_xp.errors import RamanXpError

    with pytest.raises(
        RamanXpError, match="TensorFlow already runs in this process, and not with threads: 3"
    ):
        ShallowCnn(**SMALL).fit(fit_task(spectra, threads=3))


@pytest.mark.parametrize("change", ["a class of its own", "a lambda", "channels that nobody has"])
def test_what_a_saved_network_says_of_its_layers_is_not_followed(tmp_path, spectra, fitted, change):
    """Only its weights are read: a class, a function or a size that the file names plays no part."""
    fitted.save(tmp_path / "model", spectra)
    file = tmp_path / "model" / "data" / "model.keras"
    with zipfile.ZipFile(file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(parts["config.json"])
    layer = config["config"]["layers"][1]
    if change == "a class of its own":
        layer |= {"module": "xp_planted", "class_name": "Planted", "registered_name": None}
    elif change == "a lambda":
        layer |= {"module": "keras.layers", "class_name": "Lambda", "config": {"function": "exec"}}
    else:
        layer["config"]["target_shape"] = [10**15, 1]
    parts["config.json"] = json.dumps(config).encode()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    loaded = ShallowCnn(**SMALL).load(tmp_path / "model", fitted.curves, 1)
    np.testing.assert_array_equal(loaded.logits(spectra.intensity), fitted.logits(spectra.intensity))


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ([10**12, 3], "no weights of a network for 1000000000000 channels and 3 classes"),
        ([199, 10**12], "no weights of a network for 199 channels and 1000000000000 classes"),
        ([150, 3], "shape"),
        (None, "MLmodel has no signature of a network for spectra"),
    ],
)
def test_weights_that_do_not_fit_the_signature_are_refused(tmp_path, spectra, fitted, shape, message):
    fitted.save(tmp_path / "model", spectra)
    path = tmp_path / "model" / "MLmodel"
    about = yaml.safe_load(path.read_text("utf-8"))
    about["signature"] = shape and {
        key: json.dumps([{"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, size]}}])
        for key, size in zip(("inputs", "outputs"), shape, strict=True)
    }
    path.write_text(yaml.safe_dump(about), "utf-8")
    with pytest.raises(ValueError, match=message):
        ShallowCnn(**SMALL).load(tmp_path / "model", fitted.curves, 1)
