"""What a run that is served and whoever watches it say to each other.

The server greets; a viewer that wants to see the run asks to watch, and is then told what is new since it was last
told. Requests are those of `linreg.live.control.Control`, by name, and get no answer but the next state. The server
says farewell before it leaves: without that, its process has gone.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from linreg.checks import LARGEST_WHOLE_NUMBER
from linreg.history.increment import Increment
from linreg.live.control import Control
from linreg.live.state import State
from linreg.live.values import Parts, made, one, plain
from linreg.recipe import Recipe
from linreg.remote.frames import FrameError, frame
from linreg.training.facts import Facts

LARGEST_UPDATE, LARGEST_REQUEST = 2**30, 2**16
"""Bytes. Facts grow with the square of the features; a request is a word and a number, or a path."""
_LONGEST_PATH = 4096


@dataclass(frozen=True, slots=True)
class Greeting:
    """Who serves what."""

    name: str
    pid: int
    recipe: Recipe
    title: str = ""


@dataclass(frozen=True, slots=True)
class Update:
    """What is new: a piece of the facts and of the history, and with the last piece the state that they belong to."""

    facts: Facts | None = None
    increment: Increment | None = None
    state: State | None = None


@dataclass(frozen=True, slots=True)
class Farewell:
    """The server ends, and means to."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """A viewer wants updates from now on."""


@dataclass(frozen=True, slots=True)
class Request:
    """A viewer wants something of the run: a method of `Control`, and its arguments."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


Message = Greeting | Update | Farewell | Subscription | Request

_KINDS: dict[str, tuple[type[Message], Parts]] = {
    "Greeting": (Greeting, {"recipe": one(Recipe)}),
    "Update": (Update, {"facts": one(Facts), "increment": one(Increment), "state": one(State)}),
    "Farewell": (Farewell, {}),
    "Subscription": (Subscription, {}),
    "Request": (Request, {}),
}


def encoded(message: Message) -> bytes:
    """Return a message's frame."""
    return frame([type(message).__name__, plain(message)])


def decoded(value: Any) -> Message:
    """Return the message that a frame's value is.

    Raises
    ------
    FrameError
        It is none.
    """
    try:
        name, values = value
        kind, parts = _KINDS[name]
        message: Message = made(kind, values, parts)
    except Exception as problem:  # whatever it is: nobody here has made these values
        raise FrameError(f"a message is not understood: {type(problem).__name__}") from None
    return message


def fulfil(request: Request, control: Control) -> None:
    """Ask for it.

    Raises
    ------
    FrameError
        There is no such request, or its arguments are not of the types they should be.
    """
    checks = _REQUESTS.get(request.name) if isinstance(request.name, str) else None
    if checks is None or not isinstance(request.arguments, dict) or set(request.arguments) != set(checks):
        raise FrameError("there is no such request")
    arguments = {name: checks[name](value) for name, value in request.arguments.items()}
    getattr(control, request.name)(**arguments)


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > LARGEST_WHOLE_NUMBER:
        raise FrameError("a number of epochs is a whole number")
    return value


def _number(value: Any) -> float:
    if not isinstance(value, float):
        raise FrameError("a rate or a speed is a number")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise FrameError("a choice is true or false")
    return value


def _path(value: Any) -> Path:
    if not isinstance(value, str) or "\0" in value or len(value) > _LONGEST_PATH or not Path(value).is_absolute():
        raise FrameError("a file is named by a whole path")
    try:
        os.fsencode(value)
    except ValueError:
        raise FrameError("a file's name has characters that no name can have") from None
    return Path(value)


_REQUESTS: dict[str, dict[str, Callable[[Any], Any]]] = {
    "play": {},
    "pause": {},
    "step": {"n_epochs": _whole},
    "back": {"n_epochs": _whole},
    "go_to": {"epoch": _whole},
    "set_learning_rate": {"learning_rate": _number},
    "scale_learning_rate": {"factor": _number},
    "set_speed": {"speed": _number},
    "restart": {"new_seed": _flag},
    "recover": {},
    "save": {"path": _path, "replaces": _flag},
    "stop": {},
}
