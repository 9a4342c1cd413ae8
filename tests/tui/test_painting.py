"""What is painted when: a screen that no test reads is painted all the same, once, as it is left."""

import pytest
from textual.app import App, ComposeResult
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Static


class Unpaintable(Widget):
    def render(self) -> str:
        raise ArithmeticError("no such picture")


class Dialog(ModalScreen[None]):
    def compose(self) -> ComposeResult:
        yield Unpaintable()


@pytest.mark.parametrize("at", ["the end", "the way back"])
async def test_what_cannot_be_painted_fails_where_it_is_left(at: str) -> None:
    async def show() -> None:
        app: App[None] = App()
        async with app.run_test() as pilot:
            await app.push_screen(Dialog())
            await pilot.pause()
            if at == "the way back":
                app.pop_screen()
                await pilot.pause()

    with pytest.raises(ArithmeticError, match="no such picture"):
        await show()


async def test_whoever_waits_for_a_screen_waits_for_all_that_it_has_to_do() -> None:
    app: App[None] = App()
    async with app.run_test() as pilot:
        label = Static()
        await app.screen.mount(label)
        for number in range(20):
            label.call_later(label.update, str(number))
        await pilot.pause()
        assert label.content == "19"
