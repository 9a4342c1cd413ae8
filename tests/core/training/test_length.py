"""How long a run is where nobody says: long enough for every digit that the rows can tell, and what is said if not."""

import inspect
import json
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import linreg
from command import linreg as run_linreg
from linreg.data.arrays import table_of
from linreg.data.bundled import find
from linreg.racing.entries import Choices, entries
from linreg.racing.race import pose_race
from linreg.racing.session import RaceSession
from linreg.recipe import Recipe, about_a_tenth, load_recipe
from linreg.session.session import Session
from linreg.training.length import MOST_EPOCHS
from linreg.training.posing import pose_table
from patience import PATIENCE

same = settings(derandomize=True, max_examples=20)


def rows(seed: int, n: int, p: int, shift: float = 12.3) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    random = np.random.default_rng(seed)
    X: NDArray[np.float64] = random.standard_normal((n, p)) * np.float64(10.0) ** random.integers(-2, 3, p)
    X += X.std(axis=0) * random.integers(-3, 4, p)
    return X, X @ random.standard_normal(p) + shift + random.standard_normal(n)


def exact(X: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Solve for w and b, and for their standard errors, as a textbook does."""
    A = np.column_stack([X, np.ones(len(X))])
    theta, *_ = np.linalg.lstsq(A, y, rcond=None)
    residual = y - A @ theta
    variance = residual @ residual / (len(A) - A.shape[1])
    errors: NDArray[np.float64] = np.sqrt(variance * np.diag(np.linalg.pinv(A.T @ A, rcond=1e-20)))
    return np.asarray(theta, np.float64), errors


def distances(result: linreg.Result, X: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    theta, errors = exact(X, y)
    assert result.b is not None
    away: NDArray[np.float64] = np.abs(np.array([*result.w.values(), result.b]) - theta) / errors
    return away


@same
@given(st.integers(0, 2**32), st.integers(1, 4), st.sampled_from([{}, {"momentum": 0.7}, {"momentum": "auto"}]))
@example(39, 2, {"momentum": 0.7})  # near enough at epoch 49, and at 50 it has swung away again
def test_a_run_ends_within_a_thousandth_of_every_standard_error(seed: int, p: int, options: dict[str, Any]) -> None:
    X, y = rows(seed, p + 12, p)
    result = linreg.fit(X, y, options=options)
    assert distances(result, X, y).max() <= 1e-3
    assert not result.warnings
    assert result.epoch is not None
    assert result.epoch % about_a_tenth(result.epoch) == 0


@pytest.mark.parametrize("seed", range(5))
def test_a_run_is_no_longer_than_that_takes(seed: int) -> None:
    X, y = rows(seed, 40, 3)
    last = linreg.fit(X, y, learning_rate=0.01).epoch
    assert last is not None
    shorter = linreg.fit(X, y, learning_rate=0.01, epochs=int(0.7 * last))
    assert distances(shorter, X, y).max() > 1e-3


def test_a_run_that_would_take_longer_than_a_billion_epochs_stops_there_and_says_how_far_it_is() -> None:
    X, y = rows(0, 40, 2)
    X += 1e4
    result = linreg.fit(X, y, standardize=False)
    assert result.epoch == MOST_EPOCHS == 10**9
    assert "that of least squares" in result.warnings[-1]


def test_without_standard_errors_the_cost_is_what_is_to_be_reached() -> None:
    X, y = rows(1, 3, 3)  # as many rows as features: the fit is perfect
    few = linreg.fit(X, y)
    assert np.abs(few.predict(X) - y).max() < 1e-8 * np.abs(y).max()
    assert not any("least squares;" in warning for warning in few.warnings)
    twice = np.column_stack([X[:, 0], X[:, 0]])
    assert linreg.fit(np.vstack([twice] * 9), np.arange(27.0) % 5).epoch is not None  # and of columns that are one


@pytest.mark.parametrize("decay", [0.01, 0.5])
def test_with_weight_decay_the_parameters_settle_where_that_holds_them(decay: float) -> None:
    X, y = rows(2, 30, 3)
    result = linreg.fit(X, y, standardize=False, options={"weight_decay": decay}, learning_rate="auto")
    A = np.column_stack([X, np.ones(len(X))])
    ridge = np.linalg.solve(2 / len(A) * A.T @ A + decay * np.eye(4), 2 / len(A) * A.T @ y)
    assert result.b is not None
    assert np.abs([*result.w.values(), result.b] - ridge).max() <= (1e-3 * exact(X, y)[1]).max()


@pytest.mark.parametrize(
    "choices", [{"optimizer": "Adam"}, {"batch_size": 4}, {"criterion": "L1Loss"}, {"engine": "autograd"}]
)
def test_where_the_curvature_does_not_tell_there_are_a_thousand_epochs(choices: dict[str, Any]) -> None:
    problem = pose_table(Recipe(data="arrays", **choices), table_of(*rows(3, 20, 2)))
    assert (problem.last_epoch, problem.every) == (1000, 100)


def test_a_rule_that_looks_at_steps_has_a_thousand_epochs_at_least() -> None:
    X, y = rows(4, 40, 2)
    stopped = linreg.fit(X, y, until_step=1e-12)
    assert stopped.status == "converged"
    assert distances(stopped, X, y).max() < 1e-9
    nearer = linreg.fit(X, y, until_standard_errors=1e-6)
    assert nearer.status == "converged"
    assert distances(nearer, X, y).max() <= 1e-6


@pytest.mark.parametrize(
    ("n", "every"), [(0, 1), (3, 1), (14, 1), (47, 5), (100, 10), (1234, 100), (3000, 200), (10**9, 10**8)]
)
def test_about_ten_epochs_are_printed(n: int, every: int) -> None:
    assert Recipe(epochs=n, every="auto").printed_every == every
    assert 5 <= n // every <= 16 or n < 10


def test_a_recipe_says_auto_and_a_number_goes_before_it(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('data = "points.csv"\nepochs = "auto"\n')
    assert load_recipe(path).epochs == "auto"
    assert load_recipe(path).changed(epochs=50).settled().every == 100
    bundled = find("exercise1")
    assert (bundled.epochs, bundled.every) == (3000, 100)
    assert bundled.changed(epochs="auto").every == "auto"
    assert Recipe().changed(every=7).settled(1300).every == 7


@pytest.mark.parametrize("word", ["many", "-1", "1.5", "", "auto5", "50", 2**64, 1.5, True])
@pytest.mark.parametrize("name", ["epochs", "every"])
def test_anything_but_a_number_and_auto_is_refused_in_one_sentence(name: str, word: Any) -> None:
    with pytest.raises(linreg.LinregError, match=rf"^--{name} takes a whole number from [01].*, or auto, not .*\.$"):
        Recipe(**{name: word})


def test_the_plain_command_says_how_long_the_run_is_and_why(tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    np.savetxt(path, np.column_stack(rows(5, 30, 2)), delimiter=",", header="u,v,y", comments="")
    ended = run_linreg("run", path, "--lr", "0.01")
    lines = ended.stdout.decode().splitlines()
    count = int(lines[-1].split("/")[1].split()[0])
    assert lines[-1].split("/")[0].split() == ["Epoch", str(count)]  # the last one is printed
    assert 6 <= len(lines) <= 17
    assert f"epochs 0 to {count:,}: as many as bring every parameter within 0.001 standard errors" in (
        ended.stderr.decode()
    )
    start, *_, result = map(json.loads, run_linreg("run", path, "--lr", "0.01", "--format", "json").stdout.splitlines())
    assert start["recipe"]["epochs"] == result["epoch"] == count
    assert start["recipe"]["every"] == about_a_tenth(count)
    short = run_linreg("run", path, "--lr", "0.01", "--epochs", str(int(0.8 * count)))
    assert f"(within 0.001 at --epochs {count})" in short.stderr.decode()


@pytest.mark.parametrize("optimizer", ["Adam", "AdamW", "Adamax", "NAdam", "RMSprop", "Adagrad"])
def test_the_rate_that_adams_kin_train_with_can_come_to_the_answer(optimizer: str) -> None:
    X, y = rows(6, 60, 1)
    result = linreg.fit(X, y, optimizer=optimizer)
    assert distances(result, X, y).max() < (1.0 if optimizer in ("NAdam", "RMSprop") else 0.05)
    default = inspect.signature(getattr(torch.optim, optimizer)).parameters["lr"].default
    assert distances(linreg.fit(X, y, optimizer=optimizer, learning_rate=default), X, y).max() > 1
    assert linreg.fit(X, y * 1e-6, optimizer=optimizer).learning_rate == default  # the way is short


@pytest.mark.parametrize(("optimizer", "rate"), [("Adam", 0.02), ("Adagrad", 0.3)])
def test_the_rate_and_the_epochs_that_are_advised_come_to_the_answer(optimizer: str, rate: float) -> None:
    X, y = rows(6, 60, 1)
    short = linreg.fit(X, y, optimizer=optimizer, learning_rate=rate)
    assert distances(short, X, y).max() > 1
    words = short.warnings[-1].split()
    better = linreg.fit(X, y, optimizer=optimizer, learning_rate=float(words[words.index("--learning-rate") + 1][:-1]))
    assert better.excess_cost is not None
    assert better.excess_cost < 1e-6
    longer = linreg.fit(X, y, optimizer=optimizer, learning_rate=rate, epochs=int(words[words.index("--epochs") + 1]))
    assert longer.excess_cost is not None
    assert longer.excess_cost < 1e-6


def test_the_advice_to_whom_the_way_is_not_too_long_comes_to_the_answer_too() -> None:
    X, y = rows(7, 60, 2)
    noisy = linreg.fit(X, y, batch_size=8, learning_rate=0.05)
    words = noisy.warnings[-1].replace(",", "").split()
    assert words[words.index("--batch-size") + 1] == "60"
    followed = linreg.fit(X, y, options={"momentum": "auto"}, epochs=int(words[-2]) + 1)
    assert followed.excess_cost is not None
    assert followed.excess_cost <= 1e-6


def test_a_session_keeps_that_the_length_was_left_open_and_paces_by_what_it_came_to(tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    np.savetxt(path, np.column_stack(rows(8, 30, 2)), delimiter=",", header="u,v,y", comments="")
    with Session(Recipe(data=str(path), learning_rate=1e-5), paused=True) as session:
        state = session.wait(lambda state: state.epoch == -1 and state.phase == "paused", PATIENCE)
        assert session.recipe.epochs == "auto"
        assert session.facts is not None
        assert session.facts.recipe.epochs == state.last_epoch > 10**5
        assert state.speed > state.last_epoch / 50
        session.restart(new_seed=True)
        again = session.wait(lambda state: state.notice is not None, PATIENCE)
        assert again.last_epoch > 10**5
        session.set_speed(inf)


def test_all_of_a_race_run_the_same_epochs() -> None:
    racers = entries(Recipe(data="arrays"), Choices(optimizers=["SGD", "Adam"], learning_rates=[0.1, "auto"]))
    race = pose_race(racers, table=table_of(*rows(9, 20, 2)))
    assert {racer.trainer.last_epoch for racer in race.racers} == {1000}
    assert {each.recipe.last_epoch for each in RaceSession(racers).entries} == {1000}
