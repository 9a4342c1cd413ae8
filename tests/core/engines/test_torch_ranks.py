"""Ranks by torch.distributed: here a single one of them, connected to itself."""

import os
import signal
import socket
from collections.abc import Iterator

import pytest
import torch
from torch import distributed

from linreg.engines import ranks as module
from linreg.engines.ranks import TIMEOUT, Ranks, TorchRanks, joined, speaks
from linreg.errors import LinregError


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let a rank find itself, and keep what it does to the process to it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    for name, value in (("MASTER_ADDR", "127.0.0.1"), ("MASTER_PORT", port), ("RANK", 0), ("WORLD_SIZE", 1)):
        monkeypatch.setenv(name, str(value))
    monkeypatch.setattr(module, "_LEAD", 0.0)
    before = signal.getsignal(signal.SIGTERM)
    yield
    if distributed.is_initialized():
        distributed.destroy_process_group()
    signal.signal(signal.SIGTERM, before)


def test_a_rank_adds_and_gathers_until_it_leaves(capfd: pytest.CaptureFixture[str]) -> None:
    ranks = TorchRanks(0, 1, 0)
    tensor = torch.tensor([1.0, 2.0])
    ranks.add(tensor)
    assert tensor.tolist() == [1, 2]
    assert (ranks.gather("mine"), ranks.total(3), ranks.failed) == (["mine"], 3, False)
    assert (ranks.rank, ranks.n_ranks) == (0, 1)
    os.write(1, b"heard\n")
    ranks.leave()
    assert not distributed.is_initialized()
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_IGN
    assert capfd.readouterr().out == "heard\n"


class _SaidError(LinregError):
    def __init__(self, name: str, part: int | None) -> None:
        super().__init__(name)
        self.part = part


@pytest.mark.parametrize(
    ("parts", "first"), [((5, 2, 3), "1"), ((None, 0), "0"), ((0, None), "1"), ((1, 1), "0"), ((7,), "0")]
)
def test_of_several_faults_that_of_the_first_part_is_raised_on_all(
    parts: tuple[int | None, ...], first: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ranks = TorchRanks(0, 1, 0)
    problems = [_SaidError(str(rank), part) for rank, part in enumerate(parts)]

    def gather(outcomes: list[object], value: object, group: object) -> None:
        outcomes[:] = ["fine", *(module._Failure(problem) for problem in problems)]

    monkeypatch.setattr(distributed, "all_gather_object", gather)
    with pytest.raises(_SaidError) as caught:
        ranks.fail(problems[0])
    assert str(caught.value) == first
    assert ranks.failed
    assert module._Failure(ValueError()).part == -1


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ("Timed out waiting 100000ms", f"has not answered for {TIMEOUT.total_seconds():.0f} seconds"),
        ("Connection closed by peer", "has ended"),
    ],
)
@pytest.mark.parametrize(("local_rank", "still_speaks"), [(0, True), (1, False)])
def test_a_rank_that_is_gone_is_missed(
    said: str, what: str, local_rank: int, still_speaks: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    ranks = TorchRanks(0, 1, local_rank)
    ranks.rank = 3
    monkeypatch.setenv("RANK", "3")
    monkeypatch.setenv("WORLD_SIZE", "4")

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError(said)

    monkeypatch.setattr(distributed, "all_reduce", fail)
    assert not speaks()
    with pytest.raises(LinregError) as caught:
        ranks.add(torch.zeros(1))
    assert str(caught.value) == (
        f"rank 3: another rank {what}, and without it there is no answer; see its own message, or whether its machine "
        "ran out of memory or cannot be reached."
    )
    assert ranks.failed
    assert speaks() == still_speaks


@pytest.mark.parametrize("problem", [RuntimeError, ValueError])
@pytest.mark.parametrize(("has_cuda", "variables"), [(False, ""), (True, ", and on CUDA in NCCL_SOCKET_IFNAME")])
def test_a_rank_that_reaches_nobody_names_the_interface_to_be_said(
    problem: type[Exception], has_cuda: bool, variables: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def refuse(backend: str, **_: object) -> None:
        asked.append(backend)
        raise problem("[enforce fail at x.cc:1] a != b. no route to host.\nmore")

    monkeypatch.setattr(torch.cuda, "is_available", lambda: has_cuda)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "set_device", asked.append)
    monkeypatch.setattr(distributed, "init_process_group", refuse)
    with pytest.raises(LinregError) as caught:
        TorchRanks(5, 8, 3)
    assert str(caught.value) == (
        f"rank 5 cannot reach the others: no route to host; name a network interface that leads to them in "
        f"GLOO_SOCKET_IFNAME{variables} (ip link lists those of a machine)."
    )
    assert asked == ([1, "cpu:gloo,cuda:nccl"] if has_cuda else ["gloo"])


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("connect: refused. \nmore", "connect: refused"),
        ("[a.cc:1] rv != -1. refused", "refused"),
        ("[a.cc:1]  refused", "refused"),
        ("", "RuntimeError"),
        ("x" * 130, "x" * 119 + "…"),
    ],
)
def test_what_torch_says_is_its_first_line_without_the_place(said: str, line: str) -> None:
    assert module._first_line(RuntimeError(said)) == line


