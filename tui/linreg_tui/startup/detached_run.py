"""A run without its screen: it goes on in the same process, to its end, and answers to whoever attaches.

The terminal is let go first, so that nothing of it holds the run and the run holds nothing of it: the process becomes
the first of a session of its own, and what it prints goes to the log.
"""

import os
import shlex
import signal
from contextlib import suppress
from pathlib import Path
from time import sleep

from linreg.cli.status import narrate
from linreg.phase import Phase
from linreg.session.session import Session
from linreg.text import safe
from linreg_tui.startup.launcher import Launcher

LOOK = 0.1
"""Seconds between two looks at whether the run has ended, or is to."""


def carry_on(
    session: Session, log: Path, launcher: Launcher | None, signals: list[signal.Signals], *, was_hung_up: bool
) -> None:
    """Stay until the run has ended and nobody watches it any more, or stands paused like that, or a signal ends it.

    Parameters
    ----------
    log
        What is printed goes there.
    launcher
        The process before this one, to be let go; with it goes the terminal.
    signals
        Where those that come are found. SIGHUP says nothing new.
    was_hung_up
        Whether the terminal is gone already.
    """
    if not was_hung_up and session.run is not None:
        name = shlex.quote(safe(session.run.name))
        narrate(f"{name} goes on; linreg-tui --attach {name} shows it again, linreg runs stop {name} ends it")
    if launcher is not None and not was_hung_up:
        launcher.let_go()
    _leave_terminal(log)
    while not any(number is not signal.SIGHUP for number in signals) and _is_wanted(session):
        sleep(LOOK)
    ended_by = next((number for number in signals if number is not signal.SIGHUP), None)
    session.stop(*([] if ended_by is None else [f"ended by {ended_by.name}"]))
    session.join()


def _is_wanted(session: Session) -> bool:
    """Tell whether there is more to come: epochs, or somebody who may go back to some."""
    phase = session.state.phase
    if phase in (Phase.STOPPED, Phase.FAILED):
        return False
    if phase is Phase.PAUSED and not session.n_viewers:  # whoever paused it has left: it can be taken up again
        return False
    if phase is not Phase.LOADING and session.run is None:  # nobody could find it, and nothing of it would be left
        return False
    return not phase.has_ended or session.n_viewers > 0


def _leave_terminal(log: Path) -> None:
    with suppress(OSError):  # the first process of a session cannot begin another
        os.setsid()
    nothing = os.open(os.devnull, os.O_RDWR)
    try:
        output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError:
        output = nothing
    for descriptor, target in ((0, nothing), (1, output), (2, output)):
        os.dup2(target, descriptor)
