"""The panels of numbers and words, on real runs, in a screen of any size."""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from math import inf, isfinite, nan
from typing import Any

import numpy as np
import pytest
import torch
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets import Input

from linreg.history.history import History
from linreg.live.state import Intervention, State
from linreg.phase import Phase
from linreg.recipe import Recipe
from linreg.trace import Trace
from linreg.training.facts import ScriptFacts
from linreg_tui.monitor.panels.epoch_table import EpochTable
from linreg_tui.monitor.panels.epochs import EpochsPanel
from linreg_tui.monitor.panels.parameter_layout import lay_out
from linreg_tui.monitor.panels.parameter_table import ParameterTable
from linreg_tui.monitor.panels.parameters import ParametersPanel
from linreg_tui.monitor.panels.this_step import StepPanel, write
from linreg_tui.monitor.status import MonitorStatus
from linreg_tui.monitor.step.explanation import explain
from linreg_tui.monitor.view import View
from linreg_tui.text.alignment import flush_left, flush_right
from linreg_tui.text.status_phrases import fitted, phrase
from linreg_tui.widgets.lines import Lines, changed_cells, plain_text
from tui.canned import view_of, with_minimum

PANELS: list[Callable[[], Lines]] = [MonitorStatus, ParametersPanel, EpochsPanel, StepPanel]


class OneWidget(App[None]):
    """A screen with nothing else on it."""

    def __init__(self, widget: Widget) -> None:
        super().__init__()
        self.widget = widget

    def compose(self) -> ComposeResult:
        yield self.widget


@asynccontextmanager
async def on_screen(widget: Widget, width: int = 60, height: int = 14) -> AsyncIterator[Pilot[None]]:
    async with OneWidget(widget).run_test(size=(width, height)) as pilot:
        await pilot.pause()
        yield pilot


def with_state(view: View, **changes: Any) -> View:
    return View(view.facts, replace(view.state, **changes), view.history)


def many_features(n: int = 2000) -> View:
    """Return a run whose facts speak of many features; only names and numbers matter here."""
    view = view_of("exercise1", 10)
    names = tuple(f"feature{index}" for index in range(n))
    rng = np.random.default_rng(0)
    facts = replace(
        view.facts,
        features=names,
        weight_names=names,
        least_squares=None,
        quadratic=None,
        initial=np.zeros(n + 1),
        scaling=type(view.facts.scaling).identity(n),
    )
    path = rng.normal(size=(10, n + 1))
    history = History(n + 1)
    history.add(Trace(first_epoch=0, cost=np.ones(10), parameters=path, learning_rate=0.1))
    return View(facts, replace(view.state, parameters=path[-1], before=path[-2]), history)


@pytest.mark.parametrize("make", PANELS)
async def test_every_panel_shows_every_run_at_every_size(make: Callable[[], Lines]) -> None:
    runs: list[tuple[str, int, dict[str, Any]]] = [
        ("exercise1", 0, {}),
        ("exercise1", 1234, {}),
        ("exercise1", 9000, {"learning_rate": 0.7}),
        ("quiz1", 300, {"optimizer": "Adam"}),
        ("houses", 100, {"options": {"momentum": 0.9}}),
        ("outlier", 20, {"criterion": "L1Loss"}),
        ("exercise1", 20, {"bias": False}),
    ]
    views = [view_of(data, n_epochs, **choices) for data, n_epochs, choices in runs]
    widget = make()
    async with on_screen(widget) as pilot:
        for size in ((120, 40), (58, 9), (40, 8), (30, 6), (12, 4)):
            await pilot.resize_terminal(*size)
            for view in views:
                widget.show(view)  # type: ignore[attr-defined]
                await pilot.pause()
                assert widget.text.strip()


async def test_no_line_is_cut_where_there_is_a_sensible_width() -> None:
    view = view_of("exercise1", 1234)
    for width in (36, 46, 56, 118):
        for make in PANELS:
            widget = make()
            async with on_screen(widget, width, 14):
                widget.show(view)  # type: ignore[attr-defined]
                assert max(map(cell_len, widget.text.splitlines())) <= widget.size.width


@pytest.mark.parametrize("make", PANELS)
async def test_ascii_is_ascii(make: Callable[[], Lines]) -> None:
    for choices in ({}, {"options": {"momentum": 0.9}}, {"optimizer": "Adam"}):
        widget = make()
        widget.ascii = True
        async with on_screen(widget, 118, 20):
            widget.show(view_of("houses", 100, **choices))  # type: ignore[attr-defined]
            assert widget.text.isascii(), [c for c in widget.text if not c.isascii()]
            assert str(widget.border_subtitle or "").isascii()


