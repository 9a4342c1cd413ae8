"""A small sheet before a run that is going is left: whether it goes on without a screen, or is put aside.

A script that stands would stand for ever where nobody comes back to it, so that is asked too.
"""

from enum import StrEnum
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from linreg.phase import Phase
from linreg.remote.client import AttachedRun


class Way(StrEnum):
    """A way to leave."""

    GO_ON = "go on"
    DETACH = "detach"
    STOP = "stop"


class LeavingScreen(ModalScreen[Way | None]):
    """Ask what is to become of the run; None is the answer of Esc.

    Parameters
    ----------
    detach, stop
        What each way leads to, in words; no `detach`: it cannot go on without this process.
    go_on
        The same of letting one go on that stands; empty where none does.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("g", "go_on", "Go on"),
        Binding("d", "detach", "Detach"),
        Binding("s,q,ctrl+c", "stop", "Stop", priority=True),
        Binding("escape", "dismiss(None)", "Stay"),
    ]

    def __init__(self, *, detach: str | None, stop: str, go_on: str = "") -> None:
        super().__init__()
        self._title = "the script stands" if go_on else "the run is still going"
        self._ways = [(Way.GO_ON, "g", go_on)] if go_on else []
        self._ways += [(Way.DETACH, "d", detach)] if detach is not None else []
        self._ways.append((Way.STOP, "s", stop))

    def compose(self) -> ComposeResult:
        """Lay out the sheet."""
        options = [Option(Content(f"  {key}  {words}"), id=way) for way, key, words in self._ways]
        with Vertical(id="sheet") as sheet:
            sheet.border_title = Content(self._title)
            yield OptionList(*options, Option(Content("esc  stay"), id="stay"), markup=False)
            yield Static(Content("up, down, enter choose"), id="hint")

    def on_mount(self) -> None:
        """Give the keyboard to the ways."""
        self.query_one(OptionList).focus()

    def on_option_list_option_selected(self, selected: OptionList.OptionSelected) -> None:
        """Answer."""
        self.dismiss(None if selected.option.id == "stay" else Way(str(selected.option.id)))

    def action_detach(self) -> None:
        """Answer that it is left as it is, if it can be."""
        self._answer(Way.DETACH)

    def action_go_on(self) -> None:
        """Answer that it is to go on, if it stands."""
        self._answer(Way.GO_ON)

    def _answer(self, way: Way) -> None:
        if any(way is each for each, *_ in self._ways):
            self.dismiss(way)

    def action_stop(self) -> None:
        """Answer that it ends."""
        self.dismiss(Way.STOP)


def leaving_of(run: AttachedRun) -> LeavingScreen:
    """Make the sheet that asks what is to become of a run elsewhere."""
    is_script = run.facts is not None and run.facts.script is not None
    end = "stop the script: it gets a KeyboardInterrupt" if is_script else "stop the run: it is put aside where it is"
    if is_script and run.state.phase is Phase.PAUSED:
        stands = "leave it standing: it waits until somebody attaches"
        return LeavingScreen(go_on="leave, and let it go on", detach=stands, stop=end)
    return LeavingScreen(detach="leave: the run goes on", stop=end)


def is_asked_about(run: AttachedRun) -> bool:
    """Whether a run elsewhere is still on its way, or a script that stands there, or has yet to take its first step."""
    is_script = run.facts is not None and run.facts.script is not None
    return run.state.phase.is_moving or (is_script and run.state.phase in (Phase.PAUSED, Phase.LOADING))


def take_leave(run: object, way: Way) -> None:
    """Have a run elsewhere do what the way to leave it says; one of this process is put aside by whoever has it."""
    if isinstance(run, AttachedRun) and way is Way.STOP:
        run.stop()
    elif isinstance(run, AttachedRun) and way is Way.GO_ON:
        run.play()


def leaving_of_own(*, can_detach: bool, is_kept: bool) -> LeavingScreen:
    """Make the sheet that asks what is to become of a run of this process, which may be kept in the home."""
    detach = "detach: the run goes on without a screen" if can_detach else None
    return LeavingScreen(detach=detach, stop="stop: it is put aside here" if is_kept else "stop")
