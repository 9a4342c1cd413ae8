"""Several ranks against one process: the same recipe on the same files must come to the same numbers."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import polars as pl
import pytest

from linreg.data.formats import columnar
from linreg.data.formats.datafile import Share
from linreg.data.table import open_source
from linreg.engines.ranks import ALONE, TIMEOUT, Ranks, TorchRanks, _place, joined, row_numbers
from linreg.errors import LinregError
from linreg.recipe import Recipe
from linreg.trace import Trace
from linreg.training.posing import pose
from linreg.training.result import Result
from linreg.training.trainer import Trainer
from threads import on_ranks

SEEDING = Lock()  # threads share torch's generator, from which initial parameters are drawn
Run = tuple[list[Trace], Result]


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columnar, "FEWEST_ROWS", 7)
    monkeypatch.setattr(columnar, "SLICE_BYTES", 500)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Write 101 rows: prime, so that nothing divides evenly."""
    generator = np.random.default_rng(1)
    X = generator.normal(size=(101, 3)) * [1, 10, 0.1] + [5, 0, -1]
    y = X @ [1, -0.2, 3] + generator.normal(size=101)
    path = tmp_path / "table.parquet"
    pl.DataFrame({"a": X[:, 0], "b": X[:, 1], "c": X[:, 2], "y": y}).write_parquet(path)
    return path


def trained(recipe: Recipe, ranks: Ranks = ALONE) -> Run:
    problem = pose(recipe, ranks=ranks)
    with SEEDING:
        trainer = Trainer(problem)
    return list(trainer.run()), trainer.result()


def columns(traces: list[Trace]) -> tuple[Any, Any]:
    return np.concatenate([trace.cost for trace in traces]), np.concatenate([trace.parameters for trace in traces])


def assert_same(one: Run, other: Run, tolerance: float = 1e-12) -> None:
    (cost, parameters), (their_cost, their_parameters) = columns(one[0]), columns(other[0])
    np.testing.assert_allclose(their_parameters, parameters, rtol=tolerance, atol=tolerance * np.abs(parameters).max())
    np.testing.assert_allclose(their_cost, cost, rtol=tolerance)
    mine, theirs = one[1], other[1]
    assert (theirs.cost, theirs.r2) == pytest.approx((mine.cost, mine.r2), rel=tolerance)
    assert (theirs.n_samples, theirs.status, theirs.epoch) == (mine.n_samples, mine.status, mine.epoch)


SETTINGS = [
    {},
    {"optimizer": "Adam"},
    {"optimizer": "LBFGS"},
    {"engine": "autograd"},
    {"engine": "autograd", "optimizer": "LBFGS"},
    {"engine": "autograd", "reduction": "sum", "learning_rate": 1e-4},
    {"criterion": "L1Loss"},
    {"criterion": "HuberLoss", "optimizer": "Adam", "bias": False},
    {"batch_size": 10, "seed": 3},
    {"batch_size": 1, "epochs": 3},
    {"batch_size": 1000},
    {"batch_size": 33, "criterion": "SmoothL1Loss", "optimizer": "AdamW", "options": {"weight_decay": 0.01}},
    {"batch_size": 20, "standardize": False, "learning_rate": 1e-3, "init": "linear"},
    {"engine": "autograd", "until_cost": 1e-3},
]


@pytest.mark.parametrize("n_ranks", [2, 3])
@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_several_ranks_take_the_path_of_one(settings: dict[str, Any], n_ranks: int, table: Path) -> None:
    recipe = replace(Recipe(data=str(table), epochs=20), **settings)
    alone = trained(recipe)
    for run in on_ranks(n_ranks, lambda ranks: trained(recipe, ranks)):
        assert_same(alone, run)


