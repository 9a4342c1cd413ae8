"""Choosing the engine: the fastest that serves the recipe, with the reason."""

from typing import Any

import pytest

from linreg import LinregError, Recipe
from linreg.engines.choice import choose_engine
from linreg.optim.sgd import SgdArguments, sgd_arguments


@pytest.mark.parametrize(
    ("choices", "engine", "reason"),
    [
        ({}, "spectral", "SGD"),
        ({"options": {"momentum": "0.9", "nesterov": "true"}}, "spectral", "SGD"),
        ({"reduction": "sum", "bias": False, "init": "normal"}, "spectral", "SGD"),
        ({"options": {"momentum": "auto"}}, "spectral", "SGD"),
        ({"options": {"maximize": "false"}}, "gram", "momentum, dampening"),
        ({"optimizer": "Adam"}, "gram", "Adam"),
        ({"optimizer": "lbfgs"}, "gram", "lbfgs"),
        ({"optimizer": "SparseAdam"}, "autograd", "sparse"),
        ({"batch_size": 32}, "analytic", "mini-batches"),
        ({"batch_size": 32, "dtype": "float32"}, "analytic", "mini-batches"),
        ({"batch_size": 32, "optimizer": "sparseadam"}, "autograd", "sparse"),
        ({"criterion": "L1Loss"}, "analytic", "L1Loss"),
        ({"dtype": "float32"}, "autograd", "bit for bit"),
        ({"module": "m.py:M"}, "autograd", "module"),
        ({"module": "m.py:M", "dtype": "float32"}, "autograd", "a module of your own may not be linear"),
        ({"engine": "autograd"}, "autograd", "as asked"),
        ({"engine": "gram"}, "gram", "as asked"),
        ({"device": "cuda:1"}, "spectral", "SGD"),
        ({"device": "mps"}, "analytic", "float64"),
    ],
)
def test_auto_takes_the_fastest_that_serves_the_recipe(choices: dict[str, Any], engine: str, reason: str) -> None:
    choice = choose_engine(Recipe(**choices))
    assert choice.name == engine
    assert reason in choice.reason


def test_rows_that_several_processes_share_are_left_to_the_lectures_loop() -> None:
    choice = choose_engine(Recipe(batch_size=4), n_ranks=2)
    assert (choice.name, choice.needs_rows) == ("autograd", True)
    assert "several processes" in choice.reason
    with pytest.raises(LinregError, match="several processes share the rows; use --engine autograd"):
        choose_engine(Recipe(batch_size=4, engine="analytic"), n_ranks=2)


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({"engine": "spectral", "optimizer": "Adam"}, r"spectral engine cannot .*Adam.*--engine gram\.$"),
        ({"engine": "gram", "batch_size": 2}, r"gram engine cannot .*mini-batches.*--engine analytic\.$"),
        ({"engine": "analytic", "module": "m.py:M"}, r"module of your own.*--engine autograd\.$"),
        ({"engine": "spectral", "criterion": "HuberLoss"}, r"HuberLoss.*--engine analytic\.$"),
    ],
)
def test_an_engine_that_cannot_serve_the_recipe_is_refused_with_the_reason(choices: dict[str, Any], words: str) -> None:
    with pytest.raises(LinregError, match=words):
        choose_engine(Recipe(**choices))


@pytest.mark.parametrize(
    ("options", "arguments"),
    [
        ({}, SgdArguments()),
        ({"momentum": "0.9", "dampening": "0.1", "weight_decay": "1e-3"}, SgdArguments(0.9, 0.1, 1e-3)),
        ({"momentum": 0.9, "nesterov": True}, SgdArguments(momentum=0.9, nesterov=True)),
        ({"momentum": "auto"}, SgdArguments(momentum="auto")),
        ({"momentum": "-1"}, None),
        ({"momentum": "nan"}, None),
        ({"momentum": "inf"}, None),
        ({"momentum": "much"}, None),
        ({"nesterov": "true"}, None),
        ({"momentum": "0.9", "nesterov": "true", "dampening": "0.5"}, None),
        ({"nesterov": "perhaps"}, None),
        ({"foreach": "true"}, None),
    ],
)
def test_what_is_not_surely_sgds_is_left_to_torch_to_judge(
    options: dict[str, Any], arguments: SgdArguments | None
) -> None:
    assert sgd_arguments(options) == arguments