async def test_a_moment_that_is_the_same_draws_nothing_again(monkeypatch: pytest.MonkeyPatch) -> None:
    view = view_of("exercise1", 1234)
    for make in PANELS:
        widget = make()
        async with on_screen(widget, 118, 20):
            widget.show(view)  # type: ignore[attr-defined]
            moved = with_state(view, version=100, epoch=1200, parameters=view.state.parameters + 1)
            with monkeypatch.context() as patched:
                patched.setattr(widget, "refresh", _refuse)
                widget.show(with_state(view, version=99))  # type: ignore[attr-defined]
                with pytest.raises(AssertionError):
                    widget.show(moved)  # type: ignore[attr-defined]


def _refuse(*_: object, **__: object) -> None:
    raise AssertionError("drawn again")


def test_only_the_cells_that_differ_are_drawn_again() -> None:
    was, now = (("w  ", "name"), ("1.467186", "")), (("w  ", "name"), ("1.467223", ""))
    assert changed_cells(was, now) == (8, 11)
    assert changed_cells(was, was) == (0, 0)
    assert changed_cells(was, ()) == (0, 11)
    assert changed_cells((("数a", ""),), (("数b", ""),)) == (2, 3)
    assert changed_cells((("a", ""),), (("a", "name"),)) == (0, 1)


# The three lines at the top


async def test_the_status_takes_three_lines_whatever_it_says() -> None:
    status = MonitorStatus()
    async with on_screen(status, 60, 20) as pilot:
        assert status.size.height == 3
        status.show(view_of("exercise1", 10))
        await pilot.pause()
        assert status.size.height == 3


async def status_lines(view: View, width: int = 118) -> list[str]:
    status = MonitorStatus()
    async with on_screen(status, width + 2, 3):
        status.show(view)
        return status.text.splitlines()


async def test_the_status_says_what_runs_and_how_it_stands() -> None:
    first, second, third = await status_lines(view_of("exercise1", 1235))
    assert first.startswith("linreg   exercise1   3 rows × 1 feature   SGD   cpu   spectral")
    assert first.endswith("‖ PAUSED")
    assert second.startswith("epoch 1,234 of 3,000   ━")
    assert "41 %" in second
    assert third.startswith("learning rate 0.01   ├●─")
    assert "stable to 0.6577   safe, slow   within 1e−6 of least squares by epoch 2,395" in third


async def test_the_epoch_foretold_is_the_first_row_that_is_there() -> None:
    excess = view_of("exercise1", 2396).history.row(2395), view_of("exercise1", 2395).history.row(2394)
    near, far = (row.excess_cost for row in excess if row is not None)
    floor = view_of("exercise1").facts.quadratic
    assert floor is not None
    assert near is not None
    assert far is not None
    assert near / floor.reference <= 1e-6 < far / floor.reference


@pytest.mark.parametrize(
    ("phase", "words"),
    [
        (Phase.RUNNING, "► RUNNING"),
        (Phase.PAUSED, "‖ PAUSED"),
        (Phase.FINISHED, "✓ FINISHED"),
        (Phase.CONVERGED, "✓ CONVERGED"),
        (Phase.DIVERGED, "✕ DIVERGED"),
        (Phase.STOPPED, "■ STOPPED"),
        (Phase.FAILED, "✕ FAILED"),
    ],
)
async def test_every_state_is_said_in_words(phase: Phase, words: str) -> None:
    lines = await status_lines(with_state(view_of("exercise1", 10), phase=phase, reason="for a reason"))
    assert lines[0].endswith(words)
    assert cell_len(words) == len(words)


async def test_while_it_runs_the_pace_and_the_time_left_are_shown() -> None:
    view = view_of("exercise1", 1235)
    running = with_state(view, phase=Phase.RUNNING, pace=297.0, speed=300.0)
    assert (await status_lines(running))[1].endswith("300 epochs/s         6 s left")
    flat_out = with_state(view, phase=Phase.RUNNING, pace=3.2e6, speed=inf)
    assert "3.2M epochs/s" in (await status_lines(flat_out))[1]
    assert (await status_lines(flat_out))[1].endswith("flat out")
    standing = with_state(view, speed=300.0)
    assert (await status_lines(standing))[1].endswith("speed: 300 epochs/s")


async def test_on_the_way_to_an_epoch_the_time_is_that_to_there() -> None:
    view = view_of("exercise1", 10)
    state = {"phase": Phase.SEEKING, "goal": 1009, "pace": 100.0, "speed": 300.0}
    assert "there in 10 s" in (await status_lines(with_state(view, **state)))[1]


async def test_a_run_on_its_way_says_where_to() -> None:
    lines = await status_lines(with_state(view_of("exercise1", 10), phase=Phase.SEEKING, goal=2000))
    assert lines[0].endswith("SEEKING 2,000")


