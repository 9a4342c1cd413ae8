"""Tables of many hundreds of features: the exact answer and the curvature, from one decomposition."""

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

import linreg
from linreg.engines.gram import GramEngine
from linreg.engines.spectral import SpectralEngine
from linreg.errors import LinregError
from linreg.numerics import spectrum
from linreg.numerics.curvature import Quadratic, answer_and_curvature
from linreg.numerics.least_squares import LeastSquares
from linreg.numerics.moments import Moments
from linreg.numerics.scaling import Scaling
from linreg.numerics.shrinkage import above_rest, shrunken

Array = NDArray[np.float64]


@pytest.fixture(autouse=True)
def a_few_features_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take eight features for what hundreds are: the same ways through the code, in no time."""
    monkeypatch.setattr(spectrum, "_FEW", 8)


def rows(n: int, p: int, kind: str, seed: int) -> tuple[Array, Array]:
    random = np.random.default_rng(seed)
    X: Array = random.standard_normal((n, p)) + random.integers(-3, 4, p)
    if kind == "scales":
        X *= 10.0 ** random.uniform(-8, 8, p)
    elif kind == "large":
        X *= 1e8
    elif kind == "small":
        X *= 1e-8
    elif kind == "collinear":
        X[:, p // 2 :] = 2 * X[:, : p - p // 2] - 1
    elif kind == "repeated rows":
        X[n // 2 :] = X[: n - n // 2]
    elif kind == "constant":
        X[:, 3] = 7.0
    return X, X @ (random.standard_normal(p) / np.abs(X).max(axis=0)) + random.standard_normal(n)


def solved(X: Array, y: Array, reduction: str = "mean") -> tuple[LeastSquares, Quadratic, Scaling]:
    moments = Moments.of_batches([(X[:7], y[:7]), (X[7:], y[7:])], X.shape[1])
    _, mean, scale = moments.standardized(bias=True)
    scaling = Scaling(mean, scale)
    return *answer_and_curvature(moments, scaling, True, reduction), scaling


def shortest(X: Array, y: Array) -> Array:
    """Return the shortest w of least squares: by a pseudo-inverse, corrected by residuals in long double."""
    centred, target = (each - each.mean(axis=0) for each in (X.astype(np.longdouble), y.astype(np.longdouble)))
    inverse, w = np.linalg.pinv(centred.astype(np.float64), rcond=1e-13), np.zeros(X.shape[1], np.longdouble)
    for _ in range(3):
        w = w + inverse @ (target - centred @ w).astype(np.float64)
    return w.astype(np.float64)


KINDS = ("plain", "large", "small", "collinear", "repeated rows", "constant")
SHAPES = ((12, 40), (20, 20), (40, 12), (9, 70), (30, 33))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("n", "p"), SHAPES)
def test_the_exact_answer_of_a_wide_table_has_the_digits_that_the_data_allow(n: int, p: int, kind: str) -> None:
    X, y = rows(n, p, kind, seed=n)
    answer, quadratic, scaling = solved(X, y)
    expected = shortest(X, y)
    np.testing.assert_allclose(answer.w, expected, rtol=0, atol=1e-9 * np.abs(expected).max())
    centred, target = X - X.mean(axis=0), y - y.mean()
    cost = np.square(target - centred @ expected).mean()
    assert answer.cost == pytest.approx(cost, rel=1e-9, abs=1e-20 * np.square(target).mean())
    assert quadratic.floor == pytest.approx(cost, rel=1e-9, abs=1e-20 * np.square(target).mean())
    assert answer.rank == np.linalg.matrix_rank(centred / np.where(centred.std(0) > 0, centred.std(0), 1), rtol=1e-12)
    assert answer.determined == (answer.rank == p - (kind == "constant"))
    spanned = np.linalg.svd(centred / np.where(centred.std(0) > 0, centred.std(0), 1), full_matrices=False)[2]
    assert answer.inflation is not None
    undetermined = np.square(spanned[: answer.rank]).sum(axis=0) < 1 - 1e-6
    assert np.isnan(answer.inflation).tolist() == undetermined.tolist()
    design = np.column_stack([scaling.apply(X), np.ones(n)])
    curvature = np.linalg.eigvalsh(2 / n * design @ design.T)[::-1][: answer.rank + 1]
    np.testing.assert_allclose(quadratic.eigenvalues[::-1][: answer.rank + 1], curvature, rtol=1e-9)
    assert not quadratic.eigenvalues[::-1][answer.rank + 1 :].any()


def test_features_of_very_different_units_are_fitted_and_called_undetermined() -> None:
    X, y = rows(12, 40, "scales", seed=3)
    answer, _, _ = solved(X, y)
    residual = (y - y.mean()) - (X - X.mean(axis=0)) @ answer.w
    assert np.linalg.norm(residual) <= 1e-12 * np.linalg.norm(y)
    assert not answer.determined
    assert answer.standard_errors is None


def test_rows_whose_products_lose_a_direction_are_taken_apart_by_qr() -> None:
    X, y = rows(12, 40, "plain", seed=5)
    X[1] = X[0] + 1e-7 * X[1]
    answer, quadratic, scaling = solved(X, y)
    assert answer.rank == 11
    lengths = np.linalg.svd(scaling.apply(X), compute_uv=False)[:11]
    np.testing.assert_allclose(quadratic.eigenvalues[0], 2 / 12 * lengths[-1] ** 2, rtol=1e-6)


def plain_loop(X: Array, y: Array, initial: Array, rate: float, n_epochs: int, **options: Any) -> tuple[Array, Array]:
    x, target, w = (torch.from_numpy(each) for each in (X, y[:, np.newaxis], initial[:-1, np.newaxis].copy()))
    b = torch.tensor(initial[-1:], requires_grad=True)
    optimizer = torch.optim.SGD([w.requires_grad_(), b], lr=rate, **options)
    costs, parameters = [], []
    for _ in range(n_epochs):
        cost = torch.nn.functional.mse_loss(x @ w + b, target)
        optimizer.zero_grad()
        cost.backward()
        optimizer.step()
        costs.append(cost.item())
        parameters.append(np.append(w.detach().numpy(), b.detach().numpy()))
    return np.array(costs), np.array(parameters)


@pytest.mark.parametrize("standardized", [True, False])
@pytest.mark.parametrize("options", [{}, {"momentum": 0.9, "nesterov": True}, {"momentum": 0.5, "weight_decay": 0.3}])
def test_every_epoch_of_fewer_rows_than_features_is_the_lectures(options: dict[str, Any], standardized: bool) -> None:
    X, y = rows(11, 30, "plain", seed=1)
    _, quadratic, scaling = solved(X, y)
    if standardized:
        X = scaling.apply(X)
    else:
        quadratic = Quadratic.of(Moments.of(X, y))
    assert quadratic.eigenvectors.shape[1] < 31
    assert quadratic.condition_number == np.inf
    initial = np.random.default_rng(2).standard_normal(31)
    rate = 0.5 * quadratic.largest_stable_learning_rate(**options)
    costs, parameters = plain_loop(X, y, initial, rate, 60, **options)
    engine = SpectralEngine(quadratic, initial, rate, **options)
    trace = engine.advance(60)
    np.testing.assert_allclose(trace.cost, costs, rtol=1e-9, atol=1e-12 * costs[0])
    np.testing.assert_allclose(trace.parameters, parameters, rtol=0, atol=1e-9 * np.abs(parameters).max())
    np.testing.assert_allclose(
        engine.at(40).parameters[0], parameters[40], rtol=0, atol=1e-9 * np.abs(parameters).max()
    )
    gram = GramEngine(quadratic, initial, lambda model: torch.optim.SGD(model.parameters(), lr=rate, **options))
    np.testing.assert_allclose(gram.advance(60).parameters, parameters, rtol=0, atol=1e-9 * np.abs(parameters).max())


def test_weight_decay_leads_a_wide_table_to_the_ridge_solution() -> None:
    X, y = rows(11, 30, "plain", seed=4)
    _, quadratic, scaling = solved(X, y)
    design = np.column_stack([scaling.apply(X), np.ones(11)])
    ridge = np.linalg.solve(2 / 11 * design.T @ design + 0.3 * np.eye(31), 2 / 11 * design.T @ y)
    np.testing.assert_allclose(shrunken(quadratic, 0.3), ridge, rtol=0, atol=1e-12)
    away = np.random.default_rng(0).standard_normal(31)

    def penalised(parameters: NDArray[Any]) -> float:
        return float(np.square(design @ parameters - y).mean() + 0.15 * parameters @ parameters)

    assert above_rest(quadratic, away, 0.3) == pytest.approx(penalised(away) - penalised(ridge), rel=1e-9)


@pytest.mark.parametrize("n", [10, 25, 200])
def test_batches_add_up_to_what_all_rows_come_to_at_once(n: int) -> None:
    X, y = rows(n, 20, "plain", seed=n)
    whole = Moments.of(X, y)
    parts = [Moments.of(X[start : start + 7], y[start : start + 7]) for start in range(0, n, 7)]
    merged = sum(parts[1:], parts[0])
    batches = Moments.of_batches(((X[start : start + 7], y[start : start + 7]) for start in range(0, n, 7)), 20)
    for moments in (merged, batches):
        assert (moments.cross is None) == (whole.cross is None) or moments.factor is not None
        np.testing.assert_allclose(moments.mean, whole.mean, rtol=1e-13)
        np.testing.assert_allclose(moments.products, whole.products, rtol=0, atol=1e-11 * whole.squares.max())
        np.testing.assert_array_equal(moments.maximum, whole.maximum)


def test_what_does_not_fit_into_memory_is_said_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINREG_MEMORY", "2K")
    X, y = rows(60, 20, "plain", seed=1)
    with pytest.raises(LinregError, match=r"exact answer to 20 features takes .* GiB of memory, and .* are free"):
        linreg.fit(X, y, epochs=3)
    assert linreg.fit(X, y, epochs=3, batch_size=16).least_squares is None


def test_a_run_on_a_wide_table_tells_what_it_came_to() -> None:
    X, y = rows(15, 40, "plain", seed=9)
    result = linreg.fit(X, y)
    assert result.engine == "spectral"
    assert result.least_squares is not None
    assert result.r2 == pytest.approx(1.0)
    assert result.excess_cost is not None
    assert any("15 rows cannot determine 41 parameters" in warning for warning in result.warnings)
    held_out = linreg.fit(X, y, hold_out="0.2", optimizer="Adam", epochs=5).held_out
    assert held_out is not None
    assert np.isfinite(held_out.rmse)
