"""The exact minimum of L1, Huber's criterion and SmoothL1, against every vertex, statsmodels and torch's criteria."""

from dataclasses import replace
from itertools import combinations, product

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.regression.quantile_regression import QuantReg

from linreg.numerics.minima.least_huber import least_huber
from linreg.numerics.minima.minimum import MOST_FEATURES, MOST_ROWS, Fit, Minimum, cost_of_residuals, minimum_of

ROUND = ["HuberLoss", "SmoothL1Loss"]


def _cost(criterion: str, X: np.ndarray, y: np.ndarray, w: np.ndarray, b: float, reduction: str = "mean") -> float:
    """What torch says that parameters cost."""
    return float(getattr(torch.nn, criterion)(reduction=reduction)(torch.tensor(X @ w + b), torch.tensor(y)))


def _found(X: np.ndarray, y: np.ndarray, criterion: str, **options: bool | str) -> Minimum:
    found = minimum_of(X, y, criterion, **options)  # type: ignore[arg-type]
    assert found is not None
    return found


def _vertices(X: np.ndarray, y: np.ndarray) -> list[tuple[float, np.ndarray]]:
    """Every line through as many points as it has parameters, and its mean absolute error: one of them is the least."""
    design = np.column_stack([X, np.ones(len(y))])
    vertices = []
    for rows in map(list, combinations(range(len(y)), design.shape[1])):
        if abs(np.linalg.det(design[rows])) > 1e-9:
            parameters = np.linalg.solve(design[rows], y[rows])
            vertices.append((float(np.abs(y - design @ parameters).mean()), parameters))
    return vertices


@given(seed=st.integers(0, 10**6), n_samples=st.integers(4, 9), n_features=st.integers(1, 2), ties=st.booleans())
def test_l1_is_the_best_of_all_vertices_and_the_only_one_where_no_other_is_as_good(
    seed: int, n_samples: int, n_features: int, ties: bool
) -> None:
    rng = np.random.default_rng(seed)
    X, y = rng.normal(size=(n_samples, n_features)), rng.normal(size=n_samples)
    if ties:
        X, y = np.round(2 * X), np.round(2 * y)
    vertices = _vertices(X, y)
    if not vertices:
        return
    least = min(cost for cost, _ in vertices)
    found = _found(X, y, "L1Loss")
    assert found.cost == pytest.approx(least, rel=1e-9, abs=1e-13)
    assert _cost("L1Loss", X, y, found.w, found.b) == pytest.approx(found.cost, rel=1e-9, abs=1e-13)
    best = np.array([parameters for cost, parameters in vertices if cost <= least + 1e-9])
    assert found.is_unique == bool(np.ptp(best, axis=0).max() < 1e-9)


@given(seed=st.integers(0, 10**6), size=st.sampled_from([1e-6, 1e-2, 1.0, 30.0, 1e6]), bias=st.booleans())
def test_huber_is_flat_where_it_is_least_and_nothing_near_costs_less(seed: int, size: float, bias: bool) -> None:
    rng = np.random.default_rng(seed)
    X = rng.normal(loc=3, size=(60, 3)) * [1.0, 1e-3, 1e4]
    y = size * (X @ [1.0, 500.0, -2e-4] + rng.standard_t(1.5, size=60))
    for criterion in ROUND:
        found = _found(X, y, criterion, bias=bias)
        assert found.cost == pytest.approx(_cost(criterion, X, y, found.w, found.b), rel=1e-9)
        for _ in range(20):
            away = 10.0 ** rng.uniform(-7, 0) * size * rng.normal(size=4)
            cost = _cost(criterion, X, y, found.w + away[:3] / X.std(axis=0), found.b + away[3] * bias)
            assert cost >= found.cost * (1 - 1e-12)


def test_l1_of_a_longer_table_is_no_worse_than_statsmodels_and_scales_with_the_units() -> None:
    rng = np.random.default_rng(3)
    X = rng.normal(size=(9000, 4)) + np.array([0, 5, -100, 0])
    y = X @ [1.0, -2.0, 0.5, 0.0] + 7 + rng.standard_t(2, size=len(X))
    found = _found(X, y, "L1Loss")
    theirs = QuantReg(y, np.column_stack([X, np.ones(len(y))])).fit(q=0.5, p_tol=1e-9, max_iter=5000).params
    assert found.cost <= _cost("L1Loss", X, y, theirs[:4], theirs[4]) * (1 + 1e-13)
    np.testing.assert_allclose(np.append(found.w, found.b), theirs, atol=1e-4)
    other = _found(X * 1e5, y, "L1Loss", reduction="sum")
    np.testing.assert_allclose(other.w * 1e5, found.w, rtol=1e-9)
    assert other.cost == pytest.approx(found.cost * len(y), rel=1e-12)


@pytest.mark.parametrize("criterion", ["L1Loss", *ROUND])
def test_a_flat_bottom_is_told(criterion: str) -> None:
    X, y = np.array([[0.0], [0.0], [1.0], [1.0]]), np.array([-5.0, 5.0, -5.0, 5.0])
    assert not _found(X, y, criterion).is_unique
    assert _found(X, np.array([-0.1, 0.1, -0.1, 0.1]), criterion).is_unique == (criterion != "L1Loss")


