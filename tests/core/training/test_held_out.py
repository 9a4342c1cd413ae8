"""Rows that are held out: never trained on nor scaled by, the same on every engine, and judged as scikit-learn does."""

import json
from math import inf
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import polars as pl
import pytest
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_squared_error, r2_score

import linreg
from command import linreg as run_linreg
from linreg.data.bundled import find
from linreg.data.sample import Sample
from linreg.errors import LinregError
from linreg.export.epochs import write_epochs
from linreg.live.run import LiveRun
from linreg.live.values import made, plain
from linreg.statistics.folds import Deal
from linreg.store.recorded_run import facts_of_run, result_of_run
from linreg.store.store import RunStore
from linreg.training.held_out import costs_of, divide
from linreg.training.posing import pose
from linreg.training.result import Result
from linreg.training.trainer import Trainer

ENGINES: dict[str, dict[str, Any]] = {
    "spectral": {},
    "gram": {"engine": "gram"},
    "analytic": {"engine": "analytic"},
    "autograd": {"engine": "autograd"},
    "mini-batches": {"batch_size": 8},
    "L1Loss": {"criterion": "L1Loss"},
}


def _rows(n_samples: int = 60) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    chance = np.random.default_rng(3)
    X = chance.standard_normal((n_samples, 2)) * [1.0, 40.0] + [5.0, -100.0]
    return X, X @ [2.0, -0.1] + 7 + chance.standard_normal(n_samples)


def _is_held_out(n_samples: int, seed: int = 0) -> NDArray[np.bool_]:
    """Tell which rows a share of 0.2 is: the first of the five folds that cross-validation deals."""
    return np.equal(Deal(5, seed).next(n_samples), 0)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_fit_is_that_of_the_other_rows_alone_and_their_scaling(engine: str) -> None:
    X, y = _rows()
    out = _is_held_out(60)
    made = linreg.train(X, y, hold_out=0.2, epochs=30, **ENGINES[engine])
    alone = linreg.train(X[~out], y[~out], epochs=30, **ENGINES[engine])
    one, other = (np.concatenate([trace.parameters for trace in each]) for each in (made, alone))
    np.testing.assert_array_equal(one, other)
    assert made.result().n_samples == 48
    np.testing.assert_allclose(made.problem.scaling.mean, X[~out].mean(axis=0), rtol=1e-13)
    np.testing.assert_allclose(made.problem.scaling.scale, X[~out].std(axis=0, ddof=1), rtol=1e-13)
    leaked = linreg.train(X, y, epochs=30).problem.scaling.mean
    assert (np.abs(leaked / X[~out].mean(axis=0) - 1) > 1e-4).all(), "all rows would give the same"


@pytest.mark.parametrize("engine", [name for name in ENGINES if name != "L1Loss"])
def test_rows_held_out_are_judged_as_scikit_learn_judges_them(engine: str) -> None:
    X, y = _rows()
    out = _is_held_out(60)
    model = LinearRegression().fit(X[~out], y[~out])
    result = linreg.fit(X, y, hold_out=0.2, epochs=3000, **ENGINES[engine] | {"batch_size": None})
    assert result.held_out is not None
    assert result.held_out.n_samples == 12
    assert result.held_out.rmse == pytest.approx(mean_squared_error(y[out], model.predict(X[out])) ** 0.5, rel=1e-9)
    assert result.held_out.cost == pytest.approx(result.held_out.rmse**2)
    assert result.held_out.r2 == pytest.approx(r2_score(y[out], model.predict(X[out])), rel=1e-9)
    assert result.rmse == pytest.approx(mean_squared_error(y[~out], model.predict(X[~out])) ** 0.5, rel=1e-9)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("criterion", ["MSELoss", "L1Loss", "SmoothL1Loss", "HuberLoss"])
