"""A script in two processes: the first is shown, a pause holds both, and a new rate reaches both at the same step."""

from pathlib import Path

import pytest

from linreg.phase import Phase
from linreg.remote.client import attach
from linreg.remote.sockets import address, sockets_folder
from linreg.store.store import RunStore
from linreg.watching.ranks import FirstRank, Page, page_path
from linreg.watching.truth import OTHER_RANKS
from processes.ranks import linreg_ranks
from watching import wait_until

SCRIPT = """
import torch
import torch.distributed as dist
dist.init_process_group("gloo")
rank = dist.get_rank()
x = torch.tensor([[0.0], [1.0], [1.0]])[rank::2]
y = torch.tensor([[0.0], [1.0], [2.0]])[rank::2]
model = torch.nn.Linear(1, 1)
for each in model.parameters():
    torch.nn.init.zeros_(each)
optimizer, used = torch.optim.SGD(model.parameters(), lr=0.01), []
optimizer.register_step_post_hook(lambda optimizer, *_: used.append(optimizer.param_groups[0]["lr"]))
for epoch in range(10 ** 9):
    cost = ((model(x) - y) ** 2).sum()
    optimizer.zero_grad()
    cost.backward()
    for each in model.parameters():
        dist.all_reduce(each.grad)
    optimizer.step()
    if used[-1:] != used[-2:-1]:
        with open(f"rates of {rank}", "a") as file:
            file.write(f"{epoch} {used[-1]:.6g}\\n")
    with open(f"steps of {rank}", "w") as file:
        file.write(str(epoch))
"""


def test_the_first_of_two_processes_stands_for_both(
    tmp_path: Path, own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("train.py").write_text(SCRIPT)

    def steps(rank: int) -> int:
        text = Path(f"steps of {rank}").read_text()
        return int(text or -1)

    def rates(rank: int) -> list[list[str]]:
        return [line.split() for line in Path(f"rates of {rank}").read_text().splitlines()]

    with linreg_ranks(2, "watch", "train.py"):
        wait_until(lambda: own_home.exists() and Path("steps of 1").exists())
        with RunStore(own_home) as store:
            (run,) = store.runs()
        wait_until(lambda: address(sockets_folder(), run.id).exists())
        with attach(sockets_folder(), run.id) as seen:
            wait_until(lambda: seen.state.epoch > 10)
            assert seen.facts is not None
            assert seen.facts.script is not None
            assert (seen.facts.quadratic, seen.facts.script.why_no_optimum) == (None, OTHER_RANKS)
            wait_until(lambda: seen.state.phase is Phase.RUNNING)
            seen.pause()
            wait_until(lambda: seen.state.phase is Phase.PAUSED)
            stood_at = seen.state.epoch
            wait_until(lambda: steps(1) in (stood_at, stood_at + 1))  # it has reduced with the first, and waits for it
            seen.scale_learning_rate(1.5)
            seen.scale_learning_rate(2.0)
            seen.step()
            wait_until(lambda: seen.state.epoch == stood_at + 1)
            assert seen.state.learning_rate == pytest.approx(0.03)
            seen.scale_learning_rate(0.5)
            seen.play()
            wait_until(lambda: len(rates(0)) == len(rates(1)) == 3)
            assert rates(0) == rates(1) == [["0", "0.01"], [f"{stood_at + 1}", "0.03"], [f"{stood_at + 2}", "0.015"]]


def test_a_rate_is_refused_where_another_process_does_not_step_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "1")
    assert "not all on this machine" in FirstRank(tmp_path).why_not(9)
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "2")
    first = FirstRank(tmp_path)
    assert "process 1 is not watched" in first.why_not(9)
    page = Page.open(page_path(tmp_path))
    assert page is not None
    for begun, is_alike in ((7, False), (8, True), (9, True), (10, False)):
        page.note_begun(1, begun)
        assert (not first.why_not(9)) is is_alike, begun
    page.note_begun(1, 9)
    page.note_late(1)
    assert "at a later step" in first.why_not(9)
    first.close()
    assert not [*tmp_path.iterdir()]
