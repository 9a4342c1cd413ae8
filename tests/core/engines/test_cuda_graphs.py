"""Captured epochs are the epochs of the plain loop, whatever is captured when.

`_Tapes` stand in for CUDA graphs where there is no GPU, and is as strict: a tape holds the operations below autograd
with the tensors and plain numbers that they were called with, so that a replay reads and writes the old addresses,
steps with the old learning rate, and runs no Python of the engine. Capturing leaves every tensor as it was, and reading
a number back from one ends the capture.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from importlib import import_module
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from linreg import train
from linreg.engines.autograd import AutogradEngine
from linreg.engines.cuda_graphs import FEWEST_EPOCHS, CudaGraphs, Graphs, graphs_on
from linreg.nn.linear import LinearRegression
from linreg.nn.user_module import UserModule
from linreg.trace import Trace

CAPTURABLE = ["ASGD", "Adadelta", "Adam", "AdamW", "Adamax", "NAdam", "RAdam", "RMSprop", "Rprop"]
SGDS: list[dict[str, Any]] = [{}, {"momentum": 0.9}, {"momentum": 0.8, "nesterov": True}, {"weight_decay": 0.1}]


class _Tape(TorchDispatchMode):
    """Record every operation, and what each storage from outside held before the first of them."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.calls: list[tuple[Callable[..., Any], Any, Any, Any]] = []
        self.outside: dict[int, tuple[Tensor, torch.UntypedStorage]] = {}
        self._inside: list[Tensor] = []

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if function is torch.ops.aten._local_scalar_dense.default:
            raise RuntimeError("operation not permitted when stream is capturing\nand a second line")
        for tensor in _tensors((args, kwargs)):
            if not any(_storage(tensor) == _storage(each) for each in self._inside):
                self.outside.setdefault(_storage(tensor), (tensor, tensor.untyped_storage().clone()))
        result = function(*args, **kwargs)
        self._inside += [each for each in _tensors(result) if _storage(each) not in self.outside]
        self.calls.append((function, args, kwargs, result))
        return result

    def put_back(self) -> None:
        for tensor, content in self.outside.values():
            tensor.untyped_storage().copy_(content)

    @torch.no_grad()
    def replay(self) -> None:
        for function, args, kwargs, result in self.calls:
            again = function(*args, **kwargs)
            for old, new in zip(_tensors(result), _tensors(again), strict=True):
                if _storage(old) != _storage(new):
                    old.copy_(new)


class _Tapes:
    def stream(self) -> AbstractContextManager[None]:
        return nullcontext()

    def capture(self, work: Callable[[], None]) -> Callable[[], object]:
        tape = _Tape()
        try:
            with tape:
                work()
        finally:
            tape.put_back()
        return tape.replay


class _Counted:
    """The device's graphs, and how often they were captured and replayed; `tears` fails in the middle of a capture."""

    def __init__(self, device: str, tears: bool = False) -> None:
        self._graphs: Graphs = CudaGraphs(device) if device == "cuda" else _Tapes()
        self._tears = tears
        self.n_tried = self.n_captured = self.n_replayed = 0

    def stream(self) -> AbstractContextManager[None]:
        return self._graphs.stream()

    def capture(self, work: Callable[[], None]) -> Callable[[], object]:
        def torn() -> None:
            work()
            raise RuntimeError("CUDA error: out of luck\nCompile with TORCH_USE_CUDA_DSA")

        self.n_tried += 1
        replay = self._graphs.capture(torn if self._tears else work)
        self.n_captured += 1

        def counted() -> None:
            self.n_replayed += 1
            replay()

        return counted


def _tensors(values: Any) -> list[Tensor]:
    return [each for each in tree_leaves(values) if isinstance(each, Tensor)]


def _storage(tensor: Tensor) -> int:
    return int(tensor.untyped_storage()._cdata)


