"""The order of mini-batches: every row once, whatever the sizes; and the same run from disk as from memory."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from linreg.data.table import open_source
from linreg.engines import autograd, shuffle
from linreg.recipe import Recipe
from linreg.training.posing import pose
from linreg.training.trainer import Trainer


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every table count as large."""
    for module in (shuffle, autograd):
        monkeypatch.setattr(module, "LARGEST_SHUFFLED", 0)
        monkeypatch.setattr(module, "BLOCK_CELLS", 64)
        monkeypatch.setattr(module, "BLOCKS_AT_A_TIME", 3)


def drawn(n_rows: int, n_columns: int, batch_size: int, seed: int) -> list[torch.Tensor]:
    return list(shuffle.shuffled(n_rows, n_columns, batch_size, seed))


@pytest.mark.usefixtures("large")
@given(st.integers(1, 500), st.integers(1, 100), st.integers(1, 600), st.integers(0, 2**63 - 1))
def test_every_row_comes_once_in_whole_batches(n_rows: int, n_columns: int, batch_size: int, seed: int) -> None:
    groups = drawn(n_rows, n_columns, batch_size, seed)
    assert sorted(torch.cat(groups).tolist()) == list(range(n_rows))
    assert all(len(group) % batch_size == 0 for group in groups[:-1])
    block_rows = max(1, 64 // n_columns)
    assert all(len(group) < 3 * block_rows + batch_size for group in groups)
    assert sum(map(len, groups[: n_rows // (3 * block_rows)])) + batch_size + block_rows > n_rows - 3 * block_rows
    again = drawn(n_rows, n_columns, batch_size, seed)
    assert all(torch.equal(one, other) for one, other in zip(groups, again, strict=True))


@pytest.mark.usefixtures("large")
def test_rows_come_from_all_over_the_table_and_in_another_order_with_another_seed() -> None:
    rows = torch.cat(drawn(10_000, 4, 10, seed=1)).double()
    assert abs(float(torch.corrcoef(torch.stack([rows, torch.arange(10_000.0)]))[0, 1])) < 0.2
    assert (rows != torch.cat(drawn(10_000, 4, 10, seed=2))).double().mean() > 0.99
    steps = rows.diff().abs()
    assert (steps == 1).double().mean() < 0.1  # neighbours in the table are seldom neighbours in the order


def test_a_small_table_is_shuffled_as_a_whole() -> None:
    (rows,) = drawn(100, 3, 7, seed=5)
    assert torch.equal(rows, torch.randperm(100, generator=torch.Generator().manual_seed(5)))


@pytest.fixture
def table(tmp_path: Path) -> Path:
    generator = np.random.default_rng(4)
    X = generator.normal([1, 2, 3], size=(503, 3))
    path = tmp_path / "table.csv"
    pl.DataFrame({"a": X[:, 0], "b": X[:, 1], "c": X[:, 2], "y": X.sum(axis=1) + generator.normal(size=503)}).write_csv(
        path
    )
    return path


SETTINGS: list[dict[str, Any]] = [
    {"batch_size": 16},
    {"batch_size": 16, "reduction": "sum", "learning_rate": 1e-4},
    {"batch_size": 50, "criterion": "L1Loss", "standardize": False, "learning_rate": 1e-3},
    {"criterion": "HuberLoss", "optimizer": "LBFGS"},
    {"batch_size": 16, "dtype": "float32"},
]


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_rows_on_disk_train_as_rows_in_memory_do(
    settings: dict[str, Any], table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = replace(Recipe(data=str(table), epochs=5), **settings)
    results = []
    for memory in ("1G", "2K"):
        monkeypatch.setenv("LINREG_MEMORY", memory)
        trainer = Trainer(pose(recipe))
        assert trainer.problem.table is not None
        assert trainer.problem.table.on_disk == (memory == "2K")
        parameters = np.concatenate([trace.parameters for trace in trainer.run()])
        results.append((parameters, trainer.result().cost))
    np.testing.assert_allclose(results[1][0], results[0][0], rtol=1e-6 if "dtype" in settings else 1e-13)
    assert results[1][1] == pytest.approx(results[0][1], rel=1e-6 if "dtype" in settings else 1e-13)


@pytest.mark.usefixtures("large")
def test_the_cost_of_a_large_table_is_that_of_all_its_rows(table: Path) -> None:
    trainer = Trainer(pose(Recipe(data=str(table), epochs=3, batch_size=16)))
    list(trainer.run())
    rows = np.loadtxt(table, delimiter=",", skiprows=1)
    w, b = trainer.in_original_units(trainer.parameters)
    assert b is not None
    residual = rows[:, 3] - rows[:, :3] @ w - b
    assert trainer.result().cost == pytest.approx(float(np.square(residual).mean()), rel=1e-12)


def test_rows_on_disk_are_those_of_the_table(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINREG_MEMORY", "100")
    mapped = open_source(str(table)).read()
    monkeypatch.setenv("LINREG_MEMORY", "1G")
    whole = open_source(str(table)).read()
    assert (mapped.on_disk, whole.on_disk) == (True, False)
    assert np.array_equal(mapped.X, whole.X)
    assert np.array_equal(mapped.y, whole.y)


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize(("n_rows", "n_columns"), [(500, 4), (33, 64), (33, 65), (100, 100)])
def test_a_large_table_is_shuffled_some_blocks_of_neighbours_at_a_time(n_rows: int, n_columns: int) -> None:
    drawing = torch.Generator().manual_seed(9)
    size = max(1, 64 // n_columns)
    blocks = torch.randperm(-(-n_rows // size), generator=drawing).tolist()
    wanted = []
    for start in range(0, len(blocks), 3):
        rows = [row for block in blocks[start : start + 3] for row in range(block * size, block * size + size)]
        rows = [row for row in rows if row < n_rows]
        wanted += [rows[place] for place in torch.randperm(len(rows), generator=drawing).tolist()]
    assert torch.cat(drawn(n_rows, n_columns, 7, seed=9)).tolist() == wanted


@pytest.mark.parametrize(("n_rows", "is_whole"), [(10, True), (11, False)])
def test_a_table_is_small_up_to_a_number_of_cells(n_rows: int, is_whole: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shuffle, "LARGEST_SHUFFLED", 40)
    monkeypatch.setattr(shuffle, "BLOCK_CELLS", 4)
    monkeypatch.setattr(shuffle, "BLOCKS_AT_A_TIME", 2)
    assert (len(drawn(n_rows, 4, 2, seed=1)) == 1) == is_whole
