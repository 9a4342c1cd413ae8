"""What is said of a quadratic at its edges: flat directions, exact fits, and where the exact answer is its own."""

from dataclasses import replace
from math import inf
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from linreg.arrays import EPSILON
from linreg.errors import LinregError
from linreg.numerics import spectrum
from linreg.numerics.curvature import Quadratic, _bisect, _noise, answer_and_curvature
from linreg.numerics.moments import Moments
from linreg.numerics.scaling import Scaling
from linreg.numerics.spectrum import Spectrum

Array = NDArray[np.float64]


def parabola(*curvatures: float, floor: float = 1.0, variance: float = 2.0) -> Quadratic:
    """Return a quadratic with these eigenvalues and its optimum at 1, 1, …"""
    size = len(curvatures)
    ones, unseen = np.ones(size), np.zeros(size, bool)
    return Quadratic(np.array(curvatures), np.eye(size), ones, ones, floor, variance, False, unseen)


def wide(*curvatures: float) -> Quadratic:
    """Return one of five parameters with fewer directions, each a parameter, from the second on."""
    size = len(curvatures)
    at = np.arange(1.0, size + 1)
    optimum = np.concatenate([[0.0], at, np.zeros(4 - size)])
    return Quadratic(np.array(curvatures), np.eye(5)[:, 1 : 1 + size], optimum, at, 1.0, 2.0, False, np.zeros(5, bool))


@pytest.mark.parametrize(
    ("floor", "variance", "reference", "rounding"),
    [
        (1.0, 2.0, 1.0, EPSILON),
        (0.0, 2.0, 2e-15, 2 * EPSILON**2),
        (1e-15, 2.0, 2e-15, 1e-15 * EPSILON),
        (3e-15, 2.0, 3e-15, 3e-15 * EPSILON),
        (1e-20, 2.0, 2e-15, 2 * EPSILON**2),
        (0.0, 0.0, 0.0, 0.0),
    ],
)
def test_an_excess_is_measured_by_the_least_cost_and_by_its_last_digit(
    floor: float, variance: float, reference: float, rounding: float
) -> None:
    quadratic = parabola(1.0, floor=floor, variance=variance)
    assert quadratic.reference == pytest.approx(reference, rel=1e-15)
    assert quadratic.rounding == pytest.approx(rounding, rel=1e-15)


def test_a_cost_is_the_least_and_what_is_above_it_but_for_the_rounding_of_an_exact_fit() -> None:
    perfect = parabola(1.0, floor=0.0)
    excess = np.array([0.0, perfect.rounding, np.nextafter(perfect.rounding, 1), 3.0, np.inf])
    np.testing.assert_array_equal(perfect.cost(excess), [0.0, 0.0, excess[2], 3.0, np.inf])
    np.testing.assert_array_equal(parabola(1.0, floor=0.5).cost(excess), 0.5 + excess)


def test_a_condition_is_told_only_of_directions_that_are_all_there() -> None:
    assert (parabola(0.5, 4.0).is_complete, parabola(0.5, 4.0).condition_number) == (True, 8.0)
    assert (wide(0.5, 4.0).is_complete, wide(0.5, 4.0).condition_number) == (False, inf)