@pytest.mark.parametrize("criterion", ["L1Loss", *ROUND])
def test_collinear_features_have_a_least_cost_and_many_ways_to_it(criterion: str) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(40, 1))
    y = 3 * x[:, 0] + rng.standard_t(2, size=40)
    one, two = _found(x, y, criterion), _found(np.column_stack([x, 2 * x]), y, criterion)
    assert (one.is_unique, two.is_unique) == (True, False)
    assert two.cost == pytest.approx(one.cost, rel=1e-12)


@pytest.mark.parametrize("criterion", ["L1Loss", *ROUND])
def test_what_fits_perfectly_costs_nothing(criterion: str) -> None:
    X = np.arange(12.0).reshape(6, 2) ** 2
    found = _found(X, X @ [0.1, 0.7] + 0.3, criterion)
    assert (found.cost, found.least_squares.cost, found.is_unique) == (0.0, 0.0, True)
    np.testing.assert_allclose([*found.w, found.b], [0.1, 0.7, 0.3], rtol=1e-9)
    assert not _found(X[:2], np.array([1.0, 2.0]), criterion).is_unique  # two rows, three parameters


def test_what_is_too_large_to_try_is_not_tried() -> None:
    n_samples = MOST_ROWS + 1
    assert minimum_of(np.zeros((n_samples, 1)), np.zeros(n_samples), "L1Loss") is None


def test_a_search_that_nobody_waits_for_ends() -> None:
    def check() -> None:
        raise KeyboardInterrupt

    rng = np.random.default_rng(0)
    with pytest.raises(KeyboardInterrupt):
        minimum_of(rng.normal(size=(50, 1)), rng.normal(size=50), "L1Loss", check=check)


@given(st.integers(0, 10**6), st.integers(1, 2))
def test_whether_there_is_another_minimum_is_seen_in_every_direction(seed: int, rank: int) -> None:
    """At points where rows lie on the very edge between the square and the straight part, too."""
    random = np.random.default_rng(seed)
    B = random.integers(-1, 2, (6, rank)).astype(float)
    left = random.choice([-5.0, -1.0, -0.5, 0.0, 0.5, 1.0, 5.0], 6, p=[0.25, 0.2, 0.04, 0.02, 0.04, 0.2, 0.25])
    directions = np.array([each for each in product(range(-3, 4), repeat=rank) if any(each)], float)

    def costs(steps: np.ndarray) -> np.ndarray:
        size = np.abs(left - steps @ B.T)
        return np.asarray(np.where(size < 1, size**2 / 2, size - 0.5).sum(axis=-1))

    here, near = costs(np.zeros((1, rank))), costs(1e-3 * directions)
    if (near < here).any():
        return  # it is no minimum
    found = least_huber(B, left, 1.0, np.zeros(rank), lambda: None)
    assert found is not None
    step, is_only = found
    if not step.any():
        assert is_only == bool((near > here + 1e-12).all())


@pytest.mark.parametrize(
    ("left", "is_only"),
    [([-1.0, -1, 1, 1], True), ([-5.0, -5, 1, 1], False), ([-1.0, -1, 5, 5], False), ([-5.0, -5, 5, 5], False)],
)
def test_a_bottom_that_goes_on_to_one_side_only_is_flat(left: list[float], is_only: bool) -> None:
    for sign in (1, -1):
        found = least_huber(np.full((4, 1), sign), np.array(left), 1.0, np.zeros(1), lambda: None)
        assert found is not None
        assert (found[0].tolist(), found[1]) == ([0.0], is_only)


@pytest.mark.parametrize(("n_samples", "n_features"), [(0, 1), (3, 0), (MOST_ROWS + 1, 1), (3, MOST_FEATURES + 1)])
def test_what_is_nothing_or_too_large_has_no_minimum(n_samples: int, n_features: int) -> None:
    assert minimum_of(np.zeros((n_samples, n_features)), np.zeros(n_samples), "L1Loss") is None


@pytest.mark.parametrize("criterion", ["L1Loss", *ROUND])
def test_what_residuals_cost_is_what_torch_says(criterion: str) -> None:
    residuals = np.array([-3.0, -1.0, -0.999, -0.5, 0.0, 0.25, 1.0, 1.001, 1e6])
    expected = getattr(torch.nn, criterion)(reduction="none")(torch.tensor(residuals), torch.zeros(9).double())
    assert cost_of_residuals(criterion, residuals) == pytest.approx(expected.numpy(), rel=1e-15)


def test_a_minimum_of_which_no_more_is_said_has_no_decay() -> None:
    least = Minimum("L1Loss", np.zeros(1), 0.0, 1.0, True, Fit(np.zeros(1), 0.0, 1.0))
    assert (least.weight_decay, least.penalty, least.name) == (0.0, 0.0, "minimum")
    assert replace(least, weight_decay=0.5).name == "ridge"


@pytest.mark.parametrize("criterion", ["L1Loss", *ROUND])
@pytest.mark.parametrize("value", [0.1, 7.0, 0.0, 1e6 + 0.1])
def test_a_feature_that_does_not_change_leaves_the_minimum_where_it_is(criterion: str, value: float) -> None:
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(30, 1)), rng.standard_t(2, size=30)
    X = np.column_stack([x, np.full(30, value)])
    one, two = _found(x, y, criterion), _found(X, y, criterion)
    assert _cost(criterion, X, y, two.w, two.b) == pytest.approx(one.cost, rel=1e-12)
    np.testing.assert_allclose([*two.w, two.b], [*one.w, 0.0, one.b], rtol=1e-9)
    assert not two.is_unique