@pytest.fixture(autouse=True)
def _capturable_on_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in CAPTURABLE:
        module = import_module(f"torch.optim.{name.lower()}")
        if hasattr(module, "_get_capturable_supported_devices"):  # AdamW has Adam's
            monkeypatch.setattr(module, "_get_capturable_supported_devices", lambda supports_xla=True: ["cpu", "cuda"])


@pytest.fixture
def graphs(device: str) -> _Counted:
    return _Counted(device)


def _engine(
    device: str,
    graphs: Graphs | None,
    optimizer: str | type[torch.optim.Optimizer] = "SGD",
    batch_size: int | None = None,
    is_own: bool = False,
    model: type[LinearRegression] = LinearRegression,
    **options: Any,
) -> AutogradEngine:
    generator = torch.Generator().manual_seed(7)
    x = torch.randn(23, 4, generator=generator, dtype=torch.float64)
    y = x.sum(dim=1, keepdim=True) + 0.1 * torch.randn(23, 1, generator=generator, dtype=torch.float64)
    kind = getattr(torch.optim, optimizer) if isinstance(optimizer, str) else optimizer
    trained = model(np.zeros(5), device=device)
    return AutogradEngine(
        trained,
        x.to(device),
        y.to(device),
        nn.MSELoss(),
        lambda model: kind(model.parameters(), **{"lr": 0.05, **options}),
        batch_size=batch_size,
        own_module=UserModule.of(trained, "mine.py:Model") if is_own else None,
        graphs=graphs,
    )


def _same(traces: list[Trace], others: list[Trace]) -> bool:
    costs, other_costs = (np.concatenate([trace.cost for trace in each]) for each in (traces, others))
    rows, other_rows = (np.concatenate([trace.parameters for trace in each]) for each in (traces, others))
    return np.array_equal(costs, other_costs) and np.array_equal(rows, other_rows) and len(costs) > 0


def _advance(engine: AutogradEngine, *blocks: int) -> list[Trace]:
    return [engine.advance(n_epochs) for n_epochs in blocks]


def test_capturing_runs_nothing_and_a_replay_knows_no_new_numbers(device: str) -> None:
    number, length = torch.zeros(3, device=device), 1.0

    def work() -> None:
        number.add_(torch.ones_like(number), alpha=length).mul_(2.0)

    graphs = _Counted(device)
    with graphs.stream():
        replay = graphs.capture(work)
    assert number.tolist() == [0.0, 0.0, 0.0]
    length = 100.0
    replay()
    replay()
    assert number.tolist() == [6.0, 6.0, 6.0]


@pytest.mark.parametrize("options", SGDS, ids=str)
@pytest.mark.parametrize("foreach", [False, True])
def test_sgd_replayed_is_sgd_bit_for_bit(device: str, graphs: _Counted, options: dict[str, Any], foreach: bool) -> None:
    captured = _engine(device, graphs, foreach=foreach, **options)
    eager = _engine(device, None, foreach=foreach, **options)
    assert _same(_advance(captured, 60), _advance(eager, 60))
    assert (captured.epoch, captured.why_not_captured) == (60, "")
    assert (graphs.n_captured, graphs.n_replayed) == (1, 57)


@pytest.mark.parametrize("optimizer", CAPTURABLE)
@pytest.mark.parametrize("foreach", [False, True])
def test_a_capturable_optimizer_replayed_is_the_same_run_eagerly_and_the_usual_one_but_for_rounding(
    device: str, graphs: _Counted, optimizer: str, foreach: bool
) -> None:
    captured = _engine(device, graphs, optimizer, foreach=foreach).advance(40)
    eager = _engine(device, _Counted(device, tears=True), optimizer, foreach=foreach).advance(40)
    usual = _engine(device, None, optimizer, foreach=foreach).advance(40)
    assert (graphs.n_captured, graphs.n_replayed) == (1, 36)
    assert _same([captured], [eager])
    # Of these torch keeps scalars in float32, on every device.
    tolerance = 1e-5 if optimizer in ("ASGD", "NAdam", "RAdam") else 1e-12
    assert captured.cost == pytest.approx(usual.cost, rel=tolerance)
    assert captured.parameters == pytest.approx(usual.parameters, rel=tolerance, abs=tolerance)


