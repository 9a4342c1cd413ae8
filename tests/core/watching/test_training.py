"""Training loops of others: they come to the same bits with and without, and what is kept of them is what they did."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from command import LINREG, linreg
from core.watching.training_scripts import DATA, LECTURE, SCRIPTS
from linreg.phase import Phase
from linreg.store.store import RunStore
from patience import PATIENCE
from processes.forks import Forked


def run(command: list[str], folder: Path) -> tuple[int, bytes, bytes]:
    pipes: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with Forked[bytes](command, cwd=folder, env={**os.environ, "LINREG_DEBUG": "1"}, **pipes) as process:
        out, err = process.communicate(timeout=PATIENCE)
    return process.returncode, out, err


def watched(source: str, folder: Path) -> tuple[int, bytes, bytes]:
    (folder / "train.py").write_text(DATA + source)
    return run([*LINREG, "watch", "train.py"], folder)


def shown(word: str = "latest") -> dict[str, Any]:
    known: dict[str, Any] = json.loads(linreg("runs", "show", word, "--format", "json").stdout)
    return known


@pytest.mark.parametrize("source", SCRIPTS.values(), ids=SCRIPTS)
def test_a_loop_comes_to_the_same_bits(source: str, tmp_path: Path, own_home: Path) -> None:
    under_watch = watched(source, tmp_path)
    assert b"Traceback" not in under_watch[2], under_watch[2].decode()
    assert run([sys.executable, "train.py"], tmp_path) == under_watch
    with RunStore(own_home) as store:
        kept = store.get("latest")
        values = [float.fromhex(each) for each in eval(under_watch[1].splitlines()[-1])]
        newest = store.epochs("latest").parameters[-1]
    assert kept.script == str(tmp_path / "train.py")
    if 0 < len(newest) == len(values):
        assert sorted(newest) == sorted(values) or np.isnan(values).any()


STEPS = {
    "the lecture's": 301,
    "nn.Linear, in functions": 20,
    "by hand": 30,
    "by hand, with autograd.grad": 30,
    "mini-batches": 12,
    "an MLP": 6,
    "L-BFGS": 4,
    "a GAN": 10,
    "accumulation and clipping": 10,
    "a step that fails once": 5,
    "in an exit handler": 5,
}


@pytest.mark.parametrize(("kind", "n_steps"), STEPS.items(), ids=STEPS)
def test_every_step_is_counted_once(kind: str, n_steps: int, tmp_path: Path) -> None:
    watched(SCRIPTS[kind], tmp_path)
    known = shown()
    assert known["step"] == n_steps
    assert known["epochs_kept"] == n_steps


def test_the_lectures_loop_is_kept_as_it_went(tmp_path: Path, own_home: Path) -> None:
    """Held against the same loop in this process, which nobody watches."""
    watched(LECTURE, tmp_path)
    scope: dict[str, Any] = {}
    rows: list[tuple[float, float, float]] = []
    spied = LECTURE.replace(
        "    optimizer.step()\n", "    optimizer.step()\n    rows.append((cost.item(), w.item(), b.item()))\n"
    )
    exec(DATA + "rows = []\n" + spied, scope)
    rows = scope["rows"]
    with RunStore(own_home) as store:
        epochs = store.epochs("latest")
    assert [*zip(epochs.cost.tolist(), *epochs.parameters.T.tolist(), strict=True)] == rows
    assert (epochs.learning_rate == 0.01).all()
    known = shown()
    assert (known["epoch"], known["last_epoch"], known["status"]) == (300, 300, "finished")
    assert known["parameters"] == {"w": [rows[-1][1]], "b": [rows[-1][2]]}


EXACT = {"w": [1.5], "b": [0.0]}
SPELLINGS = {
    "as printed": "cost = torch.mean((x * w + b - y) ** 2)",
    "F.mse_loss": "cost = F.mse_loss(x * w + b, y)",
    "nn.MSELoss": "cost = nn.MSELoss()(x * w + b, y)",
    "a sum": "cost = sum((x[i] * w + b - y[i]) ** 2 for i in range(3)).sum() / 3",
}


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
def test_the_exact_answer_stands_beside_the_loop_however_the_cost_is_spelled(spelling: str, tmp_path: Path) -> None:
    source = LECTURE.replace("cost = torch.mean((hypothesis - y_train) ** 2)", spelling).replace("300", "3")
    watched(source, tmp_path)
    known = shown()
    assert known["why_no_optimum"] is None
    assert known["optimum"]["parameters"]["w"] == pytest.approx([1.5], abs=1e-6)
    assert known["optimum"]["parameters"]["b"] == pytest.approx([0.0], abs=1e-6)
    assert known["optimum"]["cost"] == pytest.approx(1 / 6, rel=1e-6)
    assert known["largest_stable_learning_rate"] == pytest.approx(4 / (10 / 3 + np.sqrt(68) / 3), rel=1e-6)


def test_one_step_is_enough_where_every_step_sees_all_rows(tmp_path: Path) -> None:
    watched(LECTURE.replace("nb_epochs = 300", "nb_epochs = 0"), tmp_path)
    assert shown()["optimum"]["cost"] == pytest.approx(1 / 6, rel=1e-6)


def test_with_a_penalty_it_is_the_ridge_solution(tmp_path: Path) -> None:
    watched(LECTURE.replace("** 2)", "** 2) + 0.1 * (w ** 2 + b ** 2).sum()", 1).replace("300", "3"), tmp_path)
    A = np.array([[0.0, 1], [1, 1], [1, 1]])
    ridge = np.linalg.solve(A.T @ A / 3 + 0.1 * np.eye(2), A.T @ [0.0, 1, 2] / 3)
    found = shown()["optimum"]["parameters"]
    assert [*found["w"], *found["b"]] == pytest.approx(ridge, rel=1e-5)


def test_features_that_are_nearly_alike_are_told_apart(tmp_path: Path) -> None:
    """The lecture's quiz in float32: the Hessian's condition number is seven million."""
    source = """
