"""The driver of a terminal: it is taken once, given back once, and read by one thread that ends with it."""

import asyncio
import os
import signal
import sys
import termios
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest
from textual.app import App
from textual.events import Key
from textual.message import Message

from linreg_tui.term.driver import SIGNALS, TerminalDriver
from linreg_tui.term.outlet import Outlet
from patience import PATIENCE


class Listening(App[None]):
    """Keeps what a driver tells it."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[Message] = []

    async def _post_message(self, message: Message) -> bool:
        self.told.append(message)
        return True

    async def is_told(self, kind: type[Message]) -> Any:
        """Wait until a message of a kind has come, and return it."""
        found = [each for each in self.told if isinstance(each, kind)]
        return found[0] if found else await self._after(lambda: any(isinstance(each, kind) for each in self.told), kind)

    async def _after(self, holds: Callable[[], bool], kind: type[Message]) -> Any:
        async with asyncio.timeout(PATIENCE):
            while not holds():
                await asyncio.sleep(0.005)
        return await self.is_told(kind)


class Opened:
    """A driver on a terminal of the test's own."""

    def __init__(self) -> None:
        self.ours, self.theirs = os.openpty()
        self.initial = termios.tcgetattr(self.theirs)
        self.app = Listening()

    def hang_up(self) -> None:
        """Go away."""
        if self.ours >= 0:
            os.close(self.ours)
            self.ours = -1


@pytest.fixture
async def opened(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Opened, TerminalDriver]]:
    before = {number: signal.getsignal(number) for number in SIGNALS}
    pair = Opened()
    monkeypatch.setattr(sys, "__stdin__", SimpleNamespace(fileno=lambda: pair.theirs, isatty=lambda: True))
    outlet = Outlet(pair.theirs)
    monkeypatch.setattr(sys, "__stderr__", outlet)
    driver = TerminalDriver(pair.app)
    yield pair, driver
    driver.stop_application_mode()
    driver.close()
    assert {number: signal.getsignal(number) for number in SIGNALS} == before
    assert _readers() == []
    outlet.close()
    pair.hang_up()
    os.close(pair.theirs)


def _readers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "textual-input"]


async def _continued(n_times: int = 1) -> None:
    """Have this process told that it goes on, and let the event loop hear of it."""
    for _ in range(n_times):
        signal.raise_signal(signal.SIGCONT)
        await asyncio.sleep(0.01)


async def test_a_process_that_stands_and_is_told_to_go_on_reads_its_keys_once(
    opened: tuple[Opened, TerminalDriver],
) -> None:
    pair, driver = opened
    driver.start_application_mode()
    await _continued(3)
    driver.start_application_mode()
    assert len(_readers()) == 1
    os.write(pair.ours, b"n")
    assert (await pair.app.is_told(Key)).key == "n"


async def test_a_terminal_that_others_had_meanwhile_is_taken_again(opened: tuple[Opened, TerminalDriver]) -> None:
    pair, driver = opened
    driver.start_application_mode()
    wanted = termios.tcgetattr(pair.theirs)
    assert wanted != pair.initial
    termios.tcsetattr(pair.theirs, termios.TCSANOW, pair.initial)  # what a shell does while a process is stopped
    await _continued()
    assert termios.tcgetattr(pair.theirs) == wanted


@pytest.mark.parametrize("way", ["stop_application_mode", "close"])
async def test_once_the_screen_is_left_nothing_brings_it_back(way: str, opened: tuple[Opened, TerminalDriver]) -> None:
    pair, driver = opened
    before = driver._before
    driver.start_application_mode()
    driver.stop_application_mode()
    getattr(driver, way)()
    assert {number: signal.getsignal(number) for number in SIGNALS} == before
    await _continued()
    driver.resume_application_mode()
    assert _readers() == []
    assert termios.tcgetattr(pair.theirs) == pair.initial


async def test_a_screen_that_never_came_leaves_no_handler_either(opened: tuple[Opened, TerminalDriver]) -> None:
    _, driver = opened
    before = driver._before
    driver.close()
    assert {number: signal.getsignal(number) for number in SIGNALS} == before


async def test_what_was_suspended_is_resumed(opened: tuple[Opened, TerminalDriver]) -> None:
    pair, driver = opened
    driver.start_application_mode()
    wanted = termios.tcgetattr(pair.theirs)
    driver.suspend_application_mode()
    assert _readers() == []
    assert termios.tcgetattr(pair.theirs) == pair.initial
    await _continued(2)
    assert len(_readers()) == 1
    assert termios.tcgetattr(pair.theirs) == wanted


async def test_a_screen_that_is_about_to_go_is_not_resumed(opened: tuple[Opened, TerminalDriver]) -> None:
    pair, driver = opened
    driver.start_application_mode()
    driver.suspend_application_mode()
    driver.is_leaving = True
    await _continued()
    assert _readers() == []
    assert termios.tcgetattr(pair.theirs) == pair.initial


async def test_keys_end_with_the_terminal_and_the_app_is_told(opened: tuple[Opened, TerminalDriver]) -> None:
    pair, driver = opened
    driver.start_application_mode()
    [reader] = _readers()
    assert reader.daemon
    pair.hang_up()
    await pair.app.is_told(TerminalDriver.HungUp)
    await asyncio.to_thread(reader.join, PATIENCE)
    assert not reader.is_alive()


async def test_a_terminal_that_is_gone_before_it_is_taken_is_no_fault(opened: tuple[Opened, TerminalDriver]) -> None:
    pair, driver = opened
    pair.hang_up()
    driver.start_application_mode()
    driver.write("x")
    driver.stop_application_mode()


async def _comes(pair: Opened, wanted: bytes) -> bytes:
    """Read what the terminal is sent until this has come."""
    read = b""
    os.set_blocking(pair.ours, False)
    async with asyncio.timeout(PATIENCE):
        while wanted not in read:
            with suppress(BlockingIOError):
                read += os.read(pair.ours, 65536)
            await asyncio.sleep(0.005)
    return read


async def test_the_title_is_kept_written_once_for_each_change_and_put_back(
    opened: tuple[Opened, TerminalDriver], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    pair, driver = opened
    driver.start_application_mode()
    await _comes(pair, b"\x1b[22;2t")
    driver.call_it("exercise1 41 % - linreg")
    driver.call_it("exercise1 41 % - linreg")
    driver.call_it("exercise1 42 % - linreg")
    read = await _comes(pair, b"42 %")
    assert read.count(b"\x1b]2;exercise1 41 % - linreg\x1b\\") == 1
    driver.stop_application_mode()
    await _comes(pair, b"\x1b[23;2t")


async def test_a_terminal_without_a_title_is_sent_none(
    opened: tuple[Opened, TerminalDriver], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "linux")
    pair, driver = opened
    driver.start_application_mode()
    driver.call_it("exercise1 41 % - linreg")
    driver.write("the end")
    read = await _comes(pair, b"the end")
    assert b"exercise1" not in read
    assert b"\x1b[22" not in read
