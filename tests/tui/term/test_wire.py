"""An app that sends only changed cells shows what the same app would show that sends everything."""

from random import Random
from typing import Any

from rich.console import Console
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.screen import ModalScreen
from textual.widgets import Static

from linreg_tui.term.wire import FewerCells
from tui.emulator import Emulator

WIDTH, HEIGHT = 50, 12


class Question(ModalScreen[None]):
    CSS = """
    Question {align: center middle; background: black 40%}
    Question Static {width: 20; height: 4; border: heavy red}
    """

    def compose(self) -> ComposeResult:
        yield Static("漢字 🙂 e\u0301")


class Plain(App[None]):
    CSS = "#a, #b {height: 1fr; border: round green} #b {color: yellow; text-style: bold}"

    def compose(self) -> ComposeResult:
        yield Static("", id="a")
        yield Static("", id="b")


class Thrifty(FewerCells, Plain):
    """Believes that it is on a terminal, which is the emulator."""

    def __init__(self) -> None:
        super().__init__()
        self.emulator, self.sent, self.stalled = Emulator(WIDTH, HEIGHT), [""], False

    @property
    def is_headless(self) -> bool:
        return False

    def is_stalled(self) -> bool:
        return self.stalled

    def on_load(self) -> None:
        self.call_later(self._listen)

    def _listen(self) -> None:
        driver: Any = self._driver
        driver.write = self._receive
        self._cells.forget()

    def _receive(self, data: str) -> None:
        self.sent.append(data)
        self.emulator.feed(data)

    def tell(self, name: str, text: str) -> None:
        """Show a text in one of the two panels, whatever screen is on top."""
        self.screen_stack[0].query_one(f"#{name}", Static).update(text)

    def seen_by_one_that_is_sent_everything(self) -> list[list[tuple[object, ...]]]:
        everything = Emulator(*self.size)
        update: Any = self.screen._compositor.render_update(full=True, screen_stack=self._background_screens)
        everything.feed(update.render_segments(Console()))
        return everything.seen()


async def _settle(pilot: Pilot[Any]) -> None:
    await pilot.pause()
    await pilot.pause(0.05)


async def test_the_screen_is_right_through_changes_questions_and_other_sizes() -> None:
    random, app = Random(3), Thrifty()
    async with app.run_test(size=(WIDTH, HEIGHT)) as pilot:
        await _settle(pilot)
        for turn in range(25):
            match random.choice(["tell", "tell", "ask", "answer", "resize"]):
                case "tell":
                    app.tell(random.choice("ab"), " ".join(random.choices(["epoch", "漢", "−1.5", "⣀⡠"], k=turn + 1)))
                case "ask":
                    await app.push_screen(Question())
                case "answer" if len(app.screen_stack) > 1:
                    app.pop_screen()
                case "resize":
                    size = random.randint(30, 60), random.randint(8, 14)
                    app.emulator.resize(*size)
                    await pilot.resize_terminal(*size)
                case _:
                    pass
            await _settle(pilot)
            assert app.emulator.seen() == app.seen_by_one_that_is_sent_everything()


async def test_a_panel_that_is_drawn_again_as_it_was_sends_nothing() -> None:
    app = Thrifty()
    async with app.run_test(size=(WIDTH, HEIGHT)) as pilot:
        app.tell("a", "epoch 1,234")
        await _settle(pilot)
        app.sent.clear()
        app.tell("a", "epoch 1,234")
        app.screen.refresh()
        await _settle(pilot)
        assert app.sent == []


async def test_no_frame_is_sent_while_the_terminal_has_no_room_and_the_last_one_afterwards() -> None:
    app = Thrifty()
    async with app.run_test(size=(WIDTH, HEIGHT)) as pilot:
        await _settle(pilot)
        app.sent.clear()
        app.stalled = True
        for epoch in range(5):
            app.tell("a", f"epoch {epoch}")
            app.tell("b", f"cost {epoch}")
            await _settle(pilot)
        assert app.sent == []
        app.stalled = False
        await pilot.pause(0.2)
        assert "epoch 4" in app.emulator.text
        assert "cost 4" in app.emulator.text
        assert app.emulator.seen() == app.seen_by_one_that_is_sent_everything()
        assert not any("epoch 3" in data for data in app.sent)
