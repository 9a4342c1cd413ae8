"""The table of runs as text: columns that give way whole, numbers that are never cut, names of strangers."""

from dataclasses import replace
from pathlib import Path

import pytest
from rich.cells import cell_len

from linreg.live.state import Intervention
from linreg.store.run import Order, Run
from linreg.store.store import RunStore
from linreg_tui.runs import words as run_words
from linreg_tui.runs.columns import COLUMNS, Needs, RunColumns
from linreg_tui.runs.selection import ORDERS
from linreg_tui.text.numbers import in_ascii
from linreg_tui.widgets.lines import plain_text, width_of
from tui.stored import write


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    with RunStore(tmp_path_factory.mktemp("one")) as store:
        return write(store, "one", [1.0, 0.25], [0.75, 1e-9], data="/data/one.csv", learning_rate=0.1)


def of(run: Run, **changes: object) -> Run:
    return replace(run, **changes)  # type: ignore[arg-type]


def odd(run: Run) -> list[Run]:
    recipe = replace(run.recipe, optimizer="Adam", options={"betas": (0.8, 0.999), "eps": 1e-12}, batch_size=1_000)
    return [
        run,
        of(run, id="2", name="日本語" * 20, epoch=-1, cost=None, excess_cost=None),
        of(run, id="3", name="\x1b[31m\n", status="\x07", cost=float("nan"), excess_cost=float("inf")),
        of(run, id="4", recipe=recipe, cost=-1.2345678e-300, excess_cost=1.79e308, started=1e300),
        of(run, id="5", epoch=10**15, recipe=replace(recipe, epochs=2 * 10**15), interventions=(Intervention(3, 0.5),)),
        of(run, id="6", name="e\u0301" * 50, status="interrupted", excess_cost=0.0),
    ]


@pytest.mark.parametrize("width", [*range(1, 60), 76, 116, 200, 400])
def test_no_row_is_wider_than_the_table_and_all_columns_are_in_line(run: Run, width: int) -> None:
    runs = odd(run)
    columns = RunColumns(width, Needs().of(runs))
    lines = [columns.row(each, 51, is_highlighted=True) for each in runs]
    assert {width_of(line) for line in lines} == {width_of(lines[0])}
    assert width_of(columns.heading("cost")) == width_of(lines[0])
    assert width_of(lines[0]) <= max(width, 4)
    for line in lines:
        assert all(character.isprintable() for character in plain_text(line))


@pytest.mark.parametrize("width", [40, 60, 76, 116, 200])
def test_a_number_is_never_cut(run: Run, width: int) -> None:
    runs = odd(run)
    columns = RunColumns(width, Needs().of(runs))
    headings = plain_text(columns.heading("name")).split()
    for each in runs:
        words = f" {' '.join(plain_text(columns.row(each, None, is_highlighted=False)).split())} "
        for heading in ("rate", "epoch", "of", "cost", "excess"):
            if heading in headings:
                text = next(column.text for column in COLUMNS if column.heading == heading)
                assert f" {text(each)} " in words


def test_columns_give_way_in_an_order_as_the_table_gets_narrow(run: Run) -> None:
    long = of(run, name="a name of some length", recipe=replace(run.recipe, data="/data/long-enough.csv", epochs=10))
    needs = Needs().of([long])
    shown = [
        set(plain_text(RunColumns(width, needs).heading("newest")).replace("▾", "").split()) for width in range(160)
    ]
    ranked = [column.heading for column in sorted(COLUMNS, key=lambda column: column.rank)]
    assert shown[159] == set(ranked)
    for headings in shown[8:]:
        first = ranked[: len(headings)]
        assert headings == set(first)
    assert [len(headings) for headings in shown] == sorted(map(len, shown))


def test_a_name_that_is_too_long_loses_its_middle(run: Run) -> None:
    long = of(run, name="begin" + "x" * 100 + "end")
    row = plain_text(RunColumns(60, Needs().of([long])).row(long, None, is_highlighted=False))
    assert row.startswith("   beginx")
    assert "…" in row
    assert "end  running" in row


@pytest.mark.parametrize("order", ORDERS)
def test_the_heading_has_one_arrow_and_it_stays_in_its_column(run: Run, order: Order) -> None:
    columns = RunColumns(160, Needs().of([run]))
    heading = plain_text(columns.heading(order))
    assert heading.count("▾") + heading.count("▴") == 1
    assert len(heading) == width_of(columns.row(run, None, is_highlighted=False))
    assert in_ascii(heading).isascii()


def test_what_a_run_needs_is_worked_out_once(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def noted(each: Run) -> str:
        asked.append(each.id)
        return each.name

    monkeypatch.setattr("linreg_tui.runs.columns.COLUMNS", (replace(COLUMNS[0], text=noted), *COLUMNS[1:]))
    needs, other = Needs(), of(run, id="other", name="a longer name than one")
    assert needs.of([run])[0] == (5, 5)
    assert needs.of([run, other])[0] == (15, 22)
    assert needs.of([run])[0] == (5, 5)
    assert asked == [run.id, "other"]
    needs.of([of(run, name="changed")])
    assert asked == [run.id, "other", run.id]


def test_words_of_a_run(run: Run) -> None:
    assert run_words.state(of(run, is_alive=None)) == "running?"
    assert run_words.state(of(run, is_alive=None, status="finished")) == "finished"
    recipe = replace(run.recipe, learning_rate="auto", batch_size=1000, options={"momentum": 0.9})
    assert run_words.method(recipe) == "SGD momentum=0.9 batch=1,000"
    assert run_words.rate(of(run, recipe=recipe)) == "auto"
    assert run_words.rate(of(run, recipe=recipe, result={"learning_rate": 0.4567})) == "0.457"
    assert run_words.rate(of(run, recipe=recipe, result={"learning_rate": None})) == "auto"
    assert run_words.rate(of(run, interventions=(Intervention(3, 0.5),))) == "0.1▾"
    assert run_words.excess(of(run, excess_cost=0.0)) == "0 %"
    assert run_words.excess(of(run, excess_cost=-0.0)) == "0 %"
    assert run_words.data(replace(recipe, data="-")) == "-"
    assert run_words.data(replace(recipe, data=str(Path("/a/b/")) + "/")) == "/a/b/"
    assert run_words.moment(float("inf")) == run_words.moment(float("nan")) == run_words.moment(1e20) == "–"


def test_wide_characters_take_their_two_cells(run: Run) -> None:
    wide = of(run, name="日本")
    columns = RunColumns(60, Needs().of([wide, run]))
    assert cell_len(plain_text(columns.row(wide, None, is_highlighted=False))) == cell_len(
        plain_text(columns.row(run, None, is_highlighted=False))
    )


def test_what_is_above_least_squares_is_said_in_per_cent_of_it(run: Run) -> None:
    for cost, excess, said in (
        (1.5, 0.5, "50 %"),
        (0.1666671, 5e-7, "0.0003 %"),
        (0.25, 1e-18, "0 %"),
        (4e-12, 4e-12, "–"),  # least squares costs nothing: there is no part of it
    ):
        assert run_words.excess(of(run, cost=cost, excess_cost=excess)) == said
    assert run_words.excess_phrase(of(run, cost=1.5, excess_cost=0.5)) == "50 % above least squares"
    assert run_words.excess_phrase(of(run, cost=4e-12, excess_cost=4e-12)) == "4e−12 above least squares"
    assert run_words.excess_phrase(of(run, cost=4e-12, excess_cost=None)) == ""
