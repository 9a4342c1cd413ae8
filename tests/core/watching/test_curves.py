"""What a script logs becomes curves over its steps, and the script comes out as it would without anybody looking on."""

import signal
import sys
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator  # type: ignore[import-untyped]

import linreg
from command import LINREG
from core.watching.test_script import run as as_python
from core.watching.test_steering import script
from core.watching.test_training import run, shown, watched
from core.watching.training_scripts import DATA, LECTURE
from linreg import LinregError
from linreg.history.curves import MOST_CURVES, Curve
from linreg.store.store import RunStore
from linreg.watching.curves import MOST_WAITING, WAITING_SECONDS, Logged
from patience import PATIENCE
from watching import wait_until

LOOP = """
import linreg
w, b = torch.zeros(1, requires_grad=True), torch.zeros(1, requires_grad=True)
optimizer = optim.SGD([w, b], lr=0.01)
points = []
{begin}
for epoch in range(40):
    cost = torch.mean((x * w + b - y) ** 2)
    optimizer.zero_grad(); cost.backward(); optimizer.step()
    {log}
{end}
done(w, b)
"""


def loop(log: str, begin: str = "", end: str = "") -> str:
    return LOOP.format(log=log, begin=begin, end=end)


def curves(home: Path) -> dict[str, Curve]:
    with RunStore(home) as store:
        return {curve.name: curve for curve in store.curves("latest")}


def points(curve: Curve) -> list[tuple[int, float]]:
    return list(zip(curve.steps.tolist(), curve.values.tolist(), strict=True))


def test_every_point_is_kept_at_the_step_after_which_it_was_logged(tmp_path: Path, own_home: Path) -> None:
    """The script says itself what it has logged, and when."""
    log = (
        "linreg.log(cost_now=cost, half=epoch / 2)\n"
        "    error = abs(w - 1.5).item()\n"
        "    if epoch % 7 == 0: linreg.log({'val/error': error}); points.append((epoch, error))"
    )
    status, out, err = watched(loop(log, end="print(points)"), tmp_path)
    assert (status, err) == (0, b""), err.decode()
    found = curves(own_home)
    assert points(found["val/error"]) == eval(out.splitlines()[0])
    assert points(found["half"]) == [(epoch, epoch / 2) for epoch in range(40)]
    with RunStore(own_home) as store:
        epochs = store.epochs("latest")
    assert points(found["cost_now"]) == list(zip(epochs.epoch.tolist(), epochs.cost.tolist(), strict=True))
    assert shown()["curves"]["half"] == {"last": 19.5, "step": 39, "n": 40}


def test_what_is_logged_after_the_last_step_was_handed_on_is_kept(tmp_path: Path, own_home: Path) -> None:
    log = "import time; time.sleep(0.15 * (epoch == 38))"
    watched(loop(log, end="linreg.log(end=1.0)"), tmp_path)
    assert points(curves(own_home)["end"]) == [(39, 1.0)]


def test_in_a_loop_by_hand_a_point_belongs_to_the_step_that_was_just_taken(tmp_path: Path, own_home: Path) -> None:
    source = """
import linreg
w = torch.zeros(1, requires_grad=True)
for epoch in range(10):
    linreg.log(before=epoch)
    cost = torch.mean((x * w - y) ** 2)
    cost.backward()
    with torch.no_grad():
        w -= 0.01 * w.grad
        w.grad.zero_()
    linreg.log(after=epoch)
done(w)
"""
    watched(source, tmp_path)
    found = curves(own_home)
    assert points(found["after"]) == [(epoch, epoch) for epoch in range(10)]
    assert points(found["before"]) == [(0, 1), *((epoch, epoch + 1) for epoch in range(1, 9))]


WRITES = """
from torch.utils.tensorboard import SummaryWriter
writer = SummaryWriter("logs")
"""
SCALARS = (
    "writer.add_scalar('train/cost', cost, epoch * 10); "
    "writer.add_scalars('both', {'w': w.item(), 'b': b}, global_step=epoch); "
    "writer.add_scalar(scalar_value=np.float32(epoch), tag='named'); "
    "writer.add_histogram('histogram', torch.randn(3), epoch)"
)


