"""Where weight decay leads, against the normal equations of ridge."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linreg.numerics.curvature import Quadratic
from linreg.numerics.moments import Moments
from linreg.numerics.shrinkage import above_rest, penalty, shrunken

DECAYS = np.array([0.0, 1e-3, 0.7, 50.0])


@given(st.integers(0, 10**6), st.integers(6, 20), st.booleans())
def test_it_is_the_ridge_solution_of_every_decay(seed: int, n_samples: int, bias: bool) -> None:
    random = np.random.default_rng(seed)
    X, y = random.normal(size=(n_samples, 2)) + 1, random.normal(size=n_samples)
    design = np.column_stack([X, np.ones(n_samples)]) if bias else X
    hessian, right = 2 * design.T @ design / n_samples, 2 * design.T @ y / n_samples
    quadratic = Quadratic.of(Moments.of(X, y), bias)
    rest = shrunken(quadratic, DECAYS)
    for decay, parameters in zip(DECAYS, rest, strict=True):
        expected = np.linalg.solve(hessian + decay * np.eye(len(hessian)), right)
        assert parameters == pytest.approx(expected, rel=1e-7, abs=1e-9)
        assert shrunken(quadratic, float(decay)) == pytest.approx(parameters, rel=1e-13, abs=1e-15)
        away = parameters + random.normal(size=len(parameters))

        def total(theta: np.ndarray, decay: float = decay) -> float:
            cost = float(np.square(design @ theta - y).mean())
            return cost + float(penalty(theta, decay))

        assert penalty(away, decay) == pytest.approx(decay / 2 * sum(number**2 for number in away))
        assert above_rest(quadratic, away, decay) == pytest.approx(total(away) - total(parameters), rel=1e-7, abs=1e-9)


def test_what_neither_rows_nor_decay_speak_of_stays_where_it_started() -> None:
    x = np.random.default_rng(1).normal(size=8)
    quadratic, start = Quadratic.of(Moments.of(np.column_stack([x, -x]), 3 * x), bias=False), np.array([5.0, 1.0])
    assert shrunken(quadratic, 0.0, start) == pytest.approx([4.5, 1.5])  # w₁ − w₂ = 3 from the rows, w₁ + w₂ = 6 stays
    assert shrunken(quadratic, 0.0) == pytest.approx([1.5, -1.5])
    w = shrunken(quadratic, 0.1, start)
    assert w[0] + w[1] == pytest.approx(0, abs=1e-12)


def test_of_few_rows_the_decay_pulls_along_the_flat_directions_too() -> None:
    random = np.random.default_rng(2)
    X, y = random.normal(size=(3, 6)), random.normal(size=3)
    quadratic = Quadratic.of(Moments.of(X, y), bias=False)
    rest = np.linalg.solve(2 * X.T @ X / 3 + 0.2 * np.eye(6), 2 * X.T @ y / 3)
    assert shrunken(quadratic, 0.2) == pytest.approx(rest, rel=1e-8, abs=1e-10)
    away = rest + random.normal(size=6)

    def total(theta: np.ndarray) -> float:
        return float(np.square(X @ theta - y).mean() + 0.1 * theta @ theta)

    assert above_rest(quadratic, away, 0.2) == pytest.approx(total(away) - total(rest), rel=1e-8)
