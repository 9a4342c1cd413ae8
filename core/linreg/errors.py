"""The one exception that a user's own input can cause, and what is said of every other."""

from linreg.text import shortened


class LinregError(Exception):
    """One sentence for the user: what is wrong, where, and what to do.

    Raised wherever input is at fault, caught where a command or a thread begins. Text from strangers in it has been
    through :func:`linreg.text.safe`.

    Attributes
    ----------
    part
        Which part of the data was being read, counted from 0; None where none was.
    """

    part: int | None = None


class OutputError(LinregError):
    """What was asked for cannot be written: no room, no permission, a disk that fails."""


class ExistsError(LinregError):
    """There is a file already where one was to be written, and nobody said that it may be replaced."""


def internal_error(problem: BaseException) -> str:
    """Say that a fault is ours, and which; what to do about it is for the caller to add."""
    return f"internal error: {shortened(f'{type(problem).__name__}: {problem}', 120)}"


def nearest(word: str, choices: list[str]) -> str:
    """Suggest the choice spelled most like `word`, as `` (did you mean 'x'?)``, or nothing."""
    from difflib import get_close_matches

    lowered = {choice.lower(): choice for choice in choices}
    close = get_close_matches(word.lower(), lowered, n=1)
    return f" (did you mean {lowered[close[0]]!r}?)" if close else ""
