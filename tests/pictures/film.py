"""The film that README begins with: a run, from its start over a divergence to least squares, in about ten seconds."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pictures.states import RUNNING, Picture


@dataclass(frozen=True)
class Moment:
    """What is seen for some seconds after some keys; these, and `shown`, are as `Picture` has them."""

    keys: tuple[str, ...]
    seconds: float
    shown: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Film:
    """Moments one after the other.

    Attributes
    ----------
    picture
        What is trained and how large the screen is; its name and its title.
    moments
        In their order; the keys of each follow upon those of the one before.
    still
        Which moment is seen where nothing may move.
    """

    picture: Picture
    moments: tuple[Moment, ...]
    still: int = 0


def _moments() -> Iterator[Moment]:
    """Run, pause, step back, raise the rate until it breaks, recover."""
    yield Moment((), 0.6)
    yield from _run(range(40, 401, 40), 200)
    yield Moment((), 0.5)
    yield from [Moment((key,), 0.25) for key in ("left", "left", "B")]
    yield from [Moment(("2*plus",), 0.08) for _ in range(9)]
    yield Moment(("2*plus",), 0.5)
    yield from [Moment((key,), 0.2) for key in ("N", "N", "n", "n", "n", "n", "n")]
    yield from _run(range(433, 474, 20), 200)
    yield from _run(range(573, 1074, 100), 1000, "greater_than_sign")
    yield Moment(("to end",), 1.2)
    yield Moment(("u",), 0.8)
    yield from _run(range(500, 901, 100), 1000)
    yield Moment((), 0.9)


def _run(epochs: range, speed: int, *keys: str) -> Iterator[Moment]:
    """Run from one epoch to the next, as fast as the app does at that speed, after some keys."""
    for epoch in epochs:
        yield Moment((*keys, f"to {epoch}"), epochs.step / speed, RUNNING)
        keys = ()


LEARNING = Film(
    Picture(
        "learning",
        "a run of exercise1: paused, stepped back, its learning rate raised until it diverges, and recovered",
        size=(120, 36),
    ),
    tuple(_moments()),
    still=10,
)
