"""A run that answers on a socket: to its owner, to all who ask, and unmoved by any of them."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import count
from math import inf
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linreg import LinregError
from linreg.data import bundled
from linreg.phase import Phase
from linreg.remote import sockets
from linreg.remote.client import attach
from linreg.remote.discovery import running
from linreg.remote.frames import Frames, frame
from linreg.remote.messages import (
    LARGEST_REQUEST,
    LARGEST_UPDATE,
    Farewell,
    Greeting,
    Request,
    Subscription,
    Update,
    decoded,
    encoded,
)
from linreg.remote.server import LOOK, Server
from linreg.remote.sockets import LONGEST, address
from linreg.session.session import Session
from patience import PATIENCE
from watching import check_same, wait_until


@pytest.fixture
def session() -> Iterator[Session]:
    with Session(bundled.find("exercise1").changed(every=1, epochs=10**9), speed=inf, paused=True) as session:
        session.wait(lambda state: state.phase is Phase.PAUSED)
        yield session


@pytest.fixture
def server(session: Session, tmp_path: Path) -> Iterator[Server]:
    with Server(session, tmp_path / "sockets", "run", patience=1.0) as server:
        yield server


def _raw(server: Server) -> socket.socket:
    connected = socket.socket(socket.AF_UNIX)
    connected.settimeout(PATIENCE)
    connected.connect(str(server.path))
    return connected


def _hung_up(connected: socket.socket) -> bool:
    """Whether the server hangs up after what it has said."""
    try:
        while connected.recv(2**20):
            pass
    except ConnectionError:
        return True
    except TimeoutError:
        return False
    return True


def test_only_the_owner_can_come_near_the_socket(server: Server) -> None:
    assert server.path.parent.stat().st_mode & 0o777 == 0o700
    assert server.path.stat().st_mode & 0o777 == 0o600
    assert server.path.parent.stat().st_uid == server.path.stat().st_uid == os.geteuid()


def test_a_folder_that_others_could_enter_is_closed_to_them(session: Session, tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    Server(session, tmp_path, "run").close()
    assert tmp_path.stat().st_mode & 0o777 == 0o700


def test_who_has_just_come_when_the_run_ends_still_learns_how(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("linreg.remote.server.LAST_WORDS", PATIENCE)
    server = Server(session, tmp_path, "run").start()
    frames = Frames(LARGEST_UPDATE, arrays=True)
    with _raw(server) as connected, ThreadPoolExecutor(1) as pool:
        messages = [*frames.feed(connected.recv(2**20))]
        closed = pool.submit(server.close)
        sleep(0.1)  # the server has begun to leave, and this viewer has yet to say that it wants to watch
        connected.sendall(encoded(Subscription()))
        while content := connected.recv(2**20):
            messages += frames.feed(content)
        closed.result()
    assert [type(decoded(each)) for each in messages] == [Greeting, Update, Farewell]


def test_who_has_not_asked_in_time_hears_at_least_of_the_end(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("linreg.remote.server.LAST_WORDS", 0.0)
    server = Server(session, tmp_path, "run").start()
    with _raw(server) as connected:
        content = connected.recv(2**20)
        server.close()
        while piece := connected.recv(2**20):
            content += piece
    messages = Frames(LARGEST_UPDATE, arrays=True).feed(content)
    assert [type(decoded(each)) for each in messages] == [Greeting, Farewell]


def test_another_user_is_refused_though_the_file_is_open_to_all(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("linreg.remote.server.peer_uid", lambda _: os.geteuid() + 1)
    with _raw(server) as connected:
        assert connected.recv(100) == b""
    with pytest.raises(LinregError, match="does not answer"):
        attach(server.path.parent, "run")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can become another user")
def test_a_process_of_another_user_is_refused(session: Session, tmp_path: Path) -> None:
    folder = Path("/tmp") / f"linreg-test-{os.getpid()}"
    with Server(session, folder, "run") as server:
        folder.chmod(0o755)
        server.path.chmod(0o666)
        code = (
            "import os, socket, sys; os.setgroups([]); os.setgid(65534); os.setuid(65534); "
            "s = socket.socket(socket.AF_UNIX); s.settimeout(100); s.connect(sys.argv[1]); print(s.recv(100))"
        )
        done = subprocess.run([sys.executable, "-c", code, server.path], capture_output=True, text=True, check=False)
    folder.rmdir()
    assert done.stdout == "b''\n", done.stderr


@given(
    st.binary(min_size=1, max_size=300).map(lambda content: content.ljust(16, b"\0"))
    | st.sampled_from(
        [
            encoded(Subscription())[:-1] + b"?",
            encoded(Request("end")),
            encoded(Request("step", {"n_epochs": "3"})),
            frame(["Greeting", {}]),
            frame(["Farewell", {}]),
            frame(None),
            frame("x" * (LARGEST_REQUEST + 1)),
        ]
    )
)
def test_what_is_not_understood_ends_that_connection_only(server: Server, content: bytes) -> None:
    with _raw(server) as bystander, _raw(server) as connected:
        connected.sendall(content)
        assert _hung_up(connected)
        bystander.sendall(encoded(Subscription()))
        bystander.settimeout(PATIENCE)
        n_bytes = 0
        while n_bytes < 2000:  # the greeting, and an update
            n_bytes += len(bystander.recv(2**16))


def test_half_a_message_holds_nobody_up(server: Server, session: Session) -> None:
    with _raw(server) as connected, attach(server.path.parent, "run") as viewer:
        connected.sendall(encoded(Request("play"))[:-1])
        viewer.step()
        wait_until(lambda: viewer.state.epoch == 0)
        check_same(viewer, session)


def test_a_hundred_viewers_see_the_same_and_are_all_heard(server: Server, session: Session) -> None:
    with ExitStack() as stack:
        viewers = [stack.enter_context(attach(server.path.parent, "run", patience=PATIENCE)) for _ in range(100)]
        for viewer in viewers:
            viewer.step()
        session.wait(lambda state: state.epoch == 99)
        assert server.n_viewers == 100
        for viewer in viewers:
            check_same(viewer, session)
    wait_until(lambda: server.n_viewers == 0)


def test_where_telling_all_is_dear_they_are_told_less_often_but_who_asks_is_answered_at_once(
    server: Server, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    with attach(server.path.parent, "run") as looks_on, attach(server.path.parent, "run") as asks:
        session.play()
        wait_until(lambda: min(looks_on.state.epoch, asks.state.epoch) > 0)
        monkeypatch.setattr("linreg.remote.server.LONGEST_LOOK", 1000.0)
        monkeypatch.setattr("linreg.remote.server.thread_time", count(step=1e6).__next__)
        wait_until(lambda: server._next_look > monotonic() + 100, "another look, with the next one minutes away")
        sleep(5 * LOOK)  # what was said at that look has arrived
        seen = looks_on.state.version
        asks.pause()
        wait_until(lambda: asks.state.phase is Phase.PAUSED)
        assert looks_on.state.version == seen
        assert looks_on.state.phase is Phase.RUNNING


def test_a_viewer_that_never_reads_is_let_go_and_the_others_go_on(server: Server, session: Session) -> None:
    with _raw(server) as deaf, attach(server.path.parent, "run") as viewer:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        deaf.sendall(encoded(Subscription()))
        session.play()
        wait_until(lambda: server.n_viewers == 2)
        wait_until(lambda: server.n_viewers == 1, "letting go of the one that does not read")
        seen = viewer.state.epoch
        wait_until(lambda: viewer.state.epoch > seen)
        session.pause()
        check_same(viewer, session)


def test_no_more_than_an_update_waits_for_a_viewer_that_never_reads(server: Server, session: Session) -> None:
    with _raw(server) as deaf:
        deaf.sendall(encoded(Subscription()))
        session.play()
        wait_until(lambda: any(viewer.connection.n_unsent for viewer in [*server._viewers]))
        most = 0
        while server.n_viewers:
            most = max(most, *(viewer.connection.n_unsent for viewer in [*server._viewers]), 0)
        assert most < 8 * 2**20


def test_a_name_that_is_taken_is_refused_and_its_run_goes_on(server: Server, session: Session) -> None:
    with pytest.raises(LinregError, match="running already"):
        Server(session, server.path.parent, "run")
    assert [(hello.name, hello.pid) for hello in running(server.path.parent)] == [("run", os.getpid())]
    assert [path.name for path in server.path.parent.iterdir()] == ["run.sock"]


def test_a_socket_of_a_dead_process_gives_way(session: Session, tmp_path: Path) -> None:
    folder = tmp_path / "sockets"
    folder.mkdir()
    for name in ("run", "other"):
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(str(address(folder, name)))
    with Server(session, folder, "run"):
        assert {path.name for path in folder.iterdir()} == {"run.sock", "other.sock"}
        assert [hello.name for hello in running(folder)] == ["run"]
        assert [path.name for path in folder.iterdir()] == ["run.sock"]
    assert list(folder.iterdir()) == []


def test_a_file_that_is_no_socket_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "notes.sock"
    file.write_text("mine")
    assert running(tmp_path) == []
    with pytest.raises(LinregError):
        attach(tmp_path, "notes")
    assert file.read_text() == "mine"


def test_a_server_that_ends_removes_its_own_file_and_no_other(session: Session, tmp_path: Path) -> None:
    server = Server(session, tmp_path, "run").start()
    server.path.unlink()
    with Server(session, tmp_path, "run") as successor:
        server.close()
        assert [hello.name for hello in running(tmp_path)] == ["run"]
    assert not successor.path.exists()


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="this system has no names for what is open")
def test_a_run_answers_in_a_folder_whose_path_is_too_long_for_a_socket(session: Session, tmp_path: Path) -> None:
    folder = tmp_path / ("x" * LONGEST)
    n_open = len(os.listdir("/proc/self/fd"))
    with Server(session, folder, "run"), attach(folder, "run") as viewer:
        assert [hello.name for hello in running(folder)] == ["run"]
        viewer.step(3)
        wait_until(lambda: viewer.state.epoch == 2)
    assert list(folder.iterdir()) == []
    wait_until(lambda: len(os.listdir("/proc/self/fd")) == n_open, "all closed")


def test_a_path_that_no_socket_can_have_is_one_sentence(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "_OPEN", "/there/is/none")
    folder = tmp_path / ("x" * LONGEST)
    with pytest.raises(LinregError, match=f"more than {LONGEST} bytes; set LINREG_HOME"):
        Server(session, folder, "run")
    assert running(folder) == []
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("name", ["", ".", "..", ".hidden", "a/b", "a\0b"])
def test_a_name_that_no_file_can_have_is_one_sentence(session: Session, tmp_path: Path, name: str) -> None:
    with pytest.raises(LinregError, match="cannot be the name"):
        Server(session, tmp_path, name)


def test_nobody_who_does_not_watch_is_told_anything(server: Server, session: Session) -> None:
    with _raw(server) as connected:
        hello: Any = connected.recv(2**16)
        assert b"Greeting" in hello
        session.step(5)
        session.wait(lambda state: state.epoch == 4)
        connected.settimeout(0.3)
        with pytest.raises(TimeoutError):
            connected.recv(1)