@pytest.mark.parametrize("settings", [{}, {"criterion": "L1Loss"}, {"batch_size": 4}], ids=str)
def test_ranks_without_rows_change_nothing(settings: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "few.csv"
    path.write_text("x,y\n0,0\n1,1\n1,2\n3,2\n4,5\n")
    recipe = replace(Recipe(data=str(path), epochs=10), **settings)
    alone, runs = trained(recipe), on_ranks(4, lambda ranks: trained(recipe, ranks))
    for run in runs:
        assert_same(alone, run)


def test_all_ranks_hold_the_very_same_parameters(table: Path) -> None:
    recipe = Recipe(data=str(table), epochs=20, batch_size=10, optimizer="Adam")
    first, *others = [columns(run[0]) for run in on_ranks(3, lambda ranks: trained(recipe, ranks))]
    for other in others:
        assert np.array_equal(first[0], other[0])
        assert np.array_equal(first[1], other[1])


def test_a_module_of_ones_own_is_trained_on_all_ranks_rows(table: Path, tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(
        "from torch import nn\n"
        "class Net(nn.Sequential):\n"
        "    def __init__(self, n): super().__init__(nn.Linear(n, 4), nn.Tanh(), nn.Linear(4, 1))\n"
    )
    recipe = Recipe(data=str(table), epochs=10, module=f"{tmp_path}/net.py:Net", batch_size=25, learning_rate=0.05)
    alone = trained(recipe)
    for run in on_ranks(2, lambda ranks: trained(recipe, ranks)):
        assert_same(alone, run)


def test_columns_beyond_the_reach_of_moments_are_standardised_over_all_ranks(
    table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("linreg.numerics.spectrum._FEW", 2)
    recipe = Recipe(data=str(table), epochs=10, learning_rate=0.1, criterion="L1Loss")
    alone = trained(recipe)
    for run in on_ranks(3, lambda ranks: trained(recipe, ranks)):
        assert_same(alone, run)


@pytest.mark.parametrize("settings", [{}, {"batch_size": 10}], ids=str)
def test_dropped_rows_are_counted_over_all_ranks(settings: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "holes.parquet"
    x = [None if row % 9 == 0 else float(row % 7) for row in range(100)]
    pl.DataFrame({"x": x, "y": [float(row) for row in range(100)]}).write_parquet(path)
    recipe = replace(Recipe(data=str(path), drop_missing=True, epochs=5), **settings)
    problems = on_ranks(3, lambda ranks: pose(recipe, ranks=ranks))
    assert {(problem.n_samples, problem.n_dropped) for problem in problems} == {(88, 12)}
    assert_same(trained(recipe), on_ranks(3, lambda ranks: trained(recipe, ranks))[1])


@pytest.mark.parametrize("settings", [{}, {"batch_size": 10}], ids=str)
def test_no_rows_on_any_rank_is_an_error(settings: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "none.csv"
    path.write_text("x,y\n")
    recipe = replace(Recipe(data=str(path)), **settings)
    with pytest.raises(LinregError, match="there are no rows"):
        on_ranks(2, lambda ranks: pose(recipe, ranks=ranks))


def test_standard_input_is_refused() -> None:
    with pytest.raises(LinregError, match="one process only"):
        open_source("-", share=Share(0, 2))


def test_rows_are_numbered_as_one_process_would_read_them() -> None:
    parts = [[3, 0, 0, 2], [0, 4, 0, 0], [0, 0, 1, 0]]
    numbered = [row for rank in range(3) for part in row_numbers(parts, rank) for row in part]
    assert numbered == [0, 1, 2, 8, 9, 3, 4, 5, 6, 7]
    with pytest.raises(LinregError, match="different sizes"):
        row_numbers([[3, 0], [0]], 0)


def test_an_error_says_in_which_part_of_the_data_it_is(tmp_path: Path) -> None:
    path = tmp_path / "bad.parquet"
    pl.DataFrame({"x": [1.0] * 30 + [None] * 70, "y": [2.0] * 100}).write_parquet(path)
    with pytest.raises(LinregError) as whole:
        open_source(str(path)).read()
    parts = []
    for rank in range(2):
        with pytest.raises(LinregError) as caught:
            open_source(str(path), share=Share(rank, 2)).read()
        parts.append((caught.value.part, str(caught.value)))
    assert min(parts)[1] == str(whole.value)


def test_without_torchrun_there_is_one_rank_whatever_the_environment_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    for environment in ({}, {"RANK": "0", "WORLD_SIZE": "1", "MASTER_ADDR": "a"}, {"RANK": "1", "WORLD_SIZE": "2"}):
        assert _place(environment) is None
    assert _place({"RANK": "5", "LOCAL_RANK": "1", "WORLD_SIZE": "8", "MASTER_ADDR": "a"}) == (5, 8, 1)
    monkeypatch.delenv("RANK", raising=False)
    with joined() as ranks:
        assert ranks is ALONE


def _on_two_sides(tmp_path: Path, one: dict[str, str], other: dict[str, str]) -> list[Run]:
    """Train on two ranks whose machines have these files under one name, the first of them."""
    for side, files in enumerate((one, other)):
        for name, text in files.items():
            path = tmp_path / str(side) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    data, *module = next(iter(one)).split("/", 1)[0], *(name for name in one if name.endswith(".py"))

    def run(ranks: Ranks) -> Run:
        here = tmp_path / str(ranks.rank)
        spec = f"{here / module[0]}:Net" if module else None
        return trained(Recipe(data=str(here / data), epochs=5, module=spec, learning_rate=0.01), ranks)

    return on_ranks(2, run)


ROWS = "x,y\n0,0\n1,1\n1,2\n2,3\n"
NET = "from torch import nn\nclass Net(nn.Linear):\n    def __init__(self, n): super().__init__(n, 1)\n"


@pytest.mark.parametrize(
    ("one", "other", "sentence"),
    [
        ({"t.csv": ROWS}, {"t.csv": ROWS.replace("2,3", "2,4")}, "t.csv has other content, at the same size"),
        ({"t.csv": ROWS}, {"t.csv": ROWS + "3,4\n"}, "t.csv has 24 bytes, not 20"),
        ({"t.csv": ROWS}, {"t.csv": ROWS.replace("x,", "z,")}, "of the columns it lacks 'x' and has also 'z'"),
        ({"t.csv": ROWS}, {"t.csv": ROWS.replace("x,y", "y,x")}, "its columns come in another order"),
        ({"t/a.csv": ROWS, "t/b.csv": ROWS}, {"t/a.csv": ROWS}, "1 file, not 2 files"),
        ({"t/k=1/a.csv": ROWS}, {"t/k=2/a.csv": ROWS}, "k=2/a.csv in the place of k=1/a.csv"),
        ({"t.csv": ROWS, "n.py": NET}, {"t.csv": ROWS, "n.py": NET + "#\n"}, "n.py has"),
    ],
)
def test_ranks_that_see_other_data_refuse_them_and_say_what_differs(
    one: dict[str, str], other: dict[str, str], sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(LinregError, match="rank 1 sees other data than rank 0: ") as caught:
        _on_two_sides(tmp_path, one, other)
    assert sentence in str(caught.value)


def test_the_same_data_may_lie_elsewhere_on_every_machine(tmp_path: Path) -> None:
    for files in ({"t.csv": ROWS}, {"d/a.csv": ROWS, "d/b.csv": ROWS}):
        one, other = _on_two_sides(tmp_path, files, files)
        assert_same(one, other)


def test_ranks_that_read_more_or_less_meet_on_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("linreg.engines.ranks.MEETING", 0.0)
    read = on_ranks(3, lambda ranks: list(ranks.in_step(range(5 * ranks.rank))))
    assert read == [[], [*range(5)], [*range(10)]]


def test_a_link_that_is_cut_is_noticed_within_two_minutes() -> None:
    assert timedelta(0) < TIMEOUT < timedelta(minutes=2)


class Counted(Ranks):
    """Notes what it is given to gather, for as many ranks as it says there are."""

    def __init__(self, n_ranks: int) -> None:
        self.n_ranks, self.given = n_ranks, list[Any]()

    def gather(self, value: Any) -> list[Any]:
        self.given.append(value)
        return [value] * self.n_ranks


def test_ranks_meet_while_they_read_and_one_alone_meets_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    for n_ranks, meeting, n_meetings in ((1, 0.0, 0), (2, 0.0, 3), (2, 3600.0, 0)):
        monkeypatch.setattr("linreg.engines.ranks.MEETING", meeting)
        ranks = Counted(n_ranks)
        assert list(ranks.in_step("abc")) == list("abc")
        assert ranks.given == [False] * n_meetings + [True]


def test_what_ranks_say_to_each_other_is_in_their_order() -> None:
    said = on_ranks(
        3, lambda ranks: (ranks.first(f"of {ranks.rank}"), ranks.total(ranks.rank), ranks.gather(ranks.rank))
    )
    assert said == [("of 0", 3, [0, 1, 2])] * 3
    assert on_ranks(3, lambda ranks: ranks.any(str(ranks.rank) if ranks.rank else None)) == ["1"] * 3
    assert on_ranks(2, lambda ranks: ranks.any(None)) == [None, None]
    assert (ALONE.any("x"), ALONE.any(None), ALONE.first(3), ALONE.total(4)) == ("x", None, 3, 4)


@pytest.mark.parametrize(("local_rank", "place"), [(0, "cuda:0"), (1, "cuda:1"), (3, "cuda:1")])
def test_each_rank_of_a_machine_has_a_cuda_device_of_its_own(
    local_rank: int, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.cuda.device_count", lambda: 2)
    ranks = object.__new__(TorchRanks)
    ranks._local_rank = local_rank
    assert ranks.device("cuda") == place
    for name in ("cpu", "mps", "xpu", "cuda:0"):
        assert ranks.device(name) == name == ALONE.device(name)
