"""From an option and a word to what is shown: a run that goes on elsewhere, a recording, a run to go on with."""

from linreg.errors import LinregError
from linreg.files.home import open_home
from linreg.remote.client import AttachedRun, attach
from linreg.remote.sockets import sockets_folder
from linreg.replay.replay import Replay, open_replay
from linreg.session.resume import ResumedStart, newest_resumable
from linreg.store.names import LATEST
from linreg.store.run import Run
from linreg.store.store import RunStore
from linreg.text import shortened


def find(option: str, word: str) -> AttachedRun | Replay | ResumedStart:
    """Return the run that ``--attach``, ``--replay`` or ``--resume`` means by a word.

    Raises
    ------
    LinregError
        There is none, or it cannot be shown like that.
    """
    with RunStore(open_home(to_read=option == "replay")) as store:
        if option == "replay":
            return open_replay(store, word)
        if option == "resume":
            return ResumedStart(store.home, newest_resumable(store) if word == LATEST else store.get(word))
        run = newest_running(store) if word == LATEST else store.get(word)
    if run.is_alive is False:
        on = "goes on with" if run.is_resumable else "plays"
        option = "--resume" if run.is_resumable else "--replay"
        raise LinregError(f"the run {shortened(run.name)} is not going: linreg-tui {option} NAME {on} it.")
    return attach(sockets_folder(), run.id)


def newest_running(store: RunStore) -> Run:
    """Return the newest run whose process is at work on it.

    Raises
    ------
    LinregError
        There is none.
    """
    for run in store.runs():
        if run.is_alive:
            return run
    raise LinregError("no run is going that could be attached to; linreg runs list shows all there are.")
