"""The set-up screen in an app of its own, and what a person does to it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Input, Static

from linreg.data import bundled
from linreg.recipe import Recipe
from linreg_tui.setup.choosers import Fold, InlineSelect, ListSelect
from linreg_tui.setup.form_row import FormRow
from linreg_tui.setup.screen import SetupScreen
from linreg_tui.themes import THEMES

SIZES = [(120, 40), (80, 24), (60, 20)]


class Asking(App[None]):
    """Asks for a recipe, and keeps the answers."""

    def __init__(self, recipe: Recipe, focus: Literal["data", "optimizer"]) -> None:
        super().__init__()
        self.recipe, self.first_focus = recipe, focus
        self.answers: list[Recipe | None] = []

    def on_mount(self) -> None:
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = THEMES[0].name
        self.animation_level = "none"  # scrolling takes effect at once
        self.push_screen(SetupScreen(self.recipe, self.first_focus), self.answers.append)


class Asked:
    """The screen, and what a person does to it."""

    def __init__(self, pilot: Pilot[None], app: Asking) -> None:
        self.pilot, self.app = pilot, app

    @property
    def screen(self) -> SetupScreen:
        return next(screen for screen in self.app.screen_stack if isinstance(screen, SetupScreen))

    def row(self, key: str) -> FormRow:
        return next(row for row in self.screen.query(FormRow) if row.key == key)

    def names(self) -> list[str]:
        return [row.key for row in self.screen.query(FormRow)]

    def problem(self, key: str) -> str:
        row = self.row(key)
        return str(row.query_one(".problem", Static).render()) if row.has_class("-wrong") else ""

    def features_problem(self) -> str:
        return str(self.screen.query_one("#features-problem", Static).render())

    def heading(self) -> str:
        return str(self.screen.query_one("#columns-heading", Static).render())

    def written(self) -> str:
        return self.screen.query_one(Fold).value

    async def settle(self) -> None:
        """Wait for what was begun: files, torch, and the screen."""
        for _ in range(2):
            await self.app.workers.wait_for_complete()
            await self.pilot.pause()

    async def type(self, key: str, text: str) -> None:
        """Replace what stands in a field."""
        self.row(key).editor.focus()
        self.row(key).query_one(Input).value = text
        await self.pilot.pause()

    async def choose(self, key: str, value: str) -> None:
        editor = self.row(key).editor
        if isinstance(editor, InlineSelect):
            editor.focus()
            while editor.value != value:
                await self.pilot.press("right")
        elif isinstance(editor, ListSelect):
            editor.choose(value)
        await self.settle()

    async def start(self) -> None:
        await self.pilot.press("ctrl+s")
        await self.settle()


@asynccontextmanager
async def asking(
    data: str | Recipe = "exercise1",
    focus: Literal["data", "optimizer"] = "data",
    size: tuple[int, int] = (120, 40),
) -> AsyncIterator[Asked]:
    recipe = bundled.find(data) if isinstance(data, str) else data
    app = Asking(recipe, focus)
    async with app.run_test(size=size) as pilot:
        asked = Asked(pilot, app)
        await pilot.pause()
        await asked.settle()
        yield asked


def screen_text(asked: Asked) -> str:
    """Return what is on the screen; it must hold nothing that moves the terminal's cursor."""
    app = asked.app
    text = "\n".join(strip.text for strip in app.screen._compositor.render_strips())
    assert "\x1b" not in text
    assert "\u202e" not in text
    return text