@pytest.mark.parametrize(
    ("curvatures", "decay", "momentum", "dampening", "nesterov", "largest", "best"),
    [
        ((1.0, 4.0), 0.0, 0.0, 0.0, False, 2 / 4, 2 / 5),
        ((1.0, 4.0), 0.5, 0.0, 0.0, False, 2 / 4.5, 2 / 6),
        ((1.0, 4.0), 0.0, 0.0, 0.7, False, 2 / 4, 2 / 5),  # as in torch there is nothing to dampen
        ((1.0, 4.0), 0.0, 0.5, 0.5, False, 3 / 2, 3 / 2.5),
        ((1.0, 4.0), 0.5, 0.5, 0.5, False, 3 / 2.25, 3 / 3),
        ((1.0, 4.0), 0.0, 0.5, 1.0, False, inf, inf),
        ((4.0, 4.0), 0.0, 0.5, 0.0, True, 3 / 8, None),
        ((0.0, 4.0), 0.0, 0.0, 0.0, False, 2 / 4, 2 / 8),
        ((4e-16, 4.0), 0.0, 0.0, 0.0, False, 2 / 4, 2 / 8),
        ((4e-3, 4.0), 0.0, 0.0, 0.0, False, 2 / 4, 2 / 4.004),
        ((3e-3, 4.0), 0.0, 0.0, 0.0, False, 2 / 4, 2 / 4.004),
        ((5e-3, 4.0), 0.0, 0.0, 0.0, False, 2 / 4, 2 / 4.005),
        ((0.0, 0.0), 0.0, 0.9, 0.0, False, inf, inf),
        ((0.0, 0.0), 0.0, 0.9, 0.0, True, inf, inf),
        ((1.0, 4.0), 0.0, 1.0, 0.0, False, 0.0, None),
        ((1.0, 4.0), 0.0, 1.5, 0.0, True, 0.0, None),
        ((1.0, 4.0), 0.0, 0.999, 0.0, False, 2 * 1.999 / 4, 2 * 1.999 / 5),
    ],
)
def test_rates_have_the_closed_form_that_is_stated(
    curvatures: tuple[float, ...],
    decay: float,
    momentum: float,
    dampening: float,
    nesterov: bool,
    largest: float,
    best: float | None,
) -> None:
    quadratic, settings = parabola(*curvatures), (momentum, dampening, nesterov, decay)
    assert quadratic.largest_stable_learning_rate(*settings) == pytest.approx(largest, rel=1e-15)
    if best is not None:
        assert quadratic.best_learning_rate(*settings) == pytest.approx(best, rel=1e-15)


def test_flat_directions_have_no_part_in_the_best_pair() -> None:
    assert parabola(0.0, 1.0, 9.0).best_momentum_pair() == pytest.approx((0.25, 0.25))
    assert parabola(4.0, 4.0).best_momentum_pair() == pytest.approx((0.25, 0.0))
    assert parabola(0.0, 0.0)._extremes(0.5) == (0.0, 0.0)


def test_a_turn_is_found_to_the_last_digit() -> None:
    for turn in (0.0, 0.3, 1.0, 7.9, 8.0):
        assert _bisect(lambda value, turn=turn: value < turn, 0.0, 8.0) == pytest.approx(turn, rel=1e-15, abs=1e-29)  # type: ignore[misc]


def test_parameters_outside_all_directions_bring_one_of_their_own() -> None:
    quadratic = wide(0.5, 2.0)
    inside, outside = np.array([0.0, 3.0, -4.0, 0.0, 0.0]), np.array([6.0, 3.0, -4.0, 0.0, 8.0])
    assert quadratic.reaching(inside) is quadratic
    assert quadratic.reaching(np.zeros(5)) is quadratic
    assert quadratic.reaching(inside + np.array([1e-16, 0, 0, 0, 0])) is quadratic
    assert parabola(1.0, 2.0).reaching(np.array([7.0, 8.0])).is_complete
    reached = quadratic.reaching(outside)
    np.testing.assert_array_equal(reached.eigenvalues, [0.0, 0.5, 2.0])
    np.testing.assert_array_equal(reached.coordinates, [0.0, 1.0, 2.0])
    np.testing.assert_allclose(reached.eigenvectors[:, 0], [0.6, 0, 0, 0, 0.8], rtol=1e-15)
    np.testing.assert_array_equal(reached.eigenvectors[:, 1:], quadratic.eigenvectors)
    assert reached.excess(outside) == quadratic.excess(outside) == 0.5 * (0.5 * 4 + 2 * 36)
    near = np.array([1e-13, 3.0, -4.0, 0.0, 0.0])
    np.testing.assert_allclose(quadratic.reaching(near).eigenvectors[:, 0], [1, 0, 0, 0, 0], rtol=0, atol=1e-13)


def rows(n: int, p: int, seed: int = 0) -> tuple[Array, Array]:
    random = np.random.default_rng(seed)
    X: Array = random.standard_normal((n, p)) * np.linspace(1, 3, p) + 1
    return X, X.sum(axis=1) + random.standard_normal(n)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("is_factored", [True, False])