def test_native_output_is_unheard_and_nothing_else(capfd: pytest.CaptureFixture[str]) -> None:
    os.write(1, b"before\n")
    with module._native_output_unheard():
        os.write(1, b"unheard\n")
        os.write(2, b"an error\n")
    os.write(1, b"after\n")
    assert capfd.readouterr() == ("before\nafter\n", "an error\n")
    n_open = len(os.listdir("/proc/self/fd"))
    with module._native_output_unheard():
        pass
    assert len(os.listdir("/proc/self/fd")) == n_open


@pytest.mark.parametrize(
    ("environment", "place"),
    [
        ({"RANK": "1", "WORLD_SIZE": "2", "MASTER_ADDR": "a"}, (1, 2, 1)),
        ({"RANK": "1", "WORLD_SIZE": "2", "MASTER_ADDR": "a", "LOCAL_RANK": "0"}, (1, 2, 0)),
        ({"RANK": "x", "WORLD_SIZE": "2", "MASTER_ADDR": "a"}, None),
        ({"RANK": "1", "MASTER_ADDR": "a"}, None),
        ({"RANK": "0", "WORLD_SIZE": "1", "MASTER_ADDR": "a"}, None),
        ({"RANK": "1", "WORLD_SIZE": "2"}, None),
    ],
)
def test_who_speaks_is_the_first_of_those_that_train_together(
    environment: dict[str, str], place: tuple[int, int, int] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert module._place(environment) == place
    for name in ("RANK", "WORLD_SIZE", "MASTER_ADDR", "LOCAL_RANK"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert speaks() == (place is None or place[0] == 0)


@pytest.mark.parametrize(
    ("affinity", "count", "n_local", "n_threads"),
    [
        ({0, 1, 2, 3, 7}, 64, "2", 2),
        ({0}, 64, "4", 1),
        ({0, 1, 2}, 64, None, 3),
        (None, 6, "2", 3),
        (None, None, "2", 1),
    ],
)
def test_the_processors_are_shared_by_the_ranks_of_a_machine(
    affinity: set[int] | None, count: int | None, n_local: str | None, n_threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    if affinity is None:
        monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    else:
        monkeypatch.setattr(os, "sched_getaffinity", lambda _: affinity, raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: count)
    assert module._threads({} if n_local is None else {"LOCAL_WORLD_SIZE": n_local}) == n_threads


class _Two(Ranks):
    """Stands in for one of two processes."""

    def __init__(self, rank: int, n_ranks: int, local_rank: int) -> None:
        self.place, self.failed, self.done = (rank, n_ranks, local_rank), False, list[str]()

    def gather(self, value: object) -> list[object]:  # type: ignore[override]
        self.done.append("gather")
        return [value]

    def fail(self, problem: Exception) -> None:
        self.done.append(f"fail {problem}")

    def leave(self) -> None:
        self.done.append("leave")


@pytest.mark.parametrize("problem", [None, LinregError("x"), MemoryError("x"), OSError("x"), KeyError("x")])
@pytest.mark.parametrize("has_failed", [False, True])
def test_whoever_joins_waits_for_the_others_or_tells_them_and_leaves(
    problem: Exception | None, has_failed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TorchRanks", _Two)
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("POLARS_MAX_THREADS", "")  # so that it is as it was afterwards
    monkeypatch.delenv("POLARS_MAX_THREADS")
    ranks: _Two | None = None
    try:
        with joined() as ranks:  # type: ignore[assignment]
            assert ranks is not None
            ranks.failed = has_failed
            if problem is not None:
                raise problem
    except type(problem or KeyError()) as raised:
        assert raised is problem
    assert ranks is not None
    assert ranks.place == (0, 2, 0)
    tells = problem is not None and not has_failed and not isinstance(problem, KeyError)
    assert ranks.done == [*(["gather"] if problem is None else ["fail x"] if tells else []), "leave"]
    assert int(os.environ["POLARS_MAX_THREADS"]) >= 1