def scalars(folder: Path) -> dict[str, list[tuple[int, float]]]:
    found = {}
    for path in sorted({file.parent for file in folder.rglob("*tfevents*")}):
        accumulator = EventAccumulator(str(path), size_guidance={"scalars": 0})
        accumulator.Reload()
        for tag in accumulator.Tags()["scalars"]:
            name = f"{path.relative_to(folder)}:{tag}"
            found[name] = [(event.step, event.value) for event in accumulator.Scalars(tag)]
    return found


def test_what_goes_to_tensorboard_is_a_curve_too_and_goes_there_as_it_would(tmp_path: Path, own_home: Path) -> None:
    source = loop(SCALARS, begin=f"import numpy as np{WRITES}", end="writer.close()")
    under_watch = watched(source, tmp_path)
    logged = scalars(tmp_path / "logs")
    (tmp_path / "logs").rename(tmp_path / "before")
    assert run([sys.executable, "train.py"], tmp_path) == under_watch
    assert scalars(tmp_path / "logs") == logged
    assert len(logged) == 4
    found = curves(own_home)
    assert set(found) == {"train/cost", "both/w", "both/b", "named"}
    for name, tag in {"train/cost": ".:train/cost", "both/w": "both_w:both", "named": ".:named"}.items():
        assert points(found[name]) == [(step, value) for step, (_, value) in enumerate(logged[tag])]


WANDB = {
    "as it is": {
        "wandb/__init__.py": "from wandb.sdk.wandb_run import Run\nimport sys\n\ndef log(*_, **__):\n"
        "    raise RuntimeError('call init first')\n\ndef init():\n    run = Run()\n"
        "    sys.modules[__name__].log = run.log\n    return run\n",
        "wandb/sdk/__init__.py": "",
        "wandb/sdk/wandb_run.py": "class Run:\n    def log(self, data, step=None, commit=None):\n"
        "        print(sorted(data), step)\n        return 'logged'\n",
    },
    "one module": {
        "wandb.py": "class Run:\n    def log(self, data, step=None):\n        print(sorted(data), step)\n"
        "        return 'logged'\n\n_run = None\n\ndef init():\n    global _run\n    _run = Run()\n    return _run\n\n"
        "def log(data, step=None):\n    return _run.log(data, step)\n",
    },
    "a function alone": {
        "wandb.py": "class _Run:\n    def log(self, *words):\n        return log(*words)\n\ndef init():\n"
        "    return _Run()\n\ndef log(data, step=None):\n    print(sorted(data), step)\n    return 'logged'\n"
    },
}


@pytest.mark.parametrize("files", WANDB.values(), ids=WANDB)
def test_what_goes_to_wandb_is_heard_once(files: dict[str, str], tmp_path: Path, own_home: Path) -> None:
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    log = (
        "assert wandb.log({'cost': cost, 'nested': {'deep': epoch}, 'words': 'no'}, step=2 * epoch) == 'logged'; "
        "run.log({'by run': epoch})"
    )
    begin = "import wandb\nrun = wandb.init()"
    under_watch = watched(loop(log, begin), tmp_path)
    assert under_watch[0] == 0, under_watch[2].decode()
    assert run([sys.executable, "train.py"], tmp_path)[:2] == under_watch[:2]
    found = curves(own_home)
    assert set(found) == {"cost", "nested.deep", "by run"}
    for name in ("nested.deep", "by run"):
        assert points(found[name]) == [(epoch, epoch) for epoch in range(40)]
        assert found[name].n == 40


def test_what_a_script_gets_wrong_it_is_told_as_without_us(tmp_path: Path, own_home: Path) -> None:
    wrong = """for wrong in (
        lambda: writer.add_scalar('a', 'no number at all', epoch),
        lambda: writer.add_scalars('a'),
    ):
        try:
            wrong()
        except Exception:
            traceback.print_exc()
    linreg.log({1: 2.0})"""
    (tmp_path / "train.py").write_text(DATA + loop(wrong, begin=f"import traceback{WRITES}"))
    under_watch = run([*LINREG, "watch", "train.py"], tmp_path)
    bare = as_python([sys.executable, "train.py"], tmp_path)
    assert bare[0] == 1
    assert bare[2].count(b"Traceback") == 3
    assert under_watch == bare
    assert curves(own_home) == {}


