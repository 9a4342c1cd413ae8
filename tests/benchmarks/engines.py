"""An epoch of each engine against an epoch of the lecture's loop."""

from collections.abc import Iterator
from typing import Any

import lecture
import linreg
from benchmarks.loops import LEARNING_RATE, lecture_loop, tensors
from benchmarks.measuring import AtMost, Comparison, TimesAsFast, alternate
from benchmarks.synthetic import Array, rows
from linreg.data.table import Table
from linreg.engines.autograd import AutogradEngine
from linreg.recipe import Recipe
from linreg.training.build import build_engine
from linreg.training.posing import pose_table
from linreg.training.problem import Problem


def measure(quick: bool) -> Iterator[Comparison]:
    """An epoch of each engine against one of the lecture's loop; 3,000 epochs of many rows from start to end."""
    n_samples = 20_000 if quick else 1_000_000
    yield _autograd_on_few_rows(quick)
    X, y = rows(n_samples, 32)
    yield _autograd_on_many_rows(X, y, quick)
    yield _fit_on_many_rows(X, y, quick)
    yield from _epochs_with_their_parameters_and_cost(quick)


def posed(X: Array, y: Array, **choices: Any) -> Problem:
    """Pose the problem of rows in memory as the loops have it, in float32, but for the `choices` made here."""
    names = tuple(f"x{number}" for number in range(1, X.shape[1] + 1))
    recipe = Recipe(data="arrays", learning_rate=LEARNING_RATE, standardize=False, dtype="float32", device="cpu")
    return pose_table(recipe.changed(**choices), Table(features=names, target="y", X=X, y=y))


def _autograd_on_few_rows(quick: bool) -> Comparison:
    n_epochs = 300
    engine = linreg.train("exercise1", engine="autograd", dtype="float32", device="cpu").engine
    assert isinstance(engine, AutogradEngine)
    loop = lecture_loop(engine.x, engine.y)
    ours, rival = alternate(lambda: engine.advance(n_epochs), lambda: loop(n_epochs), 5 if quick else 40)
    name = "an epoch of the autograd engine, 3 × 1, trace kept: the lecture's bare loop"
    return Comparison(name, ours / n_epochs, rival / n_epochs, AtMost(1.10))


def _autograd_on_many_rows(X: Array, y: Array, quick: bool) -> Comparison:
    n_epochs = 4
    engine = build_engine(posed(X, y, engine="autograd"))
    assert isinstance(engine, AutogradEngine)
    loop = lecture_loop(engine.x, engine.y)
    ours, rival = alternate(lambda: engine.advance(n_epochs), lambda: loop(n_epochs), 3 if quick else 20)
    name = f"an epoch of the autograd engine, {len(X):,} × {X.shape[1]}: the lecture's bare loop"
    return Comparison(name, ours / n_epochs, rival / n_epochs, AtMost(1.02))


def _fit_on_many_rows(X: Array, y: Array, quick: bool) -> Comparison:
    """Ours is everything from the arrays to the result; the loop's 3,000 epochs are projected from 20."""
    n_epochs, measured = 3000, 20
    loop = lecture_loop(*tensors(X, y))
    ours, rival = alternate(lambda: linreg.fit(X, y, epochs=n_epochs - 1), lambda: loop(measured), 2 if quick else 5)
    name = f"{n_epochs:,} epochs, {len(X):,} × {X.shape[1]} in memory, linreg.fit: the lecture's loop"
    return Comparison(name, ours, rival * n_epochs / measured, TimesAsFast(300))


def _epochs_with_their_parameters_and_cost(quick: bool) -> Iterator[Comparison]:
    """Compare with the lecture's program as it stands, w, b and cost of every epoch put in a list."""
    n_lecture = 300
    for name, goal, n_epochs in (("spectral", 1000, 30_000), ("gram", 5, 300)):
        problem = linreg.train("exercise1", engine=name, epochs=n_epochs).problem
        ours, rival = alternate(
            lambda problem=problem, n_epochs=n_epochs: build_engine(problem).advance(n_epochs),  # type: ignore[misc]
            lambda: list(lecture.exercise1(n_lecture - 1)),
            5 if quick else 20,
        )
        label = f"an epoch of exercise1 with its w, b and cost, {name}: the lecture's loop"
        yield Comparison(label, ours / n_epochs, rival / n_lecture, TimesAsFast(goal))
