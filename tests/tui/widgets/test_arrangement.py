import pytest
from hypothesis import given
from hypothesis import strategies as st

from linreg_tui.widgets.arrangement import SMALLEST, STATUS_LINES, Plan, arrange


@pytest.mark.parametrize(
    ("width", "height", "plan", "shown"),
    [
        (120, 40, Plan.SIX, (1, 2, 3, 4, 5, 6)),
        (250, 70, Plan.SIX, (1, 2, 3, 4, 5, 6)),
        (100, 30, Plan.SIX, (1, 2, 3, 4, 5, 6)),
        (80, 24, Plan.FOUR, (1, 2, 3, 5)),
        (120, 24, Plan.FOUR, (1, 2, 3, 5)),
        (60, 20, Plan.SINGLE, (1,)),
        (80, 15, Plan.SINGLE, (1,)),
        (29, 40, Plan.NOTHING, ()),
        (120, 8, Plan.NOTHING, ()),
    ],
)
def test_a_screen_shows_as_many_panels_as_are_legible_on_it(
    width: int, height: int, plan: Plan, shown: tuple[int, ...]
) -> None:
    arrangement = arrange(width, height, current=1, enlarged=False)
    assert (arrangement.plan, arrangement.shown) == (plan, shown)


@given(st.integers(1, 300), st.integers(1, 100), st.integers(1, 6), st.booleans())
def test_the_panel_with_the_keyboard_is_always_shown(width: int, height: int, current: int, enlarged: bool) -> None:
    arrangement = arrange(width, height, current, enlarged)
    legible = width >= SMALLEST[0] and height >= SMALLEST[1]
    assert (current in arrangement.shown) == legible
    assert not (enlarged and len(arrangement.shown) > 1)


def test_a_panel_that_the_layout_leaves_out_gets_the_screen_to_itself() -> None:
    assert arrange(80, 24, current=6, enlarged=False).shown == (6,)


@given(st.integers(30, 300), st.integers(9, 100), st.integers(1, 6), st.booleans(), st.integers(1, 3000))
def test_both_columns_fill_the_screen_and_every_panel_has_room_for_a_line(
    width: int, height: int, current: int, enlarged: bool, n_parameters: int
) -> None:
    arrangement = arrange(width, height, current, enlarged, n_parameters)
    heights = dict(zip(arrangement.shown, arrangement.heights, strict=True))
    room = height - STATUS_LINES - arrangement.key_lines
    columns: dict[Plan, list[tuple[int, ...]]] = {Plan.SIX: [(1, 3, 5), (2, 4, 6)], Plan.FOUR: [(1, 3), (2, 5)]}
    stacked = columns.get(arrangement.plan, [(current,)])
    assert [sum(heights[number] for number in column) for column in stacked] == [room] * len(stacked)
    assert min(heights.values()) >= 5 or arrangement.plan is Plan.SINGLE


def test_what_few_parameters_leave_goes_to_the_epochs() -> None:
    few, many = arrange(120, 40, 1, False, n_parameters=3), arrange(120, 40, 1, False, n_parameters=50)
    assert few.heights[4] > many.heights[4]
    assert few.heights[2] == 3 + 3
