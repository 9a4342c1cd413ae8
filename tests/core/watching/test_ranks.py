"""A script in two processes: the first is shown, a pause holds both, and no rate is changed in one alone."""

from pathlib import Path

import pytest

from linreg.phase import Phase
from linreg.remote.client import attach
from linreg.remote.sockets import address, sockets_folder
from linreg.store.store import RunStore
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
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
for epoch in range(10 ** 9):
    cost = ((model(x) - y) ** 2).sum()
    optimizer.zero_grad()
    cost.backward()
    for each in model.parameters():
        dist.all_reduce(each.grad)
    optimizer.step()
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

    with linreg_ranks(2, "watch", "train.py"):
        wait_until(lambda: own_home.exists() and Path("steps of 1").exists())
        with RunStore(own_home) as store:
            (run,) = store.runs()
        wait_until(lambda: address(sockets_folder(), run.id).exists())
        with attach(sockets_folder(), run.id) as seen:
            wait_until(lambda: seen.state.phase is Phase.RUNNING)
            seen.pause()
            wait_until(lambda: seen.state.phase is Phase.PAUSED)
            stood_at = seen.state.epoch
            wait_until(lambda: steps(1) in (stood_at, stood_at + 1))  # it has reduced with the first, and waits for it
            seen.scale_learning_rate(2.0)
            seen.step()
            wait_until(lambda: seen.state.epoch == stood_at + 1)
            wait_until(lambda: seen.state.notice is not None)
            assert seen.state.notice is not None
            assert "2 processes that must step alike" in seen.state.notice.text
            assert seen.state.learning_rate == 0.01
            seen.play()
            wait_until(lambda: steps(1) > stood_at + 20)
