"""The first number of a script that is not finite: found, named, kept, and stood at, stopped at or passed over."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from command import LINREG, complaint, linreg, linreg_apart
from core.watching.training_scripts import DATA, LECTURE
from linreg.phase import Phase
from linreg.remote.client import AttachedRun, attach
from linreg.remote.sockets import address, sockets_folder
from linreg.store.store import RunStore
from linreg.training.facts import Broken
from linreg.watching.reading.tensors import Tensors, broken_among, broken_by
from patience import PATIENCE
from processes.forks import Forked
from watching import wait_until

TOO_FAST = """
w = torch.zeros(1, requires_grad=True)
b = torch.zeros(1, requires_grad=True)
optimizer = optim.SGD([w, b], lr=0.9)
{ready}
for epoch in range({n}):
    cost = torch.mean((x * w + b - y) ** 2)
    optimizer.zero_grad(); cost.backward(); optimizer.step()
print('went on to', epoch)
"""
WAITS = "import pathlib, time\nwhile not pathlib.Path('go').exists(): time.sleep(0.01)"
BREAKS_A_TENSOR = """
w, b = torch.zeros(1, requires_grad=True), torch.ones(1, requires_grad=True)
optimizer = optim.SGD([w], lr=0.1)
for epoch in range(400):
    cost = torch.mean((x * w - y) ** 2) + 0 * b.sum().detach()
    optimizer.zero_grad(); cost.backward(); optimizer.step()
    if epoch == 250: w.data.fill_(float('inf'))
"""


def first_broken_step() -> int:
    """Run the same loop here, with nobody looking on."""
    scope: dict[str, Any] = {}
    source = TOO_FAST.format(ready="steps = []", n=400).replace(
        "optimizer.step()", "optimizer.step(); steps.append(cost.item())"
    )
    exec(DATA + source.partition("print(")[0], scope)
    return int(np.flatnonzero(~np.isfinite(scope["steps"]))[0])


def run(source: str, folder: Path, *options: str) -> tuple[int, bytes, bytes]:
    (folder / "train.py").write_text(DATA + source)
    pipes: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    command = [*LINREG, "watch", *options, "train.py"] if options[:1] != ("bare",) else [sys.executable, "train.py"]
    with Forked[bytes](command, cwd=folder, **pipes) as process:
        out, err = process.communicate(timeout=PATIENCE)
    return process.returncode, out, err


def shown() -> dict[str, Any]:
    known: dict[str, Any] = json.loads(linreg("runs", "show", "latest", "--format", "json").stdout)
    return known


def test_which_number_was_the_first_and_at_which_step_is_kept_and_printed(tmp_path: Path, own_home: Path) -> None:
    step = first_broken_step()
    bare = run(TOO_FAST.format(ready="", n=400), tmp_path, "bare")
    assert run(TOO_FAST.format(ready="", n=400), tmp_path) == bare, "by default a script with no screen goes on"
    known = shown()
    assert known["not_finite"] == {"step": step, "cost": True, "tensor": "", "is_exact": True}
    assert (known["status"], known["reason"]) == ("diverged", f"the cost was not finite at step {step}")
    text = linreg("runs", "show", "latest").stdout.decode()
    assert f"the cost was not finite at step {step}" in text


def test_a_tensor_is_called_as_the_script_calls_it(tmp_path: Path) -> None:
    run(BREAKS_A_TENSOR, tmp_path)
    broken = shown()["not_finite"]
    assert (broken["tensor"], broken["cost"], broken["step"]) == ("w", True, 251)


def test_nothing_is_said_where_all_is_finite_or_a_step_has_no_cost(tmp_path: Path) -> None:
    source = """
w = torch.zeros(1, requires_grad=True)
optimizer = optim.SGD([w], lr=0.1)
for epoch in range(300):
    w.grad = torch.ones(1)
    optimizer.step()
"""
    run(source, tmp_path)
    known = shown()
    assert (known["not_finite"], known["status"], known["step"]) == (None, "finished", 300)


def test_of_large_tensors_the_one_is_named(tmp_path: Path) -> None:
    source = """
model = nn.Sequential(nn.Linear(100, 60), nn.ReLU(), nn.Linear(60, 1))
optimizer = optim.SGD(model.parameters(), lr=1e-3)
X = torch.randn(8, 100)
for epoch in range(40):
    cost = model(X).square().mean()
    optimizer.zero_grad(); cost.backward(); optimizer.step()
