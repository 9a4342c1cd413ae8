"""Paths that users and viewers give: all that a system may have against one becomes a sentence here, and nothing else.

Whether a file is there cannot always be found out: its name may be too long, its folder closed to whoever asks, a link
may lead back to itself. Everything that looks at such a path does so within `in_words`, or through `status_of`.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from linreg.errors import LinregError
from linreg.text import safe, shown


def reason_of(problem: OSError | ValueError) -> str:
    """Say what the system has against a path, in its own words."""
    if isinstance(problem, OSError):
        return problem.strerror or safe(str(problem))
    return "this cannot be a file's name; check it for NUL and other odd characters"


@contextmanager
def in_words(act: str, path: str | os.PathLike[str]) -> Iterator[None]:
    """Have whatever a path does not allow within end as one sentence.

    Parameters
    ----------
    act
        What is done with the path, as in "cannot … it".

    Raises
    ------
    LinregError
        The path cannot be looked at, or not like that.
    """
    try:
        yield
    except (OSError, ValueError) as problem:
        raise LinregError(f"cannot {act} {shown(path)}: {reason_of(problem)}.") from None


def status_of(path: str | os.PathLike[str]) -> os.stat_result | None:
    """Look at what a path leads to; None where there is nothing.

    Raises
    ------
    LinregError
        That cannot be found out.
    """
    with in_words("look at", path):
        try:
            return os.stat(path)
        except (FileNotFoundError, NotADirectoryError):
            return None


def typed_path(text: str) -> Path:
    """Return the path that somebody typed, blanks around it left out; ``~`` is the home of a user.

    Raises
    ------
    LinregError
        There is no such user.
    """
    try:
        return Path(text.strip()).expanduser()
    except RuntimeError:
        raise LinregError(f"{shown(text.strip())}: there is no such user; write the folder out.") from None


def is_folder(path: str | os.PathLike[str]) -> bool:
    """Tell whether a path is known to lead to a folder."""
    try:
        return os.path.isdir(path)
    except ValueError:
        return False