x = torch.FloatTensor([[73, 80, 75], [93, 88, 93], [89, 91, 90], [96, 98, 100], [73, 66, 70]])
y = torch.FloatTensor([[152], [185], [180], [196], [142]])
W, b = torch.zeros((3, 1), requires_grad=True), torch.zeros(1, requires_grad=True)
opt = optim.SGD([W, b], lr=1e-5)
for epoch in range(20):
    cost = torch.mean((x.matmul(W) + b - y) ** 2)
    opt.zero_grad(); cost.backward(); opt.step()
done(W)
"""
    watched(source, tmp_path)
    X = np.array([[73, 80, 75, 1], [93, 88, 93, 1], [89, 91, 90, 1], [96, 98, 100, 1], [73, 66, 70, 1.0]])
    answer = np.linalg.lstsq(X, np.array([152, 185, 180, 196, 142.0]), rcond=None)[0]
    found = shown()["optimum"]["parameters"]
    assert [*found["W"], *found["b"]] == pytest.approx(answer, rel=1e-4)


WITHOUT = {
    "mini-batches": "from step to step",
    "an MLP": "up to 200 parameters",
    "noise": "not quadratic",
    "L1": "no curvature",
    "hooks": "own hooks",
    "a function of its own": "cannot be differentiated twice",
}


@pytest.mark.parametrize(("kind", "why"), WITHOUT.items(), ids=WITHOUT)
def test_no_exact_answer_is_claimed_where_there_is_none(kind: str, why: str, tmp_path: Path) -> None:
    watched(SCRIPTS[kind], tmp_path)
    known = shown()
    assert known["optimum"] is None
    assert why in known["why_no_optimum"]


NAMES = {
    "the lecture's": ["w", "b"],
    "nn.Linear, in functions": ["model.linear.weight", "model.linear.bias"],
    "a trainer class": ["self.model.weight", "self.model.bias"],
    "an MLP": ["model.0.weight", "model.0.bias", "model.2.weight", "model.2.bias"],
}


@pytest.mark.parametrize(("kind", "names"), NAMES.items(), ids=NAMES)
def test_tensors_have_the_scripts_own_names(kind: str, names: list[str], tmp_path: Path) -> None:
    watched(SCRIPTS[kind], tmp_path)
    assert [*shown()["parameters"]] == names


def test_how_a_script_ended_is_kept(tmp_path: Path, own_home: Path) -> None:
    ends = {}
    for kind in ("diverging", "ending with status 3", "the lecture's"):
        watched(SCRIPTS[kind], tmp_path)
        with RunStore(own_home) as store:
            kept = store.get("latest")
        ends[kind] = kept.status, kept.reason
    assert ends["the lecture's"] == (Phase.FINISHED, "")
    assert ends["ending with status 3"] == (Phase.FAILED, "it ended with exit status 3")
    assert ends["diverging"][0] is Phase.DIVERGED
    assert "not finite at step" in ends["diverging"][1]


def test_each_step_is_kept_with_the_rate_that_a_schedule_had_set_for_it(tmp_path: Path, own_home: Path) -> None:
    source = """
w = torch.zeros(1, requires_grad=True)
opt = optim.SGD([w], lr=0.1)
schedule = optim.lr_scheduler.ExponentialLR(opt, 0.99)
for epoch in range(50):
    cost = ((x * w - y) ** 2).mean()
    opt.zero_grad()
    cost.backward()
    print(repr(opt.param_groups[0]["lr"]))
    opt.step()
    if epoch % 7 != 3:
        schedule.step()
"""
    _, out, err = watched(source, tmp_path)
    assert not err
    with RunStore(own_home) as store:
        assert store.epochs("latest").learning_rate.tolist() == [float(line) for line in out.split()]
