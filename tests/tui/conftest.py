"""What makes a hundred screens cheap: each does what it does in a terminal, but what nobody looks at.

Style sheets are parsed once for all apps: each would parse the same ones when it starts, and at each theme. A screen
is laid out at each change, but painted only when a test reads it, and once as it is left; what a paint gives is thrown
away where there is no terminal. And whoever waits for a screen asks only the widgets that have something left to do,
and once more for as long as one of them gives another something to do.
"""

import asyncio
from collections.abc import Hashable, Iterator, Sequence
from typing import Any

import pytest
from textual.app import App
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet
from textual.message_pump import MessagePump
from textual.pilot import Pilot, WaitForScreenTimeout
from textual.screen import Screen

from linreg.statistics import tails

MOST_ROUNDS = 20
"""So often the widgets are asked: while a run goes, there may always be one with something to do."""


@pytest.fixture(scope="session", autouse=True)
def _tails_loaded() -> None:
    """Have bands drawn from the first picture on: on a screen they come as soon as a library is imported."""
    tails.load()


@pytest.fixture(scope="session", autouse=True)
def _style_sheets_parsed_once() -> Iterator[None]:
    parsed: dict[Hashable, list[RuleSet]] = {}
    parse_rules = Stylesheet._parse_rules

    def parse_once(self: Stylesheet, css: str, read_from: Any, *options: Any, **named: Any) -> list[RuleSet]:
        key = css, read_from, options, *named.items(), tuple(self._variables.items())
        if key not in parsed:
            parsed[key] = parse_rules(self, css, read_from, *options, **named)
        return parsed[key]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Stylesheet, "_parse_rules", parse_once)
        yield


@pytest.fixture(scope="session", autouse=True)
def _painted_when_read() -> Iterator[None]:
    refresh, suspend, shut_down = Screen._compositor_refresh, Screen._on_screen_suspend, App._shutdown

    def lay_out_alone(self: Screen[Any]) -> None:
        app = self.app
        if self is not app.screen or not app.is_headless:
            return refresh(self)
        self._compositor._dirty_regions.clear()
        self._dirty_widgets.clear()
        app._update_mouse_over(self)
        return None

    def paint(screen: Screen[Any]) -> None:
        if screen.app.is_headless and screen.size:
            screen._compositor.render_strips()

    def paint_as_it_is_left(self: Screen[Any]) -> None:
        paint(self)
        suspend(self)

    async def paint_and_shut_down(self: App[Any]) -> None:
        try:
            if self._screen_stack:
                with self._context():
                    paint(self.screen)
        finally:
            await shut_down(self)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Screen, "_compositor_refresh", lay_out_alone)
        patched.setattr(Screen, "_on_screen_suspend", paint_as_it_is_left)
        patched.setattr(App, "_shutdown", paint_and_shut_down)
        yield


@pytest.fixture(scope="session", autouse=True)
def _the_idle_are_not_asked() -> Iterator[None]:
    def is_idle(pump: MessagePump) -> bool:
        """Tell whether it waits for its next message, with none to come."""
        ready: asyncio.Event = pump._message_queue.ready_event
        return bool(ready._waiters) and not ready.is_set()

    async def wait_for(busy: Sequence[MessagePump], failed: asyncio.Event, timeout: float) -> bool:
        """Wait until each has done what it had to do; tell whether it has."""
        answered, left = asyncio.Event(), 0

        def answer() -> None:
            nonlocal left
            left -= 1
            if not left:
                answered.set()

        left = sum(pump.call_later(answer) for pump in busy)
        if left:
            waits = [asyncio.create_task(event.wait()) for event in (answered, failed)]
            done, pending = await asyncio.wait(waits, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
            for task in pending:
                task.cancel()
            if not done:
                raise WaitForScreenTimeout("Timed out while waiting for widgets to process pending messages.")
        return not left

    async def wait_for_screen(self: Pilot[Any], timeout: float = 30.0) -> bool:
        for _ in range(MOST_ROUNDS):
            if not self.app._screen_stack:
                return False
            screen = self.app.screen
            busy = [pump for pump in (self.app, *screen.walk_children(with_self=True)) if not is_idle(pump)]
            if busy and not await wait_for(busy, self.app._exception_event, timeout):
                return False
            if not busy and not (screen._layout_required or screen._recompose_required):
                break
            if not busy:
                screen._on_timer_update()
        return True

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Pilot, "_wait_for_screen", wait_for_screen)
        yield
