"""NIST's reference data sets for linear regression, by the exact answer and by gradient descent itself."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from linreg.engines.spectral import SpectralEngine
from linreg.numerics.convergence import epochs_to_converge
from linreg.numerics.curvature import Quadratic
from linreg.numerics.moments import Moments

FOLDER = Path(__file__).parents[4] / "shared" / "nist"
EASY = ["norris", "pontius", "noint1", "noint2", "longley"]
WAMPLER = ["wampler1", "wampler2", "wampler3", "wampler4", "wampler5"]

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the NIST data sets are not here")


def read(name: str) -> tuple[Moments, bool, NDArray[np.float64], dict[str, Any]]:
    """Return a set's moments, whether it has an intercept, and the coefficients that its cells determine."""
    expected = json.loads((FOLDER / "expected.json").read_text())[f"nist_{name}.csv"]
    header, *lines = (FOLDER / f"nist_{name}.csv").read_text().splitlines()
    columns = dict(zip(header.split(","), np.array([line.split(",") for line in lines], float).T, strict=True))
    bias = bool(expected["fit_intercept"])
    X = np.column_stack([columns[feature] for feature in expected["features"]])
    coefficients = [expected["coefficients"][feature] for feature in expected["features"]]
    answer = np.array([*coefficients, expected["intercept"]] if bias else coefficients)
    return Moments.of(X, columns[expected["target"]]), bias, answer, expected


@pytest.mark.parametrize("name", [*EASY, *WAMPLER])
def test_least_squares_has_the_certified_coefficients(name: str) -> None:
    moments, bias, expected, certified = read(name)
    answer = moments.least_squares(bias)
    assert np.append(answer.w, answer.b)[: len(expected)] == pytest.approx(expected, rel=1e-8)
    assert answer.cost == pytest.approx(certified["mse"], rel=1e-8, abs=1e-17)
    assert answer.determined
    assert answer.condition_number == pytest.approx(certified["kappa_hessian_standardized"], rel=1e-6)


@pytest.mark.parametrize("name", [*EASY, *WAMPLER])
def test_gradient_descent_has_the_certified_coefficients(name: str) -> None:
    moments, bias, expected, _ = read(name)
    standardized, mean, scale = moments.standardized(bias)
    quadratic = Quadratic.of(standardized, bias)
    start, learning_rate = np.zeros(len(expected)), quadratic.best_learning_rate()
    n_epochs = epochs_to_converge(quadratic, start, learning_rate, tolerance=1e-42)
    assert n_epochs is not None
    assert n_epochs < 10**9
    trained = SpectralEngine(quadratic, start, learning_rate).at(n_epochs).parameters[0]
    w = trained[: len(mean)] / scale
    found = np.append(w, trained[-1] - w @ mean) if bias else w
    assert found == pytest.approx(expected, rel=1e-8)


def test_filip_is_said_to_be_beyond_what_the_data_determine() -> None:
    moments, bias, expected, _ = read("filip")
    answer = moments.least_squares(bias)
    assert not answer.determined
    assert answer.condition_number > 1e18
    assert np.append(answer.w, answer.b) == pytest.approx(expected, rel=1e-5)
    without_factor = Moments(moments.n_samples, moments.mean, moments.products, moments.minimum, moments.maximum)
    assert not without_factor.least_squares(bias).determined
