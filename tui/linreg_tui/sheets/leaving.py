"""A small sheet before a run that is going is left: whether it goes on without a screen, or is put aside."""

from enum import StrEnum
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from linreg.remote.client import AttachedRun


class Way(StrEnum):
    """A way to leave."""

    DETACH = "detach"
    STOP = "stop"


class LeavingScreen(ModalScreen[Way | None]):
    """Ask what is to become of the run; None is the answer of Esc.

    Parameters
    ----------
    detach, stop
        What each way leads to, in words; no `detach`: it cannot go on without this process.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "detach", "Detach"),
        Binding("s,q,ctrl+c", "stop", "Stop", priority=True),
        Binding("escape", "dismiss(None)", "Stay"),
    ]

    def __init__(self, *, detach: str | None, stop: str) -> None:
        super().__init__()
        self._ways = [(Way.DETACH, "d", detach)] if detach is not None else []
        self._ways.append((Way.STOP, "s", stop))

    def compose(self) -> ComposeResult:
        """Lay out the sheet."""
        options = [Option(Content(f"  {key}  {words}"), id=way) for way, key, words in self._ways]
        with Vertical(id="sheet") as sheet:
            sheet.border_title = Content("the run is still going")
            yield OptionList(*options, Option(Content("esc  stay"), id="stay"), markup=False)
            yield Static(Content("up, down, enter choose"), id="hint")

    def on_mount(self) -> None:
        """Give the keyboard to the ways."""
        self.query_one(OptionList).focus()

    def on_option_list_option_selected(self, selected: OptionList.OptionSelected) -> None:
        """Answer."""
        self.dismiss(None if selected.option.id == "stay" else Way(str(selected.option.id)))

    def action_detach(self) -> None:
        """Answer that it goes on, if it can."""
        if self._ways[0][0] is Way.DETACH:
            self.dismiss(Way.DETACH)

    def action_stop(self) -> None:
        """Answer that it ends."""
        self.dismiss(Way.STOP)


def leaving_of(run: AttachedRun) -> LeavingScreen:
    """Make the sheet that asks what is to become of a run elsewhere."""
    is_script = run.facts is not None and run.facts.script is not None
    end = "stop the script: it gets a KeyboardInterrupt" if is_script else "stop the run: it is put aside where it is"
    return LeavingScreen(detach="leave: the run goes on", stop=end)


def leaving_of_own(*, can_detach: bool, is_kept: bool) -> LeavingScreen:
    """Make the sheet that asks what is to become of a run of this process, which may be kept in the home."""
    detach = "detach: the run goes on without a screen" if can_detach else None
    return LeavingScreen(detach=detach, stop="stop: it is put aside here" if is_kept else "stop")
