"""Scripts that train on several threads at once: each cost is one step's own, and no step is lost."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from threading import Barrier, BrokenBarrierError, Event

import pytest
import torch

from linreg.trace import Trace
from linreg.watching import answer, truth
from linreg.watching.hooks.torch_hooks import Hooks
from linreg.watching.loop import Loop
from linreg.watching.truth import OTHER_TENSORS, Probe
from patience import PATIENCE
from watching import wait_until

X = torch.tensor([1.0, 2.0, 3.0])


class Model:
    """A weight, and the costs that its steps start from."""

    def __init__(self, w: float, slope: float = 2.0) -> None:
        self.slope = slope
        self.w = torch.full((1,), w, requires_grad=True)
        self.optimizer = torch.optim.SGD([self.w], lr=0.1)
        self.costs: list[float] = []

    def backward(self) -> None:
        self.optimizer.zero_grad()
        cost = ((X * self.w - self.slope * X) ** 2).mean()
        self.costs.append(cost.item())
        cost.backward()

    def step(self) -> None:
        self.optimizer.step()

    def step_by_hand(self) -> None:
        with torch.no_grad():
            assert self.w.grad is not None
            self.w -= 0.1 * self.w.grad


@contextmanager
def watched(kind: type[Loop] = Loop) -> Iterator[tuple[Loop, list[Trace]]]:
    traces: list[Trace] = []
    loop = kind(traces.append)
    hooks = Hooks(loop)
    try:
        yield loop, traces
    finally:
        hooks.close()
        loop.finish()
    assert loop.failure == ""


def costs_of(traces: list[Trace]) -> list[float]:
    return [float(cost) for each in traces for cost in each.cost]


@contextmanager
def workers(n: int) -> Iterator[list[Callable[[Callable[[], object]], None]]]:
    """As many threads: each is given something to do, and is waited for."""
    pools = [ThreadPoolExecutor(1) for _ in range(n)]
    try:
        yield [lambda do, pool=pool: pool.submit(do).result() for pool in pools]  # type: ignore[misc]
    finally:
        for pool in pools:
            pool.shutdown()


class Unlucky(Loop):
    """One in which two threads would begin at once, if they could, and the second would end the first's beginning."""

    def __init__(self, hand_on: Callable[[Trace], None]) -> None:
        super().__init__(hand_on)
        self._both = Barrier(2)

    def _begin(self, optimizer: torch.optim.Optimizer) -> None:
        self._meet()
        super()._begin(optimizer)

    def _see(self, tensors: Sequence[torch.Tensor], names: Sequence[str]) -> None:
        if self.main is not None:
            self._meet()
            if tensors[0] is not self.main.param_groups[0]["params"][0]:
                wait_until(lambda: self.n_steps > 2)
        super()._see(tensors, names)

    def _meet(self) -> None:
        with suppress(BrokenBarrierError):
            self._both.wait(0.3)


def test_of_two_that_begin_at_once_one_is_followed_whole() -> None:
    models = [Model(0.0), Model(0.0, slope=3.0)]

    start = Barrier(2)

    def train(model: Model) -> None:
        model.backward()
        start.wait(PATIENCE)
        for _ in range(100):
            model.step()
            model.backward()

    with watched(Unlucky) as (_, traces), ThreadPoolExecutor(2) as pool:
        list(pool.map(train, models))
    costs = costs_of(traces)
    assert costs[1:] in [each.costs[1:-1] for each in models]  # not the first, while another is looked into
    assert len(costs) == 100
    assert traces[-1].parameters[-1].item() in [each.w.item() for each in models]


@pytest.mark.parametrize("step", [Model.step, Model.step_by_hand])
def test_a_cost_is_of_the_thread_that_steps(step: Callable[[Model], None]) -> None:
    first, second = Model(0.0), Model(1.0)
    with watched() as (loop, traces), workers(2) as (one, other):
        for _ in range(4):
            one(first.backward)
            other(second.backward)
            one(lambda: step(first))
            other(lambda: step(second))
    assert costs_of(traces) == first.costs
    assert loop.main is (first.optimizer if step is Model.step else None)


@pytest.mark.parametrize("step", [Model.step, Model.step_by_hand])
def test_a_loop_that_goes_on_in_another_thread_keeps_its_costs(step: Callable[[Model], None]) -> None:
    model = Model(0.0)

    def train() -> None:
        for _ in range(3):
            model.backward()
            step(model)

    with watched() as (_, traces):
        for _ in range(2):
            with workers(1) as (one,):
                one(train)
    assert costs_of(traces) == model.costs


@pytest.mark.parametrize("step", [Model.step, Model.step_by_hand])
def test_a_loop_that_takes_turns_on_two_threads_keeps_its_costs(step: Callable[[Model], None]) -> None:
    model = Model(0.0)
    with watched() as (_, traces), workers(2) as threads:
        for epoch in range(6):
            threads[epoch % 2](model.backward)
            threads[epoch % 2](lambda: step(model))
    assert costs_of(traces) == model.costs


def test_each_thread_is_interrupted_once_where_the_script_is_to_end() -> None:
    model = Model(0.0)

    def train() -> None:
        model.backward()
        model.step()

    with watched() as (loop, traces), workers(2) as threads:
        loop.hold = lambda optimizer: loop.gate.hold(optimizer, lambda: None)
        for thread in threads:
            thread(train)
        loop.gate.pause()
        loop.gate.end()
        for turn in range(6):
            with pytest.raises(KeyboardInterrupt) if turn < 2 else nullcontext():
                threads[turn % 2](train)
    assert len(costs_of(traces)) == len(model.costs)


def test_a_thread_beside_the_loop_stands_and_ends_as_it_does() -> None:
    models = [Model(0.0), Model(1.0)]
    stands = Event()

    def train(model: Model) -> None:
        model.backward()
        model.step()

    with (
        watched() as (loop, _),
        ThreadPoolExecutor(1) as first,
        ThreadPoolExecutor(1) as second,
        ExitStack() as at_last,
    ):
        at_last.callback(loop.gate.release)
        loop.hold = lambda optimizer: loop.gate.hold(optimizer, stands.set)
        first.submit(train, models[0]).result()
        second.submit(train, models[1]).result()
        for let_go in (loop.gate.play, loop.gate.end):
            stands.clear()
            loop.gate.pause()
            one = first.submit(train, models[0])
            assert stands.wait(PATIENCE)
            other = second.submit(train, models[1])
            assert not wait([other], timeout=0.1).done
            let_go()
            ends = [KeyboardInterrupt] * 2 if let_go == loop.gate.end else [type(None)] * 2
            assert [type(each.exception(PATIENCE)) for each in (one, other)] == ends


def test_another_thread_may_begin_while_a_cost_is_looked_into(monkeypatch: pytest.MonkeyPatch) -> None:
    with watched() as (loop, traces), workers(2) as (one, other):
        first, second = Model(0.0), Model(1.0)
        probe = truth.probe

        def slowly(*args: object) -> Probe:
            other(second.backward)
            other(second.step)
            return probe(*args)  # type: ignore[arg-type]

        monkeypatch.setattr(answer, "probe", slowly)
        one(first.backward)
        other(second.backward)
        other(second.step)
    assert costs_of(traces)[1:] == second.costs[1:]
    assert loop.truth.why_none == OTHER_TENSORS
