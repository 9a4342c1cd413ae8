"""A run that goes on without its screen: how long its process is wanted."""

from types import SimpleNamespace
from typing import Any

import pytest

from linreg.phase import Phase
from linreg_tui.startup.detached_run import _is_wanted


@pytest.mark.parametrize(
    ("phase", "n_viewers", "is_wanted"),
    [
        (Phase.LOADING, 0, True),
        (Phase.RUNNING, 0, True),
        (Phase.SEEKING, 0, True),
        (Phase.PAUSED, 1, True),
        (Phase.PAUSED, 0, False),
        (Phase.FINISHED, 1, True),
        (Phase.FINISHED, 0, False),
        (Phase.FAILED, 1, False),
    ],
)
def test_a_run_that_stands_still_is_put_aside_once_no_screen_shows_it(
    phase: Phase, n_viewers: int, is_wanted: bool
) -> None:
    session: Any = SimpleNamespace(state=SimpleNamespace(phase=phase), run=object(), n_viewers=n_viewers)
    assert _is_wanted(session) is is_wanted
