"""What every model is held to."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import ClassVar, cast

import numpy as np
import pytest
from scipy.stats import binomtest

from raman_xp.components import Capability, Family, FitTask, FittedModel, Model
from raman_xp.components.contracts import checked_logits
from raman_xp.errors import ComponentError
from raman_xp.spectra import Spectra
from raman_xp.testing.hostile import hostile_folders
from raman_xp.testing.planted import fit_task, planted_spectra
from raman_xp.testing.suites.component import ComponentSuite


class ModelSuite(ComponentSuite[Model]):
    """It learns what was planted, repeats bit for bit, is saved and loaded, and offers what it says."""

    family = Family.MODEL
    _fitted: ClassVar[FittedModel | None] = None

    def spectra(self) -> Spectra:
        """Spectra of three classes with a line each."""
        return planted_spectra()

    def task(self, seed: int = 0) -> FitTask:
        """A fit on them, with one thread."""
        return fit_task(self.spectra(), seed)

    def fitted(self) -> FittedModel:
        """A fitted model; made once for all tests."""
        if "_fitted" not in vars(type(self)):
            type(self)._fitted = self.made().fit(self.task())
        return cast(FittedModel, self._fitted)

    def _needs(self, capability: Capability) -> FittedModel:
        if capability not in self.made().capabilities:
            pytest.skip(f"it offers no {capability}")
        return self.fitted()

    def test_it_recognises_unseen_spectra_better_than_by_chance(self) -> None:
        unseen = planted_spectra(seed=1)
        right = int((self.fitted().logits(unseen.intensity).argmax(axis=1) == unseen.labels).sum())
        chance = 1 / len(unseen.classes)
        better = binomtest(right, len(unseen), chance, alternative="greater").pvalue
        assert better < 0.001, f"{right} of {len(unseen)} are right"

    def test_its_scores_are_finite_and_one_a_class(self) -> None:
        spectra = self.spectra()
        checked_logits(self.made(), self.fitted().logits(spectra.intensity), spectra)

    def test_the_same_task_gives_the_same_model_bit_for_bit(self) -> None:
        x = self.spectra().intensity
        again = self.made().fit(self.task())
        np.testing.assert_array_equal(again.logits(x), self.fitted().logits(x))

    def test_a_batch_of_one_equals_its_row_in_a_batch(self) -> None:
        x, model = self.spectra().intensity, self.fitted()
        whole = model.logits(x)
        np.testing.assert_allclose(model.logits(x[9:10])[0], whole[9], rtol=1e-4, atol=1e-4)

    def test_fitting_changes_no_spectra(self) -> None:
        task = self.task()
        task.train.intensity.setflags(write=False)
        before = task.train.intensity.copy()
        self.made().fit(task)
        np.testing.assert_array_equal(task.train.intensity, before)

    def test_what_is_saved_is_a_model_of_mlflow_and_loads_to_the_last_bit(self, tmp_path: Path) -> None:
        import mlflow

        spectra, model = self.spectra(), self.fitted()
        model.save(tmp_path / "model", spectra)
        info = mlflow.models.get_model_info(str(tmp_path / "model"))
        assert info.signature is not None, "without a signature nobody knows what the model takes"
        assert info.saved_input_example_info is not None
        loaded = self.made().load(tmp_path / "model", model.curves, 1)
        np.testing.assert_array_equal(loaded.logits(spectra.intensity), model.logits(spectra.intensity))
        assert loaded.curves.keys() == model.curves.keys()

    def test_files_that_a_stranger_has_changed_run_no_code(self, tmp_path: Path) -> None:
        model, marker = self.fitted(), tmp_path / "code was run"
        model.save(tmp_path / "model", self.spectra())
        for changed, folder in hostile_folders(tmp_path / "model", marker, tmp_path):
            with suppress(Exception):  # whether it is refused or read: it must run nothing
                self.made().load(folder, model.curves, 1)
            assert not marker.exists(), (
                f"loading ran code where {changed}: read your own format, and no pickle"
            )

    def test_what_it_adjusts_is_counted_without_building_it(self) -> None:
        made = self.made()
        assert made.parameter_count(self.spectra().channels, 3) > 0
        assert made.cost(24, self.spectra().channels, 3) > 0

    def test_learning_curves_are_numbers_a_step(self) -> None:
        for values in self.fitted().curves.values():
            assert np.ndim(values) == 1
            assert np.isfinite(values).all()

    def test_input_gradients_are_derivatives_of_its_scores(self) -> None:
        model = self._needs(Capability.INPUT_GRADIENTS)
        x = self.spectra().intensity[[0, 9, 17]].astype(np.float64)
        cotangents = np.random.default_rng(0).normal(size=(3, 2, 3))
        gradients = model.input_gradients(x, cotangents)
        assert gradients.shape == (3, 2, x.shape[1])
        step = 1e-4 * gradients[:, 0] / np.abs(gradients[:, 0]).max()
        change = model.logits(x + step).astype(float) - model.logits(x - step)
        expected = 2 * (step * gradients[:, 0]).sum(axis=1)
        np.testing.assert_allclose((change * cotangents[:, 0]).sum(axis=1), expected, rtol=0.05)

    def test_feature_gradients_are_linear_and_in_their_place(self) -> None:
        model = self._needs(Capability.FEATURE_GRADIENTS)
        x = self.spectra().intensity[:5]
        features = model.features(x)
        n, bins, maps = features.activations.shape
        assert n == 5
        np.testing.assert_allclose(features.logits, model.logits(x), rtol=1e-4, atol=1e-4)
        assert features.centers.shape == (bins,)
        assert (np.diff(features.centers) > 0).all()
        assert features.offsets.shape == (maps,)
        a, b = np.random.default_rng(0).normal(size=(2, 5, 1, 3))
        each = [features.gradients(along).each() for along in (a, b, 2 * a - b)]
        assert each[0].shape == (5, 1, bins, maps)
        scale = np.abs(each[0]).max()
        np.testing.assert_allclose(each[2], 2 * each[0] - each[1], rtol=1e-3, atol=1e-4 * scale)

    def test_layers_are_told_apart_by_name(self) -> None:
        layers = self._needs(Capability.LAYERS).layers(self.spectra().intensity[:2])
        assert len({layer.name for layer in layers}) == len(layers) > 0
        for layer in layers:
            assert layer.values.shape[0] == 2
            assert layer.centers is None or layer.centers.shape == layer.values.shape[1:2]

    def test_what_it_does_not_offer_it_says(self) -> None:
        model, x, offers = self.fitted(), self.spectra().intensity[:2], self.made().capabilities
        calls: dict[Capability, Callable[[], object]] = {
            Capability.FEATURE_GRADIENTS: lambda: model.features(x),
            Capability.INPUT_GRADIENTS: lambda: model.input_gradients(x, np.ones((2, 1, 3))),
            Capability.LAYERS: lambda: model.layers(x),
        }
        for capability, call in calls.items():
            if capability not in offers:
                with pytest.raises(ComponentError, match=f"offers no {capability}"):
                    call()