async def test_a_divergence_is_explained_by_the_limit() -> None:
    lines = await status_lines(view_of("exercise1", 9000, learning_rate=0.7))
    assert lines[2] == (
        "the learning rate 0.7 is 1.06 times the largest stable 0.6577: press u to lower it and go back"
    )


async def test_a_cost_too_far_from_least_squares_for_a_ratio_is_named_itself() -> None:
    last = view_of("exercise1", 9000, learning_rate=0.7).state.epoch
    view = view_of("exercise1", last, learning_rate=0.7)
    third = (await status_lines(view))[2]
    assert view.excess is not None
    assert isfinite(view.excess)
    assert third.endswith(f"cost {view.state.cost:.4g} before the last step")


async def test_no_ratio_is_given_to_a_least_squares_cost_of_nothing() -> None:
    view = view_of("exercise1", 10, optimizer="Adam")
    assert view.facts.quadratic is not None
    exact = replace(view.facts.quadratic, floor=0.0)
    view = View(replace(view.facts, quadratic=exact), view.state, view.history)
    assert (await status_lines(view))[2].endswith(f"cost {view.excess:.4g} above least squares")


async def test_the_end_says_how_far_the_cost_is_from_least_squares() -> None:
    view = view_of("valley", 2000)
    assert view.state.phase is Phase.FINISHED
    quadratic = view.facts.quadratic
    assert quadratic is not None
    times = 1 + float(quadratic.excess(view.state.parameters)) / quadratic.floor
    third = (await status_lines(view))[2]
    assert third.endswith(f"cost {times:.3g} × that of least squares: {14_572 - 1001:,} more epochs would reach 1e−6")


async def test_an_optimizer_without_a_limit_has_no_gauge() -> None:
    third = (await status_lines(view_of("quiz1", 100, optimizer="Adam")))[2]
    assert third.startswith("learning rate 1e−05   cost")
    assert "●" not in third


async def test_a_rate_above_the_limit_is_marked_and_said() -> None:
    third = (await status_lines(view_of("exercise1", 3, learning_rate=0.8)))[2]
    assert "┤● stable to 0.6577   diverging" in third


@pytest.mark.parametrize("width", [118, 78, 58, 38, 28])
async def test_what_does_not_fit_is_left_out_whole(width: int) -> None:
    lines = await status_lines(view_of("quiz1", 301, options={"momentum": 0.5}), width)
    assert [cell_len(line) <= width for line in lines] == [True] * 3
    assert lines[0].endswith("PAUSED")
    assert "300" in lines[1]
    assert "rate 1e−05" in lines[2]
    assert "…" not in "".join(lines)


def test_parts_give_way_in_the_order_of_their_ranks() -> None:
    parts = [phrase(0, "always here", "here"), phrase(2, "long word", "word"), phrase(5, "first to go")]
    shown = [[each.text for each in fitted(parts, width)] for width in (40, 23, 18, 11, 3)]
    assert shown == [
        ["always here", "long word", "first to go"][:3],
        ["always here", "long word"],
        ["always here", "word"],
        ["always here"],
        ["here"],
    ]


async def test_while_the_data_load_the_recipe_is_shown() -> None:
    status = MonitorStatus()
    recipe = Recipe(data="folder/with\x1b[31mred.csv", optimizer="Adam")
    state = State(
        version=1,
        phase=Phase.LOADING,
        reason="4,000 rows read",
        epoch=-1,
        last_epoch=1000,
        parameters=np.empty(0),
        cost=nan,
        learning_rate=nan,
        speed=inf,
    )
    async with on_screen(status, 80, 3):
        status.show_loading(recipe, state)
        first, second = status.text.splitlines()
    assert "\x1b" not in first
    assert first.endswith("⋯ LOADING")
    assert "Adam" in first
    assert second == "4,000 rows read"


async def test_a_module_that_is_watched_is_called_by_its_whole_name() -> None:
    status, view = MonitorStatus(), view_of("exercise1", 40)
    facts = replace(view.facts, script=ScriptFacts(path="project.train", is_module=True))
    async with on_screen(status, 120, 3):
        status.show(replace(view, facts=facts))
        assert " project.train " in status.text.splitlines()[0]


# Parameters


def comparison_row(view: View, index: int, width: int = 100) -> list[str]:
    table = ParameterTable.of(view)
    layout = lay_out(width, table.longest_name, len(table.headings))
    name, now, others, _ = table.row(index, layout)
    return [name.strip(), now.strip(), *(text.strip() for text in others)]


