"""Two sessions of one recipe that train in turns, in a process of its own: ``turns.py WHAT DATA ENGINE SECONDS TURNS``.

One is recorded, or watched by a hundred viewers and one that never reads; the other is neither. They take short turns,
A B B A, so that a slow spell of the machine meets both; the one whose turn it is not stands still. Prints the median
over the turns of the seconds an epoch of either.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from math import inf
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, sleep

from linreg.data import bundled
from linreg.phase import Phase
from linreg.remote.server import Server
from linreg.session.session import Session
from linreg.session.start import RecordedStart

N_VIEWERS = 100

_VIEWERS = f"""
import selectors, socket, sys
from linreg.remote.messages import Subscription, encoded
viewers = selectors.DefaultSelector()
for number in range({N_VIEWERS} + 1):
    viewer = socket.socket(socket.AF_UNIX)
    viewer.connect(sys.argv[1])
    viewer.sendall(encoded(Subscription()))
    if number:
        viewers.register(viewer, selectors.EVENT_READ)
    else:
        never_read = viewer
print("watching", flush=True)
while True:
    for key, _ in viewers.select():
        if not key.fileobj.recv(2**20):
            sys.exit()
"""


@contextmanager
def watched(session: Session) -> Iterator[None]:
    """Let a session be watched."""
    with TemporaryDirectory(prefix="lr") as folder, Server(session, Path(folder), "run", patience=inf) as server:
        command = [sys.executable, "-c", _VIEWERS, str(server.path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as viewers:
            assert viewers.stdout is not None
            viewers.stdout.readline()
            yield
            assert server.n_viewers == N_VIEWERS + 1
            viewers.kill()


def main(what: str, data: str, engine: str, seconds: float, n_turns: int) -> None:
    """Take turns, and print both medians."""
    recipe = bundled.find(data).changed(epochs=10**12, engine=engine)
    beginnings = [RecordedStart() if what == "recorded" else None, None]
    sessions = [Session(recipe, speed=inf, paused=True, start=each).start() for each in beginnings]
    for session in sessions:
        session.wait(lambda state: state.phase is Phase.PAUSED, 300)
    taken: tuple[list[float], list[float]] = ([], [])
    with watched(sessions[0]) if what == "watched" else nullcontext():
        for turn in range(1 + n_turns):
            for which in (0, 1) if turn % 2 else (1, 0):
                taken[which].append(_turn(sessions[which], seconds))
    for session in sessions:
        session.stop()
        session.join(10)
    for each in taken:
        print(median(each[1:]))  # in the first turn, blocks of epochs find their length


def _turn(session: Session, seconds: float) -> float:
    """Train for a while, and return the seconds an epoch."""
    started, first = perf_counter(), session.state.epoch
    session.play()
    sleep(seconds)
    session.pause()
    state = session.wait(lambda state: state.phase is Phase.PAUSED, 60)
    return (perf_counter() - started) / (state.epoch - first)


if __name__ == "__main__":
    what, data, engine, seconds, n_turns = sys.argv[1:]
    main(what, data, engine, float(seconds), int(n_turns))
