"""A small sheet over the monitor that asks for one line of text and says at once what is wrong with it."""

from asyncio import to_thread
from collections.abc import Callable
from typing import ClassVar, Generic, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from linreg.errors import LinregError
from linreg_tui.widgets.safe_input import SafeInput

AnswerT = TypeVar("AnswerT")


class Question(ModalScreen[AnswerT | None], Generic[AnswerT]):
    """Ask for a line that `read` understands; a LinregError it raises is shown below. None is the answer of Esc.

    Parameters
    ----------
    title, hint
        What is asked, and what may be typed.
    read
        Turns the line into the answer.
    line
        What stands there at first.
    waits
        What is said while `read`, which may then take seconds, does so on a thread of its own; else it reads at once.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Cancel")]

    def __init__(
        self, title: str, hint: str, read: Callable[[str], AnswerT], line: str = "", *, waits: str = ""
    ) -> None:
        super().__init__()
        self._title, self._hint, self._read, self._line, self._waits = title, hint, read, line, waits
        self._is_reading = False

    def compose(self) -> ComposeResult:
        """Lay out the sheet."""
        with Vertical(id="sheet") as sheet:
            sheet.border_title = Content(self._title)
            yield SafeInput(self._line)
            yield Static(Content(""), id="problem")
            yield Static(Content(f"{self._hint}\nenter ok, esc cancel"), id="hint")

    async def on_input_submitted(self, submitted: Input.Submitted) -> None:
        """Answer, or say what is wrong."""
        if not self._waits:
            await self._answer(submitted.value)
        elif not self._is_reading:
            self._is_reading = True
            self._say(self._waits, is_waiting=True)
            self.run_worker(self._answer(submitted.value))

    async def _answer(self, line: str) -> None:
        try:
            answer = await to_thread(self._read, line) if self._waits else self._read(line)
        except LinregError as problem:
            self._say(str(problem))
        else:
            self.dismiss(answer)
        finally:
            self._is_reading = False

    def _say(self, sentence: str, *, is_waiting: bool = False) -> None:
        self.query_one("#problem", Static).set_class(is_waiting, "-waiting").update(Content(sentence))