def test_a_parameter_stands_beside_its_least_squares_value() -> None:
    view = view_of("houses", 60)
    assert view.facts.least_squares is not None
    for index, feature in enumerate(view.facts.features):
        name, *numbers = comparison_row(view, index)
        now, exact, to_go = (float(text.replace("−", "-")) for text in numbers)
        assert name == feature
        assert now == pytest.approx(view.w[index], abs=1e-5)
        assert exact == pytest.approx(view.facts.least_squares.w[index], abs=1e-5)
        assert now + to_go == pytest.approx(exact, abs=3e-6)


async def test_where_there_is_room_each_parameter_has_its_gradient_its_step_and_the_way_that_is_left() -> None:
    view, x, y = view_of("exercise1", 20), torch.tensor([0.0, 1, 1]).double(), torch.tensor([0.0, 1, 2]).double()
    assert view.state.before is not None
    w = torch.tensor(view.state.before, requires_grad=True)
    cost = (w[0] * x + w[1] - y).square().mean()
    cost.backward()
    assert w.grad is not None
    steps, panel = -0.01 * w.grad, ParametersPanel()
    async with on_screen(panel, 98, 5):
        panel.show(view)
        heading, *rows = (line.replace("−", "-") for line in panel.text.splitlines())
    assert heading.split()[-6:] == ["way", "left", "gradient", "last", "step", "path"]
    of_w, of_b, of_cost = (row.split() for row in rows)
    now = w.detach() + steps
    assert float(of_w[4]) == pytest.approx(100 * (1.5 - float(now[0])) / 1.5, rel=0.02)
    assert of_b[4] == "–"  # from 0 to 0 there is no way to go
    assert float(of_w[6]) == pytest.approx(float(w.grad[0]), rel=0.01)
    assert [float(row[at]) for row, at in ((of_w, 7), (of_b, 6))] == pytest.approx(steps.tolist(), rel=0.01)
    after = float((now[0] * x + now[1] - y).square().mean())
    assert float(of_cost[7]) == pytest.approx(after - float(cost.detach()), rel=0.01)


def test_a_gradient_as_trained_does_not_stand_beside_numbers_in_other_units() -> None:
    assert ParameterTable.of(view_of("houses", 60)).extras == ("way left", "last step")


@pytest.mark.parametrize("width", [58, 78, 98, 116, 140])
async def test_the_paths_of_the_parameters_go_to_the_edge(width: int) -> None:
    panel = ParametersPanel()
    async with on_screen(panel, width, 8):
        panel.show(view_of("houses", 250))
        rows = panel.text.splitlines()[1:]
    assert {cell_len(row) for row in rows} == {width}
    assert {row[-1] for row in rows} <= set("▁▂▃▄▅▆▇")


def test_what_is_only_rounding_is_shown_as_zero() -> None:
    table = ParameterTable.of(view_of("exercise1", 60))
    bias = table.bias_row(lay_out(56, table.longest_name))
    assert bias is not None
    assert bias[2][0].strip() == "0.000000"


@pytest.mark.parametrize("data", ["exercise1", "houses"])
def test_a_path_begins_where_the_run_did_however_long_it_has_been_at_rest(data: str) -> None:
    view = view_of(data, 100_000, epochs=99_999)
    assert view.b is not None
    table = ParameterTable.of(view)
    layout = lay_out(60, table.longest_name)
    b, cost = table.bias_row(layout), table.cost_row(layout)
    assert b is not None
    assert cost is not None
    starts = [*np.zeros(len(view.w)), 0.0, np.inf]
    for row, start, end in zip(
        [*(table.row(index, layout) for index in range(len(view.w))), b, cost],
        starts,
        [*view.w, view.b, 0.0],
        strict=True,
    ):
        path = row[-1].rstrip()
        assert len(path) == layout.path
        if abs(end - start) > 1e-9:
            assert path == ("▁" + "▇" * (layout.path - 1) if end > start else "▇" + "▁" * (layout.path - 1))


def test_without_least_squares_the_last_step_is_shown() -> None:
    view = view_of("outlier", 20, criterion="L1Loss")
    _, now, last = comparison_row(view, 0)
    assert view.state.before is not None
    assert float(now) == pytest.approx(view.w[0], abs=1e-6)
    assert float(last) == pytest.approx(view.state.parameters[0] - view.state.before[0], rel=0.02)


