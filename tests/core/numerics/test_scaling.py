"""Standardised and original units: round trips, and the same predictions in both."""

from typing import Literal

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from linreg.numerics.scaling import Scaling

Array = NDArray[np.float64]
N_FEATURES = 3
moderate = st.floats(-1e3, 1e3, allow_subnormal=False)
scales = arrays(np.float64, N_FEATURES, elements=st.floats(1e-3, 1e3))
vectors = arrays(np.float64, N_FEATURES, elements=moderate)
shifting = st.builds(Scaling, vectors, scales)
scaling_only = st.builds(lambda scale: Scaling(np.zeros(N_FEATURES), scale), scales)


@given(shifting, arrays(np.float64, (2, 5, N_FEATURES + 1), elements=moderate))
def test_trained_parameters_survive_the_way_to_original_units_and_back(scaling: Scaling, parameters: Array) -> None:
    back = scaling.to_trained(*scaling.to_original(parameters))
    size = 1 + np.abs(parameters[..., :-1] / scaling.scale * scaling.mean).sum(-1, keepdims=True)
    np.testing.assert_allclose(back[..., :-1], parameters[..., :-1], rtol=1e-12)
    assert (np.abs(back - parameters)[..., -1:] <= 1e-12 * size + 1e-9).all()


@pytest.mark.parametrize("n_features", [1, 2, 3, 8, 33, 300])
@pytest.mark.parametrize("order", ["C", "F"])
def test_an_epoch_by_itself_has_the_digits_that_it_has_among_others(n_features: int, order: Literal["C", "F"]) -> None:
    random = np.random.default_rng(n_features)
    scaling = Scaling(1000 * random.standard_normal(n_features), random.uniform(0.1, 10, n_features))
    parameters = np.asarray(random.standard_normal((20, n_features + 1)), order=order)
    w, b = scaling.to_original(parameters)
    for epoch in range(20):
        w_alone, b_alone = scaling.to_original(parameters[epoch].copy())
        assert np.array_equal(w_alone, w[epoch])
        assert b_alone == b[epoch]


@given(scaling_only, arrays(np.float64, (4, N_FEATURES), elements=moderate))
def test_without_a_bias_there_is_no_bias_in_either_space(scaling: Scaling, parameters: Array) -> None:
    w, b = scaling.to_original(parameters, bias=False)
    assert not b.any()
    assert b.shape == (4,)
    np.testing.assert_allclose(scaling.to_trained(w, b, bias=False), parameters, rtol=1e-12)


@given(shifting, vectors, moderate, arrays(np.float64, (6, N_FEATURES), elements=moderate))
def test_predictions_are_the_same_in_both_spaces(scaling: Scaling, v: Array, c: float, X: Array) -> None:
    w, b = scaling.to_original(np.append(v, c))
    trained = scaling.apply(X) @ v + c
    size = (np.abs(X) + np.abs(scaling.mean)) @ np.abs(w) + abs(c) + 1
    assert (np.abs(X @ w + b - trained) <= 1e-12 * size).all()


def test_standardising_is_the_lectures_tip() -> None:
    X = torch.tensor([[73, 80, 75], [93, 88, 93], [89, 91, 90], [96, 98, 100], [73, 66, 70]], dtype=torch.float64)
    scaling = Scaling.standard(X.mean(dim=0).numpy(), X.std(dim=0).numpy())
    expected = (X - X.mean(dim=0)) / X.std(dim=0)
    np.testing.assert_array_equal(scaling.apply(X.numpy()), expected.numpy())


@pytest.mark.parametrize("std", [0.0, np.nan, np.inf])
def test_a_constant_column_or_a_single_row_is_only_moved(std: float) -> None:
    scaling = Scaling.standard(np.array([5.0, 1.0]), np.array([std, 2.0]))
    np.testing.assert_array_equal(scaling.apply(np.array([[6.0, 5.0]])), [[1.0, 2.0]])


def test_standardising_without_a_bias_does_not_subtract_the_mean() -> None:
    scaling = Scaling.standard(np.array([5.0]), np.array([2.0]), bias=False)
    np.testing.assert_array_equal(scaling.apply(np.array([[6.0]])), [[3.0]])


def test_a_shift_cannot_be_undone_without_a_bias() -> None:
    scaling = Scaling(np.ones(1), np.ones(1))
    with pytest.raises(ValueError, match="without a bias"):
        scaling.to_original(np.ones(1), bias=False)
    with pytest.raises(ValueError, match="without a bias"):
        scaling.to_trained(np.ones(1), 0.0, bias=False)


def test_the_identity_changes_no_bit_and_keeps_what_is_not_finite() -> None:
    parameters = np.array([[0.1, -0.0, 1e-310, 0.3], [np.inf, -np.inf, np.nan, 0.3]])
    w, b = Scaling.identity(3).to_original(parameters)
    np.testing.assert_array_equal(np.column_stack([w, b]), parameters)


def test_parameters_that_diverged_pass_without_a_warning() -> None:
    scaling = Scaling(np.array([1.0, -1.0]), np.array([1e-3, 1.0]))
    w, b = scaling.to_original(np.array([1e308, np.inf, 0.0]))
    assert np.isinf(w).all()
    assert not np.isfinite(b)