def test_what_is_ours_and_breaks_is_not_the_scripts(tmp_path: Path, own_home: Path) -> None:
    begin = (
        "from linreg.history.curves import Curves\n"
        "from linreg.watching import curves as theirs\n"
        "def broken(*_, **__): raise RuntimeError('broken')\n"
        "Curves.add = broken\n"
        "theirs.perf_counter = broken\n" + WRITES
    )
    source = loop("linreg.log(a=1.0); writer.add_scalar('b', 2.0)", begin)
    under_watch = watched(source, tmp_path)
    assert under_watch[0] == 0, under_watch[2].decode()
    assert run([sys.executable, "train.py"], tmp_path)[1] == under_watch[1]


def test_neither_tensorboard_nor_torch_is_imported_for_it(tmp_path: Path, own_home: Path) -> None:
    (tmp_path / "train.py").write_text(
        "import sys\nimport linreg\nlinreg.log(a=1)\n"
        "print([name for name in ('torch', 'tensorboard', 'wandb', 'tensorboardX') if name in sys.modules])\n"
    )
    bare = as_python([sys.executable, "train.py"], tmp_path)
    under_watch = as_python([*LINREG, "watch", "train.py"], tmp_path)
    assert bare[:2] == under_watch[:2] == (0, b"[]\n")


NUMBERS = [1, True, 0.5, -inf, np.float32(0.5), np.int8(3), np.array([[2.0]]), np.array(True)]
TENSORS = [torch.tensor([2.5]), torch.tensor(1.0, requires_grad=True) * 2, torch.tensor(3, dtype=torch.int16)]


@pytest.mark.parametrize("value", [*NUMBERS, *TENSORS])
def test_where_nobody_watches_numbers_are_taken_and_nothing_is_done(value: Any) -> None:
    linreg.log(a=value)
    linreg.log({"a/b": value}, c=value)
    linreg.log()


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("0.5", "a is a str"),
        (None, "a is a NoneType"),
        ([0.5], "a is a list"),
        (1j, "a is a complex"),
        (torch.zeros(2), r"a is a Tensor of shape \(2,\)"),
        (torch.zeros(1, dtype=torch.complex64), "a is a Tensor"),
        (np.zeros((2, 3)), r"a is a ndarray of shape \(2, 3\)"),
        (np.array(["text"]), "a is a ndarray"),
        (10**400, "a is too large"),
    ],
)
def test_what_is_no_number_is_refused_in_a_sentence_also_where_nobody_watches(value: Any, said: str) -> None:
    with pytest.raises(LinregError, match=said):
        linreg.log(b=1.0, a=value)


class OnADevice:
    """A number that is not there before somebody waits for it, and that its owner writes over meanwhile."""

    is_cpu, dtype = False, None

    def __init__(self, value: float) -> None:
        self.value, self.n_waits = value, 0
        self.copies: list[OnADevice] = []

    def numel(self) -> int:
        return 1

    def is_complex(self) -> bool:
        return False

    def detach(self) -> "OnADevice":
        return self

    def clone(self) -> "OnADevice":
        self.copies.append(OnADevice(self.value))
        return self.copies[-1]

    def item(self) -> float:
        self.n_waits += 1
        return self.value

    __float__ = item


def test_a_number_on_a_device_is_copied_there_and_read_later() -> None:
    logged, tensor = Logged(lambda: 5, lambda: None), OnADevice(1.0)
    logged.hear("a", tensor)
    tensor.value = 2.0
    logged.hear("a", tensor)
    assert [each.n_waits for each in (tensor, *tensor.copies)] == [0, 0, 0]
    logged.read()
    assert [each.n_waits for each in (tensor, *tensor.copies)] == [0, 1, 1]
    (curve,) = logged.curves
    assert curve.points[0, 1:4].tolist() == [2.0, 1.0, 2.0]


