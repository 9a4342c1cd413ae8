"""The facts of a run, against the trainer and torch."""

from typing import Any

import numpy as np
import pytest
import torch

import linreg
from linreg.training.facts import Facts, facts_of
from linreg.training.trainer import Trainer


def _facts(data: str = "exercise1", **choices: Any) -> tuple[Facts, Trainer]:
    trainer = linreg.train(data, **choices)
    return facts_of(trainer, np.empty((0, 1)), np.empty(0)), trainer


@pytest.mark.parametrize("standardize", [False, True])
def test_the_gradient_and_the_excess_are_those_of_autograd(standardize: bool) -> None:
    facts, _ = _facts("quiz1", standardize=standardize)
    _, by_rows = _facts("quiz1", standardize=standardize, engine="autograd")
    at = np.array([0.5, -0.25, 1.0, 2.0])
    assert by_rows.problem.table is not None
    X = torch.from_numpy(by_rows.problem.scaling.apply(by_rows.problem.table.X))
    theta = torch.tensor(at, requires_grad=True)
    cost = ((X @ theta[:-1] + theta[-1] - torch.from_numpy(by_rows.problem.table.y)) ** 2).mean()
    cost.backward()
    gradient, excess = facts.gradient(at), facts.excess(at)
    assert theta.grad is not None
    assert gradient is not None
    assert excess is not None
    assert facts.least_squares is not None
    assert gradient == pytest.approx(theta.grad.numpy(), rel=1e-9)
    assert excess == pytest.approx(cost.item() - facts.least_squares.cost, rel=1e-9)


def test_epochs_to_converge_counts_from_where_the_run_is() -> None:
    facts, trainer = _facts("houses")
    to_go = facts.epochs_to_converge(trainer.parameters, facts.learning_rate)
    assert to_go is not None
    trainer.advance(10)
    assert facts.epochs_to_converge(trainer.parameters, facts.learning_rate) == to_go - 10
    assert facts.epochs_to_converge(np.full_like(trainer.parameters, np.nan), facts.learning_rate) is None


@pytest.mark.parametrize(
    "options", [{}, {"nesterov": True}, {"dampening": 0.5}, {"nesterov": True, "weight_decay": 1e-7}]
)
@pytest.mark.parametrize("momentum", [0.5, 0.9, 0.97])
def test_with_momentum_the_epoch_foretold_stays_the_same_on_the_way(options: dict[str, Any], momentum: float) -> None:
    facts, trainer = _facts("exercise1", options={"momentum": momentum, **options})
    assert facts.quadratic is not None
    costs = facts.quadratic.excess(trainer.advance(3000).parameters)  # after each step
    first = 1 + int((costs <= 1e-6 * facts.quadratic.reference).argmax())
    _, trainer = _facts("exercise1", options={"momentum": momentum, **options})
    before, rate = None, facts.learning_rate
    for n_steps in range(0, first, 7):
        assert facts.epochs_to_converge(trainer.parameters, rate, before, rate) == first - n_steps
        trainer.advance(6)
        before = trainer.parameters
        trainer.advance(1)


def test_without_a_quadratic_there_is_neither_gradient_nor_excess() -> None:
    facts, trainer = _facts(criterion="L1Loss")
    assert facts.gradient(trainer.parameters) is None
    assert facts.excess(trainer.parameters) is None
    assert facts.epochs_to_converge(trainer.parameters, 0.01) is None
    assert facts.largest_stable_learning_rate is None
    assert not facts.jumps


@pytest.mark.parametrize("bias", [True, False])
def test_parameters_come_back_in_the_data_s_own_units(bias: bool) -> None:
    facts, trainer = _facts("quiz1", standardize=True, bias=bias, epochs=5)
    for _ in trainer:
        pass
    result = trainer.result()
    w, b = facts.in_original_units(trainer.parameters)
    assert w.tolist() == list(result.w.values())
    assert (None if b is None else float(b)) == result.b
    assert facts.has_bias == bias
