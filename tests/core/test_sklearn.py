"""Gradient descent as scikit-learn's estimator, held to its own checks, and to linreg.fit and a plain loop of torch."""

import pickle
import subprocess
import sys
import warnings
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import ConvergenceWarning, FitFailedWarning, NotFittedError
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler
from sklearn.utils.estimator_checks import check_estimator

import linreg
from linreg.sklearn import GradientDescentRegressor

OF_ROWS = {"data", "dialect", "target", "features", "exclude", "drop_missing", "categorical", "weights"}
OF_COMMANDS = {"title", "origin", "every", "module"}


def _rows(n_samples: int = 60) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(3)
    X = generator.normal([1.0, -4.0, 30.0], [1.0, 3.0, 20.0], size=(n_samples, 3))
    return X, X @ [2.0, -1.0, 0.1] + 5 + generator.normal(size=n_samples)


@pytest.mark.parametrize("standardize", [True, False])
@pytest.mark.filterwarnings("ignore")  # its data are to be warned of
def test_it_passes_every_check_of_scikit_learn(standardize: bool) -> None:
    told = check_estimator(GradientDescentRegressor(standardize=standardize), on_fail=None, on_skip=None)
    assert [each["check_name"] for each in told if each["status"] == "failed"] == []
    assert len(told) > 40
    assert "check_estimators_partial_fit_n_features" in {each["check_name"] for each in told}


def test_its_parameters_are_the_recipes() -> None:
    recipe = {field.name for field in fields(linreg.Recipe)} - OF_ROWS - OF_COMMANDS
    parameters = GradientDescentRegressor().get_params()
    assert set(parameters) == recipe
    defaults = linreg.Recipe()
    assert {**parameters, "options": {}, "schedule_options": {}} == {name: getattr(defaults, name) for name in recipe}


def test_it_ends_where_fit_ends_to_the_bit() -> None:
    X, y = _rows()
    choices: dict[str, Any] = {"epochs": 50, "optimizer": "Adam", "options": {"betas": (0.8, 0.9)}, "batch_size": 7}
    with pytest.warns(ConvergenceWarning):
        fitted = GradientDescentRegressor(**choices).fit(X, y)
    result = linreg.fit(X, y, **choices)
    assert [*fitted.coef_, fitted.intercept_] == [*result.w.values(), result.b]
    assert fitted.n_iter_ == 51
    assert fitted.predict(X) == pytest.approx(X @ fitted.coef_ + fitted.intercept_, rel=1e-14)
    assert fitted.result_.r2 == pytest.approx(fitted.score(X, y), rel=1e-12)


@pytest.mark.parametrize("bias", [True, False])
def test_rows_count_as_their_weights_say(bias: bool) -> None:
    X, y = _rows()
    weights = np.random.default_rng(1).integers(0, 4, len(y)) * 0.7
    ours = GradientDescentRegressor(bias=bias, epochs=20_000).fit(X, y, sample_weight=weights)
    theirs = LinearRegression(fit_intercept=bias).fit(X, y, sample_weight=weights)
    assert [*ours.coef_, ours.intercept_] == pytest.approx([*theirs.coef_, theirs.intercept_], rel=1e-9)
    assert ours.result_.n_samples == np.count_nonzero(weights)


def test_it_works_in_a_pipeline_and_a_search() -> None:
    X, y = _rows()
    steps = make_pipeline(PolynomialFeatures(2, include_bias=False), GradientDescentRegressor(epochs=2000))
    grid = {
        "polynomialfeatures__degree": [1, 2],
        "gradientdescentregressor__options": [{"weight_decay": 0.0}, {"weight_decay": 10.0}],
    }
    search = GridSearchCV(steps, grid, cv=3).fit(X, y)
    assert search.best_params_["polynomialfeatures__degree"] == 1
    assert search.best_params_["gradientdescentregressor__options"] == {"weight_decay": 0.0}
    exact = cross_val_score(LinearRegression(), X, y, cv=3).mean()
    assert search.best_score_ == pytest.approx(exact, rel=1e-9)


def test_it_learns_a_target_that_is_scaled_for_it() -> None:
    X, y = _rows()
    scaled = TransformedTargetRegressor(GradientDescentRegressor(), transformer=StandardScaler()).fit(X, 1e6 * y)
    assert scaled.score(X, 1e6 * y) == pytest.approx(LinearRegression().fit(X, y).score(X, y), rel=1e-9)


def test_a_run_that_diverges_fails_its_candidate_alone() -> None:
    X, y = _rows()
    with pytest.raises(ValueError, match=r"^the run diverged: .* train again with a learning rate below "):
        GradientDescentRegressor(learning_rate=10).fit(X, y)
    grid = {"learning_rate": [10.0, 0.1]}
    with pytest.warns(FitFailedWarning), pytest.warns(UserWarning, match="non-finite"):
        search = GridSearchCV(GradientDescentRegressor(), grid, cv=3).fit(X, y)
    assert np.isnan(search.cv_results_["mean_test_score"]).tolist() == [True, False]
    assert search.best_params_ == {"learning_rate": 0.1}


def test_too_few_epochs_are_warned_of_and_weight_decay_is_not() -> None:
    X, y = _rows()
    with pytest.warns(ConvergenceWarning, match=r"that of least squares; [\d,]+ epochs would get within 1e-6 of it"):
        GradientDescentRegressor(learning_rate=0.01, epochs=20).fit(X, y)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        GradientDescentRegressor().fit(X, y)
        GradientDescentRegressor(options={"weight_decay": 1.0}).fit(X, y)


