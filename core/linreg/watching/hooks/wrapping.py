"""Standing in a function's place, so that it is heard of and nothing else changes, tracebacks included."""

from collections.abc import Callable
from functools import wraps
from typing import Any

Before = Callable[[tuple[Any, ...], dict[str, Any]], None]
After = Callable[[tuple[Any, ...], dict[str, Any], Any], None]


def wrap(owner: Any, name: str, before: Before | None = None, after: After | None = None) -> Callable[[], None]:
    """Call a function's listeners whenever it is called, and return what puts it back.

    Parameters
    ----------
    before, after
        Take its arguments, by place and by name; `after`, where it has not raised, also what it has returned. They must
        not raise.
    """

    def around(original: Callable[..., Any]) -> Callable[..., Any]:
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            if before is not None:
                before(args, kwargs)
            try:
                result = original(*args, **kwargs)
            except BaseException as problem:
                without_this_frame(problem)
                raise
            if after is not None:
                after(args, kwargs, result)
            return result

        return wrapper

    return put(owner, name, around)


def put(owner: Any, name: str, around: Callable[[Callable[..., Any]], Callable[..., Any]]) -> Callable[[], None]:
    """Put another function, made of the one that is there, in its place, and return what puts that back."""
    original = getattr(owner, name)
    wrapper = wraps(original)(around(original))

    def undo() -> None:
        if vars(owner).get(name) is wrapper:  # whoever has put another there since, wants it there
            setattr(owner, name, original)

    setattr(owner, name, wrapper)
    return undo


def without_this_frame(problem: BaseException) -> None:
    """Take the frame that has caught it out of an exception's traceback, before a bare `raise`: that adds none again.

    So the script's traceback is as it is without us.
    """
    problem.__traceback__ = problem.__traceback__ and problem.__traceback__.tb_next
