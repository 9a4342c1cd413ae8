"""The three pictures of the monitor, on moments of real runs and on histories made for the purpose."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from textual.app import App, ComposeResult
from textual.theme import BUILTIN_THEMES

from linreg.history.history import History
from linreg.live.state import Intervention
from linreg.phase import Phase
from linreg.trace import Trace
from linreg_tui.draw.axes import Axis
from linreg_tui.draw.frame import Frame
from linreg_tui.draw.landscape import Landscape, landscape_of
from linreg_tui.draw.picture import BEHIND, BROKEN, FAINT, FLOOR, LINE, Picture
from linreg_tui.draw.smoothing import smooth
from linreg_tui.monitor.panels.chart import ChartPanel
from linreg_tui.monitor.panels.cost_chart import CostPanel
from linreg_tui.monitor.panels.cost_drawing import GUTTER, curve_of
from linreg_tui.monitor.panels.cost_surface import SurfacePanel
from linreg_tui.monitor.panels.fit_plot import FitPanel
from linreg_tui.monitor.view import View
from tui.canned import view_of, with_minimum

WIDTH, HEIGHT = 60, 16
SIZES = [(1, 1), (2, 3), (12, 3), (20, 5), (24, 4), (36, 8), (56, 17), (200, 60)]
CHARTS = [CostPanel, FitPanel, SurfacePanel]
RUNS: list[dict[str, Any]] = [
    {"n_epochs": 0},
    {"n_epochs": 1},
    {"n_epochs": 500},
    {"n_epochs": 3000, "learning_rate": 1.0},
    {"n_epochs": 50, "bias": False},
    {"data": "quiz1", "n_epochs": 300},
    {"data": "houses", "n_epochs": 100},
    {"data": "houses", "n_epochs": 100, "standardize": False},
    {"data": "outlier", "n_epochs": 100, "criterion": "L1Loss"},
    {"data": "quiz1", "n_epochs": 30, "criterion": "HuberLoss"},
    {"data": "quiz1-module", "n_epochs": 10},
]


def drawn(chart: ChartPanel, view: View, width: int = WIDTH, height: int = HEIGHT) -> Picture:
    picture = Picture(width, height, plain=chart.ascii)
    chart.draw(view, picture)
    return picture


def with_costs(costs: NDArray[np.float64], **state: Any) -> View:
    """A run with such costs, of which nothing else is known."""
    view = view_of(n_epochs=0)
    history = History(2)
    history.add(Trace(0, costs, np.zeros((len(costs), 2)), 0.01))
    seen = {"epoch": len(costs) - 1, "last_epoch": len(costs) - 1, "cost": float(costs[-1]), **state}
    facts = replace(view.facts, quadratic=None, least_squares=None)
    return replace(view, facts=facts, state=replace(view.state, **seen), history=history)


def taken_back(view: View, epoch: int, **state: Any) -> View:
    row = view.history.row(epoch)
    assert row is not None
    return replace(view, state=replace(view.state, epoch=epoch, cost=row.cost, parameters=row.parameters, **state))


def where(picture: Picture, sign: str) -> list[tuple[int, int]]:
    """The cells that hold a sign, column and line."""
    return [(x, y) for y, line in enumerate(picture.lines) for x, character in enumerate(line) if character == sign]


def columns_in(picture: Picture, style: str) -> set[int]:
    """The columns that hold something in a style."""
    columns = set()
    for y in range(picture.height):
        x = 0
        for text, name in picture.pieces(y):
            columns |= set(range(x, x + len(text))) if name == style else set()
            x += len(text)
    return columns


@pytest.mark.parametrize("run", RUNS, ids=str)
@pytest.mark.parametrize("make", CHARTS)
@pytest.mark.parametrize("plain", [False, True])
def test_every_picture_can_be_drawn_at_any_size(make: type[ChartPanel], run: dict[str, Any], plain: bool) -> None:
    chart, view = make(), view_of(**run)
    chart.ascii = plain
    for width, height in SIZES:
        lines = drawn(chart, view, width, height).lines
        assert [len(line) for line in lines] == [width] * height
        assert not plain or "".join(lines).isascii()


# The cost


def test_a_spike_of_one_epoch_in_a_hundred_thousand_is_seen_at_its_height() -> None:
    costs = np.full(100_000, 1.0)
    costs[66_666] = 1e6

    picture = drawn(CostPanel(), with_costs(costs))

    column = GUTTER + round(66_666 / 99_999 * (WIDTH - GUTTER - 1))
    assert all(line[column - 1 : column + 2].strip() for line in picture.lines[:9])
    assert not picture.lines[4][column + 3 : -1].strip()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("axis", ["log", "linear"])
def test_a_cost_that_is_not_finite_is_marked_on_the_upper_edge(value: float, axis: Any) -> None:
    costs = np.linspace(2, 1, 1000)
    costs[500] = value
    chart = CostPanel()
    chart.axis = axis

    picture = drawn(chart, with_costs(costs))

    ((x, y),) = where(picture, "✕")
    assert y == 0
    assert abs(x - (GUTTER + (WIDTH - GUTTER) / 2)) <= 1
    assert BROKEN in {style for _, style in picture.pieces(0)}


def test_a_cost_of_exactly_0_is_marked_on_the_lower_edge_of_a_log_axis() -> None:
    costs = np.append(10.0 ** -np.arange(40), np.zeros(20))

    picture = drawn(CostPanel(), with_costs(costs))

    zeros = [x for x, y in where(picture, "0") if y == HEIGHT - 2 and x > GUTTER]
    assert zeros
    assert min(zeros) >= GUTTER + (WIDTH - GUTTER) * 40 // 60 - 1


def test_a_log_axis_works_down_to_1e_minus_30() -> None:
    picture = drawn(CostPanel(), with_costs(10.0 ** -np.linspace(0, 30, 301)))

    labels = {line[:GUTTER].strip() for line in picture.lines}
    assert {"1", "1e−10", "1e−20", "1e−30"} <= labels
    heights = [next(y for y, line in enumerate(picture.lines) if line[x].strip()) for x in range(GUTTER, WIDTH)]
    assert np.allclose(np.diff(heights), (HEIGHT - 1) / (WIDTH - GUTTER), atol=1.01)  # a straight line downhill


@pytest.mark.parametrize("spike", [3, 500, 1023, 50_000, 99_999])
def test_on_a_log_axis_of_epochs_none_is_left_out(spike: int) -> None:
    costs = np.ones(100_000)
    costs[spike] = 1000.0
    view = with_costs(costs)
    curve = curve_of(view, "log", (WIDTH, HEIGHT), 99_999, None, by="log")
    series = curve.series
    assert (series.first[0], series.last[-1]) == (0, 99_999)
    assert (series.first[1:] == series.last[:-1] + 1).all()
    has_it = series.high == 1000.0
    assert (has_it & (series.first <= spike) & (spike <= series.last)).any()
    assert has_it.sum() <= 2


def test_on_the_axis_above_least_squares_the_cursor_stands_on_the_curve() -> None:
    view, chart = view_of(n_epochs=200), CostPanel()
    chart.axis = "excess"
    (now,) = where(drawn(chart, view), "●")
    chart.cursor = view.state.epoch
    assert where(drawn(chart, view), "◆") == [now]


def test_the_gutter_is_as_wide_whatever_the_labels() -> None:
    for costs in (np.linspace(2, 1, 50), 10.0 ** np.linspace(0, 300, 50), 10.0 ** -np.linspace(0, 300, 50)):
        lines = drawn(CostPanel(), with_costs(costs)).lines
        assert all(line[GUTTER - 1] == " " for line in lines)
        assert any(line[: GUTTER - 1].strip() for line in lines)


def test_the_least_squares_cost_is_drawn_and_named() -> None:
    picture = drawn(CostPanel(), view_of(n_epochs=500))

    assert any("least squares 0.1667" in line for line in picture.lines)
    assert len(columns_in(picture, FLOOR)) > 30


@pytest.mark.parametrize(("height", "names"), [(12, {"ridge 0.1813", "least squares 0.1667"}), (6, {"ridge 0.1813"})])
def test_with_weight_decay_the_cost_that_it_leads_to_is_drawn_and_named(height: int, names: set[str]) -> None:
    picture = drawn(CostPanel(), view_of("exercise1", 400, options={"weight_decay": 0.1}), 56, height)
    written = "\n".join(picture.lines)
    assert {name for name in ("ridge 0.1813", "least squares 0.1667") if name in written} == names


def test_the_band_around_least_squares_is_drawn_where_it_is_true() -> None:
    picture, panel = Picture(WIDTH, HEIGHT), FitPanel()
    assert panel.draw(view_of("outlier", 300), picture) == "y over x · ┄ least squares ⋯ 95 % band"
    without = Picture(WIDTH, HEIGHT)
    said = panel.draw(view_of("outlier", 300, options={"weight_decay": 1e-9}), without)
    assert said == "y over x · ┄ least squares"
    assert len(columns_in(picture, FLOOR)) > len(columns_in(without, FLOOR)) + 10


def test_no_cost_is_drawn_below_that_of_least_squares() -> None:
    for height in range(6, 30):
        picture = drawn(CostPanel(), view_of(n_epochs=1500), WIDTH, height)
        ((_, now),) = where(picture, "●")
        named = next(y for y, line in enumerate(picture.lines) if "least squares" in line)
        assert now < named


def test_only_what_is_beyond_this_epoch_is_dim() -> None:
    view = taken_back(view_of(n_epochs=501), 250)

    picture = drawn(CostPanel(), view)

    here = GUTTER + (WIDTH - GUTTER) // 2
    assert max(columns_in(picture, LINE)) <= here
    assert min(columns_in(picture, BEHIND)) > here - 2
    assert len({y for x, y in where(picture, "┆") if abs(x - here) <= 1}) > HEIGHT / 2


def test_before_the_first_epoch_all_that_is_known_is_dim() -> None:
    view = view_of(n_epochs=500)
    view = replace(view, state=replace(view.state, epoch=-1, cost=np.nan, parameters=view.facts.initial))

    picture = drawn(CostPanel(), view)

    assert not columns_in(picture, LINE)
    assert columns_in(picture, BEHIND)
    assert not where(picture, "●")


def test_epochs_that_were_added_since_the_state_was_read_are_not_taken_for_a_way_back() -> None:
    view = view_of(n_epochs=500)
    chart = CostPanel()
    running = taken_back(view, 300, phase=Phase.RUNNING)

    assert not where(drawn(chart, running), "┆")
    assert not columns_in(drawn(chart, running), BEHIND)


def test_while_it_runs_again_after_a_way_back_what_is_beyond_stays() -> None:
    chart, view = CostPanel(), view_of(n_epochs=500)
    drawn(chart, taken_back(view, 100))

    picture = drawn(chart, taken_back(view, 300, phase=Phase.RUNNING))

    assert columns_in(picture, BEHIND)


def test_a_change_of_the_learning_rate_is_marked_with_the_new_rate() -> None:
    picture = drawn(CostPanel(), view_of(n_epochs=501, state={"interventions": (Intervention(250, 0.0125),)}))

    ((x, y),) = where(picture, "▾")
    assert y == 0
    assert abs(x - (GUTTER + (WIDTH - GUTTER) / 2)) <= 1
    assert "▾ η 0.0125" in picture.lines[0]


def test_of_changes_side_by_side_the_last_rate_is_named_and_none_in_part() -> None:
    changes = tuple(Intervention(250 + 12 * at, 0.0125 * 1.25**at) for at in range(8))
    picture = drawn(CostPanel(), view_of(n_epochs=501, state={"interventions": changes}))

    assert len(where(picture, "▾")) == len(changes)
    assert picture.lines[0].rsplit("▾", 1)[1].strip() == "η 0.0596"
    assert picture.lines[0].count("η") == 1
    assert set(picture.lines[0][GUTTER:].split("η")[0]) <= {"▾", " "}


def test_above_least_squares_by_subtraction_nothing_is_drawn_beyond_the_epoch_that_is_shown() -> None:
    chart, view = CostPanel(), view_of(n_epochs=300, engine="autograd")
    chart.axis = "excess"

    picture = drawn(chart, taken_back(view, 40, phase=Phase.RUNNING))

    here = min(x for x, _ in where(picture, "●"))
    assert max(columns_in(picture, LINE)) <= here


def test_the_axes_take_turns_and_the_frame_says_which() -> None:
    chart, view, picture = CostPanel(), view_of(n_epochs=50), Picture(WIDTH, HEIGHT)
    chart._view = view

    said = []
    for _ in range(4):
        said.append(chart.draw(view, picture))
        chart.next_axis()
    chart.smoothed = True
    said.append(chart.draw(view, picture))

    assert [each.removeprefix("before each step · ") for each in said[:4]] == [
        "log · raw",
        "linear · raw",
        "above least squares, log · raw",
        "log · raw",
    ]
    assert said[4].endswith("linear · smoothed")


def test_without_a_least_squares_cost_there_is_no_axis_above_it() -> None:
    chart = CostPanel()
    chart._view = view_of("outlier", 50, criterion="L1Loss")
    kinds = []
    for _ in range(3):
        kinds.append(chart.axis)
        chart.next_axis()

    assert kinds == ["log", "linear", "log"]


def test_a_criterion_has_its_own_minimum_under_the_curve_on_the_surface_and_as_an_axis() -> None:
    view, chart = with_minimum(view_of("outlier", 50, criterion="L1Loss")), CostPanel()
    assert view.facts.minimum is not None
    assert any("minimum 0.5819" in line for line in drawn(chart, view).lines)

    chart._view = view
    chart.axis = "linear"
    chart.next_axis()
    picture = Picture(WIDTH, HEIGHT)
    assert chart.draw(view, picture) == "before each step · above the minimum, log · raw"
    assert not where(picture, "✕")

    surface, landscape = Picture(WIDTH, HEIGHT), landscape_of(view.facts)
    first = with_minimum(view_of("outlier", 3, criterion="L1Loss"))
    assert SurfacePanel().draw(first, surface).endswith("+ minimum")
    assert isinstance(landscape, Landscape)
    assert landscape.optimum == pytest.approx([2.0, 1.0])
    assert len(where(surface, "+")) == 1


def test_above_least_squares_the_cost_of_gradient_descent_falls_far_below_rounding() -> None:
    chart = CostPanel()
    chart.axis = "excess"

    picture = drawn(chart, view_of(n_epochs=2000, learning_rate=0.1))

    assert "1e−40" in {line[:GUTTER].strip() for line in picture.lines}
    assert not where(picture, "✕")
    ((_, y),) = where(picture, "●")
    assert y > HEIGHT / 2


def test_smoothing_draws_the_smooth_line_before_the_raw_one() -> None:
    noise = np.random.default_rng(0).normal(size=400)
    chart, view = CostPanel(), with_costs(100 + 10 * noise)
    chart.axis = "linear"
    raw = drawn(chart, view)
    chart.smoothed = True
    smooth_one = drawn(chart, view)

    def rows(picture: Picture, style: str) -> int:
        return sum(style in {name for _, name in picture.pieces(y)} for y in range(picture.height))

    assert rows(smooth_one, LINE) < rows(raw, LINE)
    assert columns_in(smooth_one, FAINT)


def test_in_a_steady_state_a_frame_changes_few_cells() -> None:
    whole = view_of(n_epochs=1100)
    chart = CostPanel()
    views = [taken_back(whole, epoch, phase=Phase.RUNNING) for epoch in range(1005, 1100, 5)]
    pictures = [drawn(chart, view) for view in views]

    changed = [sum(n for _, _, n in after.changes(before)) for before, after in pairwise(pictures)]

    assert sum(changed) / len(changed) < 8
    assert max(changed) < 30


# Smoothing


def test_smoothing_is_the_debiased_moving_average_of_single_epochs() -> None:
    costs, memory = np.random.default_rng(1).normal(size=60), 7.0

    smoothed = smooth(costs, np.ones(60, np.int64), memory)

    weights = np.exp(-np.arange(60) / memory)
    expected = [np.average(costs[: n + 1], weights=weights[: n + 1][::-1]) for n in range(60)]
    assert np.allclose(smoothed, expected)


def test_a_bucket_counts_as_many_times_as_it_has_epochs() -> None:
    one_by_one = smooth(np.repeat([3.0, 5.0, 4.0], [1, 4, 2]), np.ones(7, np.int64), 5.0)
    in_buckets = smooth(np.array([3.0, 5.0, 4.0]), np.array([1, 4, 2]), 5.0)

    assert np.allclose(in_buckets, one_by_one[[0, 4, 6]])


def test_smoothing_passes_over_what_is_not_finite() -> None:
    smoothed = smooth(np.array([np.nan, 2.0, np.inf, 2.0]), np.ones(4, np.int64), 3.0)

    assert np.isnan(smoothed[0])
    assert smoothed[1:].tolist() == pytest.approx([2, 2, 2])


# The fit


def test_each_row_is_a_point_where_it_belongs() -> None:
    picture = drawn(FitPanel(), view_of(n_epochs=500))

    points = where(picture, "●")
    assert len(points) == 3  # (0, 0), (1, 1), (1, 2)
    (top, middle, origin) = sorted(points, key=lambda point: point[1])
    assert top[0] == middle[0] == WIDTH - 1
    assert origin[0] < 8
    assert abs((top[1] + origin[1]) / 2 - middle[1]) <= 0.5


def test_the_line_goes_through_what_it_predicts() -> None:
    view = view_of(n_epochs=0)
    view = replace(view, state=replace(view.state, parameters=np.array([2.0, 0.0])))  # y = 2 x: the upper right corner

    picture = drawn(FitPanel(), view)

    (first, last) = min(columns_in(picture, LINE)), max(columns_in(picture, LINE))
    assert (last - first) > 0.9 * (WIDTH - 8)
    assert not picture.lines[0][: WIDTH // 2].strip("2 ")
    assert picture.lines[0][WIDTH - 3 : WIDTH - 1].strip()


def test_beside_another_criterion_the_line_of_least_squares_is_drawn() -> None:
    view = with_minimum(view_of("outlier", 200, criterion="L1Loss"))
    x, y = view.facts.sample_X[:, 0], view.facts.sample_y
    w, b = np.polyfit(x, y, 1)
    picture = Picture(WIDTH, HEIGHT)
    assert FitPanel().draw(view, picture).endswith("┄ least squares")
    alone = Picture(WIDTH, HEIGHT)
    FitPanel().draw(View(replace(view.facts, minimum=None), view.state, view.history), alone)
    changed = [row for row in range(HEIGHT) if picture.lines[row] != alone.lines[row]]
    share = (np.array([b, b + w * 5]) - y.min()) / np.ptp(y)
    assert changed
    assert max(changed) <= (1 - share.min()) * HEIGHT + 1
    assert min(changed) >= (1 - share.max()) * (HEIGHT - 1) - 1


def test_a_line_that_is_elsewhere_is_said_to_be() -> None:
    view = view_of(n_epochs=0)
    view = replace(view, state=replace(view.state, parameters=np.array([1e200, 1e300])))

    assert any("the line is outside" in line for line in drawn(FitPanel(), view).lines)


def test_of_several_features_the_predictions_are_drawn_and_those_outside_counted() -> None:
    chart, view = FitPanel(), view_of("quiz1", 300)
    far = replace(view, state=replace(view.state, parameters=np.full(4, 1e9)))

    assert "predicted over actual" in chart.draw(view, Picture(WIDTH, HEIGHT))
    assert columns_in(drawn(chart, view), LINE)
    assert any("5 of 5 rows outside" in line for line in drawn(chart, far).lines)


def lit_dots(picture: Picture) -> NDArray[np.bool_]:
    """The dots of a picture in braille, down and across."""
    bits = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])
    codes = np.array([[max(0, ord(each) - 0x2800) for each in row] for row in picture.lines])
    codes[codes > 255] = 0
    lit: NDArray[np.bool_] = np.greater(codes[:, np.newaxis, :, np.newaxis] & bits[np.newaxis, :, np.newaxis], 0)
    return np.reshape(lit, (4 * picture.height, 2 * picture.width))


def test_each_residual_is_a_stroke_from_its_point_to_the_line_that_no_point_hides() -> None:
    view, width, height = view_of("outlier", 30), 100, 40
    picture, facts = drawn(FitPanel(), view, width, height), view.facts
    assert not where(picture, "●")
    x, y = facts.sample_X[:, 0], facts.sample_y
    across_axis, down_axis = (Axis.around(float(each.min()), float(each.max())) for each in (x, y))
    frame, lit = Frame.inside((width, height), across_axis, down_axis), lit_dots(picture)
    (across, tops), (_, feet) = frame.dots(x, y), frame.dots(x, x * view.w[0] + (view.b or 0.0))
    for column, top, foot in zip(across, tops, feet, strict=True):
        place, low, high = 2 * frame.x + int(column), int(min(top, foot)), int(max(top, foot))
        assert all(lit[row, place - 1 : place + 2].any() for row in range(low, high + 1))
    lengths = np.abs(tops - feet)
    assert (lengths > 4).sum() > 10  # taller than a cell: as cells, the points would have hidden the others
    assert ((lengths > 2) & (lengths <= 4)).any()


def as_another_module(view: View, predicted: NDArray[np.float64] | None) -> View:
    """Let a run be that of a module that is no linear model, which answers so."""
    facts = replace(view.facts, recipe=view.facts.recipe.changed(module="model.py:Bent"), quadratic=None)
    return replace(view, facts=facts, state=replace(view.state, predicted=predicted))


def test_of_a_module_that_is_not_linear_its_answers_are_drawn_over_the_actual_values() -> None:
    view, chart = view_of("houses", 60), FitPanel()
    answers = view.facts.sample_X @ view.w + (view.b or 0.0)
    picture = drawn(chart, as_another_module(view, answers))
    assert picture.lines == drawn(chart, view).lines  # they are the linear model's, so the picture is its
    assert "predicted over actual" in chart.draw(as_another_module(view, answers), Picture(WIDTH, HEIGHT))
    assert "is no linear model" in " ".join(" ".join(drawn(chart, as_another_module(view, None)).lines).split())


def test_of_one_feature_the_answers_of_a_module_are_a_curve_through_the_rows() -> None:
    view, width, height = view_of("outlier", 5), 100, 40
    x, y = view.facts.sample_X[:, 0], view.facts.sample_y
    answers = 5 + 4 * np.sin(x)
    picture = drawn(FitPanel(), as_another_module(view, answers), width, height)
    across_axis, down_axis = (Axis.around(float(each.min()), float(each.max())) for each in (x, y))
    frame, lit = Frame.inside((width, height), across_axis, down_axis), lit_dots(picture)
    across, down = frame.dots(x, answers)
    for column, row in zip(across, down, strict=True):
        place = 2 * frame.x + int(column)
        assert lit[max(0, int(row) - 1) : int(row) + 3, place - 1 : place + 2].any()
    assert "least squares" not in FitPanel().draw(as_another_module(view, answers), Picture(WIDTH, HEIGHT))


def test_a_strangers_name_reaches_the_frame_safe() -> None:
    view = view_of(n_epochs=5)
    view = replace(view, facts=replace(view.facts, features=("\x1b[31mred[/]",), target="[bold]y"))

    words = FitPanel().draw(view, Picture(WIDTH, HEIGHT))

    assert "\x1b" not in words
    assert "[bold]y" in words


# The surface


def surface_of(run: dict[str, Any]) -> tuple[View, Landscape]:
    view = view_of(**run)
    landscape = landscape_of(view.facts)
    assert isinstance(landscape, Landscape)
    return view, landscape


@pytest.mark.parametrize(
    "run",
    [{"n_epochs": 300}, {"n_epochs": 300, "standardize": True}, {"n_epochs": 30, "bias": False}],
    ids=str,
)
def test_the_landscape_of_one_or_two_parameters_is_the_excess_cost(run: dict[str, Any]) -> None:
    view, landscape = surface_of(run)
    for parameters in (view.facts.initial, view.state.parameters):
        point = landscape.project(parameters[np.newaxis])
        assert landscape.cost(point)[0] == pytest.approx(view.facts.excess(parameters), rel=1e-9)
    shown = [*view.w, *([] if view.b is None else [view.b])]
    assert np.allclose(landscape.project(view.state.parameters[np.newaxis])[0], shown)


def test_a_slice_is_the_excess_cost_along_the_steepest_and_the_flattest_direction() -> None:
    view, landscape = surface_of({"data": "houses", "n_epochs": 100})
    quadratic = view.facts.quadratic
    assert quadratic is not None
    steepest, flattest = quadratic.eigenvectors[:, -1], quadratic.eigenvectors[:, 0]

    for u, v in ((0.0, 0.0), (3.0, 0.0), (0.0, -2.0), (1.5, 40.0)):
        parameters = quadratic.optimum + u * steepest + v * flattest
        assert np.allclose(landscape.project(parameters[np.newaxis])[0], (u, v), atol=1e-9)
        assert landscape.cost(np.array([u, v])) == pytest.approx(view.facts.excess(parameters), abs=1e-12)


@pytest.mark.parametrize("criterion", ["MSELoss", "L1Loss", "SmoothL1Loss", "HuberLoss"])
def test_a_cost_without_a_closed_form_is_torchs_own_on_the_rows(criterion: str) -> None:
    import torch

    view = view_of("outlier", 20, criterion=criterion, engine="autograd")
    facts = replace(view.facts, quadratic=None)
    landscape = landscape_of(facts)
    assert isinstance(landscape, Landscape)

    for w, b in ((1.58, 1.62), (0.0, 0.0), (-3.0, 20.0)):
        predicted = torch.from_numpy(facts.sample_X @ [w] + b)
        expected = getattr(torch.nn, criterion)()(predicted, torch.from_numpy(facts.sample_y))
        assert landscape.cost(np.array([w, b])) == pytest.approx(expected.item())
    assert landscape.words == "of the sample rows"


def test_the_three_points_that_matter_are_where_they_belong() -> None:
    picture = drawn(SurfacePanel(), view_of(n_epochs=500))

    ((start_x, start_y),), ((best_x, best_y),) = where(picture, "✕"), where(picture, "+")
    ((now_x, now_y),) = where(picture, "●")
    assert start_x < now_x < best_x  # w goes up from 0 to 1.5
    assert now_y < best_y == start_y  # b is above 0, where it starts and ends
    path = columns_in(picture, LINE)
    assert start_x + 1 in path
    assert now_x - 1 in path
    assert not path - set(range(start_x, best_x))


def test_contours_are_drawn_once_and_again_only_for_another_window() -> None:
    chart, whole = SurfacePanel(), view_of(n_epochs=500)
    drawn(chart, taken_back(whole, 100))
    first = chart._scene
    drawn(chart, whole)
    assert chart._scene is first
    drawn(chart, whole, WIDTH + 1)
    assert chart._scene is not first


def test_a_path_that_leaves_the_view_doubles_it_and_one_that_climbs_for_ever_is_let_go() -> None:
    chart, whole = SurfacePanel(), view_of(n_epochs=200, learning_rate=0.7)
    start = whole.facts.excess(whole.facts.initial)
    assert start is not None
    windows = set()
    for epoch in range(200):
        picture = drawn(chart, taken_back(whole, epoch))
        assert chart._scene is not None
        windows.add(chart._scene.doublings)
        row = whole.history.row(epoch)
        assert row is not None
        excess = whole.facts.excess(row.parameters)
        assert excess is not None
        if excess <= start:
            assert where(picture, "●")
        if excess > 1000 * start:
            assert "the run is outside" in "\n".join(picture.lines)
            assert where(picture, "+")

    assert 1 <= len(windows) <= 4  # the contours stay where they can be read


@pytest.mark.parametrize(
    ("run", "sentence"),
    [
        ({"data": "quiz1-module", "n_epochs": 3}, "a module of your own"),
        ({"data": "quiz1", "n_epochs": 3, "criterion": "L1Loss"}, "squared error only"),
    ],
    ids=str,
)
def test_where_there_is_no_surface_a_sentence_says_why(run: dict[str, Any], sentence: str) -> None:
    picture = drawn(SurfacePanel(), view_of(**run))

    assert sentence in " ".join(line.strip() for line in picture.lines)


def test_a_squared_error_of_too_many_features_is_not_called_another_criterion() -> None:
    view = view_of("quiz1", 3)
    facts = replace(view.facts, quadratic=None, least_squares=None)  # as beyond a thousand features

    assert landscape_of(facts) == "The surface is not worked out for so many features."


def test_one_parameter_is_a_point_on_its_parabola() -> None:
    picture = drawn(SurfacePanel(), view_of(n_epochs=20, bias=False))

    ((start, now, best),) = zip(*(where(picture, sign) for sign in "✕●+"), strict=True)
    assert start[0] < now[0] < best[0]
    assert start[1] < now[1] < best[1]


# What is sent


def test_changes_are_just_the_cells_that_differ() -> None:
    before, after = Picture(20, 2), Picture(20, 2)
    for picture, text in ((before, "the cost is 1.25"), (after, "the cost is 1.35")):
        picture.text(0, 0, text, LINE)
    after.text(0, 1, "x", LINE)
    after.text(19, 1, "y", LINE)

    assert list(after.changes(before)) == [(14, 0, 1), (0, 1, 1), (19, 1, 1)]
    assert list(after.changes(after)) == []


def test_a_change_of_style_alone_is_a_change() -> None:
    before, after = Picture(5, 1), Picture(5, 1)
    before.text(1, 0, "abc", LINE)
    after.text(1, 0, "abc", BEHIND)

    assert list(after.changes(before)) == [(1, 0, 3)]


def test_a_wide_character_takes_two_cells_and_none_is_cut_in_half() -> None:
    picture = Picture(4, 1)
    picture.text(1, 0, "価価", LINE)

    assert picture.lines == [" 価 "]
    assert list(picture.pieces(0)) == [(" ", ""), ("価", LINE), (" ", "")]


class Charts(App[None]):
    """All three, one above the other."""

    CSS = "ChartPanel { height: 1fr; border: round white; }"

    def compose(self) -> ComposeResult:
        yield from (make() for make in CHARTS)


@pytest.mark.parametrize(
    "theme", [name for name in BUILTIN_THEMES if name in ("textual-dark", "textual-light") or "ansi" in name]
)
async def test_what_is_shown_is_the_picture(theme: str) -> None:
    app = Charts()
    async with app.run_test(size=(60, 45)) as pilot:
        app.theme = theme
        for chart in app.query(ChartPanel):
            chart.show(view_of(n_epochs=500))
        await pilot.pause()
        for chart in app.query(ChartPanel):
            lines = [chart.render_line(y).text for y in range(chart.content_size.height)]
            assert "\n".join(lines) == chart.text
            assert len(lines[0]) == 58
            assert "●" in chart.text
        assert str(app.query_one(CostPanel).border_subtitle) == "before each step · log · raw"


async def test_a_moment_that_looks_the_same_refreshes_nothing_and_another_one_only_a_part() -> None:
    app = Charts()
    async with app.run_test(size=(60, 45)) as pilot:
        chart, whole = app.query_one(CostPanel), view_of(n_epochs=1100)
        chart.show(taken_back(whole, 1010, phase=Phase.RUNNING))
        await pilot.pause()

        chart.show(taken_back(whole, 1010, phase=Phase.RUNNING))
        assert not chart._repaint_regions
        chart.show(taken_back(whole, 1050, phase=Phase.RUNNING))
        assert 0 < sum(region.area for region in chart._repaint_regions) < 20


async def test_a_chart_is_drawn_again_for_another_size() -> None:
    app = Charts()
    async with app.run_test(size=(60, 45)) as pilot:
        chart = app.query_one(SurfacePanel)
        chart.show(view_of(n_epochs=100))
        await pilot.resize_terminal(40, 20)
        await pilot.pause()

        assert {len(line) for line in chart.text.split("\n")} == {38}


@pytest.mark.parametrize("scale", [1e-2, 1e-3, 1e-100])
def test_a_surface_of_small_costs_is_drawn(scale: float, tmp_path: Path) -> None:
    rows = tmp_path / "small.csv"
    rows.write_text("x,y\n" + "".join(f"{x},{scale * (x + x % 2)!r}\n" for x in range(6)))
    assert len(where(drawn(SurfacePanel(), view_of(str(rows), 5)), "✕")) == 1
