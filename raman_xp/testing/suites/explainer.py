"""What every explainer is held to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation
from scipy.stats import binomtest

from raman_xp.components import Capability, Explainer, ExplainTask, Family, Features, FittedModel, Layer
from raman_xp.components.contracts import checked_maps
from raman_xp.maps import Maps
from raman_xp.maps.quantities import Score
from raman_xp.spectra import Floats, Spectra
from raman_xp.testing.planted import places, planted_spectra
from raman_xp.testing.suites.component import ComponentSuite
from raman_xp.testing.trained import trained_network


class ExplainerSuite(ComponentSuite[Explainer]):
    """Maps of the right shape that repeat, come from what was declared, and find what was planted."""

    family = Family.EXPLAINER
    draws: ClassVar[bool] = False
    """Whether the explainer draws for each spectrum apart, so that a map depends on its place in a batch."""

    def fitted(self) -> FittedModel:
        """The trained model that is explained; tells the classes of `spectra` apart."""
        return trained_network()

    def spectra(self) -> Spectra:
        """Spectra of three classes with a line each, whose places are known."""
        return planted_spectra()

    def explained(
        self,
        rows: Sequence[int] | None = None,
        seed: int = 0,
        model: FittedModel | None = None,
        **fields: Any,
    ) -> Maps:
        """Maps of some of the spectra, held to the contract."""
        spectra = self.spectra()
        some = spectra.take(np.arange(len(spectra)) if rows is None else np.array(rows))
        task = ExplainTask(model or self.fitted(), some, spectra, np.random.default_rng(seed))
        made = self.made(**fields)
        of_spectra = made.per == "spectrum"
        return checked_maps(made, made.explain(task), len(some) if of_spectra else len(some.classes), some)

    def test_it_agrees_to_explain_these_spectra(self) -> None:
        self.made().require(self.spectra())

    def test_its_maps_are_finite_float32_on_the_input_axis(self) -> None:
        maps, spectra = self.explained(), self.spectra()
        rows = len(spectra) if maps.per == "spectrum" else len(spectra.classes)
        assert maps.values.shape == (rows, spectra.channels)
        assert maps.values.dtype == np.float32
        assert np.isfinite(maps.values).all()

    def test_the_same_seed_gives_the_same_map(self) -> None:
        np.testing.assert_array_equal(self.explained(seed=3).values, self.explained(seed=3).values)

    def test_a_batch_of_one_equals_its_row_in_a_batch(self) -> None:
        if self.draws or self.component.per == "class":  # type: ignore[attr-defined]
            pytest.skip("its maps are not of single spectra, or it draws for each of a batch")
        whole = self.explained().values
        for row in (0, 9, 23):
            alone = self.explained([row]).values[0]
            np.testing.assert_allclose(alone, whole[row], rtol=1e-3, atol=1e-4 * np.abs(whole[row]).max())

    def test_it_changes_neither_the_model_nor_the_spectra(self) -> None:
        model, spectra = self.fitted(), self.spectra()
        logits, before = model.logits(spectra.intensity), spectra.intensity.copy()
        self.explained()  # of arrays that cannot be written
        np.testing.assert_array_equal(model.logits(spectra.intensity), logits)
        np.testing.assert_array_equal(spectra.intensity, before)

    def test_it_asks_no_more_of_a_model_than_it_says(self) -> None:
        needs = self.component.needs  # type: ignore[attr-defined]
        maps = self.explained(model=OnlyOffering(self.fitted(), needs))
        np.testing.assert_allclose(maps.values, self.explained().values, rtol=1e-4, atol=1e-6)

    def test_every_class_can_be_asked_for_where_it_says_so(self) -> None:
        annotation = self.component.model_fields.get("target")
        if annotation is None or "every" not in str(annotation.annotation):
            pytest.skip("it has no such target")
        every, classes = self.explained([5, 9], target="every"), len(self.spectra().classes)
        assert every.targets.tolist() == 2 * list(range(classes))

    @pytest.mark.parametrize("score", list(Score))
    def test_every_score_can_be_explained(self, score: Score) -> None:
        if "score" not in self.component.model_fields:
            pytest.skip("it explains no score")
        self.explained([0, 9, 17], score=score)

    def test_another_score_gives_another_map(self) -> None:
        if "score" not in self.component.model_fields:
            pytest.skip("it explains no score")
        logit, margin = (self.explained(score=score).values for score in (Score.LOGIT, Score.MARGIN))
        assert not np.allclose(logit, margin), "whatever score is asked for, the map is the same"

    def test_it_points_at_planted_lines_more_often_than_a_random_map(self) -> None:
        """A map points at the channels where it is largest, and those within its tolerance of them; the more
        there are, the likelier a random map would."""
        spectra, maps = self.spectra(), self.explained()
        first, last = maps.extent or (0, spectra.channels - 1)
        inside = maps.values[:, first : last + 1]
        reach = np.ones((1, 2 * int(maps.tolerance) + 1), dtype=bool)
        pointed_at = np.zeros(maps.values.shape, dtype=bool)
        pointed_at[:, first : last + 1] = binary_dilation(inside == inside.max(axis=1, keepdims=True), reach)
        hits = int(pointed_at[np.arange(len(pointed_at)), places(spectra, maps.targets)].sum())
        chance = float(pointed_at[:, first : last + 1].mean())
        better = binomtest(hits, len(maps.values), chance, alternative="greater").pvalue
        assert better < 0.01, (
            f"{hits} of {len(maps.values)} maps point at the line of their class; a random map does so with "
            f"a chance of {chance:.3f}"
        )


class OnlyOffering(FittedModel):
    """A model that offers some capabilities only, whatever it could.

    Args:
        model: the model behind it.
        capabilities: those that are let through.
    """

    def __init__(self, model: FittedModel, capabilities: frozenset[Capability]) -> None:
        self.model, self.capabilities = model, capabilities
        self.curves = model.curves

    def logits(self, x: Floats) -> NDArray[np.float32]:
        return self.model.logits(x)

    def features(self, x: Floats, layer: str | None = None) -> Features:
        offers = Capability.FEATURE_GRADIENTS in self.capabilities
        return self.model.features(x, layer) if offers else super().features(x, layer)

    def input_gradients(self, x: Floats, cotangents: Floats) -> NDArray[np.float32]:
        offers = Capability.INPUT_GRADIENTS in self.capabilities
        model = self.model
        return model.input_gradients(x, cotangents) if offers else super().input_gradients(x, cotangents)

    def layers(self, x: Floats) -> Sequence[Layer]:
        return self.model.layers(x) if Capability.LAYERS in self.capabilities else super().layers(x)

    def save(self, folder: Any, example: Spectra) -> None:
        self.model.save(folder, example)
