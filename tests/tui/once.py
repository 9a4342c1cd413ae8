"""What is made once for all tests of a process that ask for the same, because it takes long and nobody changes it."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def once(make: Callable[P, T]) -> Callable[P, T]:
    """Make the same once; arguments are the same where they are written alike."""
    made: dict[str, T] = {}

    @wraps(make)
    def remembered(*args: P.args, **kwargs: P.kwargs) -> T:
        key = repr((args, kwargs))
        if key not in made:
            made[key] = make(*args, **kwargs)
        return made[key]

    return remembered
