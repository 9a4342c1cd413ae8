"""A script that is watched: its loop, what is kept of it, and what is known of it, from its first step to its end."""

import atexit
import os
import warnings
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from threading import get_ident
from time import perf_counter
from typing import Any, ClassVar, get_args

from linreg.errors import LinregError
from linreg.files.home import open_home
from linreg.history.history import History
from linreg.live.state import Intervention
from linreg.live.values import plain
from linreg.phase import Phase
from linreg.remote.server import Server
from linreg.remote.sockets import sockets_folder
from linreg.store.pending import End
from linreg.store.run import Run
from linreg.store.store import RunStore
from linreg.store.writer import RunWriter
from linreg.text import shortened
from linreg.trace import Trace
from linreg.training.facts import Broken, Facts
from linreg.watching.control import ScriptControl
from linreg.watching.curves import Logged
from linreg.watching.hooks.loggers import Loggers
from linreg.watching.hooks.torch_hooks import Hooks
from linreg.watching.knowledge import end_of, facts_of, place_of
from linreg.watching.loop import Loop
from linreg.watching.ranks import FirstRank, OtherRank, is_other_rank
from linreg.watching.script import OnNan, Script
from linreg.watching.steps import BLOCK_SECONDS, UNSEEN_BLOCK_SECONDS

OUTPUT_VARIABLE = "LINREG_OUTPUT"
"""Where whoever has started this process sends its output, for those who watch it."""
FACTS_SECONDS = 1.0
"""How old what is known may be, where it is nothing new but where the script has come to."""
WRITING_SECONDS = 1.0
"""How long steps come together before they are written: that takes the interpreter's lock from the script."""


