"""Who looks on while a session trains: what records its run, and the socket on which it answers, where it has them.

Neither is a reason not to train: what goes wrong with them is said to whoever watches.
"""

from linreg.errors import LinregError
from linreg.live.control import Control
from linreg.live.run import LiveRun
from linreg.remote.server import Server
from linreg.remote.sockets import sockets_folder
from linreg.session.start import StartedRun
from linreg.store.run import Run
from linreg.trace import Trace

NOT_RECORDED = "with other rows the run is recorded no further; w writes them to a file, on which d starts one that is."
MOST_UNHEARD = 20
"""Sentences that are kept for who may ask for them."""


class Observers:
    """Used by the thread that trains, but for `run` and `n_viewers`, which any thread may ask.

    Parameters
    ----------
    started
        The run.
    control
        What its viewers see and control.
    """

    def __init__(self, started: StartedRun, control: Control) -> None:
        self.live: LiveRun = started.live
        self._recording, self._notices, self._control = started.recording, started.notices, control
        self._server: Server | None = None
        self._unheard: list[str] = []

    @property
    def run(self) -> Run | None:
        """What the store knows of it; None where it is not recorded."""
        return None if self._recording is None else self._recording.run

    @property
    def has_left_record(self) -> bool:
        """Whether it was recorded, and is no longer."""
        return self._recording is not None and self._recording.is_over

    @property
    def n_viewers(self) -> int:
        """How many others watch it."""
        return 0 if self._server is None else self._server.n_viewers

    def serve(self) -> None:
        """Let a run that is recorded be attached to, and say what there is to say of its start."""
        self._say(self._notices)
        if self._recording is not None:
            try:
                run = self._recording.run
                self._server = Server(self._control, sockets_folder(), run.id, title=run.name).start()
            except LinregError as problem:
                self._say((str(problem),))
                self._unheard.append(str(problem))

    def add(self, trace: Trace) -> Trace:
        """Take down epochs that have run; return those that are new in the run's present future."""
        return trace if self._recording is None else self._recording.add(trace)

    def look(self) -> None:
        """Take down what a request has changed; of a run whose rows were changed, nothing from then on."""
        if self._recording is None:
            return
        if self.live.facts.rows_changed and not self._recording.is_over:
            self._recording.leave()
            self.live.say(NOT_RECORDED)
        self._recording.look()

    def put_aside(self) -> None:
        """Keep where the run stands: it is about to be moved."""
        if self._recording is not None:
            self._recording.put_aside()

    @property
    def is_behind(self) -> bool:
        """Whether something waits to be written or told, so that it is worth a look before long."""
        return self._recording is not None and self._recording.is_behind

    def tell(self) -> bool:
        """Say what the disk has refused since the last call; return whether it was anything."""
        notices = () if self._recording is None else self._recording.notices()
        self._unheard = [*self._unheard, *notices][-MOST_UNHEARD:]
        return self._say(notices)

    def notices(self) -> tuple[str, ...]:
        """Return what has been said since the last call, for a command whose user looks at no state."""
        self.tell()
        notices, self._unheard = tuple(self._unheard), []
        return notices

    def _say(self, notices: tuple[str, ...]) -> bool:
        if notices:
            self.live.say(" ".join(notices), is_error=True)
        return bool(notices)

    def finish(self, reason: str, *, has_failed: bool) -> None:
        """Write how the run ended."""
        if self._recording is not None and has_failed:
            self._recording.fail(reason)
        elif self._recording is not None:
            self._recording.finish(reason)

    def close(self) -> None:
        """Answer no more."""
        if self._server is not None:
            self._server.close()
