"""A problem posed to another recipe: what is worked out of the rows is shared, and never where it would be wrong."""

from dataclasses import replace
from typing import Any

import pytest

from linreg import LinregError
from linreg.data import bundled
from linreg.training.posing import pose
from linreg.training.problem import Problem
from linreg.training.trainer import Trainer

HOUSES = replace(bundled.find("houses"), epochs=20)


def _posed(**choices: Any) -> Problem:
    return pose(replace(HOUSES, **choices))


@pytest.mark.parametrize(
    ("choices", "shared"),
    [
        ({"init": "normal", "seed": 4}, ("least_squares", "quadratic")),
        ({"optimizer": "Adam", "learning_rate": 0.3}, ("least_squares", "quadratic")),
        ({"options": {"momentum": "auto"}, "learning_rate": "auto"}, ("least_squares", "quadratic")),
        ({"batch_size": 7}, ("least_squares", "quadratic")),
        ({"reduction": "sum", "learning_rate": 1e-3}, ("least_squares",)),
        ({"criterion": "L1Loss"}, ()),
    ],
    ids=str,
)
def test_another_recipe_on_the_same_rows_trains_as_if_it_had_read_them(
    choices: dict[str, Any], shared: tuple[str, ...]
) -> None:
    problem = _posed(engine="autograd")
    recipe = replace(problem.recipe, **choices)
    posed, alone = problem.with_recipe(recipe), pose(recipe)
    assert posed.recipe is recipe
    both = "least_squares", "quadratic"
    assert tuple(name for name in both if getattr(posed, name) is getattr(problem, name)) == shared
    for name in ("learning_rate", "largest_stable_learning_rate", "sgd", "choice"):
        assert getattr(posed, name) == getattr(alone, name), name
    ends = []
    for trainer in (Trainer(posed), Trainer(alone)):
        for _ in trainer:
            pass
        ends.append((trainer.parameters.tolist(), trainer.result().as_dict() | {"seconds": 0}))
    assert str(ends[0]) == str(ends[1])


def test_the_engine_is_chosen_anew() -> None:
    problem = _posed(engine="autograd")
    assert problem.with_recipe(replace(HOUSES, engine="auto")).choice.name == "spectral"
    with pytest.raises(LinregError, match="the spectral engine cannot serve"):
        problem.with_recipe(replace(HOUSES, engine="spectral", optimizer="Adam"))


@pytest.mark.parametrize(
    "choices", [{"exclude": ("age",)}, {"standardize": False}, {"bias": False}, {"engine": "autograd"}], ids=str
)
def test_rows_that_are_not_here_are_not_made_up(choices: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="rows that are not here"):
        _posed().with_recipe(replace(HOUSES, **choices))
