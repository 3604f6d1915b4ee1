"""Variable importance in projection of a partial least squares discrimination."""

from __future__ import annotations

import warnings
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field, PositiveInt

from raman_xp import hookimpl
from raman_xp.components import Explainer, ExplainTask
from raman_xp.errors import DataError
from raman_xp.maps import Maps
from raman_xp.spectra import Floats, Ints, Samples
from raman_xp.spectra.partition import stratified_folds, units_per_class

UNCHOSEN = 2
"""Latent variables where cross-validation cannot choose their number."""


class PlsVip(Explainer):
    """VIP of each channel for telling a class from the rest, from the training spectra alone.

    Unsigned, one row a class, and blind to the model: the classical map to compare with. PLS against a 0/1
    response, mean-centred and unscaled; above 1 a channel matters more than the average one
    (Wold, Johansson & Cocchi 1993; Chong & Jun 2005, doi 10.1016/j.chemolab.2004.12.011, Eq. 4).
    """

    name: ClassVar = "pls_vip"
    frameworks: ClassVar = ("scikit-learn",)
    per: ClassVar[Literal["spectrum", "class"]] = "class"

    components: PositiveInt | None = None
    """Latent variables, at most one fewer than spectra; default: chosen by cross-validation inside the
    training spectra, whose folds keep groups whole."""
    most_components: int = Field(8, ge=1, le=50)
    """Upper bound of that choice."""

    def explain(self, task: ExplainTask) -> Maps:
        x, samples = task.training.intensity.astype(np.float64), task.training.samples
        rows = [self._vip(x, samples, one) for one in range(len(samples.classes))]
        unchosen = self.unchosen(samples)
        warnings = {unchosen: len(rows)} if unchosen else {}
        return Maps(np.stack(rows), np.arange(len(rows)), per="class", signed=False, warnings=warnings)

    def _vip(self, x: Floats, samples: Samples, one: int) -> Floats:
        pls = self.fitted(x, samples, one)
        return np.zeros(x.shape[1]) if pls is None else vip(pls)

    def unchosen(self, samples: Samples) -> str:
        """Return why cross-validation cannot choose the number of latent variables, or an empty text.

        Args:
            samples: what is known of the training spectra besides their intensities.
        """
        if self.components:
            return ""
        try:
            _folds(samples)
        except DataError as error:
            return f"{UNCHOSEN} latent variables are assumed, not chosen: {error}. Set components"
        return ""

    def fitted(self, x: Floats, samples: Samples, one: int) -> Any:
        """Return scikit-learn's PLS of one class against the rest, or None where no channel covaries with it.

        Args:
            x: training spectra (n, channels), float64.
            samples: what is known of them besides their intensities.
            one: index of the class.
        """
        from sklearn.cross_decomposition import PLSRegression

        y = (samples.labels == one).astype(np.float64)
        covariance = (y - y.mean()) @ (x - x.mean(axis=0))
        if np.abs(covariance).max() <= 1e-9 * np.abs(x).max():
            return None
        most = min(self.most_components, len(x) - 1, x.shape[1])
        number = min(self.components, most) if self.components else _chosen(x, y, samples, most)
        return PLSRegression(number, scale=False).fit(x, y)


def vip(pls: Any) -> Floats:
    """Variable importance in projection, (channels,), of a fitted scikit-learn PLS with one response.

    VIP_j² = p Σ_a w_ja² SS_a / Σ_a SS_a, where SS_a = q_a² t_aᵀt_a is what component a explains of y.
    """
    explained = pls.y_loadings_[0] ** 2 * (pls.x_scores_**2).sum(axis=0)
    norms = np.linalg.norm(pls.x_weights_, axis=0)
    weights = pls.x_weights_ / np.where(norms > 0, norms, 1)  # a component beyond the rank has none
    return np.asarray(np.sqrt(len(weights) * (weights**2 @ explained) / explained.sum()))


def _folds(samples: Samples) -> tuple[tuple[Ints, Ints], ...]:
    """Five folds, or as many as the smallest class has spectra (or groups).

    Raises:
        DataError: a class has a single spectrum (or group), or groups of several classes cannot be divided.
    """
    units = units_per_class(samples)
    return stratified_folds(samples, min(5, max(int(units[units > 0].min()), 2)))


def _chosen(x: Floats, y: Floats, samples: Samples, most: int) -> int:
    """Return the number of components with the smallest squared error in cross-validation.

    Where no folds can be made, the number is `UNCHOSEN`; `PlsVip.unchosen` says so.
    """
    from sklearn.cross_decomposition import PLSRegression

    try:
        parts = _folds(samples)
    except DataError:
        return min(UNCHOSEN, most)
    most = min(most, min(len(train) for train, _ in parts) - 1)
    errors = np.zeros(most)
    for train, valid in parts:
        mean, response = x[train].mean(axis=0), y[train].mean()
        with (
            warnings.catch_warnings()
        ):  # a response that few components explain fully leaves a residual of zero
            warnings.simplefilter("ignore")
            pls = PLSRegression(most, scale=False).fit(x[train], y[train])
        scores = (x[valid] - mean) @ pls.x_rotations_
        predicted = response + np.cumsum(scores * pls.y_loadings_[0], axis=1)
        errors += ((predicted - y[valid, None]) ** 2).sum(axis=0)
    return int(errors.argmin()) + 1


@hookimpl
def raman_xp_explainers() -> list[type[Explainer]]:
    return [PlsVip]
