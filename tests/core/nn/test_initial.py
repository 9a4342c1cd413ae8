"""Initial parameters: the same numbers as torch's, and nothing else touched."""

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from linreg import LinregError, Recipe
from linreg.data import bundled
from linreg.data.table import open_source
from linreg.nn.initial import initial_parameters
from linreg.training.posing import pose
from linreg.training.trainer import Trainer


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("seed", [0, 7, 2**63 - 1])
def test_linear_is_what_nn_linear_holds_after_manual_seed(seed: int, bias: bool) -> None:
    before = torch.get_rng_state()
    found = initial_parameters("linear", seed, 3, bias)
    assert torch.equal(torch.get_rng_state(), before)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        linear = nn.Linear(3, 1, bias=bias)
    expected = [*linear.weight.flatten().tolist(), *(linear.bias.tolist() if bias else [])]
    assert found.tolist() == expected


def test_normal_is_randn_of_a_generator_with_the_seed() -> None:
    before = torch.get_rng_state()
    found = initial_parameters("normal", 5, 40)
    assert torch.equal(torch.get_rng_state(), before)
    assert found.tolist() == torch.randn(41, generator=torch.Generator().manual_seed(5)).tolist()
    assert not np.array_equal(found, initial_parameters("normal", 6, 40))


def test_torchs_defaults_do_not_change_the_initial_parameters() -> None:
    expected = initial_parameters("linear", 1, 2), initial_parameters("normal", 1, 2)
    torch.set_default_dtype(torch.float64)
    try:
        found = initial_parameters("linear", 1, 2), initial_parameters("normal", 1, 2)
    finally:
        torch.set_default_dtype(torch.float32)
    np.testing.assert_array_equal(found, expected)


def test_zeros_and_scaling_do_not_import_torch() -> None:
    program = (
        "import sys; from linreg.nn.initial import initial_parameters; import linreg.numerics.scaling;"
        "print(initial_parameters('zeros', 0, 2).tolist(), initial_parameters('zeros', 0, 2, False).tolist(),"
        "'torch' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[0.0, 0.0, 0.0] [0.0, 0.0] False"


@pytest.mark.parametrize("choices", [{}, {"standardize": False}, {"bias": False, "init": "120,-5,0.25"}], ids=str)
@pytest.mark.parametrize("engine", ["spectral", "gram", "analytic", "autograd"])
def test_a_run_starts_at_the_w_and_b_that_are_given_in_the_datas_own_units(
    engine: str, choices: dict[str, Any]
) -> None:
    recipe = bundled.find("houses").changed(**{"init": "120,-5,0.25,7.5", "engine": engine, "epochs": 1, **choices})
    problem = pose(recipe)
    trace = Trainer(problem).advance(1)
    start = [float(number) for number in recipe.init.split(",")]
    table = open_source(recipe.data, target=recipe.target, features=recipe.features).read()
    predicted = table.X @ start[:3] + (start[3] if recipe.bias else 0.0)
    assert trace.cost[0] == pytest.approx(np.square(predicted - table.y).mean(), rel=1e-9)


@pytest.mark.parametrize(
    ("init", "bias", "words"),
    [
        ("1", True, "--init takes 2 numbers: w of x, and b; here it has 1."),
        ("1,2,3", True, "--init takes 2 numbers: w of x, and b; here it has 3."),
        ("1,2", False, "--init takes 1 number: w of x; here it has 2."),
    ],
)
def test_as_many_numbers_as_there_are_parameters_or_a_sentence(init: str, bias: bool, words: str) -> None:
    with pytest.raises(LinregError) as refused:
        Trainer(pose(bundled.find("exercise1").changed(init=init, bias=bias)))
    assert str(refused.value) == words


def test_numbers_are_kept_as_they_are_and_what_is_none_is_named() -> None:
    for given, kept in (("1.5,-2", "1.5,-2.0"), (" 1e-3 ,0.1", "0.001,0.1"), ("0", "0.0"), ("Zeros", "zeros")):
        recipe = Recipe(init=given)
        assert recipe.init == kept
        assert Recipe(**recipe.as_dict()) == recipe
    assert Recipe(init="0.1,0.2").start == (0.1, 0.2)
    assert Recipe().start is None
    for wrong in ("1,", "1;2", "nan,1", "inf", "1,a", ""):
        with pytest.raises(LinregError, match=r"zeros, linear, normal, or the numbers to start at"):
            Recipe(init=wrong)


def test_other_random_parameters_are_random_also_after_given_ones() -> None:
    reseeded = pose(bundled.find("exercise1").changed(init="3,1")).reseeded()
    assert (reseeded.recipe.init, reseeded.recipe.seed) == ("normal", 1)
