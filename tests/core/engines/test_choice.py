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


_SPECTRAL = "full batch, mean squared error, SGD: each epoch is a power in the Hessian's eigenbasis"
_OWN, _NO_SPARSE = "a module of your own may not be linear", "SparseAdam needs the sparse gradients of an embedding"


@pytest.mark.parametrize(
    ("choices", "engine", "reason"),
    [
        ({}, "spectral", _SPECTRAL),
        ({"device": "CPU", "dtype": "float64"}, "spectral", _SPECTRAL),
        ({"device": "MPS"}, "analytic", "the gradient in closed form (MPS has no float64)"),
        (
            {"schedule": "StepLR"},
            "gram",
            "full batch, mean squared error: gradients from the moments (a schedule changes the learning rate from "
            "epoch to epoch)",
        ),
        (
            {"optimizer": "Adam", "schedule": None},
            "gram",
            "full batch, mean squared error: gradients from the moments (Adam is not linear in the gradient)",
        ),
        (
            {"options": {"maximize": True}},
            "gram",
            "full batch, mean squared error: gradients from the moments (it serves SGD's momentum, dampening, nesterov "
            "and weight_decay only)",
        ),
        ({"optimizer": "sparseADAM"}, "autograd", f"the lecture's loop ({_NO_SPARSE})"),
        ({"module": "m.py:M"}, "autograd", f"the lecture's loop ({_OWN})"),
        (
            {"dtype": "float32"},
            "autograd",
            "the lecture's loop (in float32 it gives the lecture's numbers, bit for bit)",
        ),
        (
            {"dtype": "float32", "criterion": "L1Loss"},
            "analytic",
            "the gradient in closed form (L1Loss needs every row)",
        ),
        (
            {"dtype": "float32", "batch_size": 4},
            "analytic",
            "the gradient in closed form (mini-batches need the rows)",
        ),
        ({"engine": "analytic"}, "analytic", "as asked"),
    ],
)
def test_the_reason_of_a_choice_is_the_first_obstacle(choices: dict[str, Any], engine: str, reason: str) -> None:
    choice = choose_engine(Recipe(**choices))
    assert (choice.name, choice.reason) == (engine, reason)
    assert choice.needs_rows == (engine in ("autograd", "analytic"))


@pytest.mark.parametrize("n_ranks", [1, 2])
def test_moments_are_enough_for_several_processes(n_ranks: int) -> None:
    assert choose_engine(Recipe(), n_ranks).name == "spectral"
    expected = "analytic" if n_ranks == 1 else "autograd"
    assert choose_engine(Recipe(criterion="L1Loss"), n_ranks).name == expected
    assert choose_engine(Recipe(criterion="L1Loss")).name == "analytic"


_WEIGHTS = "--weights takes the squared error of a linear model over the full batch: "


@pytest.mark.parametrize(
    ("choices", "sentence"),
    [
        ({"weights": "w", "batch_size": 4}, f"{_WEIGHTS}mini-batches need the rows."),
        ({"weights": "w", "engine": "autograd"}, f"{_WEIGHTS}the lecture's loop counts all rows alike."),
        ({"weights": "w", "engine": "analytic"}, f"{_WEIGHTS}the lecture's loop counts all rows alike."),
        ({"weights": "w", "engine": "analytic", "criterion": "L1Loss"}, f"{_WEIGHTS}L1Loss needs every row."),
        ({"weights": "w"}, None),
        ({"weights": "w", "optimizer": "Adam"}, None),
        (
            {"engine": "spectral", "optimizer": "Adam"},
            "the spectral engine cannot serve this recipe: Adam is not linear in the gradient; use --engine gram.",
        ),
        (
            {"engine": "gram", "optimizer": "SparseAdam"},
            f"the gram engine cannot serve this recipe: {_NO_SPARSE}; use --engine autograd.",
        ),
    ],
)
def test_what_no_engine_serves_is_one_sentence(choices: dict[str, Any], sentence: str | None) -> None:
    if sentence is None:
        assert not choose_engine(Recipe(**choices)).needs_rows
        return
    with pytest.raises(LinregError) as caught:
        choose_engine(Recipe(**choices))
    assert str(caught.value) == sentence