def test_where_no_direction_is_flat_the_optimum_is_the_exact_answer_to_the_digit(bias: bool, is_factored: bool) -> None:
    X, y = rows(15, 3)
    moments = Moments.of(X, y)
    moments = moments if is_factored else replace(moments, factor=None)
    answer, of_mean, of_sum = (
        moments.least_squares(bias),
        Quadratic.of(moments, bias),
        Quadratic.of(moments, bias, "sum"),
    )
    for quadratic, times in ((of_mean, 1), (of_sum, 15)):
        np.testing.assert_allclose(quadratic.optimum, np.append(answer.w, answer.b)[: 3 + bias], rtol=1e-14)
        assert quadratic.floor == pytest.approx(times * answer.cost, rel=1e-13)
        assert quadratic.variance == pytest.approx(times * np.var(y), rel=1e-13)
        assert quadratic.bias is bias
    np.testing.assert_allclose(of_sum.eigenvalues, 15 * of_mean.eigenvalues, rtol=1e-13)
    if is_factored:
        np.testing.assert_array_equal(of_mean.optimum, np.append(answer.w, answer.b)[: 3 + bias])


def test_along_flat_directions_the_optimum_is_what_the_directions_say() -> None:
    X, y = rows(15, 3)
    near, far = X.copy(), X.copy()
    near[:, 2] = X[:, 0] + 1e-6 * X[:, 2]
    far[:, 2] = X[:, 0]
    for features in (near, far):
        design = np.column_stack([features, np.ones(15)])
        left = y - design @ np.linalg.lstsq(design, y, rcond=1e-12)[0]
        for reduction, times in (("mean", 1), ("sum", 15)):
            quadratic = Quadratic.of(Moments.of(features, y), True, reduction)
            there = quadratic.eigenvectors @ quadratic.coordinates
            np.testing.assert_allclose(quadratic.optimum, there, rtol=1e-12)
            assert quadratic.floor == pytest.approx(times * np.square(left).mean(), rel=1e-8)
            assert not np.isclose(quadratic.floor, 0)
        assert Quadratic.of(Moments.of(features, features @ [1.0, 2.0, 3.0]), True).floor == 0.0


def both(X: Array, y: Array, scaling: Scaling | None = None, reduction: str = "mean") -> tuple[Quadratic, Quadratic]:
    """Return what a spectrum says of standardised features, and what the standardised rows do."""
    moments = replace(Moments.of(X, y), factor=None)
    _, mean, scale = moments.standardized(bias=True)
    scaling = Scaling(mean, scale) if scaling is None else scaling
    answer, quadratic = answer_and_curvature(moments, scaling, True, reduction)
    found = moments.spectrum()
    assert found is not None
    again = Quadratic.of_spectrum(found, moments, answer, scaling, reduction)
    if again is not None:
        np.testing.assert_array_equal(again.eigenvalues, quadratic.eigenvalues)
    by_rows = Quadratic.of(Moments.of(scaling.apply(X), y), True, reduction)
    return quadratic, by_rows


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("kind", ["plain", "constant", "collinear", "perfect", "steep"])
def test_a_spectrum_says_of_standardised_features_what_their_rows_do(kind: str, reduction: str) -> None:
    X, y = rows(15, 4)
    if kind == "constant":
        X[:, 1] = 7.0
    elif kind == "collinear":
        X[:, 1] = 2 * X[:, 0] + 1
    elif kind == "perfect":
        y = X @ [1.0, 2.0, 3.0, 4.0]
    elif kind == "steep":
        X[:, 1] = X[:, 0] + 1e-3 * X[:, 1]  # every other curvature is far from the bias's
    found, expected = both(X, y, reduction=reduction)
    n_flat = kind in ("constant", "collinear")
    assert found.eigenvectors.shape == (5, 5 - n_flat)
    np.testing.assert_allclose(found.eigenvalues, expected.eigenvalues[n_flat:], rtol=1e-8)
    assert (np.diff(found.eigenvalues) >= 0).all()
    np.testing.assert_allclose(found.optimum, expected.optimum, rtol=0, atol=1e-7 * np.abs(expected.optimum).max())
    np.testing.assert_allclose(found.optimum, found.eigenvectors @ found.coordinates, rtol=1e-9, atol=1e-9)
    assert found.floor == pytest.approx(expected.floor, rel=1e-9, abs=1e-20)
    assert (found.floor == 0) == (kind == "perfect")
    assert found.variance == pytest.approx(expected.variance, rel=1e-12)
    assert found.unseen.tolist() == [False, kind == "constant", False, False, False]
    assert found.bias
    away = np.arange(5.0)
    assert found.excess(away) == pytest.approx(float(expected.excess(away)), rel=1e-8)


