"""Several optimizers in one script: which steps count, whose rates are changed, and what is said of them."""

from pathlib import Path
from typing import Any

import pytest

from core.watching.test_steering import script
from core.watching.test_training import shown, watched
from core.watching.training_scripts import DATA, SCRIPTS
from linreg.phase import Phase
from linreg.store.store import RunStore
from watching import wait_until

MODEL = """
w, b = torch.zeros(1, requires_grad=True), torch.zeros(1, requires_grad=True)
def train(optimizer, n):
    for epoch in range(n):
        cost = torch.mean((x * w + b - y) ** 2)
        optimizer.zero_grad(); cost.backward(); optimizer.step()
"""
AFTER = {
    "one that is gone": "train(optim.SGD([w, b], lr=0.1), 20)\ntrain(optim.Adam([w, b], lr=0.01), 15)\n",
    "one that is still there": """
first, second = optim.SGD([w, b], lr=0.1), optim.Adam([w, b], lr=0.01)
train(first, 20)
train(second, 15)
""",
    "one that is still there, for few steps": """
first, second = optim.SGD([w, b], lr=0.1), optim.Adam([w, b], lr=0.01)
train(first, 32)
train(second, 3)
""",
    "by turns": """
first, second = optim.SGD([w, b], lr=0.1), optim.Adam([w, b], lr=0.01)
train(first, 10)
train(second, 10)
train(first, 15)
""",
}


@pytest.mark.parametrize("source", AFTER.values(), ids=AFTER)
def test_the_steps_of_an_optimizer_that_comes_after_another_are_counted(
    source: str, tmp_path: Path, own_home: Path
) -> None:
    spied = MODEL.replace("optimizer.step()", "optimizer.step(); rows.append((cost.item(), w.item(), b.item()))")
    scope: dict[str, Any] = {}
    exec(DATA + "rows = []" + spied + source, scope)
    watched(MODEL + source + "done(w, b)\n", tmp_path)
    with RunStore(own_home) as store:
        epochs = store.epochs("latest")
    assert [*zip(epochs.cost.tolist(), *epochs.parameters.T.tolist(), strict=True)] == scope["rows"]
    assert len(epochs) == 35


def test_each_step_has_the_rate_of_its_own_optimizer(tmp_path: Path, own_home: Path) -> None:
    watched(MODEL + AFTER["one that is gone"], tmp_path)
    with RunStore(own_home) as store:
        assert store.epochs("latest").learning_rate.tolist() == [0.1] * 20 + [0.01] * 15


def test_a_model_that_is_made_anew_goes_on_in_the_same_columns(tmp_path: Path, own_home: Path) -> None:
    source = """
for rate in (0.1, 0.2):
    w = torch.zeros(1, requires_grad=True)
    optimizer = optim.SGD([w], lr=rate)
    for epoch in range(10):
        cost = torch.mean((x * w - y) ** 2)
        optimizer.zero_grad(); cost.backward(); optimizer.step()
done(w)
"""
    out = watched(source, tmp_path)[1]
    with RunStore(own_home) as store:
        epochs = store.epochs("latest")
    assert len(epochs) == 20
    assert epochs.cost[0] == epochs.cost[10]
    assert epochs.parameters[-1].tolist() == [float.fromhex(each) for each in eval(out)]


BESIDE = {
    "one step each": (1, 10, 10),
    "five of the other": (5, 12, 12),
    "once only": (1, 1, 1),
}


@pytest.mark.parametrize(("n_beside", "n_rounds", "n_steps"), BESIDE.values(), ids=BESIDE)
def test_an_optimizer_beside_another_takes_no_steps_more(
    n_beside: int, n_rounds: int, n_steps: int, tmp_path: Path
) -> None:
    source = f"""
v = torch.ones(1, requires_grad=True)
first, second = optim.SGD([w, b], lr=0.1), optim.Adam([v], lr=0.01)
for epoch in range({n_rounds}):
    train(first, 1)
    for _ in range({n_beside}):
        cost = (v ** 2).sum()
        second.zero_grad(); cost.backward(); second.step()
"""
    watched(MODEL + source, tmp_path)
    known = shown()
    assert known["step"] == n_steps
    assert [each["optimizer"] for each in known["optimizers"]] == ["SGD", "Adam"]
    assert [each["learning_rates"] for each in known["optimizers"]] == [[0.1], [0.01]]


def test_all_groups_of_all_optimizers_keep_their_proportions(tmp_path: Path, own_home: Path) -> None:
    gan = SCRIPTS["a GAN"].replace("range(10)", "range(10 ** 9)")
    gan = gan.replace(
        "optim.Adam(G.parameters())", "optim.SGD([{'params': [G.weight]}, {'params': [G.bias], 'lr': 0.5}], lr=0.25)"
    )
    with script(gan, tmp_path, own_home) as (_, run):
        wait_until(lambda: run.state.epoch > 10)
        run.pause()
        wait_until(lambda: run.state.phase is Phase.PAUSED)
        run.scale_learning_rate(2.0)
        wait_until(lambda: run.state.notice is not None)
        assert run.state.notice is not None
        assert run.state.notice.text == "3 groups of 2 optimizers: learning rates × 2"
        assert not run.state.notice.is_error
        assert run.facts is not None
        assert run.facts.script is not None
        rates = {each.kind: each.rates for each in run.facts.script.optimizers}
        assert rates == {"Adam": (0.002,), "SGD": (0.5, 1.0)}
        assert run.state.learning_rate == 0.002


def test_several_are_named_in_text(tmp_path: Path) -> None:
    from command import linreg

    watched(SCRIPTS["a GAN"], tmp_path)
    lines = linreg("runs", "show", "latest").stdout.decode()
    assert "2: Adam 0.001; Adam 0.001" in lines


def test_another_thread_disturbs_nobodys_costs(tmp_path: Path, own_home: Path) -> None:
    """An optimizer on a thread of its own, between the first one's backward passes and steps."""
    source = """
import threading
v = torch.ones(1, requires_grad=True)
other = optim.SGD([v], lr=0.1)
def beside():
    (v ** 2).sum().backward()
    other.step()
optimizer = optim.SGD([w, b], lr=0.1)
for epoch in range(20):
    cost = torch.mean((x * w + b - y) ** 2)
    optimizer.zero_grad(); cost.backward()
    if epoch:
        thread = threading.Thread(target=beside); thread.start(); thread.join()
    optimizer.step()
"""
    watched(MODEL + source, tmp_path)
    with RunStore(own_home) as store:
        epochs = store.epochs("latest")
    assert len(epochs) == 20
    assert (epochs.cost == epochs.cost).all()
