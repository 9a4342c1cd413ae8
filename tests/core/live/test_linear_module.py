"""A module that computes X·w + b is known for what it is, whatever it is made of; any other is not taken for one."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from linreg.data import bundled
from linreg.live import linear_module
from linreg.live.linear_module import with_what_is_known
from linreg.training.facts import Facts, facts_of
from linreg.training.posing import pose
from linreg.training.trainer import Trainer

MODULES = {
    "Plain": "self.inner = nn.Linear(3, 1)",
    "Without": "self.inner = nn.Linear(3, 1, bias=False)",
    "Wrapped": "self.inner = nn.Sequential(nn.Linear(3, 1), nn.Identity(), nn.Flatten())",
    "Bent": "self.inner = nn.Sequential(nn.Linear(3, 1), nn.Tanh())",
    "Two": "self.inner = nn.Sequential(nn.Linear(3, 1), nn.Linear(1, 1))",
    "Counting": "self.inner = nn.Sequential(nn.BatchNorm1d(3, affine=False), nn.Linear(3, 1))",
    "Picky": "self.inner = nn.Sequential(nn.Linear(3, 1), Refusing())",
    "Dropped": "self.inner = nn.Sequential(nn.Dropout(0.5), nn.Linear(3, 1))",
}


def trainer_of(tmp_path: Path, name: str, **choices: object) -> Trainer:
    path = tmp_path / "model.py"
    path.write_text(
        "from torch import nn\n\n\n"
        "class Refusing(nn.Module):\n    n_calls = 0\n\n    def forward(self, x):\n"
        "        self.n_calls += 1\n        assert self.n_calls < 2\n        return x\n\n\n"
        + "\n\n".join(
            f"class {each}(nn.Module):\n    def __init__(self):\n        super().__init__()\n        {made}\n\n"
            "    def forward(self, x):\n        return self.inner(x)\n"
            for each, made in MODULES.items()
        )
    )
    return Trainer(pose(bundled.find("houses").changed(module=f"{path}:{name}", **choices)))


def facts_of_module(tmp_path: Path, name: str, **choices: object) -> Facts:
    trainer = trainer_of(tmp_path, name, **choices)
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
    assert facts.least_squares.b == 0.0  # it is among the parameters, if there is one
    assert facts.quadratic.floor == pytest.approx(np.square(design @ wanted - table[:, -1]).mean(), rel=1e-8)
    hessian = 2 * design.T @ design / len(design)
    assert facts.largest_stable_learning_rate == pytest.approx(2 / np.linalg.eigvalsh(hessian)[-1], rel=1e-8)


@pytest.mark.parametrize("name", ["Bent", "Two", "Dropped", "Counting", "Picky"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_any_other_module_is_not_taken_for_one(tmp_path: Path, name: str, dtype: str) -> None:
    facts = facts_of_module(tmp_path, name, dtype=dtype)
    assert facts.quadratic is None
    assert facts.least_squares is None
    assert facts.largest_stable_learning_rate is None


@pytest.mark.parametrize("name", ["Counting", "Dropped"])
def test_nothing_stays_of_trying_it_out(tmp_path: Path, name: str) -> None:
    trainer = trainer_of(tmp_path, name)
    before, drawn = trainer.engine.snapshot()["model"], torch.random.get_rng_state()
    with_what_is_known(trainer, facts_of(trainer, np.empty((0, 3)), np.empty(0)))
    after = trainer.engine.snapshot()["model"]
    assert all(torch.equal(before[key], after[key]) for key in before)
    assert torch.equal(torch.random.get_rng_state(), drawn)


SGD: dict[str, dict[str, Any]] = {
    "plain": {},
    "momentum": {"options": {"momentum": 0.9}},
    "dampened": {"options": {"momentum": 0.5, "dampening": 0.25}},
    "nesterov": {"options": {"momentum": 0.5, "nesterov": True}},
    "decay": {"options": {"weight_decay": 0.5}},
    "sum": {"reduction": "sum"},
}


@pytest.mark.parametrize("choices", SGD.values(), ids=SGD)
def test_up_to_the_largest_stable_rate_torch_stays_and_beyond_it_does_not(
    tmp_path: Path, choices: dict[str, Any]
) -> None:
    facts = facts_of_module(tmp_path, "Plain", standardize=True, **choices)
    limit = facts.largest_stable_learning_rate
    assert limit is not None
    given = {"momentum": 0.0, "dampening": 0.0, "nesterov": False, "weight_decay": 0.0} | choices.get("options", {})
    assert facts.sgd == given
    table = np.genfromtxt(facts.recipe.data, delimiter=",", skip_header=1)
    X = torch.tensor(np.column_stack([(table[:, :-1] - facts.scaling.mean) / facts.scaling.scale, np.ones(len(table))]))
    y = torch.tensor(table[:, -1])

    def cost_after(rate: float) -> float:
        theta = torch.zeros(4, dtype=torch.float64, requires_grad=True)
        optimizer = torch.optim.SGD([theta], lr=rate, **given)
        for _ in range(300):
            optimizer.zero_grad()
            squares = torch.square(X @ theta - y)
            (squares.sum() if "reduction" in choices else squares.mean()).backward()
            optimizer.step()
        return float(torch.square(X.detach() @ theta.detach() - y).mean())

    assert cost_after(0.98 * limit) < 2 * float(torch.square(y).mean())
    assert cost_after(1.1 * limit) > 1e6 * float(torch.square(y).mean())


@pytest.mark.parametrize(
    "choices",
    [
        {"optimizer": "Adam"},
        {"batch_size": 4},
        {"schedule": "ExponentialLR", "schedule_options": {"gamma": 0.9}},
    ],
    ids=str,
)
def test_where_the_steps_are_others_than_those_of_sgd_no_rate_is_the_largest(
    tmp_path: Path, choices: dict[str, Any]
) -> None:
    facts = facts_of_module(tmp_path, "Plain", **choices)
    assert facts.quadratic is not None
    assert facts.least_squares is not None
    assert (facts.largest_stable_learning_rate, facts.sgd) == (None, None)


def test_of_another_cost_than_the_squared_error_nothing_is_known(tmp_path: Path) -> None:
    facts = facts_of_module(tmp_path, "Plain", criterion="HuberLoss")
    assert (facts.quadratic, facts.least_squares, facts.largest_stable_learning_rate) == (None, None, None)


def test_a_module_is_tried_out_up_to_a_size_and_by_one_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = trainer_of(tmp_path, "Plain")
    facts, n_cells = facts_of(trainer, np.empty((0, 3)), np.empty(0)), 3 * trainer.problem.n_samples
    for most, is_known in ((n_cells, True), (n_cells - 1, False)):
        monkeypatch.setattr(linear_module, "_MOST_CELLS", most)
        assert (with_what_is_known(trainer, facts) is not facts) == is_known
    monkeypatch.undo()
    problem = trainer.problem
    for changes in ({"ranks": SimpleNamespace(n_ranks=2)}, {"moments": None}):
        trainer.problem = replace(problem, **changes)
        assert with_what_is_known(trainer, facts) is facts
