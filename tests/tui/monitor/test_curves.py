"""The curves of a watched script on the monitor: chosen by a key, and drawn as the cost is."""

from dataclasses import replace
from math import nan
from typing import Any

import numpy as np
import pytest
from numpy.typing import ArrayLike

from linreg.history.curves import Curves
from linreg.phase import Phase
from linreg_tui.draw.picture import BEHIND, FAINT, FLOOR, LINE, Picture
from linreg_tui.monitor.panels.cost_chart import CostPanel
from linreg_tui.monitor.panels.cost_drawing import GUTTER
from linreg_tui.monitor.view import View
from linreg_tui.sheets.help import HelpScreen
from linreg_tui.widgets.key_line import KeyLine
from tui.canned import view_of
from tui.monitor.test_charts import HEIGHT, WIDTH, columns_in, drawn, taken_back, where
from tui.monitor.test_screen import MIDDLE, SMALL, WIDE, Shown, monitor, watching


def with_curves(view: View, **curves: tuple[ArrayLike, ArrayLike]) -> View:
    view.history.curves = Curves()
    for name, (steps, values) in curves.items():
        view.history.curves.add(name, steps, values)
    return view


def showing(place: int, **settings: Any) -> CostPanel:
    chart = CostPanel()
    chart.place = place
    for name, value in settings.items():
        setattr(chart, name, value)
    return chart


def heights(picture: Picture) -> list[int]:
    """Return how high the topmost ink stands in each column beside the labels."""
    rows = picture.lines[: picture.height - 1]
    inked = [[y for y, line in enumerate(rows) if line[x].strip()] for x in range(GUTTER, picture.width)]
    return [min(each, default=-1) for each in inked]


def test_a_straight_curve_is_drawn_as_a_straight_line_on_a_linear_axis() -> None:
    view = with_curves(view_of(n_epochs=501), rising=(np.arange(501), np.arange(501.0)))
    picture = drawn(showing(1), view)
    steps = np.diff(heights(picture))
    assert (steps <= 0).all()
    assert heights(picture)[0] == HEIGHT - 2
    assert heights(picture)[-1] == 0
    assert min(steps) >= -1


def test_a_curve_that_begins_late_is_drawn_on_a_log_axis_of_steps_and_has_no_cursor() -> None:
    steps = np.arange(1000, 20_001, 1000)
    chart = showing(1, epochs_by="log")
    picture = drawn(chart, with_curves(view_of(n_epochs=20_001), late=(steps, steps / 1000)))
    assert columns_in(picture, LINE)
    chart.toggle_cursor()
    assert chart.cursor is None


def test_points_far_apart_are_joined_and_stand_at_their_steps() -> None:
    view = with_curves(view_of(n_epochs=501), sparse=([100, 300, 500], [1.0, 0.0, 1.0]))
    picture = drawn(showing(1), view)
    columns = sorted(x for x in columns_in(picture, LINE))
    first = GUTTER + round(100 / 500 * (WIDTH - GUTTER - 1))
    assert abs(columns[0] - first) <= 1
    assert columns == list(range(columns[0], columns[-1] + 1)), "a gap"
    lowest = max(range(GUTTER, WIDTH), key=lambda x: heights(picture)[x - GUTTER])
    assert abs(lowest - (GUTTER + round(300 / 500 * (WIDTH - GUTTER - 1)))) <= 1


def test_least_squares_belongs_to_the_cost_alone() -> None:
    view = with_curves(view_of(n_epochs=500), a=(np.arange(500), np.linspace(0.1, 0.3, 500)))
    assert columns_in(drawn(showing(0), view), FLOOR)
    picture = drawn(showing(1), view)
    assert not columns_in(picture, FLOOR)
    assert "least squares" not in "\n".join(picture.lines)


def test_a_spike_between_two_points_that_are_kept_is_seen() -> None:
    values = np.zeros(100_000)
    values[33_333] = 7.0
    view = with_curves(view_of(n_epochs=10), spike=(np.arange(100_000), values))
    picture = drawn(showing(1), replace(view, state=replace(view.state, epoch=99_999, last_epoch=99_999)))
    assert abs(int(np.argmin(heights(picture))) - (WIDTH - GUTTER) / 3) <= 1


