"""The number of latent variables of PLS-VIP: chosen, given, or assumed, and what is said of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.cross_decomposition import PLSRegression

from raman_xp.components import ExplainTask
from raman_xp.spectra import Spectra
from raman_xp.spectra.partition import stratified_folds
from raman_xp.testing import planted_spectra
from raman_xp_plugins.explainers import pls_vip
from raman_xp_plugins.explainers.pls_vip import PlsVip, vip


def noisy(per_class: int = 8, groups: int | None = None, channels: int = 30) -> Spectra:
    """Three classes whose bands overlap, on backgrounds that differ from spectrum to spectrum."""
    some = planted_spectra((8, 11, 20), per_class, channels)
    rng = np.random.default_rng(2)
    backgrounds = rng.normal(size=(len(some), 3)) @ rng.normal(size=(3, channels))
    intensity = (some.intensity + 0.4 * backgrounds + rng.normal(0, 0.15, (len(some), channels))).astype("f4")
    names = tuple(f"{row // groups}" for row in range(len(some))) if groups else None
    return replace(some, intensity=intensity, samples=replace(some.samples, groups=names))


def explained(explainer: PlsVip, spectra: Spectra):
    unused = planted_spectra((1, 2, 3), 1, spectra.channels)
    return explainer.explain(ExplainTask(None, unused, spectra, np.random.default_rng(0)))


def errors_of_folds(x: np.ndarray, y: np.ndarray, folds, number: int) -> float:
    """Squared error in cross-validation of a PLS with so many latent variables, by scikit-learn's predict."""
    total = 0.0
    for train, valid in folds:
        predicted = PLSRegression(number, scale=False).fit(x[train], y[train]).predict(x[valid]).ravel()
        total += float(((predicted - y[valid]) ** 2).sum())
    return total


@pytest.mark.parametrize(
    ("per_class", "groups", "folds"), [(8, None, 5), (3, None, 3), (12, 4, 3), (2, None, 2)]
)
@pytest.mark.parametrize("most", [8, 2])
def test_cross_validation_chooses_the_number_with_the_smallest_error(per_class, groups, folds, most):
    spectra = noisy(per_class, groups)
    x = spectra.intensity.astype(np.float64)
    parts = stratified_folds(spectra.samples, folds)
    fewest = min(len(train) for train, _ in parts) - 1
    for one in range(3):
        y = (spectra.labels == one).astype(float)
        errors = [errors_of_folds(x, y, parts, number) for number in range(1, min(most, fewest) + 1)]
        fitted = PlsVip(most_components=most).fitted(x, spectra.samples, one)
        assert fitted.n_components == int(np.argmin(errors)) + 1
        assert not fitted.scale
        expected = PLSRegression(fitted.n_components, scale=False).fit(x, y)
        maps = explained(PlsVip(most_components=most), spectra)
        np.testing.assert_allclose(maps.values[one], vip(expected), rtol=1e-5)


def test_maps_are_sizes_of_each_class():
    maps = explained(PlsVip(), noisy())
    assert maps.targets.tolist() == [0, 1, 2]
    assert (maps.per, maps.signed, maps.warnings) == ("class", False, {})


@pytest.mark.parametrize(
    ("components", "most", "channels", "used"),
    [(3, 8, 30, 3), (9, 8, 30, 8), (30, 50, 40, 23), (30, 50, 10, 10), (1, 1, 30, 1)],
)
def test_a_number_that_is_given_is_used_as_far_as_there_are_spectra_and_channels(
    components, most, channels, used
):
    spectra = noisy(channels=channels if channels > 20 else 22)
    x = spectra.intensity.astype(np.float64)[:, :channels]
    explainer = PlsVip(components=components, most_components=most)
    assert explainer.fitted(x, spectra.samples, 0).n_components == used
    assert explainer.unchosen(spectra.samples) == ""


@pytest.mark.parametrize(("most", "used"), [(8, 2), (1, 1)])
def test_where_nothing_can_be_chosen_two_are_assumed_and_it_is_said(most, used):
    spectra = noisy(4, groups=4)
    explainer = PlsVip(most_components=most)
    assert explainer.fitted(spectra.intensity.astype(float), spectra.samples, 0).n_components == used
    warning = (
        "2 latent variables are assumed, not chosen: class at 8 has 1 group, too few for 2 folds; at least 2 "
        "groups of each class are needed"
    )
    assert explainer.unchosen(spectra.samples).startswith(warning)
    assert explainer.unchosen(spectra.samples).endswith(". Set components")
    assert explained(explainer, spectra).warnings == {explainer.unchosen(spectra.samples): 3}


def test_a_class_that_no_channel_covaries_with_has_an_empty_map():
    spectra = noisy()
    lone = replace(spectra, samples=replace(spectra.samples, classes=(*spectra.classes, "absent")))
    maps = explained(PlsVip(), lone)
    assert not maps.values[3].any()
    assert maps.values[:3].any(axis=1).all()
    assert explained(PlsVip(), lone).targets.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(("covariance", "told"), [(0.9e-9, False), (1.1e-9, True)])
def test_covariance_is_judged_by_the_largest_intensity(covariance, told):
    """Where the response is ±½ and one channel of four is ±c, the covariance of their sums is 2 c."""
    some = planted_spectra((0, 1), per_class=2, channels=3)
    x = np.zeros((4, 3))
    x[:, 0] = 1000.0
    x[:, 1] = np.array([1, 1, -1, -1]) * 1000 * covariance / 2
    assert (PlsVip(components=1).fitted(x, some.samples, 0) is not None) == told


def test_dark_spectra_have_an_empty_map():
    some = planted_spectra((0, 1), per_class=2, channels=3)
    assert PlsVip().fitted(np.zeros((4, 3)), some.samples, 0) is None


def test_a_class_without_spectra_does_not_change_the_number_of_folds():
    samples = noisy(8).samples
    absent = replace(samples, classes=(*samples.classes, "absent"))
    assert len(pls_vip._folds(absent)) == len(pls_vip._folds(samples)) == 5


def test_components_beyond_the_rank_have_no_weight():
    class Fitted:
        """Two components whose weights are (0.6, 0.8) and (1, 0) times a number, and one without."""

        x_weights_ = np.array([[1.2, 0.5, 0.0], [1.6, 0.0, 0.0]])
        x_scores_ = np.array([[1.0, 0.0, 0.0], [2.0, 1.0, 0.0]])
        y_loadings_ = np.array([[1.0, 2.0, 3.0]])

    explained = np.array([5.0, 4.0])
    expected = 2 * np.array([0.36 * 5 + 4, 0.64 * 5]) / explained.sum()
    np.testing.assert_allclose(vip(Fitted()), np.sqrt(expected))