@pytest.mark.parametrize("criterion", ["L1Loss", "HuberLoss", "SmoothL1Loss"])
def test_a_parameter_stands_beside_its_criterions_own_minimum_and_least_squares(criterion: str) -> None:
    view = with_minimum(view_of("outlier", 20, criterion=criterion))
    table = ParameterTable.of(view)
    layout = lay_out(58, table.longest_name, len(table.headings))
    rows = [table.row(0, layout), *table.below(layout)]
    numbers = [[float(text.replace("−", "-")) for text in (now, *others)] for _, now, others, _ in rows]
    assert view.facts.minimum is not None
    least, exact = view.facts.minimum, np.polyfit(view.facts.sample_X[:, 0], view.facts.sample_y, 1)
    assert [row[1] for row in numbers] == pytest.approx([least.w[0], least.b, least.cost], abs=1e-6)
    assert [row[3] for row in numbers[:2]] == pytest.approx(exact, abs=1e-6)
    for now, at_least, to_go, _ in numbers:
        assert now + to_go == pytest.approx(at_least, abs=3e-6)
    assert numbers[2][0] == pytest.approx(view.state.cost, abs=1e-6)
    assert table.notes == ("cost before the step", "")
    many = replace(view.facts, minimum=replace(least, is_unique=False))
    assert ParameterTable.of(replace(view, facts=many)).notes[0] == "one of many minima: others cost as little"
    start = ParameterTable.of(replace(view, state=replace(view.state, epoch=-1, cost=nan, before=None)))
    _, cost, others, _ = start.below(layout)[-1]
    assert [text.strip() for text in (cost, others[1])] == ["–", "–"]  # nothing has cost anything yet
    assert float(others[0]) == pytest.approx(least.cost, abs=1e-6)


def test_with_weight_decay_a_parameter_stands_beside_the_ridge_solution_and_least_squares() -> None:
    view = view_of("exercise1", 100, options={"weight_decay": 0.1})
    table = ParameterTable.of(view)
    layout = lay_out(58, table.longest_name, len(table.headings))
    assert table.headings == ("now", "ridge", "to go", "least squares")
    rows = [table.row(0, layout), *table.below(layout)]
    numbers = [[float(text.replace("−", "-")) for text in (now, *others)] for _, now, others, _ in rows]
    w, b = np.linalg.solve(np.array([[4, 4], [4, 6]]) / 3 + 0.1 * np.eye(2), [2, 2])  # ∇cost + 0.1 θ = 0
    cost = (b**2 + (w + b - 1) ** 2 + (w + b - 2) ** 2) / 3
    assert [row[1] for row in numbers] == pytest.approx([w, b, cost], abs=1e-6)
    assert [row[3] for row in numbers] == pytest.approx([1.5, 0, 1 / 6], abs=1e-6)
    for now, ridge, to_go, _ in numbers:
        assert now + to_go == pytest.approx(ridge, abs=3e-6)
    assert table.notes == ("cost after the step", "")


@pytest.mark.parametrize("n_epochs", [100, 3001])
async def test_with_weight_decay_the_status_counts_the_penalty(n_epochs: int) -> None:
    view, status = view_of("exercise1", n_epochs, options={"weight_decay": 0.1}), MonitorStatus()
    async with on_screen(status, 130, 3):
        status.show(view)
        (w, b), ridge = view.state.parameters, view.facts.minimum
        assert ridge is not None
        cost = (b**2 + (w + b - 1) ** 2 + (w + b - 2) ** 2) / 3 + 0.05 * (w**2 + b**2)
        share = 100 * (cost / (ridge.cost + ridge.penalty) - 1)
        said = re.search(r"cost and penalty ([\d.e−]+) % above ridge", status.text)
        assert said is not None
        assert float(said[1].replace("−", "-")) == pytest.approx(share, rel=0.1, abs=1e-8)


@pytest.mark.parametrize("width", [60, 90])
async def test_the_status_says_how_far_the_cost_is_above_its_minimum(width: int) -> None:
    view, status = with_minimum(view_of("outlier", 20, criterion="HuberLoss")), MonitorStatus()
    async with on_screen(status, width, 3):
        status.show(view)
        assert view.facts.minimum is not None
        share = 100 * (view.state.cost / view.facts.minimum.cost - 1)
        assert f"cost {share:.2g} % above its minimum" in status.text


@pytest.mark.parametrize("width", [*range(10, 60, 3), 90, 129])
def test_a_row_of_parameters_is_never_wider_than_its_table(width: int) -> None:
    table = ParameterTable.of(view_of("houses", 60))
    layout = lay_out(width, table.longest_name)
    name, now, others, path = table.row(0, layout)
    gaps = layout.gap * bool(layout.path)
    assert cell_len(name) + len(now) + sum(map(len, others)) + len(path) + gaps <= max(width, 11)


async def test_thousands_of_features_scroll_and_only_what_is_seen_is_worked_out() -> None:
    panel, view = ParametersPanel(), many_features()
    async with on_screen(panel, 60, 12) as pilot:
        panel.show(view)
        panel.focus()
        first = panel.text.splitlines()[1]
        assert first.startswith("feature0 ")
        assert "1–10 of 2,000" in str(panel.border_subtitle)
        await pilot.press("end")
        assert "feature1999" in panel.text
        await pilot.press("up", "up")
        assert "feature1999" not in panel.text
        await pilot.press("home")
        assert panel.text.splitlines()[1] == first