class Watched:
    """Look on from now until the process ends, and keep what is seen.

    Parameters
    ----------
    script
        What is run; None for whatever this process goes on to do.
    name
        Of the run; that of the script, by default.
    record
        Whether to keep it.
    on_nan
        What to do about the first cost or parameter that is not finite. None: stand there where somebody watches, go on
        where nobody does. It is stood at the step of a cost that is not finite, as it is known there on the CPU; what
        is found later, in a block of steps or in the norms of large tensors, holds the step that the script is at then.
        Where the run cannot be attached to, it is not stood: nobody could let it go on.

    Attributes
    ----------
    run
        As the store has it; None where it is not recorded.
    notice
        What the user should be told of the start.
    current
        The one that watches this process; there is no second.
    """

    current: ClassVar["Watched | None"] = None

    def __init__(
        self,
        script: Script | None = None,
        *,
        name: str | None = None,
        record: bool = True,
        on_nan: OnNan | None = None,
    ) -> None:
        self.script, self.notice, self.on_nan = script, "", on_nan
        self._place = place_of(script)
        self._output = os.environ.pop(OUTPUT_VARIABLE, "")
        self.run: Run | None = None
        self.history: History | None = None
        self.loop = Loop(self._take)
        self._logged = Logged(lambda: self.loop.step, self._show_points)
        self._writer: RunWriter | None = None
        self._server: Server | None = None
        self._end, self._is_closed = (Phase.FINISHED, ""), False
        self._known: tuple[Any, ...] = ()
        self._facts = self._facts_now()
        self._stands = False
        self._ranks = FirstRank(sockets_folder())
        self.control = ScriptControl(
            self.loop, lambda: (self._facts, self.history), self._note_changes, self._note_standing, ranks=self._ranks
        )
        self.loop.hold, self.loop.meet_broken = self.control.hold, self._meet_broken
        if record:
            self._begin(name)
        self._hooks = Hooks(self.loop)
        self._loggers = Loggers(self._logged.hear)
        self.loop.tensors_have_hooks = lambda: self._hooks.tensors_have_hooks
        os.register_at_fork(after_in_child=self._leave_to_the_parent)
        atexit.register(self.close)  # the first to be registered is the last to be called: others may train until then
        Watched.current = self

    def _leave_to_the_parent(self) -> None:
        """Do nothing more in a process that has been forked: what is kept and answered is its parent's."""
        self._is_closed, self._writer = True, None
        self._loggers.close()
        self.control.gate.is_free = True

    def _begin(self, name: str | None) -> None:
        """Enter a run into the store; what cannot be kept is no reason not to run the script."""
        try:
            self._home = open_home()
            with RunStore(self._home) as store:
                wanted = name or (Path(self._place).stem if self.script is None else self.script.name)
                self.run = store.begin(self._facts.recipe, name=wanted, script=self._place)
        except LinregError as problem:
            self.notice = f"{problem} Nothing of this run is kept."
            return
        self._writer = RunWriter(self._home, self.run, seconds=WRITING_SECONDS)
        self._writer.measure(self._logged.curves)
        try:
            self._server = Server(self.control, sockets_folder(), self.run.id, title=self.run.name).start()
        except LinregError as problem:
            self.notice = str(problem)

    def _facts_now(self) -> Facts:
        return facts_of(self.loop, self.script, self._output, self._place)

    def _note_changes(self, changes: tuple[Intervention, ...]) -> None:
        self._facts = self._facts_now()
        if self._writer is not None:
            self._writer.change(changes)

    def _note_standing(self, stands: bool) -> None:
        """Have the store say whether the script stands: it may stand long, with nobody there to see it."""
        if stands != self._stands and self._writer is not None:
            self._writer.stand(End(Phase.PAUSED if stands else Phase.RUNNING, "", None))
        self._stands = stands

    def _meet_broken(self, broken: Broken) -> None:
        server = self._server
        if self.on_nan == "stop" or server is None:
            self.control.meet(broken, "stop" if self.on_nan == "stop" else "go")
            return
        # where a screen has started this process, it is on its way
        is_watched = server.n_watching > 0 or (bool(self._output) and not server.has_been_watched)
        self.control.meet(broken, self.on_nan or ("pause" if is_watched else "go"))

    def _take(self, trace: Trace) -> None:
        """Keep a block of steps, and whatever else has been learned."""
        if self.history is None:
            self.history = History(trace.parameters.shape[1], curves=self._logged.curves)
        self.history.add(trace)
        self._logged.thread = get_ident()
        self._read_points()
        loop = self.loop
        news = loop.tensors, loop.truth.quadratic, loop.truth.why_none, loop.broken, loop.optimizer
        known = (*news, int(perf_counter() / FACTS_SECONDS))
        if known != self._known:
            self._known, self._facts = known, self._facts_now()
            if self._writer is not None:
                self._writer.describe(self._facts.recipe, plain(self._facts))
        if self._server is not None:
            loop.block_seconds = BLOCK_SECONDS if self._server.n_watching else UNSEEN_BLOCK_SECONDS
        if self._writer is not None:
            self._writer.add(trace)
            for notice in self._writer.notices():
                self.control.say(notice)
        self.control.publish()

    def note_points(self, points: Sequence[tuple[str, Any]]) -> None:
        """Take what the script says of its present step, in this process."""
        if not self._is_closed:
            with suppress(Exception):  # what goes wrong from here on is ours
                self._logged.note(points)

    def _read_points(self) -> None:
        with suppress(Exception):  # what goes wrong here is ours, and the steps are kept all the same
            if notice := self._logged.read():
                self.control.say(notice)

    def _show_points(self) -> None:
        self._read_points()
        if self.history is not None:
            self.control.publish()

    def note_end(self, problem: BaseException) -> None:
        """Note what the script's main module has raised; threads and exit handlers of it may go on."""
        self._end = end_of(problem) or self._end

    def close(self) -> None:
        """Look on no longer, and write how the script ended."""
        if self._is_closed:
            return
        self._is_closed = True
        self.control.gate.release()
        self.loop.meet_broken = None
        self._hooks.close()
        self._ranks.close()
        with suppress(Exception):
            self.loop.finish()
        with suppress(Exception):
            self._loggers.close()
        self._read_points()
        if self._writer is None:
            return
        status, reason = self._end
        if self.loop.failure:
            status, reason = Phase.INTERRUPTED, self.loop.failure
        elif self.loop.broken is not None:
            is_its_end = status is Phase.FINISHED or (status is Phase.INTERRUPTED and self.on_nan == "stop")
            words = self.loop.broken.words
            status, reason = (Phase.DIVERGED, words) if is_its_end else (status, f"{reason}; {words}")
        with suppress(Exception):
            self._facts = self._facts_now()
            self._writer.describe(self._facts.recipe, plain(self._facts))
        self._writer.finish(status, reason)
        if self._server is not None:
            was_stopped = status is Phase.INTERRUPTED and not self.loop.failure
            self.control.publish(Phase.STOPPED if was_stopped else status if status.has_ended else Phase.FAILED, reason)
            self._server.close()
        if not self.loop.n_steps and self.run is not None:
            with suppress(LinregError), RunStore(self._home) as store:
                store.delete(self.run.id)


def watch(name: str | None = None, *, on_nan: OnNan | None = None) -> Run | None:
    """Watch whatever loop this process runs from here on, as ``linreg watch SCRIPT.py`` does from a script's start.

    Parameters
    ----------
    name
        What the run is called. Asked for again, the run that is watched goes on under the name that it has.
    on_nan
        What to do about the first cost or parameter that is not finite: "stop" (KeyboardInterrupt), "pause" or "go".
        None: stand there while a screen shows the run, else go on.

    Returns
    -------
    run
        As the store has it: ``linreg-tui --attach`` takes its name. None, with a warning, where none can be kept; None
        in every other process than the first under torchrun, which stands for all.

    Raises
    ------
    LinregError
        There is no such `on_nan`.
    """
    if on_nan not in (None, *get_args(OnNan)):
        raise LinregError(f"on_nan is one of {', '.join(get_args(OnNan))}, not {shortened(repr(on_nan))}.")
    if is_other_rank() and Watched.current is None:
        OtherRank.begin(sockets_folder())
        return None
    watched = Watched(name=name) if Watched.current is None else Watched.current
    watched.on_nan = on_nan or watched.on_nan
    if watched.notice:
        warnings.warn(watched.notice, stacklevel=2)
    return watched.run
