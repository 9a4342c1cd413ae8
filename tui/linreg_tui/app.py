"""The app: it shows a run on the monitor screen, a session of its own or one that it is attached to."""

from asyncio import to_thread
from collections.abc import Iterable
from typing import ClassVar

from textual.app import App, SystemCommand
from textual.binding import BindingType
from textual.screen import Screen

from linreg.attached import Attached
from linreg.recipe import Recipe
from linreg.session import Session
from linreg_tui.keys import palette_entries
from linreg_tui.screens.monitor import MonitorScreen
from linreg_tui.themes import NAMES, THEMES

PATIENCE = 5.0
"""Seconds that leaving waits for the epoch that is being computed."""


class MonitorApp(App[int]):
    """Watch a run, and hand keys to it. The value it returns is the exit status.

    Parameters
    ----------
    run
        What to train, in a session of its own; or a run in another process, which goes on when this is left.
    """

    CSS_PATH = "app.tcss"
    TITLE = "linreg"
    COMMAND_PALETTE_BINDING = "f24"  # the key of the table of keys opens it
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(
        self,
        run: Recipe | Attached,
        *,
        speed: float | None = None,
        paused: bool = False,
        ascii_only: bool = False,
        over_ssh: bool = False,
        theme: str | None = None,
    ) -> None:
        super().__init__()
        self.ascii_only, self.over_ssh = ascii_only, over_ssh
        self.control = Session(run, speed=speed, paused=paused) if isinstance(run, Recipe) else run
        self._first_theme = NAMES[theme or "dark"]
        if over_ssh:
            self.animation_level = "none"

    async def on_mount(self) -> None:
        """Take the theme, show the run, and once the first screen is drawn start it."""
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = self._first_theme
        await self.push_screen(self._monitor())
        if isinstance(self.control, Session):
            self.screen.call_after_refresh(self.control.start)

    @property
    def session(self) -> Session:
        """The run, where it is this process's own."""
        assert isinstance(self.control, Session)
        return self.control

    @session.setter
    def session(self, session: Session) -> None:
        self.control = session

    async def on_monitor_screen_recipe_chosen(self, message: MonitorScreen.RecipeChosen) -> None:
        """Train another recipe in the place of this one, paused at its start."""
        await self._let_go()
        self.session = Session(message.recipe, paused=True)
        await self.switch_screen(self._monitor())
        self.session.start()

    async def action_quit(self) -> None:
        """End the run, then the app: also what Textual's own ctrl+q does."""
        await self.leave(self.control.exit_status)

    def action_help_quit(self) -> None:
        """Ctrl+c means what it means everywhere."""
        self.call_later(self.action_quit)

    async def on_monitor_screen_left(self, _: MonitorScreen.Left) -> None:
        """End the run, then the app."""
        await self.action_quit()

    async def leave(self, status: int) -> None:
        """Stop training or detach, wait for that, and return `status`."""
        await self._let_go()
        self.exit(status, return_code=status)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Offer every key's action in the command palette, and the themes."""
        if isinstance(screen, MonitorScreen):
            for words, action in palette_entries():
                yield SystemCommand(words, "", screen.runner(action))
        yield SystemCommand("Change the colours", "Every theme that Textual has", self.action_change_theme)

    def _monitor(self) -> MonitorScreen:
        return MonitorScreen(self.control, polls_per_second=4 if self.over_ssh else 10, ascii_only=self.ascii_only)

    async def _let_go(self) -> None:
        """End a run of our own, between two epochs; leave any other to itself."""
        if isinstance(self.control, Session):
            self.control.stop()
            await to_thread(self.control.join, PATIENCE)
        else:
            await to_thread(self.control.close)
