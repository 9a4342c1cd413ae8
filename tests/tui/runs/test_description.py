"""What is said of one run, and what of it fits."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from linreg.errors import LinregError
from linreg.export.export import WRITTEN
from linreg.live.state import Intervention
from linreg.store.run import Run
from linreg.store.store import RunStore
from linreg_tui.runs.description import described
from linreg_tui.runs.questions import delete_question, export_line, read_export, read_name
from linreg_tui.runs.selection import MOST_MARKS, ORDERS, RunSelection
from linreg_tui.runs.stored_runs import RunCosts
from linreg_tui.widgets.lines import Line, plain_text, width_of
from tui.stored import record, write

NOTHING = RunCosts(np.arange(3), np.ones(3), None, np.ones(3), np.ones(3))


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Run]:
    with RunStore(tmp_path_factory.mktemp("runs")) as store:
        return [record(store, "valley", "valley"), record(store, "left", "valley", n_epochs=400)]


def text(lines: Sequence[Line]) -> str:
    return " ".join(" ".join(plain_text(line) for line in lines).split())


def test_all_that_is_known_of_a_run_that_has_ended_is_there(runs: list[Run]) -> None:
    run = runs[0]
    assert run.result is not None
    said = text(described(run, NOTHING, 300))
    for expected in (
        "name valley",
        "status finished: all epochs to 1,000 have run",
        "epoch 1,000 of 1,000, 100 %",
        "kept 3 epochs, all of them",
        "data /data/valley.csv",
        "optimizer SGD rate 0.4",
        "full batch, standardised",
        "start zeros, seed 0",
        f"R² {run.result['r2']:.6f}",
        "versions linreg 0.1.0, numpy 2.4.6, torch 2.15.0",
        f"id {run.id}",
        *run.result["warnings"],
    ):
        assert expected in said
    exact = run.result["least_squares"]["cost"]
    assert f"best cost {exact:.5g} by least squares, exceeded by" in said


def test_what_is_not_known_yet_is_not_said(runs: list[Run]) -> None:
    said = text(described(runs[1], None, 300))
    assert "kept … epochs" in said
    for label in ("weights", "best cost", "R²", "ended", "warning"):
        assert label not in said
    assert "none" not in said.lower()


def test_of_many_changes_of_the_learning_rate_the_newest_are_told(runs: list[Run]) -> None:
    changes = tuple(Intervention(10 * place, place / 100) for place in range(1, 8))
    said = text(described(replace(runs[1], interventions=changes), None, 300))
    assert "0.05 from epoch 50 on 0.06 from epoch 60 on 0.07 from epoch 70 on and 4 changes before" in said


@pytest.mark.parametrize(
    "result",
    [
        {"w": None, "least_squares": 3, "r2": "x", "warnings": None},
        {"w": {"[red]\x1b": float("nan")}, "b": None, "least_squares": {}, "excess_cost": float("inf")},
        {"w": {f"feature {place}": float(place) for place in range(500)}, "b": 1.0, "warnings": ["\x1b]0;x\x07" * 40]},
    ],
)
@pytest.mark.parametrize("width", [1, 11, 30, 52, 200])
def test_no_line_is_too_wide_or_has_anything_unsafe_whatever_the_result_holds(
    runs: list[Run], result: dict[str, object], width: int
) -> None:
    run = replace(runs[0], result=result, name="日本語" * 40, reason="\u202e" * 9, started=float("inf"), ended=1e300)
    for line in described(run, None, width):
        assert width_of(line) <= max(width, 11)
        assert plain_text(line).isprintable()


def test_of_many_weights_some_are_named_and_the_others_counted(runs: list[Run]) -> None:
    result = {"w": {f"f{place}": float(place) for place in range(500)}, "b": 1.0}
    said = text(described(replace(runs[0], result=result), None, 300))
    assert "f0 0 f1 1 f2 2 f3 3 f4 4 f5 5 f6 6 f7 7 492 more b 1" in said


# Questions


@pytest.mark.parametrize("name", ["", "  ", "latest", "x" * 101, "left"])
def test_what_can_be_no_name_is_refused(runs: list[Run], name: str) -> None:
    with pytest.raises(LinregError, match="choose another"):
        read_name(name, runs[0], runs)
    assert read_name(" valley ", runs[0], runs) == "valley"


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("valley", "valley.csv"),
        ("../../etc/passwd", "_.._etc_passwd.csv"),
        ("-rf", "rf.csv"),
        ("a b\x1b", "a_b_.csv"),
        ("...", "run.csv"),
        ("日本", "日本.csv"),
    ],
)
def test_the_file_that_is_suggested_is_in_this_folder_whatever_the_name(runs: list[Run], name: str, line: str) -> None:
    assert export_line([replace(runs[0], name=name)]) == line


@pytest.mark.parametrize("line", ["", "run", "run.xlsx", "no/such/folder/run.csv", "."])
def test_a_file_that_cannot_be_written_is_refused(line: str) -> None:
    with pytest.raises(LinregError):
        read_export(line)


def test_every_ending_that_a_run_is_written_with_is_taken() -> None:
    for ending in WRITTEN:
        assert read_export(f"run{ending.upper()}").suffix.lower() == ending


def test_the_question_names_the_run_safely(runs: list[Run]) -> None:
    question, _ = delete_question([replace(runs[0], name="\x1b[31m[/]")])
    assert "\ufffd[31m[/]" in question
    assert "\x1b" not in question


# Which runs are shown


def test_the_cursor_returns_to_its_run_once_the_filter_lets_it(runs: list[Run]) -> None:
    selection = RunSelection()
    selection.read(runs)
    selection.move_to(1)
    for word, highlighted in (("valley.csv", "left"), ("finished", "valley"), ("no such", None), ("", "left")):
        selection.match(word)
        assert (selection.highlighted and selection.highlighted.name) == highlighted
    selection.match("finished")
    selection.move_to(0)
    selection.match("")
    assert selection.highlighted is runs[0]


def test_the_orders_are_gone_round_in_both_directions(runs: list[Run]) -> None:
    selection = RunSelection()
    seen = []
    for _ in ORDERS:
        seen.append(selection.order)
        selection.next_order(1)
    assert (seen, selection.order) == (list(ORDERS), ORDERS[0])
    selection.next_order(-1)
    assert selection.order == ORDERS[-1]


def test_marks_are_as_many_as_there_are_letters(runs: list[Run]) -> None:
    selection = RunSelection()
    selection.read([replace(runs[0], id=str(place)) for place in range(MOST_MARKS + 5)])
    marked = []
    for place in range(MOST_MARKS + 5):
        selection.move_to(place)
        marked.append(selection.toggle())
    assert marked == [True] * MOST_MARKS + [False] * 5
    selection.move_to(3)
    assert selection.toggle()
    selection.move_to(MOST_MARKS)
    assert selection.toggle()
    assert selection.marks[str(MOST_MARKS)] == 3


def test_nothing_can_be_marked_where_nothing_is_shown() -> None:
    selection = RunSelection()
    selection.move_to(5)
    assert not selection.toggle()
    assert selection.highlighted is None
    assert selection.marked == []


def test_a_run_of_no_epochs_is_described_too(tmp_path_factory: pytest.TempPathFactory) -> None:
    with RunStore(tmp_path_factory.mktemp("empty")) as store:
        run = write(store, "empty", [], epochs=0)
    assert "epoch none of 0 is kept" in text(described(run, NOTHING, 100))
