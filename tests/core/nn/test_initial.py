"""Initial parameters: the same numbers as torch's, and nothing else touched."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from torch import nn

from linreg.nn.initial import initial_parameters


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
