"""What the terminal's title says."""

from typing import Any

import pytest

from linreg.phase import Phase
from linreg_tui.startup.terminal_title import title_of
from tui.canned import view_of
from tui.monitor.test_text_panels import with_state


@pytest.mark.parametrize(
    ("state", "title"),
    [
        ({"phase": Phase.RUNNING, "epoch": 1229}, "exercise1 40 % - linreg"),
        ({"phase": Phase.RUNNING, "epoch": 2999}, "exercise1 99 % - linreg"),
        ({"phase": Phase.PAUSED}, "exercise1 paused - linreg"),
        ({"phase": Phase.FINISHED}, "exercise1 finished - linreg"),
        ({"phase": Phase.RUNNING, "epoch": 1234, "last_epoch": -1, "unit": "step"}, "exercise1 step 1,234 - linreg"),
    ],
    ids=str,
)
def test_the_title_says_what_runs_and_how_far_it_is(state: dict[str, Any], title: str) -> None:
    assert title_of("exercise1", with_state(view_of("exercise1", 10), **state).state) == title


def test_a_strangers_name_sends_the_terminal_nothing() -> None:
    assert title_of("a\x1b]0;b\x07", view_of("exercise1", 10).state).isprintable()