def test_their_cost_is_by_the_runs_own_criterion(criterion: str, reduction: str) -> None:
    X, y = _rows()
    out = _is_held_out(60)
    result = linreg.fit(X, y, hold_out=0.2, epochs=5, learning_rate=0.001, criterion=criterion, reduction=reduction)
    residual = np.abs(y - result.predict(X))[out]
    huber = np.where(residual < 1, residual**2 / 2, residual - 0.5)
    each = {"MSELoss": residual**2, "L1Loss": residual}.get(criterion, huber)
    assert result.held_out is not None
    assert result.held_out.cost == pytest.approx(each.mean() if reduction == "mean" else each.sum())
    assert result.held_out.rmse == pytest.approx(np.sqrt(np.square(residual).mean()))


def test_another_seed_holds_out_other_rows_and_random_starts_do_not() -> None:
    X, y = _rows()
    first, other = (linreg.fit(X, y, hold_out=0.2, seed=seed, epochs=10).held_out for seed in (0, 1))
    assert first is not None
    assert other is not None
    assert first.rmse != other.rmse
    problem = linreg.train(X, y, hold_out=0.2, seed=1, epochs=10).problem
    again = problem.reseeded()
    assert (again.recipe.seed, again.recipe.hold_out) == (2, "0.2:1")
    trainer = linreg.train(X, y, hold_out="0.2:1", seed=2, epochs=10)
    assert Trainer(problem).result().n_samples == trainer.result().n_samples
    np.testing.assert_array_equal(trainer.problem.scaling.mean, again.scaling.mean)


@pytest.mark.parametrize("engine", ["spectral", "analytic"])
def test_rows_of_many_batches_are_divided_as_it_would_be_in_memory(tmp_path: Path, engine: str) -> None:
    X, y = _rows(2_000)
    for start in (0, 700, 1_401):
        part = slice(start, {0: 700, 700: 1_401}.get(start))
        pl.DataFrame({"a": X[part, 0], "b": X[part, 1], "y": y[part]}).write_csv(tmp_path / f"part-{start:04}.csv")
    batches = list[int]()
    problem = pose(
        linreg.Recipe(data=str(tmp_path), hold_out="0.2", engine=engine, epochs=3),
        lambda source: (batches.append(len(batch[1])) or batch for batch in source.batches()),  # type: ignore[func-returns-value]
    )
    assert len(batches) > 1
    trainer = Trainer(problem)
    assert len([*trainer]) > 0
    result, out = trainer.result(), _is_held_out(2_000)
    assert result.n_samples == sum(batches) == (~out).sum()
    w = np.array(list(result.w.values()))
    assert result.held_out is not None
    assert result.held_out.rmse == pytest.approx(mean_squared_error(y[out], X[out] @ w + result.b) ** 0.5)
    np.testing.assert_allclose(problem.scaling.mean, X[~out].mean(axis=0), rtol=1e-12)


def test_a_file_of_its_own_is_read_by_the_columns_and_levels_that_are_trained_on(tmp_path: Path) -> None:
    own, others = tmp_path / "train.csv", tmp_path / "test.csv"
    own.write_text("kind,x,y\n" + "".join(f"{'ab'[n % 2]},{n},{3 * n + n % 2}\n" for n in range(8)))
    others.write_text("y,x,kind\n10,3,b\n13,4,a\n,5,a\n")
    choices: dict[str, Any] = {"categorical": ("kind",), "epochs": 2000, "drop_missing": True}
    trainer = linreg.train(str(own), hold_out=others, **choices)
    assert len([*trainer]) > 0
    held_out = trainer.result().held_out
    assert held_out is not None
    assert (held_out.n_samples, trainer.result().n_samples) == (2, 8)
    assert held_out.rmse == pytest.approx(np.sqrt(1 / 2), rel=1e-6)  # 10 is the plane's own, 13 is 1 above it
    for text, why in (
        ("y,x,kind\n1,2,c\n", "kind"),
        ("y,x\n1,2\n", "the model needs 'kind', which is not a column"),
        ("x,kind\n1,a\n", "the model needs 'y', which is not a column"),
        ("x,kind,y\n", "there are no rows"),
    ):
        others.write_text(text)
        with pytest.raises(LinregError, match=r"^of the rows held out, .*test\.csv") as refused:
            linreg.train(str(own), hold_out=others, categorical=("kind",))
        assert why in str(refused.value)
    with pytest.raises(LinregError, match="names the file that is trained on"):
        linreg.train(str(own), hold_out=own, categorical=("kind",))


