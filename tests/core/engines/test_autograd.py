"""The autograd engine is the lecture's program, bit for bit."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import lecture
from linreg import train
from linreg.engines.analytic import AnalyticEngine
from linreg.engines.autograd import AutogradEngine
from linreg.engines.cuda_graphs import graphs_on
from linreg.engines.distributed import DistributedEngine
from linreg.engines.ranks import ALONE
from linreg.nn.linear import LinearRegression
from linreg.nn.user_module import UserModule
from linreg.training.trainer import Trainer

FLOAT32 = {"engine": "autograd", "dtype": "float32"}
OPTIONS = {"LBFGS": {"max_iter": 4}}  # few, for each is a pass over the rows


def _rows(trainer: Trainer) -> Iterator[lecture.Row]:
    for trace in trainer:
        for parameters, cost in zip(trace.parameters, trace.cost, strict=True):
            yield parameters[:-1].tolist(), float(parameters[-1]), float(cost)


def test_exercise1_in_float32_equals_the_lectures_program_bit_for_bit() -> None:
    assert list(_rows(train("exercise1", **FLOAT32))) == list(lecture.exercise1())


@pytest.mark.parametrize("by_class", [False, True], ids=["F.mse_loss", "nn.MSELoss"])
def test_quiz1_in_float32_equals_the_lectures_program_bit_for_bit(by_class: bool) -> None:
    assert list(_rows(train("quiz1", **FLOAT32))) == list(lecture.quiz1(by_class=by_class))


def test_the_lectures_module_in_float32_equals_the_lectures_program_bit_for_bit() -> None:
    assert list(_rows(train("quiz1-module"))) == list(lecture.quiz1_module())


def _engine(
    device: str, batch_size: int | None = None, optimizer: str = "Adam", seed: int = 3, n_samples: int = 23
) -> AutogradEngine:
    generator = torch.Generator().manual_seed(7)
    x = torch.randn(n_samples, 4, generator=generator, dtype=torch.float64)
    y = x.sum(dim=1, keepdim=True) + 0.1 * torch.randn(n_samples, 1, generator=generator, dtype=torch.float64)
    return AutogradEngine(
        LinearRegression(np.zeros(5), device=device),
        x.to(device),
        y.to(device),
        nn.MSELoss(),
        lambda model: getattr(torch.optim, optimizer)(model.parameters(), lr=0.05, **OPTIONS.get(optimizer, {})),
        batch_size=batch_size,
        seed=seed,
        graphs=graphs_on(device),
    )


def _plain_minibatches(engine: AutogradEngine, n_epochs: int, batch_size: int) -> list[tuple[float, list[float]]]:
    """Train on the same batches, found by which rows each step saw, with nothing of the engine but its data."""
    w = torch.zeros(4, 1, dtype=torch.float64, device=engine.device, requires_grad=True)
    b = torch.zeros(1, dtype=torch.float64, device=engine.device, requires_grad=True)
    optimizer = torch.optim.Adam([w, b], lr=0.05)
    rows = []
    for epoch in range(n_epochs):
        engine._epoch = epoch
        cost = ((engine.x @ w + b - engine.y) ** 2).mean().item()
        seen = []
        for x, y in engine._batches(batch_size):
            seen.append(x)
            optimizer.zero_grad()
            ((x @ w + b - y) ** 2).mean().backward()
            optimizer.step()
        every_row = torch.cat(seen)
        assert sorted(map(tuple, every_row.tolist())) == sorted(map(tuple, engine.x.tolist()))
        assert every_row.tolist() != engine.x.tolist()
        rows.append((cost, [*w.detach().flatten().tolist(), b.item()]))
    return rows


def test_minibatches_see_every_row_once_an_epoch_and_the_cost_is_that_of_all_rows_at_its_start(device: str) -> None:
    trace = _engine(device, batch_size=5).advance(6)
    expected = _plain_minibatches(_engine(device, batch_size=5), 6, batch_size=5)
    assert trace.cost == pytest.approx([cost for cost, _ in expected], rel=1e-12)
    assert trace.parameters == pytest.approx(np.array([row for _, row in expected]), rel=1e-10)


def test_the_order_of_rows_changes_with_the_epoch_and_the_seed(device: str) -> None:
    def first_rows(seed: int, epoch: int) -> list[float]:
        engine = _engine(device, batch_size=5, seed=seed)
        engine._epoch = epoch
        return next(iter(engine._batches(5)))[0][:, 0].tolist()

    orders = [first_rows(seed, epoch) for seed in (0, 1) for epoch in (0, 1)]
    assert len({tuple(order) for order in orders}) == 4


def test_a_batch_of_all_rows_or_more_is_the_full_batch_in_its_own_order(device: str) -> None:
    full, large = _engine(device).advance(4), _engine(device, batch_size=1000).advance(4)
    assert np.array_equal(full.parameters, large.parameters)


@pytest.mark.parametrize("optimizer", ["SGD", "Adam", "LBFGS", "Rprop", "Adadelta", "NAdam"])
@pytest.mark.parametrize("batch_size", [None, 5])
def test_going_back_to_a_snapshot_gives_the_same_numbers_again(
    device: str, optimizer: str, batch_size: int | None
) -> None:
    engine = _engine(device, batch_size, optimizer)
    engine.advance(3)
    state = engine.snapshot()
    once = engine.advance(7)
    engine.restore(state)
    again = engine.advance(7)
    assert engine.epoch == 10
    assert np.array_equal(once.cost, again.cost)
    assert np.array_equal(once.parameters, again.parameters)


def test_splitting_a_run_into_blocks_changes_nothing(device: str) -> None:
    whole, pieces = _engine(device, 5).advance(9), _engine(device, 5)
    blocks = [pieces.advance(n) for n in (1, 0, 5, 3)]
    assert np.array_equal(whole.cost, np.concatenate([block.cost for block in blocks]))
    assert [block.first_epoch for block in blocks] == [0, 1, 1, 6]


def test_looking_at_other_parameters_leaves_the_training_where_it_was(device: str) -> None:
    engine = _engine(device)
    engine.advance(2)
    before = engine.parameters
    elsewhere = np.arange(5.0)
    residual = engine.x.cpu().numpy() @ elsewhere[:4] + 4.0 - engine.y.cpu().numpy()[:, 0]
    assert engine.cost_of(elsewhere) == pytest.approx(float((residual**2).mean()), rel=1e-12)
    assert engine.predict(elsewhere) == pytest.approx(engine.x.cpu().numpy() @ elsewhere[:4] + 4.0)
    assert np.array_equal(engine.parameters, before)


def test_the_learning_rate_changes_from_the_next_epoch_on_without_a_reset(device: str) -> None:
    engine = _engine(device, optimizer="SGD")
    engine.advance(2)
    start = engine.parameters
    engine.learning_rate = 0.125
    trace = engine.advance(1)
    x, y = engine.x.cpu().numpy(), engine.y.cpu().numpy()[:, 0]
    residual = x @ start[:4] + start[4] - y
    gradient = 2 / len(y) * np.append(residual @ x, residual.sum())
    assert trace.learning_rate == 0.125
    assert trace.parameters[0] == pytest.approx(start - 0.125 * gradient, rel=1e-12)


def test_lbfgs_reports_the_cost_that_the_epoch_started_from(device: str) -> None:
    engine = _engine(device, optimizer="LBFGS")
    trace = engine.advance(2)
    assert trace.cost[0] == pytest.approx(float((engine.y**2).mean()), rel=1e-12)
    assert trace.cost[1] == pytest.approx(engine.cost_of(trace.parameters[0]), rel=1e-12)


class _Noisy(nn.Module):
    """A module that draws random numbers while it trains."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(4, 1, dtype=torch.float64)
        self.dropout = nn.Dropout(0.5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        prediction: torch.Tensor = self.linear(self.dropout(x))
        return prediction


def test_a_module_that_draws_random_numbers_can_be_rewound_too(device: str) -> None:
    reference, noisy = _engine(device), _Noisy().to(device)
    engine = AutogradEngine(
        noisy,
        reference.x,
        reference.y,
        nn.MSELoss(),
        lambda model: torch.optim.SGD(model.parameters(), lr=0.1),
        own_module=UserModule.of(noisy, "noisy.py:_Noisy"),
    )
    start = engine.snapshot()
    once = engine.advance(5)
    engine.restore(start)
    assert np.array_equal(once.parameters, engine.advance(5).parameters)
    assert len({tuple(row) for row in once.parameters.tolist()}) == 5


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_the_cost_of_a_large_table_is_computed_piece_by_piece(reduction: str, monkeypatch: pytest.MonkeyPatch) -> None:
    engine, seen = _engine("cpu"), list[int]()
    vars(engine.criterion)["reduction"] = reduction
    engine.model.register_forward_hook(lambda _, given, __: seen.append(len(given[0])))
    parameters = np.arange(5) / 7
    residuals = engine.x.numpy() @ parameters[:4] + parameters[4] - engine.y.numpy()[:, 0]
    expected = float((residuals**2).sum()) / (23 if reduction == "mean" else 1)
    assert engine.cost_of(parameters) == pytest.approx(expected, rel=1e-13)
    assert seen == [23]
    assert engine.predict(parameters) - engine.y.numpy()[:, 0] == pytest.approx(residuals, abs=1e-13)
    gradient = engine.gradient_at(parameters)
    assert gradient is not None
    rows = np.column_stack([engine.x.numpy(), np.ones(23)])
    n_of_each = 23 if reduction == "mean" else 1
    assert gradient == pytest.approx(2 * rows.T @ residuals / n_of_each, rel=1e-12)
    for name, value in (("LARGEST_SHUFFLED", 23 * 5 - 1), ("BLOCK_CELLS", 50), ("BLOCKS_AT_A_TIME", 1)):
        monkeypatch.setattr(f"linreg.engines.autograd.{name}", value)
    seen.clear()
    assert engine.cost_of(parameters) == pytest.approx(expected, rel=1e-13)
    assert seen == [10, 10, 3]
    assert engine.gradient_at(parameters) is None
    monkeypatch.setattr("linreg.engines.autograd.LARGEST_SHUFFLED", 23 * 5)
    seen.clear()
    assert engine.cost_of(parameters) == pytest.approx(expected, rel=1e-13)
    assert seen == [23]
    assert engine.gradient_at(parameters) is not None


@pytest.mark.parametrize("kind", [AutogradEngine, AnalyticEngine])
@pytest.mark.parametrize(("batch_size", "n_batches"), [(5, 5), (22, 2), (23, None), (None, None)])
def test_the_batch_at_work_is_told_and_none_between_two_epochs(
    kind: type[AutogradEngine], batch_size: int | None, n_batches: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("linreg.engines.analytic._PIECE_CELLS", 1)  # a batch at a time
    other = _engine("cpu")
    told = list[tuple[int, int] | None]()

    class Telling(torch.optim.Adam):
        def step(self, closure: Any = None) -> Any:
            told.append(engine.batches)
            return super().step(closure)

    engine = kind(
        LinearRegression(np.zeros(5)),
        other.x,
        other.y,
        nn.MSELoss(),
        lambda model: Telling(model.parameters()),
        batch_size=batch_size,
    )
    assert engine.batches is None
    engine.advance(2)
    assert engine.batches is None
    assert told == [None if n_batches is None else (number + 1, n_batches) for number in range(n_batches or 1)] * 2


@pytest.mark.parametrize(("seed", "epoch"), [(0, 0), (1, 0), (3, 7), (2**62, 5)])
def test_the_order_of_an_epoch_is_drawn_from_its_seed_and_its_number(seed: int, epoch: int) -> None:
    """A recorded run is gone on with by later versions, and they must draw as this one does."""
    engine = _engine("cpu", batch_size=5, seed=seed)
    engine._epoch = epoch
    drawn = torch.Generator().manual_seed((seed + (epoch + 1) * 0x9E3779B97F4A7C15) % 2**63)
    order = torch.randperm(23, generator=drawn)
    assert torch.equal(torch.cat([x for x, _ in engine._batches(5)]), engine.x[order])
    assert [len(x) for x, _ in engine._batches(5)] == [5, 5, 5, 5, 3]


def test_other_rows_are_answered_in_the_engines_type() -> None:
    engine = _engine("cpu")
    other = np.arange(8, dtype=np.float64).reshape(2, 4)
    parameters = np.array([1.0, 0.5, -1.0, 2.0, 3.0])
    assert engine.predict(parameters, other).tolist() == (other @ parameters[:4] + 3).tolist()
    assert engine.predict(parameters).shape == (23,)


def test_a_rate_that_there_is_none_of_is_no_number() -> None:
    engine = _engine("cpu")
    assert engine.learning_rate == 0.05
    for group in engine.optimizer.param_groups:
        del group["lr"]
    assert np.isnan(engine.learning_rate)


class _Partly(nn.Module):
    """A module of which a part is not trained, and a part has nothing to do with the cost."""

    def __init__(self) -> None:
        super().__init__()
        self.fixed = nn.Parameter(torch.full((4, 1), 2.0, dtype=torch.float64), requires_grad=False)
        self.free = nn.Parameter(torch.ones(1, dtype=torch.float64))
        self.idle = nn.Parameter(torch.ones(2, dtype=torch.float64))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x @ self.fixed + self.free


def test_only_what_is_trained_has_a_gradient_and_what_has_no_part_in_the_cost_has_none_of_it() -> None:
    reference, partly = _engine("cpu"), _Partly()
    engine = AutogradEngine(
        partly,
        reference.x,
        reference.y,
        nn.MSELoss(),
        lambda model: torch.optim.SGD([each for each in model.parameters() if each.requires_grad], lr=0.1),
        own_module=UserModule.of(partly, "partly.py:_Partly"),
    )
    assert engine.parameters.tolist() == [1, 1, 1]
    residual = (engine.x @ partly.fixed + 1 - engine.y).mean().item()
    assert engine.gradient_at(np.ones(3)) == pytest.approx([2 * residual, 0, 0])
    before = torch.get_rng_state()
    engine.advance(2)
    engine.gradient_at(np.ones(3))
    assert torch.equal(torch.get_rng_state(), before)
    assert partly.fixed.tolist() == [[2.0]] * 4


@pytest.mark.parametrize(("batch_size", "kept"), [(22, 22), (23, None), (24, None), (1000, None), (None, None)])
def test_a_batch_is_of_fewer_rows_than_all_ranks_have(batch_size: int | None, kept: int | None) -> None:
    other = _engine("cpu", batch_size)
    engine = DistributedEngine(
        LinearRegression(np.zeros(5)),
        other.x,
        other.y,
        nn.MSELoss(),
        lambda model: torch.optim.Adam(model.parameters(), lr=0.05),
        batch_size=batch_size,
        seed=3,
        ranks=ALONE,
        rows=[range(9), range(9, 23)],
        n_samples=23,
    )
    assert engine.batch_size == other.batch_size == kept
    trace, expected = engine.advance(3), other.advance(3)
    assert trace.parameters == pytest.approx(expected.parameters, rel=1e-12)
    assert trace.cost == pytest.approx(expected.cost, rel=1e-12)


def test_of_several_groups_the_rate_is_the_firsts() -> None:
    reference = _engine("cpu")

    def grouped(model: nn.Module) -> torch.optim.Optimizer:
        return torch.optim.SGD([
            {"params": [each], "lr": 0.1 + number} for number, each in enumerate(model.parameters())
        ])  # fmt: skip

    engine = AutogradEngine(LinearRegression(np.zeros(5)), reference.x, reference.y, nn.MSELoss(), grouped)
    assert engine.learning_rate == 0.1
    engine.learning_rate = 0.3
    assert [group["lr"] for group in engine.optimizer.param_groups] == [0.3, 0.3]
