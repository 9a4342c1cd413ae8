"""Messages over a stream of bytes: exact to the last bit, bounded, and never anything but values."""

from collections.abc import Callable
from dataclasses import asdict
from math import inf, nan
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from exactly import same
from linreg import Recipe
from linreg.data import bundled
from linreg.data.table import open_source
from linreg.live.control import Control
from linreg.live.state import Intervention, Notice, State
from linreg.phase import Phase
from linreg.remote.frames import FrameError, Frames, OtherVersionError, frame
from linreg.remote.messages import (
    LARGEST_REQUEST,
    LARGEST_UPDATE,
    Farewell,
    Greeting,
    Message,
    Request,
    Subscription,
    Update,
    decoded,
    encoded,
    fulfil,
)
from linreg.training.facts import Facts, facts_of
from linreg.training.posing import pose
from linreg.training.trainer import Trainer

NUMBERS = st.floats(allow_nan=True, allow_infinity=True)
PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | NUMBERS
    | st.text()
    | arrays(np.float64, array_shapes(max_side=4, min_side=0)),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3) | st.tuples(inner, inner)
    ),
    max_leaves=8,
)


def _read(content: bytes, limit: int = LARGEST_UPDATE, *, arrays: bool = True) -> list[Any]:
    return list(Frames(limit, arrays=arrays).feed(content))


def _travelled(message: Message) -> Message:
    (value,) = _read(encoded(message))
    return decoded(value)


def _trainer(data: str, n_epochs: int, **choices: Any) -> Trainer:
    trainer = Trainer(pose(bundled.find(data).changed(**choices)))
    trainer.advance(n_epochs)
    return trainer


def _facts(data: str, **choices: Any) -> Facts:
    trainer = _trainer(data, 0, **choices)
    table = open_source(trainer.problem.recipe.data).read()
    return facts_of(trainer, table.X, table.y)


@given(st.lists(PLAIN, max_size=4), st.lists(st.integers(1, 40), min_size=1))
def test_values_come_out_as_they_went_in_however_the_stream_is_cut(values: list[Any], lengths: list[int]) -> None:
    stream, frames, read = b"".join(map(frame, values)), Frames(LARGEST_UPDATE, arrays=True), []
    position = number = 0
    while position < len(stream):
        length = lengths[number % len(lengths)]
        read += list(frames.feed(stream[position : position + length]))
        position, number = position + length, number + 1
    assert same(read, values)


@given(st.binary(max_size=200))
@example(frame({})[:4] + b"\0" * 12)
@example(frame([1.0])[:8] + b"\xff" * 40)
def test_bytes_of_strangers_are_refused_or_wait_for_more(content: bytes) -> None:
    for prefix in (b"", frame({})[:4], frame({"a": np.ones(3)})):
        try:
            for value in _read(prefix + content):
                decoded(value)
        except FrameError:
            pass


@given(st.data())
def test_a_message_with_flipped_bytes_is_another_message_or_is_refused(data: st.DataObject) -> None:
    content = bytearray(encoded(Request("step", {"n_epochs": 3})))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    asked = Asked()
    try:
        for value in _read(bytes(content), LARGEST_REQUEST, arrays=False):
            message = decoded(value)
            if isinstance(message, Request):
                fulfil(message, cast(Control, asked))
    except FrameError:
        pass
    assert all(name in REQUESTS for name, _ in asked.calls)


@given(PLAIN)
def test_any_value_is_a_message_or_is_refused(value: Any) -> None:
    for each in (value, ["Request", value], ["Update", value], ["Request", {"name": value, "arguments": value}]):
        try:
            message = decoded(each)
        except FrameError:
            continue
        if isinstance(message, Request):
            with pytest.raises(FrameError):
                fulfil(message, cast(Control, Asked()))


def test_a_message_that_is_too_large_is_refused_before_it_comes() -> None:
    start = frame("x" * 1000)[:16]
    with pytest.raises(FrameError, match="too large"):
        _read(start, limit=1000)
    assert _read(start, limit=2000) == []


def test_an_array_is_refused_where_none_is_taken() -> None:
    with pytest.raises(FrameError, match="array"):
        _read(frame([np.ones(2)])[:16], arrays=False)


def test_another_version_is_called_that() -> None:
    content = bytearray(frame({}))
    content[3] += 1
    with pytest.raises(OtherVersionError, match="another version"):
        _read(bytes(content))


