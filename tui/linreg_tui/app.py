"""The app: it shows a run on the monitor screen, a session of its own or one that it is attached to."""

from asyncio import to_thread
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import ClassVar

from textual.app import App, SystemCommand
from textual.binding import BindingType
from textual.screen import Screen

from linreg.errors import LinregError
from linreg.files.home import open_home
from linreg.racing.entries import Entry
from linreg.racing.session import RaceSession
from linreg.recipe import Recipe
from linreg.remote.client import AttachedRun, attach
from linreg.remote.sockets import sockets_folder
from linreg.replay.replay import Replay, open_replay
from linreg.session.resume import ResumedStart
from linreg.session.session import Session
from linreg.session.start import RecordedStart
from linreg.store.store import RunStore
from linreg_tui.monitor.again import AGAIN, Starter, whose_turn
from linreg_tui.monitor.keys import MONITOR_KEYS
from linreg_tui.monitor.screen import MonitorScreen
from linreg_tui.race.keys import RACE_KEYS
from linreg_tui.race.screen import RaceScreen
from linreg_tui.runs.keys import RUNS_KEYS
from linreg_tui.runs.screen import RunsScreen
from linreg_tui.sheets.confirmation import Confirmation
from linreg_tui.sheets.leaving import LeavingScreen, Way
from linreg_tui.themes import NAMES, THEMES
from linreg_tui.widgets.keys import palette_commands, spelled

PATIENCE = 5.0
"""Seconds that leaving waits for the epoch that is being computed."""

Subject = Recipe | ResumedStart | AttachedRun | Replay | tuple[Entry, ...]
"""What can be shown: a recipe or a run that was left, in a session of this process; a run elsewhere; a recording; those
who race, in a session of this process."""

AnyControl = Session | RaceSession | AttachedRun | Replay


