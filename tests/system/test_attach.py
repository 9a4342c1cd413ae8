"""Attaching to a run in another process: the same screen, the same keys, and a word when the process has gone."""

import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from pathlib import Path

import pytest
from textual.pilot import Pilot

from lecture import exercise1
from linreg import LinregError
from linreg.live.state import State
from linreg.phase import Phase
from linreg.remote.client import AttachedRun, attach
from linreg.remote.discovery import running
from linreg_tui.app import MonitorApp
from patience import PATIENCE
from processes.forks import Forked
from tui.monitor.test_snapshots import screen_text
from watching import check_same, wait_until


@contextmanager
def served(folder: Path, data: str = "exercise1", epochs: int = 3000) -> Iterator[subprocess.Popen[bytes]]:
    """Train in another process until this is left."""
    program = Path(__file__).parents[1] / "processes" / "served_run.py"
    process: Forked[bytes] = Forked([sys.executable, program, folder, data, str(epochs)], stdin=subprocess.PIPE)
    try:
        wait_until(lambda: bool(running(folder)), "an answer")
        yield process
        with suppress(OSError, ValueError):  # it has been killed, or told to end
            process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
        process.communicate()


@asynccontextmanager
async def shown(viewer: AttachedRun) -> AsyncIterator[tuple[Pilot[int], MonitorApp]]:
    app = MonitorApp(viewer)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, viewer, lambda state: state.phase is not Phase.LOADING)
        yield pilot, app


async def until(pilot: Pilot[int], viewer: AttachedRun, holds: Callable[[State], bool]) -> State:
    """Wait until a state has come to the screen."""
    for _ in range(2000):
        state = viewer.state
        if holds(state):
            await pilot.pause(0.15)
            return state
        await pilot.pause(0.01)
    raise AssertionError(f"it never came to that: {viewer.state}")


def _is_at(epoch: int, state: State) -> bool:
    return state.epoch == epoch


async def test_keys_reach_a_run_in_another_process_and_its_numbers_are_the_lectures(tmp_path: Path) -> None:
    oracle = [(*w, b, cost) for w, b, cost in exercise1(nb_epochs=2)]
    with served(tmp_path) as process, attach(tmp_path, "exercise1") as viewer:
        assert viewer.pid == process.pid
        async with shown(viewer) as (pilot, app):
            for epoch in range(3):
                await pilot.press("n")
                state = await until(pilot, viewer, partial(_is_at, epoch))
                assert (*state.parameters, state.cost) == pytest.approx(oracle[epoch], rel=1e-5)
                assert f"{state.parameters[0]:.6f}" in screen_text(app)
            await pilot.press("plus", "space")
            state = await until(pilot, viewer, lambda state: state.phase is Phase.FINISHED)
            assert state.learning_rate == pytest.approx(0.0125)
            assert "FINISHED" in screen_text(app)
            await pilot.press("q")
        assert app.return_code == 0
        assert process.poll() is None
        assert [hello.pid for hello in running(tmp_path)] == [process.pid]


def without_memory(app: MonitorApp) -> list[str]:
    """Return what is seen, but for what a screen has of earlier steps: the choice in "this step", widths of columns."""
    lines = screen_text(app).splitlines()
    (at,) = (number for number, line in enumerate(lines) if "6 this step" in line)
    lines[at:-2] = [re.split("││|╮╭|╯╰", line)[0] for line in lines[at:-2]]
    return [re.sub(" +", " ", line) for line in lines]


async def test_two_screens_of_one_run_show_the_same(tmp_path: Path) -> None:
    with served(tmp_path, "houses"), attach(tmp_path, "houses") as one, attach(tmp_path, "houses") as other:
        async with shown(one) as (pilot, app):
            await pilot.press(*"NN")
            await until(pilot, one, lambda state: state.epoch == 19)
            first = without_memory(app)
        other.step(0)
        async with shown(other) as (pilot, app):
            await until(pilot, other, lambda state: state.epoch == 19)
            assert without_memory(app) == first
        check_same(one, other)


async def test_the_run_cannot_be_replaced_from_a_screen_that_is_attached(tmp_path: Path) -> None:
    with served(tmp_path), attach(tmp_path, "exercise1") as viewer:
        async with shown(viewer) as (pilot, app):
            await pilot.press("o")
            await pilot.pause(0.1)
            assert "another process" in " ".join(screen_text(app).split())
        assert viewer.state.phase is Phase.PAUSED


async def test_a_process_that_is_killed_leaves_its_last_numbers_and_a_word(tmp_path: Path) -> None:
    with served(tmp_path, epochs=10**9) as process, attach(tmp_path, "exercise1") as viewer:
        async with shown(viewer) as (pilot, app):
            await pilot.press("space")
            await until(pilot, viewer, lambda state: state.epoch > 1000)
            process.send_signal(signal.SIGKILL)
            state = await until(pilot, viewer, lambda state: state.phase is Phase.FAILED)
            assert "has gone" in " ".join(screen_text(app).split())
            assert f"{state.epoch:,}" in screen_text(app)
            await pilot.press("space", "n", "g", "escape", "q")
        assert app.return_code == 1
        process.wait(PATIENCE)
        assert running(tmp_path) == []
        assert list(tmp_path.iterdir()) == []
        with pytest.raises(LinregError, match="no process answers"):
            attach(tmp_path, "exercise1")


def test_a_process_that_ends_says_farewell_and_leaves_no_file(tmp_path: Path) -> None:
    with served(tmp_path) as process, attach(tmp_path, "exercise1") as viewer:
        viewer.step(10)
        wait_until(lambda: viewer.state.epoch == 9)
        process.communicate(timeout=PATIENCE)
        wait_until(lambda: viewer.state.phase is Phase.STOPPED)
        assert viewer.state.epoch == 9
        assert list(tmp_path.iterdir()) == []


def test_a_process_that_is_stopped_holds_no_viewer_up(tmp_path: Path) -> None:
    with served(tmp_path) as process, attach(tmp_path, "exercise1") as viewer:
        process.send_signal(signal.SIGSTOP)
        wait_until(lambda: _state_of(process.pid).startswith("T"), "a stop")
        viewer.step()
        assert running(tmp_path, patience=0.2) == []
        with pytest.raises(LinregError, match="does not answer"):
            attach(tmp_path, "exercise1", patience=0.2)
        assert viewer.state.epoch == -1
        process.send_signal(signal.SIGCONT)
        wait_until(lambda: viewer.state.epoch == 0)


def _state_of(pid: int) -> str:
    command = ["ps", "-o", "state=", "-p", str(pid)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_watching_needs_neither_torch_nor_the_data(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from linreg.remote.client import attach\n"
        "with attach(Path(sys.argv[1]), 'exercise1') as run:\n"
        "    while run.history is None: time.sleep(0.01)\n"
        "print([name for name in ('torch', 'polars', 'textual') if name in sys.modules])"
    )
    with served(tmp_path):
        done = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