async def test_the_filter_finds_names_in_any_case_and_escape_ends_it() -> None:
    panel = ParametersPanel()
    async with on_screen(panel, 60, 16) as pilot:
        panel.show(many_features())
        panel.start_filter()
        await pilot.press(*"TURE199")
        assert str(panel.border_subtitle) == "11 of 2,000 match"
        assert "feature199 " in panel.text
        assert "feature0 " not in panel.text
        await pilot.press(*"9")
        assert str(panel.border_subtitle) == "1 of 2,000 match"
        await pilot.press("enter")
        assert panel.has_focus
        await pilot.press("escape")
        assert not panel.query_one(Input).display
        assert "feature0 " in panel.text


@pytest.mark.parametrize(
    ("n_epochs", "choices", "width", "note"),
    [
        (0, {}, 70, "38.3 standard errors to go: epochs matter until 153"),
        (0, {}, 40, "38.3 standard errors to go"),
        (190, {}, 110, "0.012 standard errors off: more epochs change nothing that the data can tell"),
        (190, {}, 60, "0.012 standard errors off"),
        (190, {"optimizer": "Adam"}, 70, "32 standard errors to go"),
        (190, {"options": {"weight_decay": 0.1}}, 70, ""),
        (190, {"criterion": "L1Loss"}, 70, ""),
    ],
)
async def test_how_far_there_is_to_go_in_standard_errors_is_said_where_it_is_true(
    n_epochs: int, choices: dict[str, Any], width: int, note: str
) -> None:
    panel = ParametersPanel()
    async with on_screen(panel, width=width):
        panel.show(view_of("houses", n_epochs, **choices))
        said = str(panel.border_subtitle or "").split(" · ")
        assert [each for each in said if "standard errors" in each] == ([note] if note else [])


async def test_b_and_the_cost_stay_in_sight() -> None:
    panel = ParametersPanel()
    async with on_screen(panel, 60, 7):
        panel.show(view_of("houses", 30))
        lines = [line.split()[0] for line in panel.text.splitlines()]
        assert lines[-2:] == ["b", "cost"]


async def test_a_name_from_a_stranger_is_shown_as_it_is_and_nothing_more() -> None:
    view = view_of("houses", 30)
    facts = replace(view.facts, weight_names=("[red]x[/]", "a\x1b[2J", "数\u202e"))
    for make in PANELS[1:]:
        widget = make()
        async with on_screen(widget, 90, 14):
            widget.show(View(facts, view.state, view.history))  # type: ignore[attr-defined]
            assert "[red]x[/]" in widget.text
            assert "\x1b" not in widget.text
            assert "\u202e" not in widget.text


# Epochs


async def test_the_table_has_the_lecture_s_rows_and_the_newest_last() -> None:
    panel, view = EpochsPanel(), view_of("exercise1", 1235)
    async with on_screen(panel, 48, 6):
        panel.show(view)
        heading, *rows = panel.text.splitlines()
    assert heading.split() == ["epoch", "w", "b", "cost", "Δcost"]
    assert [row.split()[0] for row in rows] == ["900", "1,000", "1,100", "1,200", "1,234"]
    for row in rows:
        epoch, w, b, cost, change = row.replace("−", "-").replace(",", "").split()
        exact = view_of("exercise1", int(epoch) + 1)
        assert [float(w), float(b)] == pytest.approx(exact.state.parameters.tolist(), abs=1e-6)
        assert float(cost) == pytest.approx(exact.state.cost, abs=1e-6)
        costs = [view_of("exercise1", int(epoch) + after).state.cost for after in (0, 1)]
        assert float(change) == pytest.approx(costs[1] - costs[0], rel=0.06)  # of the epoch before, not the row above


async def test_the_change_of_the_cost_stays_with_its_epoch_whichever_rows_stand_above_it() -> None:
    panel, view = EpochsPanel(), view_of("exercise1", 1235)
    changes: dict[str, set[str]] = {}
    async with on_screen(panel, 48, 6) as pilot:
        for height in (4, 6, 9):
            await pilot.resize_terminal(48, height)
            for phase in (Phase.RUNNING, Phase.PAUSED):
                panel.show(with_state(view, phase=phase))
                for row in panel.text.splitlines()[1:]:
                    changes.setdefault(row.split()[0], set()).add(row.split()[-1])
    assert len(changes) > 5
    assert {len(seen) for seen in changes.values()} == {1}


