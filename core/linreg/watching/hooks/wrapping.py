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
    original = getattr(owner, name)

    @wraps(original)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        if before is not None:
            before(args, kwargs)
        try:
            result = original(*args, **kwargs)
        except BaseException as problem:
            # A bare raise adds no entry for this frame again, so the script's traceback is as without us.
            problem.__traceback__ = problem.__traceback__ and problem.__traceback__.tb_next
            raise
        if after is not None:
            after(args, kwargs, result)
        return result

    def undo() -> None:
        if vars(owner).get(name) is wrapper:  # whoever has put another there since, wants it there
            setattr(owner, name, original)

    setattr(owner, name, wrapper)
    return undo