class MonitorApp(App[int]):
    """Watch a run, and hand keys to it. The value it returns is the exit status.

    Parameters
    ----------
    run
        What is shown.
    recorded
        Whether runs of this process are kept in the home.
    name
        What to call the first.
    can_detach
        Whether a run of this process can go on without the screen.
    starter
        What has started the script that is shown, and can start it again.

    Attributes
    ----------
    goes_on
        Whether the screen was left, and the run is to go on.
    """

    CSS_PATH = Path(__file__).with_name("app.tcss")  # not beside the module of a subclass
    TITLE = "linreg"
    COMMAND_PALETTE_BINDING = "f24"  # the key of the table of keys opens it
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(
        self,
        run: Subject,
        *,
        speed: float | None = None,
        paused: bool = False,
        recorded: bool = False,
        name: str | None = None,
        can_detach: bool = False,
        starter: Starter | None = None,
        ascii_only: bool = False,
        over_ssh: bool = False,
        theme: str | None = None,
    ) -> None:
        super().__init__()
        self.ascii_only, self.over_ssh = ascii_only, over_ssh
        self._recorded, self._can_detach, self.goes_on = recorded, can_detach, False
        self._speed, self._starter = speed, starter
        self.control = self._control_of(run, name, paused=paused)
        self._race: RaceSession | None = None
        self._first_theme = NAMES[theme or "dark"]
        if over_ssh:
            self.animation_level = "none"

    async def on_mount(self) -> None:
        """Take the theme, show the run, and once the first screen is drawn start it."""
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = self._first_theme
        await self.push_screen(self._screen_of(self.control))
        if isinstance(self.control, Session | RaceSession):
            self.screen.call_after_refresh(self.control.start)

    @property
    def session(self) -> Session:
        """The run, where it is this process's own."""
        assert isinstance(self.control, Session)
        return self.control

    @session.setter
    def session(self, session: Session) -> None:
        self.control = session

    def _control_of(self, run: Subject, name: str | None = None, *, paused: bool = True) -> AnyControl:
        if isinstance(run, ResumedStart):
            return Session(run.run.recipe, speed=self._speed, paused=paused, start=run)
        if isinstance(run, Recipe):
            start = RecordedStart(name, is_dispensable=name is None) if self._recorded else None
            return Session(run, speed=self._speed, paused=paused, start=start)
        return RaceSession(run, speed=self._speed, paused=paused) if isinstance(run, tuple) else run

    # What is shown in the place of the run that was

    async def on_monitor_screen_recipe_chosen(self, message: MonitorScreen.RecipeChosen) -> None:
        """Train another recipe in the place of this one, paused at its start."""
        self._speed = None
        await self._show_instead(message.recipe)

    async def on_monitor_screen_race_asked(self, message: MonitorScreen.RaceAsked) -> None:
        """Let others race on the rows of this run, which waits meanwhile."""
        self.control.pause()
        self._race = RaceSession(message.entries)
        await self.push_screen(self._screen_of(self._race))
        self._race.start()

    def on_monitor_screen_again_asked(self, _: MonitorScreen.AgainAsked) -> None:
        """Run a script again from its start; one that still runs is asked about first."""
        starter, control = self._starter, self.control
        assert isinstance(control, AttachedRun)
        if starter is None or not starter.owns(control):
            self._say(whose_turn(control.facts), is_error=True)
        elif starter.is_running:
            self.push_screen(Confirmation(*AGAIN), self._run_again)
        else:
            self._run_again(True)

    def _run_again(self, is_sure: bool | None) -> None:
        if is_sure and self._starter is not None:
            self._say("the script is run again from its start …")
            self.run_worker(self._open(self._starter.start_again), exclusive=True)

    async def on_race_screen_racer_chosen(self, message: RaceScreen.RacerChosen) -> None:
        """Watch one racer alone, paused at its start."""
        self._speed = None
        await self._show_instead(message.recipe)

    async def on_runs_screen_attach_asked(self, message: RunsScreen.AttachAsked) -> None:
        """Watch a run of another process; that of this one is here already."""
        own = self.control.run if isinstance(self.control, Session) else None
        if own is not None and own.id == message.run.id:
            await self._go_back()
        else:
            await self._open(lambda: attach(sockets_folder(), message.run.id))

    async def on_runs_screen_replay_asked(self, message: RunsScreen.ReplayAsked) -> None:
        """Show a recording."""

        def recording() -> Replay:
            with RunStore(open_home(to_read=True)) as store:
                return open_replay(store, message.run.id)

        await self._open(recording)

    async def on_runs_screen_resume_asked(self, message: RunsScreen.ResumeAsked) -> None:
        """Take up a run that was left."""
        await self._open(lambda: ResumedStart(open_home(), message.run))

    async def _open(self, opening: Callable[[], Subject]) -> None:
        """Show what may take a while to open, or say why it cannot be."""
        try:
            run = await to_thread(opening)
        except LinregError as problem:
            self._say(str(problem), is_error=True)
        else:
            await self._show_instead(run)

    async def _show_instead(self, run: Subject) -> None:
        was = self.control
        await self._let_go()
        self.control = self._control_of(run)
        await self._go_back()
        await self.switch_screen(self._screen_of(self.control))
        if isinstance(self.control, Session | RaceSession):
            self.control.start()
        if isinstance(was, Session) and was.run is not None and was.state.epoch >= 0 and not was.state.result:
            self._say(f"{was.run.name} was put aside at epoch {was.state.epoch:,}: it can be taken up again (h)")

    async def _go_back(self) -> None:
        """Close what lies over the first screen."""
        while len(self.screen_stack) > 2:
            await self.pop_screen()

    def _say(self, text: str, *, is_error: bool = False) -> None:
        if isinstance(self.screen, MonitorScreen | RaceScreen | RunsScreen):
            self.screen.say(text, is_error=is_error)

    # Leaving

    @property
    def is_going(self) -> bool:
        """Whether a run of this process is on its way, and would be there for whoever attaches."""
        control = self.control
        if not isinstance(control, Session) or not self._recorded:
            return False
        return control.state.phase.is_moving and control.run is not None

    @property
    def would_go_on(self) -> bool:
        """Whether a run of this process is on its way, or about to be, and will be kept."""
        return isinstance(self.control, Session) and self._recorded and self.control.is_going

    async def action_quit(self) -> None:
        """Leave: also what Textual's own ctrl+q does. A run that is going is asked about first."""
        control = self.control
        goes_by = isinstance(control, Replay | RaceSession) or not control.state.phase.is_moving
        if isinstance(self.screen, LeavingScreen) or goes_by:
            await self.leave(control.exit_status)
            return
        if isinstance(control, AttachedRun):
            is_script = control.facts is not None and control.facts.script is not None
            end = "stop the script: it gets a KeyboardInterrupt" if is_script else ""
            end = end or "stop the run: it is put aside where it is"
            sheet = LeavingScreen(detach="leave: the run goes on", stop=end)
        elif self.is_going and self._can_detach:
            sheet = LeavingScreen(detach="detach: the run goes on without a screen", stop="stop: it is put aside here")
        else:
            sheet = LeavingScreen(detach=None, stop="stop: it is put aside here" if self._recorded else "stop")
        self.push_screen(sheet, self._leave_by)

    async def _leave_by(self, way: Way | None) -> None:
        if way is not None:
            if isinstance(self.control, AttachedRun) and way is Way.STOP:
                self.control.stop()
            await self.leave(self.control.exit_status, way)

    def action_help_quit(self) -> None:
        """Ctrl+c means what it means everywhere."""
        self.call_later(self.action_quit)

    async def on_monitor_screen_left(self, _: MonitorScreen.Left) -> None:
        """Leave."""
        await self.action_quit()

    async def on_race_screen_left(self, _: RaceScreen.Left) -> None:
        """Go back to the run that waits, or leave: of a race nothing is kept."""
        if self._race is None:
            await self.action_quit()
        else:
            await self._end_race()
            await self._go_back()

    async def _end_race(self) -> None:
        if self._race is not None:
            self._race.stop()
            await to_thread(self._race.join, PATIENCE)
            self._race = None

    async def leave(self, status: int, way: Way = Way.STOP) -> None:
        """Let the run go on without the screen, or put it aside and wait for that; return `status`."""
        self.goes_on = way is Way.DETACH and isinstance(self.control, Session)
        if not self.goes_on:
            await self._let_go()
        self.exit(status, return_code=status)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Offer every key's action in the command palette, and the themes."""
        tables = (MonitorScreen, MONITOR_KEYS), (RaceScreen, RACE_KEYS), (RunsScreen, RUNS_KEYS)
        for kind, keys in tables:
            if isinstance(screen, kind):
                for words, action in palette_commands(keys):
                    yield SystemCommand(spelled(words) if self.ascii_only else words, "", screen.runner(action))
        yield SystemCommand("Change the colours", "Every theme that Textual has", self.action_change_theme)

    def _screen_of(self, control: AnyControl) -> MonitorScreen | RaceScreen:
        polls = 4 if self.over_ssh else 10
        if isinstance(control, RaceSession):
            return RaceScreen(control, polls_per_second=polls, ascii_only=self.ascii_only)
        return MonitorScreen(control, polls_per_second=polls, ascii_only=self.ascii_only)

    async def _let_go(self) -> None:
        """Put a run of our own aside, between two epochs; leave any other to itself."""
        await self._end_race()
        if isinstance(self.control, Session | RaceSession):
            self.control.stop()
            await to_thread(self.control.join, PATIENCE)
        else:
            await to_thread(self.control.close)