async def test_a_table_that_was_scrolled_back_stays_until_it_is_at_the_end_again() -> None:
    panel, view = EpochsPanel(), view_of("exercise1", 2001)
    async with on_screen(panel, 60, 8) as pilot:
        panel.show(with_state(view, epoch=1500))
        panel.focus()
        await pilot.press("up", "up")
        back = panel.text
        assert back.splitlines()[-1].split()[0] == "1,300"
        panel.show(with_state(view, epoch=1600))
        assert panel.text == back
        assert "scrolled back" in str(panel.border_subtitle)
        await pilot.press("end")
        assert panel.text.splitlines()[-1].split()[0] == "1,600"
        panel.show(view)
        assert panel.text.splitlines()[-1].split()[0] == "2,000"


async def test_going_back_beyond_what_is_seen_follows_again() -> None:
    panel, view = EpochsPanel(), view_of("exercise1", 2001)
    async with on_screen(panel, 60, 8) as pilot:
        panel.show(view)
        panel.focus()
        await pilot.press("up")
        panel.show(with_state(view, epoch=700))
        assert panel.text.splitlines()[-1].split()[0] == "700"


async def test_the_table_goes_sideways_over_as_many_weights_as_there_are() -> None:
    panel, view = EpochsPanel(), many_features(300)
    async with on_screen(panel, 60, 6) as pilot:
        panel.show(view)
        panel.focus()
        for at in [*range(300), 299]:
            heading, *rows = panel.text.splitlines()
            number = float(rows[-1].split()[1].replace("−", "-"))
            assert number == pytest.approx(view.state.parameters[at], abs=1e-5)
            assert cell_len(heading) <= 60
            panel.action_scroll_columns(1)
        assert "of 300" in str(panel.border_subtitle)
        await pilot.press("shift+left")
        assert float(panel.text.splitlines()[-1].split()[1].replace("−", "-")) == pytest.approx(
            view.state.parameters[298], abs=1e-5
        )


@pytest.mark.parametrize("data", ["exercise1", "houses"])
async def test_where_there_is_room_an_epoch_has_its_excess_its_standard_errors_and_the_length_of_its_step(
    data: str,
) -> None:
    view, panel = view_of(data, 41), EpochsPanel()
    quadratic, answer = view.facts.quadratic, view.facts.least_squares
    assert quadratic is not None
    assert answer is not None
    assert answer.standard_errors is not None
    async with on_screen(panel, 98, 14):
        panel.show(view)
        heading, *rows = panel.text.replace("−", "-").replace(",", "").replace("std. ", "").splitlines()
    length = ["step", "length"] if data == "exercise1" else []  # of standardised data it is in other units
    assert heading.split()[-len(["excess", "errors", *length]) :] == ["excess", "errors", *length]
    for row in rows[1:]:
        epoch, *_, excess, sign, errors = row.split()[: -1 if length else None]
        this, before = (view.history.row(int(epoch) - back) for back in (0, 1))
        assert this is not None
        assert before is not None
        assert sign == "%"
        assert float(excess) == pytest.approx(100 * (this.cost / quadratic.floor - 1), rel=6e-3)
        w, b = view.facts.in_original_units(this.parameters)
        assert b is not None
        away = np.abs(np.append(w, b) - np.append(answer.w, answer.b)) / answer.standard_errors
        assert float(errors) == pytest.approx(away.max(), rel=0.06)
        if length:
            moved = np.hypot(*(this.parameters - before.parameters))
            assert float(row.split()[-1]) == pytest.approx(moved, rel=6e-3)


async def test_the_learning_rate_has_a_column_once_it_varies() -> None:
    panel, view = EpochsPanel(), view_of("exercise1", 41)
    async with on_screen(panel, 98, 14):
        panel.show(view)
        assert "rate" not in panel.text
        panel.show(with_state(view, interventions=(Intervention(3, 0.2),)))
        heading, *rows = panel.text.splitlines()
        assert heading.split()[-1] == "rate"
        assert {row.split()[-1] for row in rows} == {"0.01"}
        panel.show(view)
        assert "rate" in panel.text  # of the same run, it stays
        panel.show(view_of("houses", 41))
        assert "rate" not in panel.text


@pytest.mark.parametrize(("n_epochs", "step"), [(12, 1), (41, 5), (120, 10), (399, 50)])
async def test_while_it_runs_rows_of_a_round_number_of_epochs_fill_the_table(n_epochs: int, step: int) -> None:
    panel = EpochsPanel()
    async with on_screen(panel, 78, 14):
        panel.show(with_state(view_of("exercise1", n_epochs), phase=Phase.RUNNING))
        epochs = [int(row.split()[0]) for row in panel.text.splitlines()[1:]]
    assert epochs == [*range(0, n_epochs - 1, step), n_epochs - 1]
    assert f"every {step}, cost" in str(panel.border_subtitle)