def test_points_without_a_step_wait_in_bounds_and_are_seen_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    now, shows = 100.0, list[int]()
    monkeypatch.setattr("linreg.watching.curves.perf_counter", lambda: now)
    logged = Logged(lambda: 0, lambda: shows.append(logged.curves.version))
    for number in range(3 * MOST_WAITING):
        logged.note([("a", float(number))])
    assert shows == []
    assert [curve.n for curve in logged.curves] == [3 * MOST_WAITING]
    now += 2 * WAITING_SECONDS
    logged.note([("a", 0.0)])
    assert len(shows) == 1
    logged.thread += 1
    logged.note([("a", 0.0)])
    assert len(shows) == 1, "only on the thread that trains"


def test_what_is_kept_after_a_kill_is_what_was_seen_before(tmp_path: Path, own_home: Path) -> None:
    source = "import linreg\n" + LECTURE.replace("nb_epochs = 300", "nb_epochs = 10 ** 9").replace(
        "    optimizer.step()\n", "    optimizer.step()\n    linreg.log(twice=2 * epoch)\n"
    )
    with script(source, tmp_path, own_home) as (process, seen):
        wait_until(lambda: bool(curves(own_home)) and next(iter(curves(own_home).values())).n > 3000)
        process.send_signal(signal.SIGKILL)
        process.wait(PATIENCE)
        assert seen.wait_for_end(PATIENCE)
    with RunStore(own_home) as store:
        (kept,), newest = store.curves("latest"), store.get("latest").epoch
    assert kept.n == kept.last_step + 1 > 3000
    assert abs(kept.last_step - newest) < 20_000
    assert (kept.values == 2 * kept.steps).all()
    assert np.nanmax(kept.points[:, 3]) == 2 * kept.last_step


def test_whoever_attaches_sees_the_same_curves(tmp_path: Path, own_home: Path) -> None:
    source = "import linreg\n" + LECTURE.replace("nb_epochs = 300", "nb_epochs = 10 ** 9").replace(
        "    optimizer.step()\n", "    optimizer.step()\n    linreg.log(twice=2 * epoch)\n"
    )
    with script(source, tmp_path, own_home) as (_, seen):
        wait_until(lambda: seen.history is not None and any(curve.n > 3000 for curve in seen.history.curves))
        seen.pause()
        wait_until(lambda: seen.state.phase.value == "paused")
        seen.step(1)
        wait_until(lambda: seen.state.phase.value == "paused")
        assert seen.history is not None
        (curve,) = seen.history.curves
        assert (curve.values == 2 * curve.steps).all()
        assert curve.n == curve.last_step + 1


def test_more_curves_than_there_is_room_for_are_said_to_be_left_out(tmp_path: Path, own_home: Path) -> None:
    begin = f"names = [f'curve {{n}}' for n in range({MOST_CURVES + 5})]"
    status, *_ = watched(loop("linreg.log(dict.fromkeys(names, 1.0))", begin), tmp_path)
    assert status == 0
    assert len(curves(own_home)) == MOST_CURVES
    logged = Logged(lambda: 0, lambda: None)
    logged.note([(f"curve {n}", 1.0) for n in range(MOST_CURVES + 1)])
    assert "more than 64 curves" in logged.read()
    logged.note([("one more", 1.0)])
    assert logged.read() == ""


def test_a_child_and_a_thread_log_as_far_as_they_should(tmp_path: Path, own_home: Path) -> None:
    begin = "import os, threading\n" + WRITES
    log = "linreg.log(mine=epoch)"
    end = """
thread = threading.Thread(target=lambda: linreg.log(thread=1.0)); thread.start(); thread.join()
child = os.fork()
if not child:
    linreg.log(child=1.0); writer.add_scalar("child too", 1.0)
    os._exit(0)
os.waitpid(child, 0)
writer.close()
"""
    assert watched(loop(log, begin, end), tmp_path)[0] == 0
    assert set(curves(own_home)) == {"mine", "thread"}
