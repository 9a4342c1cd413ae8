"""The rate of a schedule under the cost: where it is, how high, and nothing of it where there is no schedule."""

from typing import Any

import numpy as np
import pytest

from linreg_tui.draw.picture import Picture
from linreg_tui.monitor.panels.cost_chart import CostPanel
from linreg_tui.monitor.panels.rate_course import N_ROWS
from tui.canned import view_of

WIDTH = 70


def lines_of(height: int, **choices: Any) -> tuple[list[str], CostPanel]:
    chart, picture = CostPanel(), Picture(WIDTH, height)
    chart.draw(view_of(n_epochs=400, epochs=500, every=100, **choices), picture)
    return picture.lines, chart


def heights(rows: list[str]) -> list[int]:
    """How many dots of braille above the bottom the highest in each column of cells is; −1 where there is none."""
    bits = ((0x40, 0x80), (0x04, 0x20), (0x02, 0x10), (0x01, 0x08))
    found = []
    for x in range(len(rows[0])):
        codes = [ord(row[x]) - 0x2800 if "⠀" <= row[x] <= "⣿" else 0 for row in reversed(rows)]
        dots = [4 * up + level for up, code in enumerate(codes) for level in range(4) if code & sum(bits[level])]
        found.append(max(dots, default=-1))
    return found


@pytest.mark.parametrize("height", [9, 20])
def test_the_rates_course_is_drawn_in_two_rows_under_the_cost(height: int) -> None:
    lines, chart = lines_of(height, schedule="StepLR", schedule_options={"step_size": 100, "gamma": 0.5})
    curve = chart._curve
    assert curve is not None
    assert lines[-N_ROWS].split()[:2] == ["η", "0.01"]
    drawn, top = heights(lines[-N_ROWS:]), 4 * N_ROWS - 1
    for epoch, rate in ((50, 1.0), (150, 0.5), (250, 0.25), (350, 0.125)):
        assert abs(drawn[curve.column(epoch)] - rate * top) <= 1
    assert drawn[curve.column(450)] == -1  # which has not run
    assert lines[-N_ROWS - 1].split()[0] == "0"  # the epochs stay with the cost


def test_the_cost_has_all_the_room_without_a_schedule_and_where_there_is_little() -> None:
    plain = lines_of(20)[0]
    assert "η" not in "".join(plain)
    assert plain[-1].split()[0] == "0"
    low = lines_of(8, schedule="StepLR", schedule_options={"step_size": 100})[0]
    assert "η" not in "".join(low)


def test_an_epoch_that_is_pointed_at_has_its_own_rate() -> None:
    view = view_of(n_epochs=400, epochs=500, every=1, schedule="StepLR", schedule_options={"step_size": 100})
    chart = CostPanel()
    chart.set_reactive(CostPanel.cursor, 150)
    assert "η 0.001" in chart.draw(view, Picture(WIDTH, 20))
    assert view.last_rate == pytest.approx(1e-5)
    assert np.isfinite(view.state.learning_rate)