@pytest.mark.parametrize("width", range(24, 130, 7))
def test_a_row_of_epochs_is_as_wide_as_its_heading_and_fits(width: int) -> None:
    view = view_of("houses", 51)
    table = EpochTable(view.facts, width)
    above, row = view.history.rows(2, 50)
    epoch, numbers = table.row(row, above)
    assert cell_len(epoch + numbers) == cell_len(table.heading) <= width


# This step


@pytest.mark.parametrize("width", [36, 46, 56, 116])
@pytest.mark.parametrize("height", [4, 7, 12])
@pytest.mark.parametrize("options", [{}, {"momentum": 0.9}], ids=str)
def test_the_sentence_is_whole_and_the_formulas_fit(width: int, height: int, options: dict[str, Any]) -> None:
    explanation = explain(view_of("houses", 30, options=options))
    lines = write(explanation, width, height).lines
    words = [plain_text(line) for line in lines]
    assert max(map(cell_len, words)) <= width
    assert len(lines) <= height
    assert " ".join(words).endswith(explanation.sentence)
    assert any("=" in line for line in words) or height == 4


def test_of_a_long_name_both_ends_are_kept() -> None:
    assert flush_left("linear.weight[0]", 10) == "linea…t[0]"
    assert flush_right("数据数据数据", 8) == " 数据…据"
    assert [cell_len(flush_left("名字name名字", width)) for width in range(16)] == list(range(16))


# Rounding


async def test_what_is_rounding_alone_is_shown_as_nothing() -> None:
    """The line through (0, 0), (1, 1) and (1, 2) is y = 1.5 x: where a run has come to rest b is 0, not 8.28e−16."""
    view = view_of("exercise1", 401, epochs=400, learning_rate=0.6, engine="autograd")
    assert view.state.parameters[1] != 0  # there is rounding to be seen
    panel = ParametersPanel()
    async with on_screen(panel, 90, 8):
        panel.show(view)
        rows = {row.split()[0]: row.split() for row in panel.text.splitlines()[1:]}
    for name, wanted in (("w", 1.5), ("b", 0.0)):
        now, exact, to_go = map(float, rows[name][1:4])
        assert (now, exact, to_go) == (wanted, wanted, 0.0)
    assert float(rows["cost"][3]) == 0
    assert "least squares, to its last digit" in (await status_lines(view))[2]


@pytest.mark.parametrize("height", range(7, 14))
def test_the_step_itself_stays_where_what_it_rests_on_has_no_room(height: int) -> None:
    explanation = explain(view_of("valley", 200, optimizer="Adam", learning_rate=0.1))
    words = [plain_text(line) for line in write(explanation, 56, height).lines]
    assert explanation.heading.startswith("w ← w − η·m̂")
    steps = [line for line in words if line.startswith(("left", "right", "b ")) and "− 0.1 ×" in line]
    assert steps, words


@pytest.mark.parametrize(
    ("choices", "named"),
    [({}, ["w", "b"]), ({"options": {"momentum": 0.9}}, ["v of w", "w"]), ({"optimizer": "Adam"}, ["m̂ of w", "w"])],
    ids=str,
)
def test_on_a_small_screen_no_formula_is_dropped_beside_blank_rows(choices: dict[str, Any], named: list[str]) -> None:
    lines = write(explain(view_of("exercise1", 120, **choices)), 48, 6).lines
    assert [line[0][0].strip() for line in lines if len(line) == 2] == named
    assert lines.count(()) <= (1 if "options" in choices else 0)  # the next parameter's velocity takes two lines
    assert max(cell_len(plain_text(line)) for line in lines) <= 48


@pytest.mark.parametrize("data", ["exercise1", "quiz1", "houses"])
def test_on_a_large_screen_the_step_fills_its_panel(data: str) -> None:
    explanation = explain(view_of(data, 120))
    for width, height in ((78, 11), (98, 14)):
        lines = write(explanation, width, height).lines
        words = [plain_text(line) for line in lines]
        assert len(lines) == height or height - len(lines) <= 2
        assert sum(not line for line in words) <= 3
        assert any(line.startswith("cost ") for line in words)
        assert max(map(cell_len, words)) <= width


async def test_from_step_to_step_the_same_parameters_stay_in_sight() -> None:
    panel = StepPanel()
    async with on_screen(panel, 60, 6):
        named = []
        for n_epochs in (3, 60, 120):
            panel.show(replace_facts(view_of("houses", n_epochs), view_of("houses", 3)))
            named.append([line.split()[0] for line in panel.text.splitlines() if "=" in line])
    assert named[0] == named[1] == named[2]
    assert len(named[0]) in (1, 2, 3)


def replace_facts(view: View, of: View) -> View:
    """Let moments be of the same run: the canned ones have facts of their own."""
    return View(of.facts, view.state, view.history)
