"""A script that is watched from another process: held, stepped, changed, saved and ended there."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import torch
from safetensors.numpy import load_file

from command import LINREG
from core.watching.training_scripts import DATA, ENDLESS, LECTURE
from linreg.phase import Phase
from linreg.remote.client import AttachedRun, attach
from linreg.remote.sockets import address, sockets_folder
from linreg.store.store import RunStore
from linreg.watching.gate import Gate
from patience import PATIENCE
from processes.forks import Forked
from watching import wait_until

SCHEDULE = "schedule = optim.lr_scheduler.LambdaLR(optimizer, lambda _: 1.0)"
FORK = """
import os
child = os.fork()
if child:
    os.waitpid(child, 0)
"""


@contextmanager
def script(source: str, folder: Path, home: Path) -> Iterator["tuple[subprocess.Popen[str], AttachedRun]"]:
    """Run a script under watch, and attach to it."""
    (folder / "train.py").write_text(DATA + source)
    pipes: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    command = [*LINREG, "watch", "--name", "theirs", "train.py"]
    with Forked[str](command, cwd=folder, text=True, **pipes) as process:
        try:
            wait_until(lambda: any(map(_answers, _runs(home))), "the run")
            with attach(sockets_folder(), _runs(home)[0]) as run:
                yield process, run
        finally:
            process.kill()


def _runs(home: Path) -> list[str]:
    if not home.exists():
        return []
    with RunStore(home) as store:
        return [each.id for each in store.runs() if each.script]


def _status(home: Path) -> Phase:
    with RunStore(home) as store:
        return store.get("theirs").status


def _answers(run_id: str) -> bool:
    return address(sockets_folder(), run_id).exists()


def test_what_was_asked_for_is_shown_at_once_where_the_script_goes_on() -> None:
    gate, seen = Gate(), list[str]()
    gate.ask(lambda _: seen.append("done"))
    gate.hold(None, lambda: seen.append("shown"))
    assert seen == ["done", "shown"]


def test_going_on_is_shown_at_once_and_one_step_of_a_script_that_stands_is_not() -> None:
    for go_on, shown in ((Gate.play, [True, False]), (lambda gate: gate.step(1), [True])):
        gate, seen = Gate(), list[bool]()
        gate.pause()

        def show(gate: Gate = gate, seen: list[bool] = seen, go_on: Callable[[Gate], None] = go_on) -> None:
            seen.append(gate.is_standing)
            if gate.is_standing:
                Thread(target=go_on, args=[gate]).start()

        gate.hold(None, show)
        assert seen == shown


def test_a_script_is_paused_stepped_and_let_go(tmp_path: Path, own_home: Path) -> None:
    with script(ENDLESS, tmp_path, own_home) as (_, run):
        wait_until(lambda: run.state.phase is Phase.RUNNING)
        run.pause()
        wait_until(lambda: run.state.phase is Phase.PAUSED)
        stood_at = run.state.epoch
        for n in (1, 10):
            run.step(n)
            stood_at += n
            wait_until(lambda: run.state.epoch == stood_at and run.state.phase is Phase.PAUSED)  # noqa: B023
        assert run.history is not None
        assert run.history.last_epoch == stood_at
        wait_until(lambda: _status(own_home) is Phase.PAUSED)
        run.play()
        wait_until(lambda: run.state.epoch > stood_at + 100)
        wait_until(lambda: _status(own_home) is Phase.RUNNING)
        goal = run.state.epoch + 1500
        run.go_to(goal)  # as it runs on, beyond what has been seen of it
        wait_until(lambda: run.state.phase is Phase.PAUSED)
        assert run.state.epoch == goal


def test_a_new_rate_reaches_the_next_step(tmp_path: Path, own_home: Path) -> None:
    with script(ENDLESS, tmp_path, own_home) as (_, run):
        run.pause()
        wait_until(lambda: run.state.phase is Phase.PAUSED)
        before = run.state
        run.set_learning_rate(0.5)
        run.step()
        wait_until(lambda: run.state.epoch == before.epoch + 1)
        assert run.facts is not None
        gradient = run.facts.gradient(before.parameters)
        assert gradient is not None
        assert run.state.parameters == pytest.approx(before.parameters - 0.5 * gradient, abs=1e-6)
        assert [(change.epoch, change.learning_rate) for change in run.state.interventions] == [(before.epoch + 1, 0.5)]


def test_a_schedule_of_the_scripts_own_has_the_last_word_and_that_is_said(tmp_path: Path, own_home: Path) -> None:
    source = ENDLESS.replace("nb_epochs =", f"{SCHEDULE}\nnb_epochs =")
    source = source.replace("    optimizer.step()\n", "    optimizer.step()\n    schedule.step()\n")
    with script(source, tmp_path, own_home) as (_, run):
        wait_until(lambda: run.state.phase is Phase.RUNNING)
        run.set_learning_rate(0.2)
        wait_until(lambda: run.state.notice is not None)
        assert run.state.notice is not None
        assert "set the learning rate again, to 0.01" in run.state.notice.text


def test_parameters_are_saved_as_they_stand(tmp_path: Path, own_home: Path) -> None:
    with script(ENDLESS, tmp_path, own_home) as (_, run):
        run.pause()
        wait_until(lambda: run.state.phase is Phase.PAUSED)
        run.save(tmp_path / "w.safetensors")
        wait_until((tmp_path / "w.safetensors").exists)
        saved = load_file(tmp_path / "w.safetensors")
        assert [*saved["w"], *saved["b"]] == run.state.parameters.tolist()


def test_what_a_script_cannot_do_is_refused_and_it_goes_on_until_it_is_stopped(tmp_path: Path, own_home: Path) -> None:
    with script(ENDLESS, tmp_path, own_home) as (_, run):
        wait_until(lambda: run.state.phase is Phase.RUNNING)
        save: Callable[[], None] = partial(run.save, Path("/proc/x/y"))
        refusals: tuple[Callable[[], None], ...] = (run.back, run.restart, run.recover, save)
        for number, refused in enumerate(refusals, 1):
            refused()
            wait_until(lambda: run.state.notice is not None and run.state.notice.number == number)  # noqa: B023
        stood_at = run.state.epoch
        wait_until(lambda: run.state.epoch > stood_at)
        run.stop()
        assert run.wait_for_end(PATIENCE)
        assert (run.state.phase, run.state.reason) == (Phase.STOPPED, "KeyboardInterrupt")


def test_stopping_is_a_keyboard_interrupt_for_the_script(tmp_path: Path, own_home: Path) -> None:
    body = ENDLESS.split("for epoch")
    loop = "".join(f"    {line}\n" for line in f"for epoch{body[1]}".splitlines())
    source = f"{body[0]}try:\n{loop}except KeyboardInterrupt:\n    optimizer.step()\n    print('tidied up')\n"
    with script(source, tmp_path, own_home) as (process, run):
        wait_until(lambda: run.state.phase is Phase.RUNNING)
        run.pause()
        wait_until(lambda: run.state.phase is Phase.PAUSED)
        run.stop()
        assert process.stdout is not None
        assert process.stdout.read().endswith("tidied up\n")
        assert process.wait(PATIENCE) == 0


def test_a_script_that_is_killed_is_one_that_was_interrupted(tmp_path: Path, own_home: Path) -> None:
    with script(ENDLESS, tmp_path, own_home) as (process, run):
        wait_until(lambda: run.state.epoch > 1000)
        process.send_signal(signal.SIGKILL)
        process.wait(PATIENCE)
        assert run.wait_for_end(PATIENCE)
        assert run.exit_status == 1
        with RunStore(own_home) as store:
            kept = store.get("theirs")
        assert kept.status is Phase.INTERRUPTED
        assert not kept.is_resumable


def test_from_python_the_rest_of_the_process_is_watched(tmp_path: Path, own_home: Path) -> None:
    source = f"import linreg\nprint(linreg.watch('mine').name, linreg.watch().name)\n{DATA}{LECTURE}"
    (tmp_path / "train.py").write_text(source)
    with Forked[str]([sys.executable, "train.py"], cwd=tmp_path, text=True, stdout=subprocess.PIPE) as process:
        out = process.communicate(timeout=PATIENCE)[0]
    assert out.startswith("mine mine\n")
    with RunStore(own_home) as store:
        mine = store.get("mine")
    assert (mine.epoch, mine.status) == (300, Phase.FINISHED)
    assert mine.recipe.data == mine.script == str(tmp_path / "train.py")


def test_a_child_that_is_forked_leaves_the_run_to_its_parent(tmp_path: Path, own_home: Path) -> None:
    source = LECTURE + FORK + LECTURE.partition("for ")[0]
    (tmp_path / "train.py").write_text(DATA + source)
    command = [*LINREG, "watch", "train.py"]
    with Forked[str](command, cwd=tmp_path, text=True, stdout=subprocess.PIPE, env=dict(os.environ)) as process:
        process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    with RunStore(own_home) as store:
        assert (store.get("latest").epoch, store.get("latest").status) == (300, Phase.FINISHED)


@pytest.mark.parametrize(
    ("optimizer", "is_known"),
    [("optim.Adam([w], lr=0.1)", True), ("optim.SGD([w], lr=0.1, momentum=0.9)", True), ("optim.LBFGS([w])", False)],
)
def test_a_script_that_stands_shows_the_gradient_that_its_step_followed(
    optimizer: str, is_known: bool, tmp_path: Path, own_home: Path
) -> None:
    source = f"""
w = torch.full((1, 1), 3.0, requires_grad=True)
optimizer = {optimizer}
def closure():
    optimizer.zero_grad()
    cost = ((x @ w - y) ** 4).mean()
    cost.backward()
    return cost
for epoch in range(10 ** 9):
    optimizer.step(closure)
"""
    with script(source, tmp_path, own_home) as (_, run):
        wait_until(lambda: run.state.epoch >= 0, "a step")
        run.pause()
        wait_until(lambda: run.state.phase is Phase.PAUSED, "the pause")
        last = run.state.epoch
        run.step()
        wait_until(lambda: run.state.epoch == last + 1 and run.state.phase is Phase.PAUSED, "the step")
        state = run.state
        assert (state.gradient is not None) == is_known
        if state.gradient is not None:
            assert state.before is not None
            w = torch.tensor(state.before, dtype=torch.float32).reshape(1, 1).requires_grad_()
            names: dict[str, Any] = {}
            exec(DATA, names)
            ((names["x"] @ w - names["y"]) ** 4).mean().backward()
            assert w.grad is not None
            assert state.gradient == pytest.approx(w.grad.reshape(-1).numpy(), rel=1e-5, abs=1e-7)