def test_what_is_not_finite_is_marked_and_what_is_beyond_this_epoch_is_dim() -> None:
    values = np.linspace(1, 2, 501)
    values[100] = nan
    view = taken_back(with_curves(view_of(n_epochs=501), a=(np.arange(501), values)), 250)
    picture = drawn(showing(1), view)
    assert [y for _, y in where(picture, "✕")] == [0]
    here = GUTTER + (WIDTH - GUTTER) // 2
    assert max(columns_in(picture, LINE)) <= here
    assert min(columns_in(picture, BEHIND)) > here - 2
    ((x, _),) = where(picture, "●")
    assert abs(x - here) <= 1


@pytest.mark.parametrize(
    ("axis", "smoothed", "said"),
    [("linear", False, "2 · linear · raw"), ("log", True, "2 · log · smoothed")],
)
def test_the_frame_says_the_newest_value_and_how_it_is_drawn(axis: str, smoothed: bool, said: str) -> None:
    view = with_curves(view_of(n_epochs=500), a=(np.arange(500), np.linspace(1, 2, 500)))
    chart = showing(1, smoothed=smoothed)
    chart.show(view)
    if axis == "log":
        chart.next_axis()
    picture = Picture(WIDTH, HEIGHT)
    assert chart.draw(view, picture) == said
    assert bool(columns_in(picture, FAINT)) == smoothed


def curves_of_two(view: View) -> View:
    steps = np.arange(500)
    return with_curves(view, accuracy=(steps, steps / 500), **{"[red]val\x1b[2J": (steps, -steps / 1.0)})


async def titles(app: Shown, pilot: Any, key: str, times: int) -> list[str]:
    found = []
    for _ in range(times):
        await pilot.press(key)
        await pilot.pause()
        found.append(str(monitor(app).query_one(CostPanel)._border_title))
    return found


@pytest.mark.parametrize("size", [WIDE, MIDDLE, SMALL])
async def test_c_goes_round_the_curves_and_the_title_says_which(size: tuple[int, int]) -> None:
    async with watching(size) as (pilot, control, app):
        curves_of_two(control.view)
        control.show()
        await pilot.pause(0.3)
        panel = monitor(app).query_one(CostPanel)
        assert str(panel.border_title) == "1 cost · 1 of 3"
        before = panel.text
        assert await titles(app, pilot, "C", 3) == [
            "1 accuracy · 2 of 3",
            "1 [red]val�[2J · 3 of 3",
            "1 cost · 1 of 3",
        ]
        assert panel.text == before


async def test_without_curves_the_key_says_so_and_is_not_in_the_footer() -> None:
    async with watching() as (pilot, control, app):
        line = monitor(app).query_one(KeyLine)
        assert "C curve" not in str(line.render())
        assert await titles(app, pilot, "C", 1) == ["1 cost"]
        assert "linreg.log" in line.sentence
        line.sentence = ""
        curves_of_two(control.view)
        control.show(phase=Phase.PAUSED)
        await pilot.pause(0.3)
        assert "C curve" in str(line.render())


async def test_help_names_the_key() -> None:
    async with watching() as (pilot, _, app):
        await pilot.press("question_mark")
        await pilot.pause()
        assert isinstance(app.screen, HelpScreen)
        assert any(key.shown == "C" and "curve" in key.meaning for key in app.screen._keys)


async def test_each_curve_keeps_the_axis_that_was_chosen_for_it() -> None:
    async with watching() as (pilot, control, app):
        curves_of_two(control.view)
        control.show()
        await pilot.pause(0.3)
        panel = monitor(app).query_one(CostPanel)
        said = []
        for key in ("C", "l", "C", "C", "C"):
            await pilot.press(key)
            await pilot.pause()
            said.append(str(panel.border_subtitle).split(" · ")[-2])
        assert said == ["linear", "log", "linear", "log", "log"]
