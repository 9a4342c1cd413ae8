"""The gradient in closed form gives the epochs of the lecture's loop, whatever the criterion, optimizer and batch."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from linreg.data.row_file import RowFile
from linreg.data.table import Table
from linreg.engines.analytic import SLOPES, AnalyticEngine
from linreg.engines.autograd import AutogradEngine
from linreg.nn.linear import LinearRegression
from linreg.optim import optimizers
from linreg.recipe import Recipe
from linreg.trace import Trace
from linreg.training.build import build_engine
from linreg.training.posing import pose_table

SERVED = [name for name in optimizers.names() if name != "SparseAdam"]
STEPS: list[tuple[str, dict[str, Any]]] = [
    ("SGD", {}),
    ("SGD", {"momentum": 0.9}),
    ("SGD", {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
    ("SGD", {"momentum": 0.5, "dampening": 0.3}),
    ("Adam", {}),
    ("Adam", {"weight_decay": 0.1, "eps": 0.01}),
    ("Adam", {"amsgrad": True}),
    ("AdamW", {"weight_decay": 0.1, "betas": (0.5, 0.8)}),
]


def table(n_samples: int = 23, n_features: int = 3, seed: int = 0) -> Table:
    random = np.random.default_rng(seed)
    X = random.standard_normal((n_samples, n_features)) + 0.5
    y = X @ random.standard_normal(n_features) + random.standard_normal(n_samples)
    return Table(features=tuple(f"x{number}" for number in range(n_features)), target="y", X=X, y=y)


def pair(rows: Table, **choices: Any) -> tuple[AutogradEngine, AnalyticEngine]:
    """Build the lecture's loop, and the engine that is held against it."""
    recipe = Recipe(data="rows", device="cpu", standardize=False, learning_rate=0.01).changed(**choices)
    loop, engine = (build_engine(pose_table(recipe.changed(engine=name), rows)) for name in ("autograd", "analytic"))
    assert isinstance(loop, AutogradEngine)
    assert isinstance(engine, AnalyticEngine)
    return loop, engine


def assert_same(trace: Trace, expected: Trace, tolerance: float = 1e-12) -> None:
    """Compare every epoch, relative to the largest parameter and cost."""
    reach = np.abs(expected.parameters).max() + 1e-9
    assert np.abs(trace.parameters - expected.parameters).max() <= tolerance * reach
    assert np.abs(trace.cost - expected.cost).max() <= tolerance * np.abs(expected.cost).max()


@given(
    n_samples=st.integers(1, 40),
    n_features=st.integers(1, 4),
    criterion=st.sampled_from(sorted(SLOPES)),
    reduction=st.sampled_from(["mean", "sum"]),
    batch_size=st.none() | st.integers(1, 20),
    steps=st.sampled_from(STEPS),
    bias=st.booleans(),
    seed=st.integers(0, 99),
)
def test_every_epoch_is_the_lectures_loops(
    n_samples: int, n_features: int, criterion: str, steps: tuple[str, dict[str, Any]], seed: int, **choices: Any
) -> None:
    optimizer, options = steps
    rows = table(n_samples, n_features, seed)
    recipe = {**choices, "criterion": criterion, "optimizer": optimizer, "options": options, "init": "normal"}
    loop, engine = pair(rows, learning_rate=0.002, seed=seed, **recipe)
    assert_same(engine.advance(2), loop.advance(2))
    engine.learning_rate = loop.learning_rate = 0.001
    assert_same(engine.advance(2), loop.advance(2))


@pytest.mark.parametrize("criterion", sorted(SLOPES))
@pytest.mark.parametrize("n_features", [1, 3])
def test_full_batches_have_the_lectures_loops_bits(criterion: str, n_features: int) -> None:
    """Even where a residual comes to rest at 0 and its sign, which is the gradient of L1, hangs on the last bit."""
    for dtype in ("float64", "float32"):
        loop, engine = pair(table(40, n_features), criterion=criterion, dtype=dtype, learning_rate=0.05)
        trace, expected = engine.advance(60), loop.advance(60)
        assert (trace.parameters == expected.parameters).all()
        assert (trace.cost == expected.cost).all()


@pytest.mark.parametrize("batch_size", [None, 5])
@pytest.mark.parametrize("optimizer", SERVED)
def test_every_optimizer_is_served(optimizer: str, batch_size: int | None) -> None:
    loop, engine = pair(table(), optimizer=optimizer, batch_size=batch_size, criterion="HuberLoss")
    assert_same(engine.advance(3), loop.advance(3), 1e-9)


