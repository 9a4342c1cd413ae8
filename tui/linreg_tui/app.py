"""The app: a run on the monitor screen, its own, attached to or played back; and its races, lessons and kept runs."""

from asyncio import to_thread
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import ClassVar, TypeVar

from textual.app import SystemCommand
from textual.binding import BindingType
from textual.command import Provider
from textual.screen import Screen

from linreg.errors import LinregError
from linreg.files.home import open_home
from linreg.live.reproduction import Retrace
from linreg.racing.session import RaceSession
from linreg.recipe import Recipe
from linreg.remote.client import AttachedRun, attach
from linreg.remote.sockets import sockets_folder
from linreg.replay.replay import Replay
from linreg.session.resume import ResumedStart
from linreg.session.session import Session
from linreg_tui.controls import AnyControl, Subject, control_of, name_of, put_aside, recording_of, words_of_rest
from linreg_tui.learn.course import Course
from linreg_tui.learn.screen import LessonScreen
from linreg_tui.learn.taking import TakesLessons
from linreg_tui.monitor.again import AGAIN, Starter, whose_turn
from linreg_tui.monitor.screen import MonitorScreen
from linreg_tui.race.screen import RaceScreen
from linreg_tui.runs.screen import RunsScreen
from linreg_tui.sheets.confirmation import Confirmation
from linreg_tui.sheets.leaving import LeavingScreen, Way, is_asked_about, leaving_of, leaving_of_own, take_leave
from linreg_tui.themes import NAMES, THEMES
from linreg_tui.widgets.keys import palette_commands, spelled
from linreg_tui.widgets.palette import InOrder
from linreg_tui.widgets.panel_screen import PanelScreen

Opened = TypeVar("Opened", AttachedRun, Replay, ResumedStart)


