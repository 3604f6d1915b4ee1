"""A score is a direction in logit space: checked against numerical derivatives, saturated cases included."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

from raman_xp.maps.quantities import Score, direction, value


def score_of(score: Score, logits: list[mpmath.mpf], c: int) -> mpmath.mpf:
    """The scores as `Score` states them, literally, in 120 digits."""
    rivals = [y for j, y in enumerate(logits) if j != c]
    if score is Score.LOGIT:
        return logits[c]
    if score is Score.MARGIN:
        return logits[c] - max(rivals)
    if score is Score.LOG_ODDS:
        return logits[c] - mpmath.log(sum(map(mpmath.exp, rivals)))
    return mpmath.exp(logits[c]) / sum(map(mpmath.exp, logits))


@pytest.mark.parametrize("score", list(Score))
@pytest.mark.parametrize(
    "logits",
    [[0.3, -1.2, 2.0, 0.1], [30.0, 1.0, -2.0, 0.5], [90.0, 3.0, 2.9, -50.0], [-40.0, 1.0, 2.0, 3.0]],
    ids=["unsure", "p = 1 - 1e-13", "p = 1 - 1e-38", "p = 1e-19"],
)
def test_the_direction_is_the_derivative(score, logits):
    with mpmath.workdps(120):
        exact = []
        for j in range(len(logits)):
            step = mpmath.mpf(10) ** -25
            up, down = ([mpmath.mpf(y) + (k == j) * s for k, y in enumerate(logits)] for s in (step, -step))
            exact.append(float((score_of(score, up, 0) - score_of(score, down, 0)) / (2 * step)))
        exact_value = float(score_of(score, [mpmath.mpf(y) for y in logits], 0))
    (found_value,) = value(score, np.array([logits]), np.array([0]))
    assert found_value == pytest.approx(exact_value, rel=1e-12)
    found = direction(score, np.array([logits]), np.array([0]))
    weights = (found.unit * found.scale[:, None])[0]
    np.testing.assert_allclose(weights, exact, rtol=1e-9, atol=1e-12 * np.abs(exact).max())


def test_log_odds_and_probability_share_a_unit_direction():
    logits = np.random.default_rng(0).normal(size=(5, 4)) * 20
    targets = logits.argmax(axis=1)
    odds, share = (direction(score, logits, targets) for score in (Score.LOG_ODDS, Score.PROBABILITY))
    np.testing.assert_array_equal(odds.unit, share.unit)
    assert (odds.scale == 1).all()
    assert (share.scale < 0.25 + 1e-12).all()


@pytest.mark.parametrize("score", Score)
def test_each_row_has_the_score_that_it_has_alone(score):
    logits, targets = np.random.default_rng(1).normal(size=(5, 4)), np.array([0, 3, 1, 1, 2])
    alone = [value(score, logits[[row]], targets[[row]])[0] for row in range(5)]
    assert value(score, logits, targets).tolist() == pytest.approx(alone, rel=1e-12)


@pytest.mark.parametrize("score", Score)
def test_scores_of_single_precision_are_computed_in_double(score):
    logits = np.array([[20.0, 3.0, -1.0]], np.float32)
    single, double = (value(score, each, np.array([0])) for each in (logits, logits.astype(np.float64)))
    assert single.dtype == np.float64
    assert single.tolist() == double.tolist()
    unit = direction(score, logits, np.array([0])).unit
    assert unit.dtype == np.float64