@pytest.mark.parametrize("criterion", sorted(SLOPES))
def test_in_float32_the_numbers_are_the_lectures_but_for_its_rounding(criterion: str) -> None:
    loop, engine = pair(table(), dtype="float32", batch_size=5, criterion=criterion, optimizer="Adam")
    trace = engine.advance(3)
    assert_same(trace, loop.advance(3), 1e-5)
    assert engine.dtype == "float32"
    assert (trace.parameters == trace.parameters.astype(np.float32)).all()


@pytest.mark.parametrize(("optimizer", "options"), STEPS)
def test_going_back_gives_the_same_bits_and_the_state_is_torchs_own(optimizer: str, options: dict[str, Any]) -> None:
    loop, engine = pair(table(), optimizer=optimizer, options=options, batch_size=4)
    engine.advance(2)
    kept = engine.snapshot()
    first = engine.advance(3)
    engine.restore(kept)
    again = engine.advance(3)
    assert (again.parameters == first.parameters).all()
    loop.restore(kept)
    assert_same(first, loop.advance(3))


def test_rows_that_are_mapped_from_a_file_are_read_where_they_lie() -> None:
    rows = table(50, 2)
    with RowFile(3, "float64") as file:
        file.append(np.column_stack([rows.X, rows.y]))
        mapped = torch.from_numpy(file.mapped())
    x, y = mapped[:, :-1], mapped[:, -1:]
    assert not x.is_contiguous()
    _, expected = pair(rows, batch_size=7)
    engine = AnalyticEngine(
        LinearRegression(np.zeros(3)),
        x,
        y,
        torch.nn.MSELoss(),
        lambda model: torch.optim.SGD(model.parameters()),
        batch_size=7,
    )
    engine.learning_rate = expected.learning_rate
    assert (engine.advance(3).parameters == expected.advance(3).parameters).all()


def test_what_diverges_ends_in_numbers_that_are_not_finite_and_without_a_word() -> None:
    _, engine = pair(table(), learning_rate=1e30, batch_size=4)
    assert not np.isfinite(engine.advance(20).cost[-1])


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device here")
@pytest.mark.parametrize("batch_size", [None, 5])
def test_on_cuda_the_numbers_are_the_same(batch_size: int | None) -> None:
    choices: dict[str, Any] = {"batch_size": batch_size, "criterion": "L1Loss", "optimizer": "Adam"}
    loop, engine = pair(table(), device="cuda", **choices)
    on_cpu = pair(table(), **choices)[1].advance(30)
    trace = engine.advance(30)
    assert_same(trace, loop.advance(30), 1e-9)
    assert_same(trace, on_cpu, 1e-9)


@pytest.mark.parametrize("batch_size", [1, 4, 7, 22])
@pytest.mark.parametrize("cells", [1, 4 * 4 * 2, 4 * 7 * 3 + 5, 2**18])
def test_rows_are_gathered_some_whole_batches_at_a_time(
    batch_size: int, cells: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("linreg.engines.analytic._PIECE_CELLS", cells)
    loop, engine = pair(table(), batch_size=batch_size)
    assert_same(engine.advance(3), loop.advance(3))
    n_batches = -(-23 // batch_size)
    n_at_once = max(1, min(cells // (4 * batch_size), n_batches))
    lengths = [len(y) for _, y in engine._pieces_of_batches(batch_size)]
    assert lengths[:-1] == [n_at_once * batch_size] * (len(lengths) - 1)
    assert sum(lengths) == 23
    assert len(engine._piece[0]) == n_at_once * batch_size


@pytest.mark.parametrize(("cells", "n_at_once"), [(1, 1), (4 * 5 * 2, 2), (2**18, 5)])
def test_batches_are_taken_without_torch_and_told(cells: int, n_at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call of torch costs several times as much as a small batch."""
    monkeypatch.setattr("linreg.engines.analytic._PIECE_CELLS", cells)
    _, engine = pair(table(), batch_size=5, optimizer="Adam")
    slope, told = engine._array_slope, list[tuple[int, int] | None]()

    def telling(residual: Any) -> object:
        told.append(engine.batches)
        return slope(residual)

    monkeypatch.setattr(engine, "_array_slope", telling)
    monkeypatch.setattr(engine.optimizer, "step", None)
    assert engine.batches is None
    engine.advance(2)
    assert engine.batches is None
    assert told == [(min(5, number - number % n_at_once + n_at_once), 5) for number in range(5)] * 2
