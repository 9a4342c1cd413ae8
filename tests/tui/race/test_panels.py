"""The chart, the ranking and the surface of a race, on moments of real races."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import linreg
from linreg import LinregError
from linreg.data import bundled
from linreg.racing.descent import Reached
from linreg.racing.entries import Choices
from linreg.racing.race import TOLERANCES
from linreg_tui.draw.curves import style_of
from linreg_tui.draw.lettering import Lettering
from linreg_tui.draw.picture import FAINT, FLOOR, Picture
from linreg_tui.race.arrangement import CHART, RANKING, arrange_race
from linreg_tui.race.chart import MOST_CURVES, AxisKind, RaceCostPanel
from linreg_tui.race.keys import RACE_KEYS
from linreg_tui.race.ranking import RankingPanel
from linreg_tui.race.status import story_phrases
from linreg_tui.race.surface import RaceSurfacePanel
from linreg_tui.race.table import RaceTable, short_names, tolerance_name
from linreg_tui.race.view import RaceView, surface_of
from linreg_tui.text.numbers import count
from linreg_tui.widgets.keys import GAP, bindings, fitting, key_groups
from linreg_tui.widgets.picture_panel import PicturePanel
from tui.canned_race import MANY, MIXED, NOISY, TWO, race_view_of

WIDTH, HEIGHT = 70, 24
SIZES = [(1, 1), (3, 2), (12, 4), (24, 6), (56, 16), (116, 30)]
RACES: dict[str, dict[str, Any]] = {
    "start": {"n_epochs": 0},
    "one epoch": {"n_epochs": 1},
    "mixed": {"n_epochs": 500},
    "noisy": {"choices": NOISY, "n_epochs": 60},
    "many": {"choices": MANY, "n_epochs": 50},
    "no least squares": {"choices": TWO, "data": "outlier", "n_epochs": 50, "criterion": "L1Loss"},
    "three features": {"choices": TWO, "data": "houses", "n_epochs": 50},
    "one parameter": {"choices": TWO, "n_epochs": 50, "bias": False},
}
_VIEWS: dict[str, RaceView] = {}


def view_of(name: str) -> RaceView:
    if name not in _VIEWS:
        _VIEWS[name] = race_view_of(**RACES[name])
    return _VIEWS[name]


def drawn(
    panel: RaceCostPanel | RaceSurfacePanel | RankingPanel, view: RaceView, width: int = WIDTH, height: int = HEIGHT
) -> Picture:
    picture = Picture(width, height, plain=panel.ascii)
    panel.show(view)
    panel.paint(picture)
    return picture


def charted(view: RaceView, axis: AxisKind = "excess", width: int = WIDTH) -> Picture:
    chart = RaceCostPanel()
    chart.axis = axis
    return drawn(chart, view, width)


def where(picture: Picture, sign: str) -> list[tuple[int, int]]:
    """The cells that hold a sign, column and line."""
    return [(x, y) for y, line in enumerate(picture.lines) for x, character in enumerate(line) if character == sign]


def cells_in(picture: Picture, style: str) -> set[tuple[int, int]]:
    """The cells that hold something in a style."""
    cells = set()
    for y in range(picture.height):
        x = 0
        for text, name in picture.pieces(y):
            cells |= {(x + at, y) for at in range(len(text))} if name == style else set()
            x += len(text)
    return cells


@pytest.mark.parametrize("name", RACES)
@pytest.mark.parametrize("make", [RaceCostPanel, RaceSurfacePanel, RankingPanel])
def test_every_panel_can_be_drawn_at_any_size(make: type[PicturePanel], name: str) -> None:
    for plain in (False, True):
        panel = make()
        panel.ascii = plain
        assert isinstance(panel, RaceCostPanel | RaceSurfacePanel | RankingPanel)
        for size in SIZES:
            lines = drawn(panel, view_of(name), *size).lines
            assert [len(line) for line in lines] == [size[0]] * size[1]
            assert not plain or "".join(lines).isascii()


# The chart


def letter_of(picture: Picture, view: RaceView, number: int) -> tuple[int, int]:
    """The cell of a racer's letter."""
    (cell,) = set(where(picture, view.letter(number))) & cells_in(picture, view.style(number))
    return cell


def test_the_letters_at_the_bottom_are_in_the_order_of_arrival() -> None:
    view = race_view_of(Choices(learning_rates=[0.05, 0.2, 0.02, 0.1]), n_epochs=3001)
    picture = charted(view, "both log")
    cells = {number: letter_of(picture, view, number) for number in range(4)}
    assert sorted(cells, key=lambda number: cells[number]) == [1, 3, 0, 2]
    assert len({y for _, y in cells.values()}) == 1