@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
def test_the_length_of_a_block_changes_nothing(device: str, graphs: _Counted, optimizer: str) -> None:
    pieces = _advance(_engine(device, graphs, optimizer), 1, 0, 7, FEWEST_EPOCHS, 3, 1, 40, 2)
    assert _same(pieces, _advance(_engine(device, _Counted(device), optimizer), 54 + FEWEST_EPOCHS))
    assert [piece.first_epoch for piece in pieces] == [0, 1, 1, 8, 28, 31, 32, 72]
    assert graphs.n_captured == 1


def test_a_block_longer_than_the_buffer_is_whole(
    device: str, graphs: _Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("linreg.engines.cuda_graphs._BUFFER_CELLS", 5 * 8)
    assert _same(_advance(_engine(device, graphs), 45, 21), _advance(_engine(device, None), 66))
    assert graphs.n_replayed == 63


def test_fewer_epochs_than_pay_for_a_capture_are_run_as_they_are(device: str, graphs: _Counted) -> None:
    engine = _engine(device, graphs, "Adam")
    _advance(engine, *[FEWEST_EPOCHS - 1] * 3)
    assert (graphs.n_captured, engine.why_not_captured) == (0, "")


@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
def test_another_learning_rate_is_captured_anew(device: str, graphs: _Counted, optimizer: str) -> None:
    captured, eager = _engine(device, graphs, optimizer), _engine(device, _Counted(device, tears=True), optimizer)
    traces: list[list[Trace]] = [[], []]
    for rate, n_epochs in [(0.05, 30), (0.02, 30), (0.02, 5), (0.07, 4), (0.02, 25)]:
        for engine, kept in zip((captured, eager), traces, strict=True):
            engine.learning_rate = rate
            kept.append(engine.advance(n_epochs))
    assert _same(*traces)
    assert [trace.learning_rate for trace in traces[0]] == [0.05, 0.02, 0.02, 0.07, 0.02]
    assert graphs.n_captured == 2


@pytest.mark.parametrize(("optimizer", "options"), [("SGD", {"momentum": 0.9}), ("Adam", {}), ("Rprop", {})])
def test_going_back_gives_the_same_numbers_from_the_same_graph(
    device: str, graphs: _Counted, optimizer: str, options: dict[str, Any]
) -> None:
    engine = _engine(device, graphs, optimizer, **options)
    start = engine.snapshot()
    first = _advance(engine, 30)
    later = engine.snapshot()
    once = _advance(engine, 40)
    engine.restore(later)
    assert _same(_advance(engine, 40), once)
    assert graphs.n_captured == 1
    engine.restore(start)
    assert _same(_advance(engine, 70), first + once)


def test_going_back_to_another_learning_rate_brings_it_back(device: str, graphs: _Counted) -> None:
    engine = _engine(device, graphs)
    engine.advance(30)
    before = engine.snapshot()
    once = _advance(engine, 30)
    engine.learning_rate = 0.01
    engine.advance(30)
    engine.restore(before)
    assert _same(_advance(engine, 30), once)


def test_a_snapshot_of_captured_epochs_goes_on_where_there_are_no_graphs(device: str, graphs: _Counted) -> None:
    captured, eager = _engine(device, graphs, "Adam"), _engine(device, None, "Adam")
    captured.advance(50)
    eager.restore(captured.snapshot())
    assert eager.optimizer.param_groups[0]["capturable"] is False
    assert eager.advance(30).parameters == pytest.approx(captured.advance(30).parameters, rel=1e-12)


@pytest.mark.parametrize("optimizer", ["SGD", "Adam", "NAdam"])
def test_a_capture_that_fails_leaves_the_state_and_is_not_tried_again(device: str, optimizer: str) -> None:
    engine, graphs = _engine(device, torn := _Counted(device, tears=True), optimizer), _Counted(device)
    assert _same(_advance(engine, 40, 40), _advance(_engine(device, graphs, optimizer), 80))
    assert engine.why_not_captured == "the capture failed: CUDA error: out of luck"
    assert (torn.n_tried, torn.n_captured) == (1, 0)


class _Looking(LinearRegression):
    """Decides by its own values."""

    def forward(self, x: Tensor) -> Tensor:
        hypothesis = super().forward(x)
        return hypothesis if hypothesis.mean().item() < 0.1 else hypothesis * 0.5


def test_a_model_that_looks_at_its_values_is_run_as_it_is(device: str, graphs: _Counted) -> None:
    captured, eager = (_engine(device, each, model=_Looking) for each in (graphs, None))
    assert _same(_advance(captured, 50), _advance(eager, 50))
    assert captured.why_not_captured.startswith("the capture failed: ")


class _Counting(torch.optim.SGD):
    """Counts its steps in a number of Python's."""

    def step(self, closure: Any = None) -> Any:
        for parameter in self.param_groups[0]["params"]:
            seen = self.state[parameter].get("seen", 0) + 1
            self.state[parameter]["seen"] = seen
            parameter.data.sub_(parameter.grad / seen)


class _Replacing(torch.optim.SGD):
    """Puts new tensors into its state."""

    def step(self, closure: Any = None) -> Any:
        for parameter in self.param_groups[0]["params"]:
            mean = self.state[parameter].get("mean", 0.0) * 0.5 + parameter.grad
            self.state[parameter]["mean"] = mean
            parameter.data.sub_(mean, alpha=0.05)


@pytest.mark.parametrize(
    ("keywords", "reason"),
    [
        ({"batch_size": 5}, "every epoch has mini-batches of its own"),
        ({"is_own": True}, "a module of your own may draw numbers, or decide by what it computes"),
        ({"optimizer": "LBFGS"}, "LBFGS evaluates the cost as often as it likes"),
        ({"optimizer": "Adagrad"}, "Adagrad counts its steps on the host"),
        ({"optimizer": "Adafactor"}, "Adafactor counts its steps on the host"),
        ({"optimizer": _Counting}, "_Counting keeps its seen on the host"),
        ({"optimizer": _Replacing}, "a step of _Replacing replaces its state instead of writing into it"),
    ],
    ids=["batch", "own", "LBFGS", "Adagrad", "Adafactor", "counting", "replacing"],
)
def test_what_a_graph_cannot_replay_is_run_as_it_is_for_a_reason(
    device: str, graphs: _Counted, keywords: dict[str, Any], reason: str
) -> None:
    captured, eager = _engine(device, graphs, **keywords), _engine(device, None, **keywords)
    assert _same(_advance(captured, 50, 30), _advance(eager, 80))
    assert captured.why_not_captured == reason
    assert graphs.n_replayed == 0


def test_a_device_without_graphs_says_so() -> None:
    engine = _engine("cpu", None)
    engine.advance(50)
    assert engine.why_not_captured == "only a CUDA device replays epochs"


def test_the_engine_of_a_cuda_device_captures_and_that_of_the_cpu_does_not(device: str) -> None:
    trainer = train("exercise1", engine="autograd", device=device)
    trainer.advance(50)
    assert isinstance(trainer.engine, AutogradEngine)
    assert (trainer.engine.why_not_captured == "") == (device == "cuda")


def test_the_streams_wait_for_each_other_and_a_capture_is_on_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """With stand-ins for torch's: what is launched inside comes after all before, and before all behind."""
    done = list[str]()

    class Stream:
        def __init__(self, name: str = "own", device: str = "") -> None:
            self.name, self.device = name, device

        def wait_stream(self, other: "Stream") -> None:
            done.append(f"{self.name} waits for {other.name}")

    class Graph:
        def replay(self) -> None:
            done.append("replay")

    @contextmanager
    def inside(what: str) -> Iterator[None]:
        done.append(f"into {what}")
        yield
        done.append(f"out of {what}")

    around = Stream("around")
    monkeypatch.setattr(torch.cuda, "Stream", lambda device: Stream(device=device))
    monkeypatch.setattr(torch.cuda, "current_stream", lambda device: around)
    monkeypatch.setattr(torch.cuda, "stream", lambda stream: inside(stream.name))
    monkeypatch.setattr(torch.cuda, "CUDAGraph", Graph)
    monkeypatch.setattr(
        torch.cuda, "graph", lambda graph, stream, capture_error_mode: inside(f"{stream.name} {capture_error_mode}")
    )
    graphs = graphs_on("cuda:1")
    assert isinstance(graphs, CudaGraphs)
    assert graphs_on("cpu") is graphs_on("mps") is None
    with pytest.raises(KeyError), graphs.stream():
        raise KeyError
    assert done == ["own waits for around", "into own", "around waits for own"]
    done.clear()
    with graphs.stream():
        replay = graphs.capture(lambda: done.append("work"))
    replay()
    captured = ["into own thread_local", "work", "out of own thread_local"]
    assert done == ["own waits for around", "into own", *captured, "out of own", "around waits for own", "replay"]


@pytest.mark.parametrize(("n_cells", "n_rows"), [(8, 1), (5 * 8, 8), (4, 1), (12, 2)])
def test_as_many_epochs_are_kept_on_the_device_as_there_is_room_for(
    n_cells: int, n_rows: int, device: str, graphs: _Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("linreg.engines.cuda_graphs._BUFFER_CELLS", n_cells)
    engine = _engine(device, graphs)
    assert engine._captured is not None
    assert len(engine._captured._costs) == len(engine._captured._rows) == n_rows
    assert _same(_advance(engine, 30), _advance(_engine(device, None), 30))


@pytest.mark.parametrize(("n_epochs", "is_captured"), [(FEWEST_EPOCHS - 1, False), (FEWEST_EPOCHS, True)])
@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
def test_a_capture_pays_from_a_number_of_epochs_on(
    n_epochs: int, is_captured: bool, optimizer: str, graphs: _Counted, device: str
) -> None:
    engine = _engine(device, graphs, optimizer)
    n_first = 1 if optimizer == "Adam" else 0  # the first step is the usual one
    assert len(engine.advance(n_epochs + n_first)) == n_epochs + n_first
    assert graphs.n_captured == is_captured
    assert graphs.n_replayed == (n_epochs - 3 if is_captured else 0)
    assert len(engine.advance(0)) == 0
    assert len(engine.advance(2)) == 2
    assert graphs.n_replayed == (n_epochs - 3 + 2 if is_captured else 0)


def test_of_a_failed_capture_the_first_line_is_said_and_its_kind_where_it_says_nothing() -> None:
    class Failing(_Tapes):
        def __init__(self, said: str) -> None:
            self.said = said

        def capture(self, work: Callable[[], None]) -> Callable[[], object]:
            raise RuntimeError(self.said)

    for said, shown in (("", "RuntimeError"), ("a\nb", "a"), ("x" * 300, "x" * 199 + "…")):
        engine = _engine("cpu", Failing(said))
        engine.advance(50)
        assert engine.why_not_captured == f"the capture failed: {shown}"


@pytest.mark.parametrize("optimizer", ["Adam", "NAdam"])
def test_only_a_count_of_steps_is_kept_more_exactly_than_the_parameters(
    optimizer: str, device: str, graphs: _Counted
) -> None:
    random = torch.Generator().manual_seed(7)
    x, y = torch.randn(23, 4, generator=random), torch.randn(23, 1, generator=random)
    engine = AutogradEngine(
        LinearRegression(np.zeros(5), dtype=torch.float32, device=device),
        x.to(device),
        y.to(device),
        nn.MSELoss(),
        lambda model: getattr(torch.optim, optimizer)(model.parameters()),
        graphs=graphs,
    )
    engine.advance(3)
    for values in engine.optimizer.state.values():
        types = {name: value.dtype for name, value in values.items()}
        assert types.pop("step") == torch.float64
        assert set(types.values()) == {torch.float32}