model[2].weight.data[0, 3] = float('nan')
"""
    run(source, tmp_path)
    assert shown()["not_finite"] == {"step": 39, "cost": False, "tensor": "model.2.weight", "is_exact": False}


def test_stop_is_a_keyboard_interrupt_at_that_step(tmp_path: Path) -> None:
    step = first_broken_step()
    source = TOO_FAST.format(ready="", n=400).replace("for epoch", "try:\n  for epoch")
    source = source.replace("    cost", "      cost").replace("    optimizer", "      optimizer")
    source = source.replace("print('went on to', epoch)", "except KeyboardInterrupt: print('ended at', epoch)")
    assert run(source, tmp_path, "--on-nan", "stop") == (0, f"ended at {step}\n".encode(), b"")
    known = shown()
    assert (known["status"], known["step"]) == ("diverged", step + 1)


@contextmanager
def waiting(home: Path, folder: Path, *options: str, n: int = 10**6) -> Iterator["subprocess.Popen[str]"]:
    """Run a script that waits before its first step until the file ``go`` is there."""
    (folder / "train.py").write_text(DATA + TOO_FAST.format(ready=WAITS, n=n))
    pipes: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with Forked[str]([*LINREG, "watch", *options, "train.py"], cwd=folder, text=True, **pipes) as process:
        try:
            wait_until(lambda: home.exists() and bool(_answering(home)), "the run")
            yield process
        finally:
            process.kill()


def _answering(home: Path) -> list[str]:
    with RunStore(home) as store:
        return [each.id for each in store.runs() if each.script and address(sockets_folder(), each.id).exists()]


def attached(home: Path) -> AttachedRun:
    return attach(sockets_folder(), _answering(home)[0])


@pytest.mark.parametrize("options", [(), ("--on-nan", "pause")], ids=["by default", "pause"])
def test_with_a_screen_the_script_stands_at_that_step_and_can_go_on(
    options: tuple[str, ...], tmp_path: Path, own_home: Path
) -> None:
    step = first_broken_step()
    with waiting(own_home, tmp_path, *options, n=400) as process, attached(own_home) as run:
        wait_until(lambda: run.facts is not None)
        (tmp_path / "go").touch()
        wait_until(lambda: run.state.phase is Phase.PAUSED)
        assert run.state.epoch == step
        assert run.state.notice is not None
        assert run.state.notice.text == f"the cost was not finite at step {step}: the script stands there."
        assert run.facts is not None
        assert run.facts.script is not None
        assert run.facts.script.broken == Broken(step, True, "")
        run.play()
        assert process.communicate(timeout=PATIENCE)[0] == "went on to 399\n"


def test_pause_stands_with_nobody_there_until_somebody_comes(tmp_path: Path, own_home: Path) -> None:
    with waiting(own_home, tmp_path, "--on-nan", "pause", n=400) as process:
        (tmp_path / "go").touch()
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(3)
        with attached(own_home) as run:
            wait_until(lambda: run.state.phase is Phase.PAUSED)
            run.play()
            assert process.communicate(timeout=PATIENCE)[0] == "went on to 399\n"


def test_go_goes_on_before_a_screen_and_that_is_said(tmp_path: Path, own_home: Path) -> None:
    with waiting(own_home, tmp_path, "--on-nan", "go") as process, attached(own_home) as run:
        wait_until(lambda: run.facts is not None)
        (tmp_path / "go").touch()
        wait_until(lambda: run.state.notice is not None)
        assert run.state.notice is not None
        assert run.state.notice.text.endswith("the script goes on.")
        at = run.state.epoch
        wait_until(lambda: run.state.epoch > at + 100)
        assert process.poll() is None


def test_from_python_it_can_be_asked_for(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(
        "import linreg\nlinreg.watch('mine', on_nan='stop')\n" + DATA + TOO_FAST.format(ready="", n=400)
    )
    with Forked[bytes]([sys.executable, "train.py"], cwd=tmp_path, stderr=subprocess.PIPE) as process:
        err = process.communicate(timeout=PATIENCE)[1]
    assert b"KeyboardInterrupt" in err
    assert shown()["status"] == "diverged"


@pytest.mark.parametrize(
    ("words", "said"),
    [(("--on-nan", "perhaps", "a.py"), "perhaps"), (("--on-nan", "pause", "--no-record", "a.py"), "attached to")],
)
def test_what_cannot_be_asked_for_is_said_in_a_sentence(words: tuple[str, ...], said: str, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("")
    done = linreg_apart("watch", *words, cwd=tmp_path)
    assert done.returncode == 2
    assert said in complaint(done)


def test_the_first_is_found_among_costs_and_columns() -> None:
    import torch

    tensors = Tensors([torch.zeros(2), torch.zeros(1)], ["w", "b"])
    rows = np.zeros((4, 3))
    costs = np.array([1.0, np.nan, 1.0, np.inf])
    assert broken_among(10, costs, [1.0, None, 1.0, np.inf], rows, tensors) == Broken(13, True, "")
    rows[2, 2] = np.inf
    assert broken_among(10, costs, [1.0, None, 1.0, np.inf], rows, tensors) == Broken(12, False, "b")
    rows[3, 1] = rows[2, 2] = np.nan
    rows[2, 2] = 0
    found = broken_among(10, costs, [1.0, None, 1.0, np.inf], rows, tensors)
    assert found is not None
    assert found.words == "the cost was not finite at step 13, and w after it"
    assert broken_among(10, costs[:1], [1.0], rows[:1], None) is None
    by = broken_by(7, "b")
    assert by is not None
    assert by.words == "b was not finite by step 7"
    assert broken_by(7, None) is None


def test_the_lectures_loop_is_not_called_broken(tmp_path: Path) -> None:
    run(LECTURE, tmp_path)
    assert shown()["not_finite"] is None
