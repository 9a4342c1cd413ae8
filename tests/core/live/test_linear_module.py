"""A module that computes X·w + b is known for what it is, whatever it is made of; any other is not taken for one."""

from pathlib import Path

import numpy as np
import pytest

from linreg.data import bundled
from linreg.live.linear_module import with_what_is_known
from linreg.training.facts import Facts, facts_of
from linreg.training.problem import pose
from linreg.training.trainer import Trainer

MODULES = {
    "Plain": "self.inner = nn.Linear(3, 1)",
    "Without": "self.inner = nn.Linear(3, 1, bias=False)",
    "Wrapped": "self.inner = nn.Sequential(nn.Linear(3, 1), nn.Identity(), nn.Flatten())",
    "Bent": "self.inner = nn.Sequential(nn.Linear(3, 1), nn.Tanh())",
    "Two": "self.inner = nn.Sequential(nn.Linear(3, 1), nn.Linear(1, 1))",
    "Dropped": "self.inner = nn.Sequential(nn.Dropout(0.5), nn.Linear(3, 1))",
}


def facts_of_module(tmp_path: Path, name: str, **choices: object) -> Facts:
    path = tmp_path / "model.py"
    path.write_text(
        "from torch import nn\n\n\n"
        + "\n\n".join(
            f"class {each}(nn.Module):\n    def __init__(self):\n        super().__init__()\n        {made}\n\n"
            "    def forward(self, x):\n        return self.inner(x)\n"
            for each, made in MODULES.items()
        )
    )
    trainer = Trainer(pose(bundled.find("houses").changed(module=f"{path}:{name}", **choices)))
    return with_what_is_known(trainer, facts_of(trainer, np.empty((0, 3)), np.empty(0)))


@pytest.mark.parametrize("name", ["Plain", "Without", "Wrapped"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_exact_answer_of_a_linear_module_is_that_of_numpy(tmp_path: Path, name: str, dtype: str) -> None:
    facts = facts_of_module(tmp_path, name, dtype=dtype)
    recipe = facts.recipe
    table = np.genfromtxt(recipe.data, delimiter=",", skip_header=1)
    X = (table[:, :-1] - facts.scaling.mean) / facts.scaling.scale
    design = X if name == "Without" else np.column_stack([X, np.ones(len(X))])
    wanted = np.linalg.lstsq(design, table[:, -1], rcond=None)[0]
    assert facts.least_squares is not None
    assert facts.quadratic is not None
    assert facts.least_squares.w == pytest.approx(wanted, rel=1e-8)
    assert facts.quadratic.floor == pytest.approx(np.square(design @ wanted - table[:, -1]).mean(), rel=1e-8)
    hessian = 2 * design.T @ design / len(design)
    assert facts.largest_stable_learning_rate == pytest.approx(2 / np.linalg.eigvalsh(hessian)[-1], rel=1e-8)


@pytest.mark.parametrize("name", ["Bent", "Two", "Dropped"])
def test_any_other_module_is_not_taken_for_one(tmp_path: Path, name: str) -> None:
    facts = facts_of_module(tmp_path, name)
    assert facts.quadratic is None
    assert facts.least_squares is None
    assert facts.largest_stable_learning_rate is None