def test_a_curve_crosses_a_finishing_line_where_the_table_says() -> None:
    view = replace(race_view_of(TWO, n_epochs=900), selected=1)
    reached = next(each for each in view.state.ranking if each.number == 1).reached
    picture = charted(view, "excess")
    for tolerance, way in zip(TOLERANCES, reached, strict=True):
        assert way is not None
        row = min(y for _, y in cells_in(picture, FLOOR) if (tolerance_name(tolerance) in picture.lines[y]))
        left = picture.lines[-1].index("0")
        last = int(picture.lines[-1].split()[-1])
        columns = [x for x, y in cells_in(picture, view.style(1)) if y == row]
        shown_at = left + way.epochs / last * (WIDTH - 4 - left - 1)
        assert min(columns) - 1.5 <= shown_at <= max(columns) + 1.5


@pytest.mark.parametrize("axis", ["both log", "excess", "log", "linear"])
def test_a_letter_stands_where_its_curve_ends(axis: AxisKind) -> None:
    view = race_view_of(TWO, n_epochs=150)
    picture = charted(view, axis)
    for number in (0, 1):
        cells = cells_in(picture, view.style(number))
        letter = letter_of(picture, view, number)
        end = max(cells - {letter})
        assert 0 < letter[0] - end[0] <= 2
        assert abs(letter[1] - end[1]) <= 1


def test_one_that_diverges_leaves_at_the_top_and_flattens_nobody() -> None:
    view = view_of("mixed")
    picture = charted(view)
    diverged = {each.number for each in view.state.ranking if each.status.value == "diverged"}
    assert {view.letter(number) for number in diverged} == {"e", "f"}
    assert {letter_of(picture, view, number)[1] for number in diverged} == {0}
    assert where(picture, "✕")
    others = {y for _, y in cells_in(picture, view.style(0))}
    assert max(others) - min(others) > HEIGHT / 2


@pytest.mark.parametrize("axis", ["both log", "excess", "log", "linear"])
@pytest.mark.parametrize("name", ["mixed", "noisy", "no least squares"])
def test_every_racer_has_its_letter_in_its_style_once(axis: AxisKind, name: str) -> None:
    view = view_of(name)
    picture = charted(view, axis, width=100)
    for number in range(len(view.facts)):
        assert letter_of(picture, view, number)


def test_the_chosen_one_is_in_front_and_all_others_are_dim() -> None:
    view = view_of("mixed")
    for number in range(len(view.facts)):
        picture = charted(replace(view, selected=number))
        styles = {name for y in range(picture.height) for _, name in picture.pieces(y) if "curve" in name}
        assert styles == {view.style(number)}
        assert cells_in(picture, FAINT)


def test_of_a_crowd_the_best_are_drawn_and_the_chosen_one() -> None:
    view = view_of("many")
    last = view.state.ranking[-1].number
    chart = RaceCostPanel()
    chart.show(replace(view, selected=last))
    said = chart.paint(picture := Picture(WIDTH, HEIGHT))
    assert said is not None
    assert said.startswith(f"{MOST_CURVES} of {len(view.facts)} drawn")
    assert cells_in(picture, view.style(last))


def test_the_axis_of_parts_stays_where_it_is_while_epochs_go_by() -> None:
    gutters = set()
    for n_epochs in (1, 5, 60, 400, 3001):
        picture = charted(race_view_of(TWO, n_epochs=n_epochs), "both log")
        gutters.add(tuple(line[:5] for line in picture.lines))
    assert len(gutters) == 1


def test_a_curve_is_drawn_on_and_little_of_it_is_sent_again() -> None:
    views = [race_view_of(TWO, n_epochs=n_epochs) for n_epochs in (400, 410, 420)]
    for before, after in pairwise(charted(view, "both log") for view in views):
        assert sum(length for _, _, length in after.changes(before)) < 20


def test_letters_never_stand_on_one_another() -> None:
    picture = Picture(30, 8)
    lettering = Lettering(picture, 8)
    for letter in "abcdefghijkl":
        lettering.put(20, 7, letter, "")
    assert sorted(character for line in picture.lines for character in line if character != " ") == list("abcdefghijkl")


# The surface


def test_every_path_starts_where_the_racer_does_and_ends_where_it_is() -> None:
    view = race_view_of(Choices(learning_rates=[0.1, 0.4], inits=["normal"], seeds=[1, 2]), n_epochs=7)
    surface = RaceSurfacePanel()
    picture = drawn(surface, view, 60, 30)
    starts = {(round(facts.initial[0], 9), round(facts.initial[1], 9)) for facts in view.facts}
    assert len(where(picture, "✕")) == len(starts) == 2
    scene, landscape = surface._scene, surface_of(view.facts)
    assert scene is not None
    assert landscape is not None
    for number, facts in enumerate(view.facts):
        trainer = linreg.train(facts.recipe)
        for _ in trainer.run(until=6):
            pass
        point = landscape.project(trainer.parameters[np.newaxis])[0]
        cell = scene.cell(point)
        assert cell is not None
        x, y = letter_of(picture, view, number)
        assert abs(x - cell[0]) <= 4
        assert abs(y - cell[1]) <= 3


