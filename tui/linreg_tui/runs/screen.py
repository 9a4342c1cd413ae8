"""All runs that were recorded: find one, compare several on one chart, and open, rename, export or delete one.

The store is read in threads, and again every second: what moves is a run's epoch and cost, and of these only the cells
that differ are drawn. What is to become of a run is a message for the app.
"""

from asyncio import to_thread
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import monotonic
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from linreg.errors import LinregError
from linreg.export.export import WRITTEN, export
from linreg.store.run import Run
from linreg.store.store import RunStore
from linreg.text import safe
from linreg_tui.runs.columns import Need, Needs
from linreg_tui.runs.curves import RunCostPanel
from linreg_tui.runs.grid import RunsGrid
from linreg_tui.runs.header import RunsHeader
from linreg_tui.runs.keys import NOTES, RUNS_KEYS, idle_keys
from linreg_tui.runs.overlay import Overlay, Overlays
from linreg_tui.runs.questions import delete_question, export_line, named_in_words, read_exports, read_name, refusal
from linreg_tui.runs.stored_runs import StoredRuns
from linreg_tui.sheets.confirmation import Confirmation
from linreg_tui.sheets.destination import ask_where_all
from linreg_tui.sheets.help import HelpScreen
from linreg_tui.sheets.question import Question
from linreg_tui.widgets.key_line import KeyLine
from linreg_tui.widgets.keys import bindings
from linreg_tui.widgets.panel_grid import too_small
from linreg_tui.widgets.panel_screen import PanelScreen

READ_EVERY, READ_SHARE = 1.0, 0.1
"""Seconds between two looks at the store, and the part of the time that they may take."""