class MonitorApp(TakesLessons):
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
    starter, retrace
        What has started the script that is shown, and can start it again; the way that a run goes first.
    course, lists_lessons
        The lesson that the run belongs to, and whether all lessons are shown first.

    Attributes
    ----------
    goes_on
        Whether the screen was left, and the run is to go on.
    """

    CSS_PATH = Path(__file__).with_name("app.tcss")  # not beside the module of a subclass
    TITLE = "linreg"
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {InOrder}
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
        retrace: Retrace | None = None,
        course: Course | None = None,
        lists_lessons: bool = False,
        ascii_only: bool = False,
        over_ssh: bool = False,
        theme: str | None = None,
    ) -> None:
        super().__init__(course, lists_lessons=lists_lessons)
        self.ascii_only, self.over_ssh = ascii_only, over_ssh
        self._recorded, self._can_detach, self.goes_on = recorded, can_detach, False
        self._speed, self._starter = speed, starter
        self.control = control_of(run, name, speed=speed, paused=paused, recorded=recorded, retrace=retrace)
        self._waiting: list[AnyControl] = []
        """What is come back to, the first shown first: each stands still under its own screen."""
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

    @property
    def _first(self) -> AnyControl:
        """What is left with the app: whatever was looked at since is come back from."""
        return self._waiting[0] if self._waiting else self.control

    @property
    def name_shown(self) -> str:
        """What is shown is called this: its own name, or that of its data."""
        return name_of(self.control)

    # What is shown in the place of the run that was

    async def on_monitor_screen_recipe_chosen(self, message: MonitorScreen.RecipeChosen) -> None:
        """Train another recipe in the place of this one, paused at its start."""
        await self.show_recipe(message.recipe)

    async def show_recipe(self, recipe: Recipe) -> None:
        """Train a recipe in the place of what is shown, paused at its start, at the pace that suits it."""
        self._speed = None
        await self._show_instead(recipe)

    async def on_monitor_screen_race_asked(self, message: MonitorScreen.RaceAsked) -> None:
        """Let others race on the rows of this run, which waits meanwhile."""
        self.control.pause()
        await self._visit(RaceSession(message.entries))

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
            self.run_worker(self._open(self._starter.start_again, self._show_instead), exclusive=True)

    async def on_race_screen_racer_chosen(self, message: RaceScreen.RacerChosen) -> None:
        """Watch one racer alone, where it stands: of a race nothing is kept, so it comes there once more."""
        racer = Session(message.recipe, paused=True)
        await self._visit(racer)
        racer.go_to(message.epoch)

    async def on_runs_screen_attach_asked(self, message: RunsScreen.AttachAsked) -> None:
        """Watch a run of another process; that of this one is here already."""
        own = self._first.run if isinstance(self._first, Session) else None
        if own is not None and own.id == message.run.id:
            await self._come_back_to_the_first()
        else:
            await self._open(lambda: attach(sockets_folder(), message.run.id), self._visit)

    async def on_runs_screen_replay_asked(self, message: RunsScreen.ReplayAsked) -> None:
        """Show a recording."""
        await self._open(lambda: recording_of(message.run), self._visit)

    async def on_runs_screen_resume_asked(self, message: RunsScreen.ResumeAsked) -> None:
        """Take up a run that was left."""
        await self._open(lambda: ResumedStart(open_home(), message.run), self._show_instead)

    async def _open(self, opening: Callable[[], Opened], show: Callable[[Opened], Awaitable[None]]) -> None:
        """Show what may take a while to open, or say why it cannot be."""
        try:
            run = await to_thread(opening)
        except LinregError as problem:
            self._say(str(problem), is_error=True)
        else:
            await show(run)

    async def _visit(self, control: AnyControl) -> None:
        """Show something for a while; what was shown waits for whoever comes back to it, if it is our own."""
        if isinstance(self.control, Session | RaceSession):
            self.control.pause()
        self._waiting.append(self.control)
        self.control = control
        await self.push_screen(self._screen_of(control, is_visit=True))
        if isinstance(control, Session | RaceSession):
            control.start()

    async def _come_back(self) -> None:
        """Let go of what is visited, and show what waited for that."""
        visited, self.control = self.control, self._waiting.pop()
        await self.pop_screen()
        await put_aside(visited)

    async def _let_go_of_visits(self) -> None:
        while self._waiting:
            visited, self.control = self.control, self._waiting.pop()
            await put_aside(visited)

    async def _come_back_to_the_first(self) -> None:
        await self._let_go_of_visits()
        while len(self.screen_stack) > 2:
            await self.pop_screen()

    async def _show_instead(self, run: Subject) -> None:
        was = self._first
        await self._come_back_to_the_first()
        await put_aside(was)
        self.control = control_of(run, speed=self._speed, paused=True, recorded=self._recorded)
        await self.switch_screen(self._screen_of(self.control))
        if isinstance(self.control, Session | RaceSession):
            self.control.start()
        if words := words_of_rest(was):
            self._say(words)

    def _say(self, text: str, *, is_error: bool = False) -> None:
        if isinstance(self.screen, PanelScreen):
            self.screen.say(text, is_error=is_error)

    # Leaving

    @property
    def _is_kept(self) -> bool:
        """Whether the run of this process is written down as it goes."""
        return self._recorded and not (isinstance(self._first, Session) and self._first.has_left_record)

    @property
    def is_going(self) -> bool:
        """Whether a run of this process is on its way, and would be there for whoever attaches."""
        control = self._first
        if not isinstance(control, Session) or not self._is_kept:
            return False
        return control.state.phase.is_moving and control.run is not None

    @property
    def would_go_on(self) -> bool:
        """Whether a run of this process is on its way, or about to be, and will be kept."""
        return isinstance(self._first, Session) and self._is_kept and self._first.is_going

    async def action_quit(self) -> None:
        """Leave: also what Textual's own ctrl+q does. A run that is going is asked about first."""
        control = self._first
        asks = is_asked_about(control) if isinstance(control, AttachedRun) else control.state.phase.is_moving
        if isinstance(self.screen, LeavingScreen) or isinstance(control, Replay | RaceSession) or not asks:
            await self.leave(control.exit_status)
            return
        if isinstance(control, AttachedRun):
            sheet = leaving_of(control)
        else:
            sheet = leaving_of_own(can_detach=self.is_going and self._can_detach, is_kept=self._is_kept)
        self.push_screen(sheet, self._leave_by)

    async def _leave_by(self, way: Way | None) -> None:
        if way is not None:
            take_leave(self._first, way)
            await self.leave(self._first.exit_status, way)

    def action_help_quit(self) -> None:
        """Ctrl+c means what it means everywhere."""
        self.call_later(self.action_quit)

    async def on_monitor_screen_left(self, _: MonitorScreen.Left) -> None:
        """Go back to what waits, or leave; a run elsewhere that goes on is asked about first."""
        control = self.control
        if not self._waiting:
            await self.action_quit()
        elif isinstance(control, AttachedRun) and is_asked_about(control):
            self.push_screen(leaving_of(control), self._come_back_by)
        else:
            await self._come_back()

    async def _come_back_by(self, way: Way | None) -> None:
        if way is not None:
            take_leave(self.control, way)
            await self._come_back()

    async def on_race_screen_left(self, _: RaceScreen.Left) -> None:
        """Go back to what waits, or leave: of a race nothing is kept."""
        await (self._come_back() if self._waiting else self.action_quit())

    async def leave(self, status: int, way: Way = Way.STOP) -> None:
        """Let the run go on without the screen, or put it aside and wait for that; return `status`."""
        self.goes_on = way is Way.DETACH and isinstance(self._first, Session)
        await self._let_go_of_visits()
        if not self.goes_on:
            await put_aside(self.control)
        self.exit(status, return_code=status)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Offer every key's action in the command palette, and the themes."""
        if isinstance(screen, PanelScreen):
            for words, action in palette_commands(screen.keys):
                yield SystemCommand(spelled(words) if self.ascii_only else words, "", screen.runner(action))
        yield SystemCommand("Change the colours", "Every theme that Textual has", self.action_change_theme)

    def _screen_of(self, control: AnyControl, *, is_visit: bool = False) -> MonitorScreen | RaceScreen:
        polls = 4 if self.over_ssh else 10
        if isinstance(control, RaceSession):
            return RaceScreen(control, polls_per_second=polls, ascii_only=self.ascii_only)
        if self.course is not None and not is_visit:
            return LessonScreen(control, self.course, polls_per_second=polls, ascii_only=self.ascii_only)
        return MonitorScreen(control, polls_per_second=polls, ascii_only=self.ascii_only, is_visit=is_visit)
