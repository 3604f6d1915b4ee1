"""What is explained: a score is a direction in logit space.

Every choice of the score y^c of Eqs. 6 and 8 is a weight vector over the logits, so that a map is one
backward pass with it. The weights are computed in float64 from the logits: in float32 the softmax of a
well-trained network saturates, and its gradient is rounding.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from raman_xp.spectra import Floats, Ints


class Score(StrEnum):
    """The quantity of class c that a map explains. y are the logits, p is their softmax."""

    LOG_ODDS = "log_odds"
    """log p_c / (1 − p_c) = y_c − log Σ_{j≠c} exp y_j."""
    LOGIT = "logit"
    """y_c. Free up to a function common to all classes, so its sign is not fixed by training."""
    MARGIN = "margin"
    """y_c − y of the strongest rival."""
    PROBABILITY = "probability"
    """p_c. Its gradient fades as p → 1."""


@dataclass(frozen=True)
class Direction:
    """Weights over the logits, as a unit direction and its size, so that no backward pass underflows.

    Args:
        unit: (n, classes) float64, largest magnitude 1.
        scale: (n,) float64; the weights are ``unit * scale[:, None]``.
    """

    unit: NDArray[np.float64]
    scale: NDArray[np.float64]


def value(score: Score, logits: Floats, targets: Ints) -> NDArray[np.float64]:
    """The score of each row's target class, (n,) float64; arguments as of `direction`."""
    y: NDArray[np.float64] = np.asarray(logits, dtype=np.float64)
    each = np.arange(len(y))
    own = y[each, targets]
    if score is Score.LOGIT:
        return own
    rivals = _rivals(y, targets)
    if score is Score.MARGIN:
        return np.asarray(own - rivals.max(axis=1))
    log_odds = own - _log_sum_exp(rivals)
    return np.exp(-np.logaddexp(0, -log_odds)) if score is Score.PROBABILITY else log_odds


def direction(score: Score, logits: Floats, targets: Ints) -> Direction:
    """Derivative of the score of each row's target class with respect to the logits.

    Args:
        score: which score.
        logits: (n, classes).
        targets: (n,) int64, class c of each row.
    """
    y: NDArray[np.float64] = np.asarray(logits, dtype=np.float64)
    each = np.arange(len(y))
    unit = np.zeros_like(y)
    unit[each, targets] = 1.0
    scale = np.ones(len(y))
    if score is Score.LOGIT:
        return Direction(unit, scale)
    rivals = _rivals(y, targets)
    if score is Score.MARGIN:
        unit[each, rivals.argmax(axis=1)] = -1.0
        return Direction(unit, scale)
    among = _log_sum_exp(rivals)
    unit -= np.exp(rivals - among[:, None])
    if score is Score.PROBABILITY:
        every = _log_sum_exp(y)
        scale = np.exp(y[each, targets] - every + among - every)  # p (1 − p), no cancellation
    return Direction(unit, scale)


def _rivals(y: NDArray[np.float64], targets: Ints) -> NDArray[np.float64]:
    """The logits without those of the target classes, which become −∞."""
    rivals = y.copy()
    rivals[np.arange(len(y)), targets] = -np.inf
    return rivals


def _log_sum_exp(y: NDArray[np.float64]) -> NDArray[np.float64]:
    """log Σ exp of each row, without overflow."""
    return np.asarray(np.logaddexp.reduce(y, axis=1))
