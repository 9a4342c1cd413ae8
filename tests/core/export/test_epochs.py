"""The epochs of a history in a file: to the byte what the plain command prints of the same run, in the data's units."""

import csv
import json
from io import StringIO
from math import inf, isfinite, nan
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from linreg.cli.printing.epochs import PRINTERS
from linreg.data.bundled import find
from linreg.data.table import open_source
from linreg.errors import LinregError
from linreg.export.epochs import write_epochs
from linreg.history.curves import Curves
from linreg.history.history import History
from linreg.phase import Phase
from linreg.recipe import Recipe
from linreg.trace import Trace
from linreg.training.facts import Facts, facts_of
from linreg.training.posing import pose
from linreg.training.trainer import Trainer


def trained(recipe: Recipe, printer: str = "csv") -> tuple[Facts, History, str]:
    """Train, and return what is known of the run, its history, and what the plain command prints of it meanwhile."""
    trainer, out = Trainer(pose(recipe)), StringIO()
    table = open_source(recipe.data, target=recipe.target, features=recipe.features).read()
    history, printed = (
        History(len(trainer.parameters), every=trainer.problem.every),
        PRINTERS[printer](trainer, out, False),
    )
    printed.start()
    while trainer.status is Phase.RUNNING:
        trace = trainer.advance(1)
        history.add(trace)
        printed.epochs(trace)
    printed.result(trainer.result())
    return facts_of(trainer, table.X, table.y), history, out.getvalue()


RECIPES: list[tuple[str, dict[str, Any]]] = [
    ("exercise1", {"epochs": 40, "every": 1}),
    ("quiz1", {"epochs": 25, "every": 1, "bias": False}),
    ("houses", {"epochs": 12, "every": 1, "optimizer": "Adam", "standardize": False}),
    ("houses", {"epochs": 12, "every": 1, "hold_out": "0.2"}),
    ("exercise1", {"epochs": 2000, "every": 1, "learning_rate": 0.9}),
]


@pytest.mark.parametrize(("data", "choices"), RECIPES, ids=str)
@pytest.mark.parametrize("printer", ["csv", "json"])
def test_the_file_has_the_rows_that_the_plain_command_prints(
    tmp_path: Path, data: str, choices: dict[str, Any], printer: str
) -> None:
    facts, history, printed = trained(find(data).changed(**choices), printer)
    path = tmp_path / {"csv": "run.csv", "json": "run.jsonl"}[printer]
    n_epochs = write_epochs(path, facts, history, history.last_epoch)
    lines = [line for line in printed.splitlines(keepends=True) if printer == "csv" or '"event": "epoch"' in line]
    assert path.read_text(encoding="utf-8") == "".join(lines)
    assert n_epochs == len(lines) - (printer == "csv")


def test_every_number_reads_back_as_the_trainers(tmp_path: Path) -> None:
    recipe = find("exercise1").changed(epochs=30, every=1)
    facts, history, _ = trained(recipe)
    trace = Trainer(pose(recipe)).advance(31)
    for name in ("run.csv", "run.jsonl"):
        write_epochs(tmp_path / name, facts, history, 30)
    lines = (tmp_path / "run.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "epoch,x,b,cost"
    numbers = [(epoch, *trace.parameters[epoch].tolist(), trace.cost[epoch]) for epoch in range(31)]
    assert [tuple(map(float, line.split(","))) for line in lines[1:]] == numbers
    events = [json.loads(line) for line in (tmp_path / "run.jsonl").read_text(encoding="utf-8").splitlines()]
    assert events == [
        {"event": "epoch", "epoch": epoch, "w": {"x": w}, "b": b, "cost": cost, "learning_rate": trace.learning_rate}
        for epoch, w, b, cost in numbers
    ]


def test_nothing_is_written_of_epochs_that_were_gone_back_over(tmp_path: Path) -> None:
    facts, history, _ = trained(find("exercise1").changed(epochs=50, every=1))
    assert write_epochs(tmp_path / "run.csv", facts, history, 20) == 21
    assert (tmp_path / "run.csv").read_text().splitlines()[-1].startswith("20,")


def test_what_is_not_finite_is_a_word_in_csv_and_null_in_json(tmp_path: Path) -> None:
    facts, _, _ = trained(find("exercise1").changed(epochs=1))
    history = History(2)
    history.add(Trace(0, np.array([1.5, inf]), np.array([[0.1, -inf], [np.nan, 2.0]]), 0.1))
    for name in ("run.csv", "run.jsonl"):
        assert write_epochs(tmp_path / name, facts, history, 1) == 2
    rows = list(csv.DictReader((tmp_path / "run.csv").read_text(encoding="utf-8").splitlines()))
    assert [float(row["cost"]) for row in rows] == [1.5, inf]
    events = [json.loads(line) for line in (tmp_path / "run.jsonl").read_text().splitlines()]
    for row, event in zip(rows, events, strict=True):
        for text, number in ((row["b"], event["b"]), (row["x"], event["w"]["x"]), (row["cost"], event["cost"])):
            assert number == (float(text) if isfinite(float(text)) else None)


def test_a_file_of_another_kind_and_the_data_themselves_are_refused(tmp_path: Path) -> None:
    data = tmp_path / "data.csv"
    pl.DataFrame({"x": [1.0, 2.0, 3.0], "y": [1.0, 2.0, 2.0]}).write_csv(data)
    before = data.read_bytes()
    facts, history, _ = trained(find(str(data)).changed(epochs=3))
    (tmp_path / "link.csv").symlink_to(data)
    for name, words in (("run.xlsx", "neither"), ("data.csv", "read from"), ("link.csv", "read from")):
        with pytest.raises(LinregError, match=words):
            write_epochs(tmp_path / name, facts, history, 3)
    assert data.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data.csv", "link.csv"]


def test_what_a_script_has_logged_is_a_column_or_an_event_of_its_own(tmp_path: Path) -> None:
    facts, known, _ = trained(find("exercise1").changed(epochs=5, every=1))
    history = History(2, every=1, curves=Curves())
    first = known.kept_rows()[:4]
    history.add(Trace(0, np.array([r.cost for r in first]), np.array([r.parameters for r in first]), 0.01))
    history.curves.add("cost", [1, 3, 5], [0.5, nan, 0.75])  # also where no epoch is kept any more
    history.curves.add("too late", [9], [1.0])
    write_epochs(tmp_path / "run.csv", facts, history, 5)
    table = pl.read_csv(tmp_path / "run.csv", infer_schema_length=None)
    assert table.columns == ["epoch", "x", "b", "cost", "curve_cost"]
    assert table["epoch"].to_list() == [0, 1, 2, 3, 5]
    assert table["curve_cost"].to_list() == [None, "0.5", None, "nan", "0.75"]
    assert table.row(4)[1:4] == (None, None, None)
    write_epochs(tmp_path / "run.jsonl", facts, history, 5)
    events = [json.loads(line) for line in (tmp_path / "run.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [each["epoch"] for each in events] == [0, 1, 1, 2, 3, 3, 5]
    logged = [each for each in events if each["event"] == "logged"]
    assert logged == [{"event": "logged", "epoch": e, "cost": v} for e, v in ((1, 0.5), (3, None), (5, 0.75))]