def test_a_spectrum_says_nothing_of_other_scales_or_of_other_means() -> None:
    X, y = rows(15, 3)
    moments = replace(Moments.of(X, y), factor=None)
    answer, (_, mean, scale) = moments.least_squares(True), moments.standardized(bias=True)

    def said(mean: Array, scale: Array, of: Moments = moments) -> Any:
        found = of.spectrum()
        assert found is not None
        return Quadratic.of_spectrum(found, of, answer, Scaling(mean, scale))

    one = np.array([1.0, 0.0, 0.0])
    assert said(mean, scale) is not None
    assert said(mean, 2 * scale) is not None
    assert said(mean, scale * (1 + 5e-10 * one)) is not None
    assert said(mean, scale * (1 + 5e-9 * one)) is None
    assert said(mean, scale * (1 - 5e-9 * one)) is None
    assert said(mean + 1e-9 * one, scale) is None
    assert said(np.zeros(3), scale) is None
    constant = replace(Moments.of(np.full((4, 3), 2.0), np.arange(4.0)), factor=None)
    assert said(np.full(3, 2.0), np.ones(3), constant) is None


@pytest.mark.parametrize("scaling", [Scaling.identity(3), Scaling(np.ones(3), np.array([1.0, 2.0, 4.0]))])
def test_whatever_the_units_are_the_curvature_is_that_of_the_rows_in_them(scaling: Scaling) -> None:
    found, expected = both(*rows(15, 3), scaling)
    np.testing.assert_allclose(found.eigenvalues, expected.eigenvalues, rtol=1e-9)
    np.testing.assert_allclose(found.optimum, expected.optimum, rtol=1e-9)
    assert found.floor == pytest.approx(expected.floor)


def test_without_a_bias_or_with_few_rows_nothing_is_taken_apart_for_both() -> None:
    X, y = rows(15, 3)
    moments = replace(Moments.of(X, y), factor=None)
    scaling = Scaling(np.zeros(3), np.array([1.0, 2.0, 4.0]))
    answer, found = answer_and_curvature(moments, scaling, False, "sum")
    expected = Quadratic.of(Moments.of(X / scaling.scale, y), False, "sum")
    np.testing.assert_allclose(found.eigenvalues, expected.eigenvalues, rtol=1e-9)
    assert (answer.b, found.bias) == (0.0, False)
    with pytest.raises(LinregError, match="no rows"):
        answer_and_curvature(Moments.of(X[:0], y[:0]), scaling, True, "mean")


def test_of_fewer_rows_than_features_the_optimum_is_the_shortest_as_trained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spectrum, "_FEW", 8)
    X, y = rows(6, 12)
    X *= 10.0 ** np.linspace(-2, 2, 12)
    moments = Moments.of(X, y)
    _, mean, scale = moments.standardized(bias=True)
    scaling = Scaling(mean, scale)
    answer, found = answer_and_curvature(moments, scaling, True, "mean")
    design = np.column_stack([scaling.apply(X), np.ones(6)])
    np.testing.assert_allclose(found.optimum, np.linalg.pinv(design, rcond=1e-12) @ y, rtol=0, atol=1e-10)
    assert not np.allclose(found.optimum, scaling.to_trained(answer.w, answer.b))
    assert found.eigenvectors.shape == (13, 6)
    assert (found.floor, found.is_complete) == (0.0, False)


def test_a_direction_is_noise_up_to_the_rounding_of_the_longest() -> None:
    Vt = np.eye(3, 7)
    found = Spectrum(np.ones(7), np.array([4.0, 2.0, 1.0]), Vt, np.zeros(3), 0.0, np.zeros((4, 8)))
    assert _noise(found) == 28 * EPSILON