def test_one_that_climbs_is_let_go_and_the_others_stay_in_sight() -> None:
    calm = race_view_of(TWO, n_epochs=400)
    with_diverged = race_view_of(Choices(learning_rates=[0.01, 0.1, 5.0]), n_epochs=400)
    surfaces = RaceSurfacePanel(), RaceSurfacePanel()
    drawn(surfaces[0], calm)
    picture = drawn(surfaces[1], with_diverged)
    assert surfaces[0]._doublings == surfaces[1]._doublings
    assert not where(picture, "c")
    assert "c outside" in (surfaces[1].paint(Picture(WIDTH, HEIGHT)) or "")


def test_the_view_never_jumps_back_while_a_race_goes_on() -> None:
    surface = RaceSurfacePanel()
    choices = Choices(optimizers=["Adam"], learning_rates=[5.0])
    seen = []
    views = [race_view_of(choices, n_epochs=n_epochs) for n_epochs in (1, 20, 60, 400, 30)]
    for view in views:
        surface._histories = view.histories  # of one and the same race
        drawn(surface, replace(view, facts=views[0].facts))
        seen.append(surface._doublings)
    assert seen == sorted(seen)
    assert seen[-1] > seen[0]


def test_a_racer_that_diverges_does_not_flood_the_surface() -> None:
    rates = Choices(learning_rates=[0.05, 0.66])  # the second is just above the limit, and swings ever farther
    surface = RaceSurfacePanel()
    picture = drawn(surface, race_view_of(rates, "exercise1", 800))
    dots = [style for y in range(picture.height) for text, style in picture.pieces(y) for _ in text.strip()]
    calm, wild = (sum(style == style_of(number) for style in dots) for number in (0, 1))
    assert calm > 8
    assert wild < 4 * calm  # all of its path: 251 cells to 33


@pytest.mark.parametrize(("name", "has"), [("mixed", True), ("one parameter", True), ("three features", False)])
def test_there_is_a_surface_for_two_parameters_at_most(name: str, has: bool) -> None:
    assert (surface_of(view_of(name).facts) is not None) == has


# The ranking


@pytest.mark.parametrize("width", [26, 40, 56, 76, 96, 116, 200])
@pytest.mark.parametrize("name", RACES)
def test_every_row_is_as_wide_as_the_heading_and_fits(width: int, name: str) -> None:
    view = view_of(name)
    table = RaceTable.of(view.facts, view.state.last_epoch, width - 4)
    widths = {len(table.row(position)) for position in view.state.ranking} | {len(table.heading)}
    assert len(widths) == 1
    assert widths.pop() <= max(width - 4, 26)


def test_columns_keep_their_places_whatever_the_numbers_are() -> None:
    view = view_of("mixed")
    table = RaceTable.of(view.facts, view.state.last_epoch, 116)
    for position in view.state.ranking:
        for cost in (1e-300, 0.5, 123456.789, 1e99, np.inf, np.nan):
            for excess in (None, 0.0, 1e-33, 2.5, 1e300, np.inf):
                late = (Reached(position.epoch + 1, 1e9),) * 2
                row = table.row(replace(position, cost=cost, excess_cost=excess, reached=late))
                assert len(row) == len(table.heading)


def test_the_table_says_what_a_run_alone_comes_to() -> None:
    view = view_of("mixed")
    table = RaceTable.of(view.facts, view.state.last_epoch, 130)
    assert set(table.columns) == {"to 1e−3", "to 1e−6", "ms to 1e−6", "by time", "cost", "excess", "status"}
    for position in view.state.ranking:
        if position.status.value == "diverged":
            continue
        trainer = linreg.train(view.facts[position.number].recipe)
        costs = np.concatenate([trace.cost for trace in trainer.run(until=499)])
        near = [np.flatnonzero((costs - 1 / 6) / (1 / 6) <= tolerance) for tolerance in TOLERANCES]
        cells = [count(int(epochs[0])) if len(epochs) else "–" for epochs in near]
        row = table.row(position)
        ends = [table.heading.index(f"to {tolerance_name(tolerance)}") + 7 for tolerance in TOLERANCES]
        assert [row[:end].split()[-1] for end in ends] == cells


def test_on_a_narrow_screen_who_diverged_still_says_so() -> None:
    view = view_of("mixed")
    table = RaceTable.of(view.facts, view.state.last_epoch, 52)
    assert "status" not in table.columns
    assert table.row(view.state.ranking[-1]).rstrip().endswith("diverged")


