"""The way to a terminal that stalls or goes away, the log of what must not reach it, and where none is."""

import os
import sys
import termios
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from linreg.errors import LinregError
from linreg.files.home import open_home
from linreg.recipe import Recipe
from linreg_tui.startup.piped_rows import rows_from_standard_input
from linreg_tui.term import terminal
from linreg_tui.term.outlet import Outlet
from linreg_tui.term.terminal import LARGEST_LOG, Log, log_path, require_terminal, screen_only_for_the_app


@pytest.fixture
def pair() -> Iterator[tuple[int, int]]:
    """Our end and the program's end of a terminal."""
    ours, theirs = os.openpty()
    yield ours, theirs
    for descriptor in (ours, theirs):
        try:
            os.close(descriptor)
        except OSError:
            assert descriptor == ours  # hung up by the test


def _wait_until_stalled(outlet: Outlet) -> None:
    stalled = threading.Event()

    def watch() -> None:
        while not outlet.stalled:
            stalled.wait(0.001)
        stalled.set()

    threading.Thread(target=watch, daemon=True).start()
    assert stalled.wait(10)


def test_what_is_written_arrives(pair: tuple[int, int]) -> None:
    with Outlet(pair[1]) as outlet:
        outlet.write("cost − ⣀")
    assert os.read(pair[0], 100).decode() == "cost − ⣀"


def test_a_terminal_without_room_stalls_the_writer_until_it_is_read(pair: tuple[int, int]) -> None:
    ours, theirs = pair
    with Outlet(theirs) as outlet:
        termios.tcflow(theirs, termios.TCOOFF)
        writing = threading.Thread(target=outlet.write, args=("x" * 100,))
        writing.start()
        _wait_until_stalled(outlet)
        termios.tcflow(theirs, termios.TCOON)
        writing.join(10)
        assert not writing.is_alive()
        assert not outlet.stalled
    assert os.read(ours, 1000) == b"x" * 100


def test_a_stalled_write_is_given_up_once_patience_is_limited(pair: tuple[int, int]) -> None:
    with Outlet(pair[1]) as outlet:
        termios.tcflow(pair[1], termios.TCOOFF)
        writing = threading.Thread(target=outlet.write, args=("x",))
        writing.start()
        _wait_until_stalled(outlet)
        before = outlet.broken
        outlet.patience = 0
        writing.join(10)
        assert (before, outlet.broken) == (False, True)
        termios.tcflow(pair[1], termios.TCOON)


def test_writing_to_a_terminal_that_is_gone_loses_the_text_and_nothing_else(pair: tuple[int, int]) -> None:
    with Outlet(pair[1]) as outlet:
        os.close(pair[0])
        assert outlet.write("x") == 1
        assert outlet.broken


def test_the_mode_that_is_shared_with_the_shell_stays_as_it_was(pair: tuple[int, int]) -> None:
    with Outlet(pair[1]) as outlet:
        assert os.get_blocking(pair[1])
        assert not os.get_blocking(outlet.fileno())


def test_what_is_printed_meanwhile_goes_to_the_log_and_afterwards_to_its_place_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LINREG_HOME", str(tmp_path / "home"))
    streams = sys.__stdout__, sys.__stderr__
    with screen_only_for_the_app() as log:
        before = log.has_grown
        os.write(1, b"from C\n")
        os.write(2, b"a complaint from C\n")
        assert (before, log.has_grown) == (False, True)
    os.write(1, b"after\n")
    assert (tmp_path / "home" / "linreg-tui.log").read_text() == "from C\na complaint from C\n"
    assert capfd.readouterr() == ("after\n", "")
    assert streams == (sys.__stdout__, sys.__stderr__)


def test_both_descriptors_are_put_back_after_a_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LINREG_HOME", str(tmp_path))
    with pytest.raises(ZeroDivisionError), screen_only_for_the_app():
        raise ZeroDivisionError
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "after\n"


def test_the_log_makes_a_home_that_is_then_used(tmp_path: Path) -> None:
    before = os.umask(0o002)  # a group of one's own, as some systems have it
    try:
        Log(tmp_path / "home" / "log")
    finally:
        os.umask(before)
    assert open_home(tmp_path / "home") == tmp_path / "home"


def test_the_log_keeps_its_end_when_it_has_grown_too_long(tmp_path: Path) -> None:
    log = Log(tmp_path / "log")
    log.write("x" * LARGEST_LOG + "the end")
    log.trim()
    text = (tmp_path / "log").read_text()
    assert len(text) == LARGEST_LOG // 2
    assert text.endswith("xthe end")
    os.close(log.descriptor)


def test_a_log_that_cannot_be_written_is_no_reason_not_to_start(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    log = Log(tmp_path / "file" / "log")
    log.write("x")
    os.close(log.descriptor)


def test_the_log_is_in_the_users_state_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LINREG_HOME", raising=False)
    assert log_path().name == "linreg-tui.log"
    assert log_path().parent.name == "linreg"


@pytest.mark.parametrize("name", ["", "dumb", "unknown"])
def test_a_terminal_that_cannot_draw_is_refused_with_its_name(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "is_terminal", lambda _: True)
    monkeypatch.setenv("TERM", name)
    with pytest.raises(LinregError, match=f"TERM is '{name}'; linreg run"):
        require_terminal()


@pytest.mark.parametrize(("missing", "name"), [(0, "input"), (1, "output"), (2, "error")])
def test_all_three_streams_must_be_the_terminal(missing: int, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "is_terminal", lambda descriptor: descriptor != missing)
    monkeypatch.setenv("TERM", "xterm")
    with pytest.raises(LinregError, match=f"standard {name} is none"):
        require_terminal()


def test_rows_on_standard_input_need_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "is_terminal", lambda _: True)
    with pytest.raises(LinregError, match="from a pipe"), rows_from_standard_input(Recipe(data="-")):
        pass