@pytest.mark.parametrize(
    "facts",
    [
        lambda: _facts("exercise1"),
        lambda: _facts("exercise1", optimizer="Adam", batch_size=2),
        lambda: _facts("exercise1", criterion="L1Loss", bias=False),
        lambda: _facts("houses"),
        lambda: _facts("quiz1-module"),
    ],
    ids=["spectral", "mini-batches", "absolute error", "houses", "module"],
)
def test_facts_travel_to_the_last_bit(facts: Callable[[], Facts]) -> None:
    facts_here = facts()
    message = _travelled(Update(facts_here))
    assert isinstance(message, Update)
    assert message.facts is not None
    assert type(message.facts.recipe) is Recipe
    assert same(asdict(message.facts), asdict(facts_here))
    parameters = facts_here.initial + 0.1
    assert same(message.facts.gradient(parameters), facts_here.gradient(parameters))
    assert same(message.facts.excess(parameters), facts_here.excess(parameters))


def test_a_state_travels_to_the_last_bit_whatever_is_in_it() -> None:
    result = _trainer("exercise1", 20).result()
    state = State(
        version=2**60,
        phase=Phase.SEEKING,
        reason="\x1b[31m[red]é\ud800",
        epoch=-1,
        last_epoch=2**63 - 1,
        goal=7,
        parameters=np.array([nan, -inf, -0.0, 5e-324]),
        before=np.array([inf, np.nextafter(1, 2), 0.1, -nan]),
        gradient=np.empty(0),
        cost=nan,
        learning_rate=0.1 + 0.2,
        speed=inf,
        pace=-0.0,
        interventions=(Intervention(3, 0.5), Intervention(9, nan)),
        notice=Notice(1, "said", is_error=True),
        result=result,
    )
    message = _travelled(Update(state=state))
    assert isinstance(message, Update)
    assert message.state is not None
    assert same(asdict(message.state), asdict(state))


@pytest.mark.parametrize(
    "message", [Greeting("a", 3, Recipe(features=("x", "y"))), Farewell(), Subscription(), Request("play")]
)
def test_the_other_messages_travel_too(message: Message) -> None:
    assert _travelled(message) == message


class Asked:
    """Notes what is asked of it."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def __getattr__(self, name: str) -> Any:
        return lambda **arguments: self.calls.append((name, arguments))


REQUESTS: dict[str, dict[str, Any]] = {
    "play": {},
    "pause": {},
    "step": {"n_epochs": 10},
    "back": {"n_epochs": 1},
    "go_to": {"epoch": -1},
    "set_learning_rate": {"learning_rate": 0.1},
    "scale_learning_rate": {"factor": nan},
    "set_speed": {"speed": inf},
    "restart": {"new_seed": True},
    "recover": {},
    "stop": {},
    "save": {"replaces": True, "path": "/tmp/model"},
}


@pytest.mark.parametrize("name", REQUESTS)
def test_every_request_reaches_the_run_with_its_arguments(name: str) -> None:
    asked, arguments = Asked(), REQUESTS[name]
    message = _travelled(Request(name, arguments))
    assert isinstance(message, Request)
    fulfil(message, cast(Control, asked))
    expected = {**arguments, "path": Path("/tmp/model")} if name == "save" else arguments
    assert same([(called, repr(given)) for called, given in asked.calls], [(name, repr(expected))])


def test_there_is_a_request_for_all_that_can_be_asked_of_a_run() -> None:
    assert set(REQUESTS) == {name for name, value in vars(Control).items() if callable(value) and name[0] != "_"}


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("close", {}),
        ("__class__", {}),
        ("_ask", {}),
        ("state", {}),
        ("play", {"n": 1}),
        ("step", {}),
        ("step", {"n_epochs": 1.5}),
        ("step", {"n_epochs": True}),
        ("step", {"n_epochs": 2**63}),
        ("go_to", {"epoch": None}),
        ("set_speed", {"speed": "fast"}),
        ("restart", {"new_seed": 1}),
        ("save", {"replaces": True, "path": "model"}),
        ("save", {"replaces": True, "path": "/a\0b"}),
        ("save", {"replaces": True, "path": "/\ud800"}),
        ("save", {"replaces": True, "path": "/" + "a" * 5000}),
        ("save", {"replaces": 1, "path": "/tmp/model"}),
    ],
)
def test_a_request_that_is_none_is_refused(name: str, arguments: dict[str, Any]) -> None:
    asked = Asked()
    with pytest.raises(FrameError):
        fulfil(Request(name, arguments), cast(Control, asked))
    assert asked.calls == []
