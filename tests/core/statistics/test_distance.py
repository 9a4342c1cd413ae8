"""The distance to the exact answer in standard errors: true, foretold, and nothing said where it would be untrue."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import linreg
from linreg.data.arrays import table_of
from linreg.data.bundled import find
from linreg.errors import LinregError
from linreg.numerics.convergence import epochs_to_within
from linreg.phase import Phase
from linreg.recipe import Recipe
from linreg.statistics.distance import MATTERS, to_go
from linreg.training.advice import epochs_that_matter
from linreg.training.facts import facts_of
from linreg.training.posing import pose, pose_table
from linreg.training.problem import Problem
from linreg.training.trainer import Trainer

same = settings(derandomize=True)


def rows(seed: int, p: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    random = np.random.default_rng(seed)
    X: NDArray[np.float64] = random.standard_normal((p + 12, p)) * np.float64(10.0) ** random.integers(-2, 3, p)
    X += random.integers(-3, 4, p)
    return X, X @ random.standard_normal(p) + random.standard_normal(len(X))


def posed(seed: int, p: int, **choices: Any) -> Problem:
    return pose_table(Recipe(data="arrays", **choices), table_of(*rows(seed, p)))


@same
@given(st.integers(0, 2**32), st.integers(1, 4), st.booleans(), st.booleans())
def test_a_distance_is_the_difference_over_the_standard_error(seed: int, p: int, bias: bool, standardize: bool) -> None:
    problem = posed(seed, p, bias=bias, standardize=standardize)
    scale, answer = problem.error_scale, problem.least_squares
    assert scale is not None
    assert answer is not None
    trained = np.random.default_rng(seed).standard_normal((3, p + bias))
    w, b = problem.scaling.to_original(trained, bias)
    known = linreg.summary(*rows(seed, p), bias=bias)
    numbers = np.array([[each.estimate, each.standard_error] for _, each in known.coefficients()], np.float64)
    own = np.column_stack([w, b]) if bias else w
    expected = np.abs(own - numbers[:, 0]) / numbers[:, 1]
    assert scale.distances(trained) == pytest.approx(expected, rel=1e-6)
    optimum = problem.quadratic.optimum if problem.quadratic is not None else trained[0]
    assert np.abs((trained - optimum) @ scale.reach.T) == pytest.approx(scale.distances(trained), rel=1e-6, abs=1e-6)


@same
@given(st.integers(0, 2**32), st.integers(1, 3), st.sampled_from([0.0, 0.5, 0.9]), st.sampled_from([0.05, 0.001]))
def test_the_epoch_that_is_foretold_is_one_that_is_near_enough(
    seed: int, p: int, momentum: float, tolerance: float
) -> None:
    problem = posed(seed, p, options={"momentum": momentum}, learning_rate=0.05, epochs=30_000)
    scale, quadratic = problem.error_scale, problem.quadratic
    assert scale is not None
    assert quadratic is not None
    start = problem.initial_parameters()
    n_epochs = epochs_to_within(quadratic, start, 0.05, scale.reach, tolerance, momentum=momentum)
    assert n_epochs is not None
    if n_epochs == 0:
        assert scale.distance(start[np.newaxis])[0] <= tolerance
        return
    distances = np.concatenate([scale.distance(trace.parameters) for trace in Trainer(problem)])
    if n_epochs >= 30_000:
        assert momentum > 0 or not (distances[: int((30_000 - 25) / 1.5)] <= tolerance).any()
        return
    assert distances[n_epochs - 1] <= tolerance
    if momentum == 0:
        assert (distances[n_epochs - 1 :] <= tolerance).all()
        first = int((distances <= tolerance).argmax()) + 1
        assert first <= n_epochs <= 1.5 * first + 25  # directions that cancel by chance are not relied on


@pytest.mark.parametrize("engine", ["spectral", "gram", "autograd"])
def test_a_run_stops_at_the_first_epoch_that_is_within_the_standard_errors(engine: str) -> None:
    recipe = find("houses").changed(engine=engine, until_standard_errors=0.01, epochs=5000)
    trainer = Trainer(pose(recipe))
    traces = list(trainer)
    assert (trainer.status, trainer.epoch) == (Phase.CONVERGED, 194)
    assert trainer.reason == "every parameter was within 0.01 standard errors of least squares at epoch 194"
    scale = trainer.problem.error_scale
    assert scale is not None
    distances = np.concatenate([scale.distance(trace.parameters) for trace in traces])
    assert distances[-1] <= 0.01 < distances[:-1].min()


def test_the_result_carries_the_standard_errors_and_the_summary() -> None:
    trainer = linreg.train("houses", epochs=20)
    for _ in trainer:
        pass
    result, expected = trainer.result(), linreg.summary("houses")
    known = result.as_dict()["least_squares"]["standard_errors"]
    assert known["w"] == {name: each.standard_error for name, each in expected.w.items()}
    assert expected.b is not None
    assert known["b"] == expected.b.standard_error
    summary = result.summary()
    assert summary.w == expected.w
    assert (summary.b, summary.f, summary.target) == (expected.b, expected.f, "price")
    distances = [abs(result.w[name] - each.estimate) / each.standard_error for name, each in expected.w.items()]  # type: ignore[operator]
    distances.append(abs(result.b - expected.b.estimate) / expected.b.standard_error)  # type: ignore[operator]
    assert result.standard_errors_to_go == pytest.approx(max(distances))
    n_epochs = epochs_that_matter(trainer)
    assert n_epochs is not None
    whole = linreg.train("houses", epochs=n_epochs, until_standard_errors=MATTERS)
    assert list(whole)[-1].last_epoch <= n_epochs
    assert whole.status is Phase.CONVERGED
    html = result._repr_html_()
    assert "least squares of price" in html
    assert "standard errors from least squares: more epochs matter" not in html


UNTRUE = [
    ({"options": {"weight_decay": 0.1}}, "weight decay keeps the parameters away from least squares"),
    ({"criterion": "HuberLoss"}, "HuberLoss does not lead to least squares"),
    ({"optimizer": "AdamW", "options": {"weight_decay": "1e-2"}}, "weight decay"),
]


@pytest.mark.parametrize(("choices", "why"), UNTRUE)
def test_nothing_is_said_of_a_run_that_does_not_lead_there(choices: dict[str, Any], why: str) -> None:
    problem = pose(find("houses").changed(epochs=2, **choices))
    trainer = Trainer(problem)
    assert problem.error_scale is None
    assert trainer.result().standard_errors_to_go is None
    assert facts_of(trainer, np.empty((0, 3)), np.empty(0)).error_scale is None
    with pytest.raises(LinregError, match=why):
        Trainer(pose(find("houses").changed(until_standard_errors=0.1, **choices)))


@pytest.mark.parametrize(
    ("X", "y", "why"),
    [
        ([[1.0], [2.0]], [1.0, 3.0], "no more rows than parameters"),
        ([[1.0], [2.0], [3.0]], [2.0, 4.0, 6.0], "perfect but for rounding"),
        ([[1.0, 2], [2, 4], [3, 6], [4, 8]], [2.0, 4.0, 7.0, 1.0], "do not determine every parameter"),
    ],
)
def test_nothing_is_said_of_rows_that_do_not_tell(X: list[list[float]], y: list[float], why: str) -> None:
    assert linreg.fit(X, y, epochs=3).standard_errors_to_go is None
    with pytest.raises(LinregError, match=why):
        linreg.fit(X, y, until_standard_errors=0.1)


def test_more_epochs_are_worth_it_only_as_far_as_the_data_can_tell() -> None:
    assert to_go(0.0204) == (
        "0.02 standard errors from least squares: more epochs change nothing that the data can tell"
    )
    assert to_go(3.21) == "3.21 standard errors from least squares"
    assert to_go(2 * MATTERS, 1234) == "0.1 standard errors from least squares: more epochs matter until epoch 1,234"
