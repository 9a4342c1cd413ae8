"""The held-out cost on the chart and in the table: where it is, what marks its least, and nothing where none is."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from linreg_tui.draw.picture import LINE, Picture
from linreg_tui.monitor.panels.cost_chart import CostPanel
from linreg_tui.monitor.panels.epoch_table import EpochTable
from linreg_tui.monitor.panels.held_out_line import NAME, STAR, STYLE
from linreg_tui.monitor.view import View
from linreg_tui.text.numbers import significant
from tui.canned import view_of

CHOICES: dict[str, Any] = {"learning_rate": 0.02, "epochs": 400, "every": 20}


def _view(**choices: Any) -> View:
    return view_of("houses", 300, **{"hold_out": "0.8:3", **CHOICES, **choices})


def _drawn(view: View, *, plain: bool = False, **shown: Any) -> tuple[Picture, CostPanel, str]:
    chart, picture = CostPanel(), Picture(70, 20, plain=plain)
    for name, value in shown.items():
        chart.set_reactive(getattr(CostPanel, name), value)
    return picture, chart, chart.draw(view, picture)


def test_the_line_goes_through_the_held_out_costs_and_has_its_name_and_a_star_at_the_least() -> None:
    view = _view()
    picture, chart, _ = _drawn(view)
    curve, best = chart._curve, view.state.best_epoch
    assert curve is not None
    assert best is not None
    for epoch in (5, 40, 280):
        row = view.history.row(epoch)
        assert row is not None
        assert row.held_out_cost is not None
        cell = curve.row(row.held_out_cost), curve.column(epoch)
        own = curve.row(row.cost) == cell[0]
        assert picture._styles[cell] == (LINE if own else STYLE)
    star = picture._characters[curve.row(view.state.best_cost), curve.column(best)]
    assert star == STAR
    text = "\n".join(picture.lines)
    assert (text.count(NAME), text.count(f"best {best}")) == (1, 1)
    costs = [row.held_out_cost for row in view.history.kept_rows() if row.held_out_cost is not None]
    assert (len(costs), view.state.best_cost, best) == (300, min(costs), int(np.argmin(costs)))


def test_its_name_runs_into_no_other_words() -> None:
    view, found = _view(), 0
    for width in range(30, 70):
        picture = Picture(width, 9)
        CostPanel().draw(view, picture)
        for line in picture.lines:
            found += line.count(NAME)
            assert line.count(NAME) == f" {line} ".count(f" {NAME} "), line
    assert found > 20


def test_least_squares_has_its_whole_name_or_none_beside_the_line() -> None:
    view, found = _view(hold_out="0.2", seed=3, epochs=300), 0
    assert view.floor is not None
    number = significant(view.floor)
    for width in (36, 48, 60, 72):
        for height in (8, 26, 32, 38, 44):
            picture = Picture(width, height)
            CostPanel().draw(view, picture)
            text = "\n".join(picture.lines)
            assert text.count(number) == text.count(f"least squares {number}"), text
            found += text.count(number)
    assert found > 10


def test_it_is_not_drawn_above_least_squares_nor_where_nothing_is_held_out() -> None:
    for picture, _, _ in (_drawn(_view(), axis="excess"), _drawn(view_of("houses", 300, **CHOICES))):
        assert not (picture._styles == STYLE).any()
        assert NAME not in "".join(picture.lines)


@pytest.mark.parametrize(
    "shown", [{"epochs_by": "log"}, {"epochs_by": "seconds"}, {"smoothed": True}, {"axis": "linear"}]
)
def test_it_goes_along_on_every_axis_and_in_ascii(shown: dict[str, Any]) -> None:
    picture, _, _ = _drawn(_view(), plain=True, **shown)
    text = "\n".join(picture.lines)
    assert text.isascii()
    assert NAME in text
    assert "*" in text
    assert (picture._styles == STYLE).sum() > len(NAME)


def test_what_lies_beyond_now_is_faint_and_a_cursor_reads_the_cost_off() -> None:
    view = _view()
    assert view.state.best_epoch is not None
    earlier = View(view.facts, replace(view.state, epoch=view.state.best_epoch), view.history)
    picture, chart, _ = _drawn(earlier)
    assert chart._curve is not None
    assert not (picture._styles[:, chart._curve.column(view.state.best_epoch) + 1 :] == STYLE).sum() > len(NAME)
    row = view.history.row(100)
    assert row is not None
    assert row.held_out_cost is not None
    assert f"· held out {significant(row.held_out_cost)}" in _drawn(view, cursor=100)[2]


@pytest.mark.parametrize(("width", "n_numbers"), [(36, 3), (58, 5), (100, 7)])
def test_the_table_has_a_column_of_it_however_narrow(width: int, n_numbers: int) -> None:
    view = _view()
    table, row = EpochTable(view.facts, width), view.history.row(100)
    assert row is not None
    assert row.held_out_cost is not None
    epoch, numbers = table.row(row, view.history.row(99))
    assert len(epoch + numbers) <= width
    assert len(table.heading) == len(epoch + numbers)
    end = table.heading.index("held out") + len("held out")
    assert float((epoch + numbers)[:end].split()[-1].replace("−", "-")) == pytest.approx(row.held_out_cost, rel=1e-4)
    assert len([each for each in numbers.split() if each != "…"]) >= n_numbers