def test_names_say_what_differs_and_not_what_all_share() -> None:
    names = short_names(race_view_of(NOISY).facts)
    assert names == ("SGD 0.1 full batch", "SGD 0.1 batch 2", "Adam 0.1 full batch", "Adam 0.1 batch 2")
    assert short_names(race_view_of(TWO).facts) == ("SGD 0.01", "SGD 0.1")
    seeds = race_view_of(Choices(seeds=[1, 2], inits=["normal", "linear"]))
    assert short_names(seeds.facts)[0].endswith("init normal, seed 1")


def test_a_strangers_name_of_an_option_is_shown_as_text() -> None:
    view = race_view_of(TWO)
    odd = tuple(replace(facts, recipe=replace(facts.recipe, options={"[red]\x1b[2J": "x"})) for facts in view.facts)
    for name in (*short_names(odd), *RaceTable.of(odd, 10, 100).names):
        assert "\x1b" not in name
        assert "[red]" in name


def test_the_ranking_scrolls_and_follows_the_chosen_one() -> None:
    view, ranking = view_of("many"), RankingPanel()
    text = drawn(ranking, view, 60, 9).lines
    assert text[1][MARK_WIDTH:].split()[0] == "1"
    numbers = [position.number for position in view.state.ranking]
    ranking._picture = Picture(60, 9)
    for _ in range(3):
        ranking.action_scroll_pages(1)
    ranking.paint(picture := Picture(60, 9))
    assert picture.lines[1] != text[1]
    ranking.action_scroll_pages(1_000_000)
    ranking.paint(picture := Picture(60, 9))
    assert picture.lines[-1][2] == view.letter(numbers[-1])


MARK_WIDTH = 4

# The words above


def test_the_story_names_who_leads_and_then_who_wins() -> None:
    def words(view: RaceView) -> str:
        return " ".join(part.text for part in story_phrases(view, short_names(view.facts)))

    assert words(view_of("start")) == "first within 1e−6 of least squares wins"
    running = race_view_of(TWO, n_epochs=20)
    assert words(running).startswith("b leads SGD 0.1 cost ")
    over = race_view_of(TWO, n_epochs=3001)
    reached = over.state.ranking[0].reached[1]
    assert reached is not None
    assert words(over) == f"b wins SGD 0.1 within 1e−6 of least squares after {reached.epochs} epochs"
    lost = race_view_of(Choices(learning_rates=[5.0, 6.0]), n_epochs=3001)
    assert words(lost).startswith("all of them diverged")
    assert "diverged after epoch" in words(replace(lost, selected=0))
    other = race_view_of(TWO, "outlier", 300, criterion="L1Loss")
    assert "the best cost" in words(other)


# The layout and the keys


@pytest.mark.parametrize("has_surface", [True, False])
@pytest.mark.parametrize("n_racers", [1, 4, 12, 1000])
def test_the_panels_fill_the_room_and_none_is_too_small_to_read(has_surface: bool, n_racers: int) -> None:
    for width in (30, 60, 72, 80, 100, 120, 200):
        for height in (9, 16, 20, 24, 34, 40, 60):
            arrangement = arrange_race(width, height, CHART, False, n_racers=n_racers, has_surface=has_surface)
            heights = dict(zip(arrangement.shown, arrangement.heights, strict=True))
            room = height - 3 - arrangement.key_lines
            assert heights[CHART] + (heights.get(RANKING, 0)) == room
            assert min(heights.values()) >= 5
            assert heights.get(RANKING, 0) <= max(6, n_racers + 3)
    assert not arrange_race(29, 40, CHART, False, n_racers=2, has_surface=True).shown


def test_the_panel_with_the_keyboard_is_always_in_sight() -> None:
    for number in (1, 2, 3):
        for size in ((60, 20), (80, 24), (120, 40)):
            assert number in arrange_race(*size, number, False, n_racers=3, has_surface=True).shown
            assert arrange_race(*size, number, True, n_racers=3, has_surface=True).shown == (number,)


def test_no_key_of_the_race_is_bound_twice_and_the_footer_never_clips() -> None:
    keys = [binding.key for binding in bindings(RACE_KEYS)]
    assert len(keys) == len(set(keys))
    for width in (30, 60, 80, 120):
        (line,) = fitting(key_groups(RACE_KEYS), width - 1, 1)
        assert sum(entry.width for entry in line) + GAP * (len(line) - 1) <= width
        assert line[0].word == "run"
        assert line[-1].word == "back"
    assert len(line) == len(key_groups(RACE_KEYS))


def test_what_races_must_be_something_that_can() -> None:
    with pytest.raises(LinregError, match="did you mean 'Adam'"):
        race_view_of(Choices(optimizers=["Adamm"]))
    assert bundled.find("exercise1").epochs == 3000
    assert len(race_view_of(MIXED).facts) == 9