def test_it_stops_early_by_a_share_of_the_rows_as_fit_does() -> None:
    X, y = _rows(30)
    choices: dict[str, Any] = {"hold_out": 0.3, "patience": 5, "epochs": 500, "learning_rate": 0.05, "seed": 4}
    expected = linreg.fit(X, y, **choices)
    assert expected.best is not None
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # as nobody wants more epochs than these
        model = GradientDescentRegressor(**choices).fit(X, y)
    assert model.n_iter_ == expected.best.epoch + 6 < 500
    np.testing.assert_array_equal(model.coef_, list(expected.w.values()))
    with pytest.raises(ValueError, match="leave hold_out to fit"):
        GradientDescentRegressor(hold_out=0.3, standardize=False).partial_fit(X, y)


@pytest.mark.parametrize(
    ("choices", "weights", "words"),
    [
        ({"optimizer": "Adem"}, None, "did you mean 'Adam'"),
        ({"epochs": -1}, None, "^epochs takes"),
        ({"criterion": "HuberLoss"}, [1.0, 2.0, 1.0], "^sample_weight takes the squared error"),
        ({}, [1.0, -2.0, 1.0], "^sample_weight has -2: no row counts less than nothing"),
        ({}, [1.0, 2.0], r"^sample_weight must be \(3,\)"),
        ({"until_standard_errors": 0.01, "options": {"weight_decay": 1}}, None, "^until_standard_errors needs"),
    ],
)
def test_what_cannot_be_used_is_a_value_error_in_its_own_words(choices: Any, weights: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words) as caught:
        GradientDescentRegressor(**choices).fit([[0.0], [1.0], [1.0]], [0.0, 1.0, 2.0], sample_weight=weights)
    assert not isinstance(caught.value, linreg.LinregError)
    assert "--" not in str(caught.value)


OPTIMIZERS: list[tuple[str, dict[str, Any], Callable[[Any], torch.optim.Optimizer]]] = [
    ("SGD", {"momentum": 0.9}, lambda parameters: torch.optim.SGD(parameters, lr=0.01, momentum=0.9)),
    ("Adam", {}, lambda parameters: torch.optim.Adam(parameters, lr=0.01)),
]


@pytest.mark.parametrize(("optimizer", "options", "build"), OPTIMIZERS, ids=["SGD", "Adam"])
def test_each_partial_fit_is_one_step_of_an_optimizer_that_remembers(
    optimizer: str, options: dict[str, Any], build: Callable[[Any], torch.optim.Optimizer]
) -> None:
    X, y = StandardScaler().fit_transform(_rows()[0]), _rows()[1]
    ours = GradientDescentRegressor(standardize=False, optimizer=optimizer, options=options, learning_rate=0.01)
    w, b = torch.zeros(3, dtype=torch.float64), torch.zeros(1, dtype=torch.float64)
    theirs = build([w.requires_grad_(), b.requires_grad_()])
    for rows in np.array_split(np.arange(len(y)), 7):
        ours.partial_fit(X[rows], y[rows])
        theirs.zero_grad()
        torch.mean((torch.from_numpy(X[rows]) @ w + b - torch.from_numpy(y[rows])) ** 2).backward()
        theirs.step()
        assert [*ours.coef_, ours.intercept_] == pytest.approx([*w.tolist(), b.item()], rel=1e-12)
    assert ours.n_iter_ == 7


def test_partial_fit_goes_on_from_where_fit_ended() -> None:
    X, y = _rows()
    X = StandardScaler().fit_transform(X)
    fitted = GradientDescentRegressor(standardize=False, learning_rate=0.1, epochs=4)
    with pytest.warns(ConvergenceWarning):
        fitted.fit(X, y)
    at_once = linreg.fit(X, y, standardize=False, learning_rate=0.1, epochs=5)
    fitted.partial_fit(X, y)
    assert [*fitted.coef_, fitted.intercept_] == pytest.approx([*at_once.w.values(), at_once.b], rel=1e-12)
    assert fitted.n_iter_ == 6
    assert not hasattr(fitted, "result_")


def test_partial_fit_is_not_there_where_later_rows_would_change_the_scale() -> None:
    assert not hasattr(GradientDescentRegressor(), "partial_fit")
    assert hasattr(GradientDescentRegressor(standardize=False), "partial_fit")


def test_a_frames_columns_name_the_weights_and_are_asked_for() -> None:
    X, y = _rows()
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    fitted = pickle.loads(pickle.dumps(GradientDescentRegressor().fit(frame, y)))
    assert list(fitted.result_.w) == fitted.feature_names_in_.tolist() == ["a", "b", "c"]
    with pytest.raises(ValueError, match="feature names"):
        fitted.predict(frame[["c", "b", "a"]])
    with pytest.raises(NotFittedError):
        GradientDescentRegressor().predict(X)


def test_without_scikit_learn_the_extra_is_named() -> None:
    code = "import sys; sys.modules['sklearn'] = None\ntry: import linreg.sklearn\nexcept ImportError as e: print(e)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "linreg.sklearn needs scikit-learn 1.6 or newer: pip install 'linreg-tui[sklearn]'.\n"