def test_weighted_rows_are_judged_by_their_weights(tmp_path: Path) -> None:
    X, y = _rows()
    weights = np.random.default_rng(1).integers(0, 4, 60).astype(float)
    path = tmp_path / "weighted.csv"
    pl.DataFrame({"a": X[:, 0], "b": X[:, 1], "n": weights, "y": y}).write_csv(path)
    trainer = linreg.train(str(path), weights="n", hold_out=0.2, epochs=2000)
    assert len([*trainer]) > 0
    out = _is_held_out(60)
    model = LinearRegression().fit(X[~out], y[~out], weights[~out])
    held_out = trainer.result().held_out
    assert held_out is not None
    assert held_out.n_samples == (weights[out] > 0).sum()
    expected = mean_squared_error(y[out], model.predict(X[out]), sample_weight=weights[out])
    assert held_out.cost == pytest.approx(expected, rel=1e-9)
    assert held_out.r2 == pytest.approx(r2_score(y[out], model.predict(X[out]), sample_weight=weights[out]), rel=1e-9)


def test_a_module_of_ones_own_is_judged_by_a_forward_pass_that_draws_nothing(tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    path.write_text(
        "import torch\nclass Model(torch.nn.Module):\n"
        "    def __init__(self):\n        super().__init__()\n        self.linear = torch.nn.Linear(2, 1)\n"
        "    def forward(self, x):\n        return self.linear(x) + 0 * torch.rand(1, dtype=x.dtype)\n"
    )
    X, y = _rows()
    out = _is_held_out(60)
    choices = {"module": f"{path}:Model", "epochs": 20, "learning_rate": 0.05}
    made, alone = linreg.train(X, y, hold_out=0.2, **choices), linreg.train(X[~out], y[~out], **choices)
    next(iter(made.run(until=9)))
    assert made.result().held_out is not None
    rest = [trace.parameters for trace in made], [trace.parameters for trace in alone]
    np.testing.assert_array_equal(rest[0][-1][-1], rest[1][-1][-1])
    *w, b = made.result().w.values()
    Z = (X - X[~out].mean(axis=0)) / X[~out].std(axis=0, ddof=1)
    held_out = made.result().held_out
    assert held_out is not None
    assert held_out.rmse == pytest.approx(mean_squared_error(y[out], Z[out] @ np.array(w) + b) ** 0.5, rel=1e-9)


@pytest.mark.parametrize(
    ("choices", "said"),
    [
        ({"hold_out": 0}, "--hold-out takes a share of the rows from 0.001 to 0.999, or a file of others, not 0."),
        ({"hold_out": 1.5}, "--hold-out takes a share"),
        ({"hold_out": "nan"}, "--hold-out takes a share"),
        ({"hold_out": "-"}, "--hold-out takes a share"),
        ({"hold_out": "nothing.csv"}, "of the rows held out, nothing.csv: there is no such file"),
        ({"hold_out": 0.001}, "--hold-out does not take any of the 3 rows: give a larger share, or a file of others."),
        ({"hold_out": 0.999}, "no row is left to train on beside 3 held out"),
    ],
)
@pytest.mark.parametrize("engine", ["spectral", "analytic"])
def test_what_cannot_be_held_out_is_refused_in_a_sentence(choices: dict[str, Any], said: str, engine: str) -> None:
    X, y = [[0.0], [1.0], [2.0]], [0.0, 1.0, 1.0]
    for rows in ((find("exercise1"),), (X, y)):
        with pytest.raises(LinregError) as refused:
            linreg.train(*rows, engine=engine, **choices)
        assert said in str(refused.value)
        assert str(refused.value).count(". ") == 0


def test_where_all_rows_take_part_none_are_held_out() -> None:
    X, y = _rows()
    with pytest.raises(LinregError, match="leave out --hold-out"):
        linreg.cross_validate(X, y, folds=2, hold_out=0.2)
    with pytest.raises(LinregError, match="leave --hold-out out"):
        linreg.race("exercise1", hold_out=0.2)


def test_the_command_tells_both_scores(tmp_path: Path) -> None:
    X, y = _rows()
    path = tmp_path / "rows.csv"
    pl.DataFrame({"a": X[:, 0], "b": X[:, 1], "y": y}).write_csv(path)
    (tmp_path / "recipe.toml").write_text('data = "rows.csv"\nhold_out = 0.2\nepochs = 2000\n')
    run = run_linreg("run", str(tmp_path / "recipe.toml"), "--format", "json")
    start, *_, last = map(json.loads, run.stdout.splitlines())
    assert (start["n_samples"], start["recipe"]["hold_out"]) == (48, "0.2:0")
    expected = linreg.fit(X, y, hold_out=0.2, epochs=2000)
    assert expected.held_out is not None
    assert last["held_out"] == {
        "n_samples": 12,
        "cost": pytest.approx(expected.held_out.cost, rel=1e-9),
        "rmse": pytest.approx(expected.held_out.rmse, rel=1e-9),
        "r2": pytest.approx(expected.held_out.r2, rel=1e-9),
    }
    assert last["rmse"] == pytest.approx(expected.rmse)
    assert "rows.csv: 48 rows (12 held out besides) × 2 features" in run.stderr.decode()
    assert (
        f"of 12 rows held out: RMSE {expected.held_out.rmse:.6g}, R² {expected.held_out.r2:.6f}" in run.stderr.decode()
    )
    assert "of 12 rows held out" in expected._repr_html_()


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("engine", ENGINES)
def test_every_epoch_has_the_cost_of_its_parameters_by_rows_held_out(engine: str, reduction: str) -> None:
    X, y = _rows()
    out = _is_held_out(60)
    choices: dict[str, Any] = {"learning_rate": 0.001, "epochs": 20, "reduction": reduction}
    trainer = linreg.train(X, y, hold_out=0.2, **{**choices, **ENGINES[engine]})
    loss = torch.nn.L1Loss(reduction=reduction) if engine == "L1Loss" else torch.nn.MSELoss(reduction=reduction)
    expected: list[float] = []
    for trace in trainer:
        w, b = trainer.in_original_units(trace.parameters)
        assert b is not None
        answers = torch.from_numpy(X[out] @ w.T + b)
        expected = [float(loss(answer, torch.from_numpy(y[out]))) for answer in answers.T]
        np.testing.assert_allclose(costs_of(trainer, trace.parameters), expected, rtol=1e-10)
    held_out = trainer.result().held_out
    assert held_out is not None
    assert held_out.cost == pytest.approx(expected[-1], rel=1e-10)


def test_the_held_out_cost_stands_behind_the_cost_in_every_format() -> None:
    line = ("run", "houses", "--hold-out", "0.2", "--epochs", "100", "--every", "50", "--format")
    *events, result = map(json.loads, run_linreg(*line, "json").stdout.splitlines()[1:])
    costs = [event["held_out_cost"] for event in events]
    assert len(costs) == 3
    assert costs[-1] == pytest.approx(result["held_out"]["cost"], rel=1e-12)
    header, *rows = (row.split(",") for row in run_linreg(*line, "csv").stdout.decode().splitlines())
    assert header[-2:] == ["cost", "held_out_cost"]
    assert [[float(cell) for cell in row[-2:]] for row in rows] == [[e["cost"], e["held_out_cost"]] for e in events]
    table = run_linreg(*line, "table").stdout.decode().splitlines()
    assert table[0].split()[-2:] == ["cost", "held_out_cost"]
    assert table[-1].split()[-1] == f"{costs[-1]:.6g}"
    plain = run_linreg("run", "houses", "--epochs", "3", "--format", "json").stdout.decode()
    assert "held_out_cost" not in plain


def test_the_score_travels_with_the_result_and_is_there_when_a_recorded_run_is_opened(tmp_path: Path) -> None:
    X, y = _rows()
    result = linreg.fit(X, y, hold_out=0.2, epochs=5)
    assert made(Result, plain(result)).held_out == result.held_out
    path = tmp_path / "rows.csv"
    pl.DataFrame({"a": X[:, 0], "b": X[:, 1], "y": y}).write_csv(path)
    line = ("run", path, "--hold-out", "0.2", "--epochs", "5", "--record", "-q")
    assert run_linreg(*line, LINREG_HOME=str(tmp_path / "home")).returncode == 0
    with RunStore(tmp_path / "home") as store:
        run, facts = store.get("latest"), facts_of_run(store, "latest")
    assert facts is not None
    opened = result_of_run(run, facts)
    assert opened is not None
    assert opened.held_out == result.held_out


@pytest.mark.parametrize("robust", [None, "HC3"])
def test_a_summary_and_a_ridge_path_are_those_of_the_rows_that_are_trained_on(
    tmp_path: Path, robust: str | None
) -> None:
    X, y = _rows()
    out, path = _is_held_out(60), tmp_path / "rows.csv"
    pl.DataFrame({"x1": X[:, 0], "x2": X[:, 1], "y": y}).write_csv(path)
    expected = linreg.summary(X[~out], y[~out], robust=robust)
    of_a_file = linreg.summary(str(path), hold_out=0.2, robust=robust)
    for each in (linreg.summary(X, y, hold_out=0.2, robust=robust), of_a_file):
        assert each.n_samples == 48
        for name, other in expected.w.items():
            one = each.w[name]
            assert (one.estimate, one.standard_error) == pytest.approx((other.estimate, other.standard_error), rel=1e-9)
    assert of_a_file.warnings == ("12 rows are held out: this is the fit of the others.",)
    if robust is None:
        paths = [linreg.ridge_path(X, y, hold_out=0.2), linreg.ridge_path(str(path), hold_out=0.2)]
        alone = linreg.ridge_path(X[~out], y[~out])
        for path_of in paths:
            np.testing.assert_allclose(path_of.w, alone.w, rtol=1e-9)
    with pytest.raises(LinregError, match="diagnose looks at every row"):
        linreg.diagnose(X, y, hold_out=0.2)
    with pytest.raises(LinregError, match="diagnose looks at every row"):
        linreg.diagnose(str(path), hold_out=0.2)


def test_several_processes_are_refused_in_a_sentence_before_a_row_is_read() -> None:
    recipe, ranks = linreg.Recipe(hold_out="0.2"), SimpleNamespace(n_ranks=2)
    with pytest.raises(LinregError, match=r"^--hold-out takes one process: leave it out, or torchrun\.$"):
        divide(recipe, cast(Any, None), cast(Any, ranks), is_kept=False)


def test_nothing_is_written_over_the_file_of_the_rows_held_out(tmp_path: Path) -> None:
    own, others = tmp_path / "train.csv", tmp_path / "test.csv"
    own.write_text("x,y\n0,0\n1,1\n2,1\n")
    others.write_text("x,y\n3,2\n")
    run = run_linreg("run", own, "--hold-out", others, "--save", others, "--force", "-q")
    assert (run.returncode, run.stdout) == (2, b"")
    assert b"test.csv: the data are read from there; give another name." in run.stderr
    assert others.read_text() == "x,y\n3,2\n"
    trainer = linreg.train(str(own), hold_out=others, epochs=3)
    live = LiveRun(trainer.problem, Sample(1), inf, is_playing=False)
    live.save(others, replaces=True)
    notice = live.state(0).notice
    assert notice is not None
    assert "the data are read from there" in notice.text
    with pytest.raises(LinregError, match="the data are read from there"):
        write_epochs(others, live.facts, live.history, 0)
