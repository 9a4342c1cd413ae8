"""The one exception that a user's own input can cause."""


class LinregError(Exception):
    """One sentence for the user: what is wrong, where, and what to do.

    Raised wherever input is at fault, caught once, in ``cli.py``. Text from strangers in it has been through
    :func:`linreg.text.safe`.

    Attributes
    ----------
    part
        Which part of the data was being read, counted from 0; None where none was.
    """

    part: int | None = None


def nearest(word: str, choices: list[str]) -> str:
    """Suggest the choice spelled most like `word`, as `` (did you mean 'x'?)``, or nothing."""
    from difflib import get_close_matches

    lowered = {choice.lower(): choice for choice in choices}
    close = get_close_matches(word.lower(), lowered, n=1)
    return f" (did you mean {lowered[close[0]]!r}?)" if close else ""