class RunsScreen(PanelScreen):
    """The table of runs, the chart of their costs, and what there is to say of one.

    Parameters
    ----------
    home
        Where the runs are kept; the user's own home by default.
    over
        What is laid over the chart of the run that one came from.
    """

    CSS_PATH = "runs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(RUNS_KEYS)]
    keys = RUNS_KEYS
    _grid: RunsGrid

    @dataclass
    class AttachAsked(Message):
        """Somebody wants to watch a run of another process."""

        run: Run

    @dataclass
    class ReplayAsked(Message):
        """Somebody wants to see the epochs of a run again."""

        run: Run

    @dataclass
    class ResumeAsked(Message):
        """Somebody wants a run to go on that was left."""

        run: Run

    def __init__(self, home: Path | None = None, *, ascii_only: bool, over: Overlays | None = None) -> None:
        self._stored, self._over = StoredRuns(home), Overlays() if over is None else over
        grid = RunsGrid(self._stored, ascii_only=ascii_only)
        super().__init__(grid, ascii_only=ascii_only)
        self._table, self._header = grid.table, RunsHeader(self._stored.home)
        self._notice = Static(Content(""), id="notice")
        self._needs, self._told = Needs(), ""
        self._is_reading = False
        self._next_look = 0.0

    def compose(self) -> ComposeResult:
        """Lay out the header, the panels and the keys."""
        yield self._header
        yield self._notice
        yield self._grid
        yield KeyLine(RUNS_KEYS, idle_keys(has_logged=False))
        yield too_small()

    def on_mount(self) -> None:
        """Begin to look at the store."""
        self.query_one(KeyLine).ascii = self._header.ascii = self._ascii
        self._table.focus()
        self.set_interval(READ_EVERY / 4, self._look)
        self._look()

    def on_screen_resume(self) -> None:
        """Look at once at what has become of the runs meanwhile."""
        self._next_look = 0.0

    async def on_unmount(self) -> None:
        """Let go of the store."""
        await to_thread(self._stored.close)

    # Reading

    def _look(self) -> None:
        if self.is_current and not self._is_reading and monotonic() >= self._next_look:
            self._is_reading = True
            self.run_worker(self._read(), group="runs")

    async def _read(self) -> None:
        """Read the list of runs, and show what has changed."""
        started = monotonic()
        try:
            runs, needs = await to_thread(self._listed)
        except LinregError as problem:
            self._tell(str(problem))
        else:
            self._tell(self._stored.notice)
            self._table.read(runs, needs)
            self._header.show_runs(runs)
        finally:
            self._is_reading = False
            self._next_look = monotonic() + max(READ_EVERY, (monotonic() - started) / READ_SHARE)

    def _listed(self) -> tuple[tuple[Run, ...], Sequence[Need]]:
        runs = self._stored.listed()
        return runs, self._needs.of(runs)

    def _tell(self, sentence: str) -> None:
        """Show a sentence about the store for as long as it holds."""
        if sentence != self._told:
            self._told = sentence
            self.set_class(bool(sentence), "-told")
            self._notice.update(Content(safe(sentence)))

    # Opening

    def action_open(self) -> None:
        """Do what comes next for the highlighted run."""
        run = self._table.selection.highlighted
        if run is not None:
            waits = run.is_resumable and run.is_alive is False
            self.action_ask_for("attach" if run.is_alive else "resume" if waits else "replay")

    def on_runs_panel_opened(self) -> None:
        """Open the run that was double-clicked."""
        self.action_open()

    def action_ask_for(self, action: str) -> None:
        """Ask the app for what only it can do with the highlighted run."""
        run = self._able(action)
        if run is not None:
            asked = {"attach": self.AttachAsked, "replay": self.ReplayAsked, "resume": self.ResumeAsked}
            self.post_message(asked[action](run))

    def _able(self, action: str) -> Run | None:
        """Return the highlighted run if this can be done with it, and else say why not."""
        run = self._table.selection.highlighted
        return run if run is not None and self._can(action, [run]) else None

    def _meant(self, action: str) -> list[Run]:
        """Return the marked runs, or where none is the highlighted one; none where this cannot be done with all."""
        selection = self._table.selection
        here = [] if selection.highlighted is None else [selection.highlighted]
        runs = [run for run, _ in selection.marked] or here
        return runs if self._can(action, runs) else []

    def _can(self, action: str, runs: Sequence[Run]) -> bool:
        refusals = filter(None, (refusal(run, action) for run in runs))
        if sentence := next(refusals, ""):
            self.say(sentence)
        return not sentence

    # Changing

    def action_rename(self) -> None:
        """Ask for another name."""
        run, runs = self._table.selection.highlighted, self._table.selection.every
        if run is None:
            return
        question = Question("rename the run", "1 to 100 characters", partial(read_name, run=run, runs=runs), run.name)

        def renamed(name: str | None) -> None:
            if name is not None:
                self._do(lambda store: f"renamed to {store.rename(run.id, name).name}")

        self.app.push_screen(question, renamed)

    def action_export(self) -> None:
        """Ask for a file, and write the run to it; of marked ones, each to its own."""
        runs = self._meant("export")
        if not runs:
            return

        def write(paths: tuple[Path, ...], replaces: bool) -> None:
            def written(store: RunStore) -> str:
                said = [export(store, run.id, path, replaces=replaces) for run, path in zip(runs, paths, strict=True)]
                return f"{paths[0]}: {said[0]}" if len(runs) == 1 else f"{len(runs)} runs written to {paths[0].parent}"

            self._do(written)

        title = "export the run" if len(runs) == 1 else f"export the {len(runs)} marked runs"
        question = Question(title, " ".join(WRITTEN), partial(read_exports, runs=runs), export_line(runs))
        ask_where_all(self.app, question, write)

    def action_delete(self) -> None:
        """Ask whether the run is to be deleted, or those that are marked."""
        runs = self._meant("delete")
        if not runs:
            return

        def delete(store: RunStore) -> str:
            for run in runs:
                store.delete(run.id, force=True)
            return f"deleted {named_in_words(runs)}"

        self.app.push_screen(Confirmation(*delete_question(runs)), lambda yes: self._do(delete) if yes else None)

    def _do(self, change: Callable[[RunStore], str]) -> None:
        """Have a thread change something, say how that went, and look at the store again."""

        async def done() -> None:
            try:
                self.say(await to_thread(self._stored.ask, change))
            except LinregError as problem:
                self.say(str(problem), is_error=True)
            self._next_look = 0.0

        self.run_worker(done(), group="changes")

    # Looking

    async def action_lay_over(self) -> None:
        """Lay the run, or the marked ones, over the chart that one came from, or take them off; and go back there."""
        runs = self._meant("lay over")
        if runs and self._over.has(runs):
            self._over.take_off(runs)
        elif runs:
            self._over.lay([await to_thread(Overlay.of, self._stored, run) for run in runs])
        if runs:
            self.dismiss(None)

    def action_move(self, n_rows: int) -> None:
        """Highlight a run further up or down."""
        self._table.move(n_rows)

    def action_move_pages(self, n_pages: int) -> None:
        """Highlight a run some pages further, or read on in the description."""
        if self._grid.description.has_focus:
            self._grid.description.scroll_pages(n_pages)
        else:
            self._table.move_pages(n_pages)

    def action_mark(self) -> None:
        """Mark the highlighted run, or unmark it."""
        if not self._table.toggle_mark() and self._table.selection.shown:
            self.say("there are no letters left; u unmarks all runs")

    def action_unmark(self) -> None:
        """Unmark every run."""
        self._table.unmark_all()

    def action_sort(self, step: int) -> None:
        """Sort otherwise."""
        self._table.next_order(step)

    def action_filter(self) -> None:
        """Ask for what to filter by."""
        if not self._table.has_focus_within:
            self._grid.go_to(self._table.number)
        self._table.start_filter()

    def action_next_axis(self) -> None:
        """Show the costs on the other axis."""
        self._grid.chart.next_axis()

    def on_run_cost_panel_choice_changed(self, message: RunCostPanel.ChoiceChanged) -> None:
        """Name the key that chooses, as long as there is something to choose from."""
        self.query_one(KeyLine).idle = idle_keys(has_logged=message.has_any)

    def action_next_curve(self) -> None:
        """Show something else than the cost: what a script has logged."""
        if not self._grid.chart.next_curve():
            self.say("these runs have logged nothing: linreg.log(accuracy=0.9) in a watched script does")

    def action_help(self) -> None:
        """Explain the keys."""
        self.app.push_screen(HelpScreen(RUNS_KEYS, NOTES, ascii_only=self._ascii))

    def action_leave(self) -> None:
        """Go back."""
        self.dismiss(None)

    def key_escape(self) -> None:
        """End the filter, or put an enlarged panel back, or else go back."""
        if not self._table.end_filter() and not self._grid.put_back():
            self.dismiss(None)
