"""What runs are called, and which run a word means."""

import re
from collections.abc import Collection, Sequence
from itertools import count
from pathlib import Path
from secrets import token_hex

from linreg.errors import LinregError, nearest
from linreg.recipe import Recipe
from linreg.text import safe, shortened

LATEST = "latest"
LONGEST, MOST_NEAR = 100, 3
_ID = re.compile("[0-9a-f]{10}")


def new_id() -> str:
    """Return an id that no other run has, wherever its store is."""
    return token_hex(5)


def is_id(text: object) -> bool:
    """Whether this can be a run's id, and so the name of its folder: a store that was altered may have anything."""
    return isinstance(text, str) and _ID.fullmatch(text) is not None


def default_name(recipe: Recipe) -> str:
    """Name a run after its data."""
    name = safe(Path(recipe.data).name.split(".")[0]).strip()[:LONGEST]
    return name if name not in ("", "-", LATEST) else "run"


def checked_name(name: str) -> str:
    """Return a name as it is kept: safe to show, without space around it.

    Raises
    ------
    LinregError
        It is empty, too long, or a word that means something else.
    """
    name = safe(name).strip()
    if not name or len(name) > LONGEST:
        raise LinregError(f"a run's name has 1 to {LONGEST} characters, not {len(name):,}; choose another.")
    if name == LATEST:
        raise LinregError(f"{LATEST!r} means the newest run, whatever it is called; choose another name.")
    return name


def free_name(name: str, taken: Collection[str]) -> str:
    """Return a name that no run has: this one, or this one with a number."""
    if name not in taken:
        return name
    return next(each for number in count(2) if (each := f"{name}-{number}") not in taken)


def meant(word: str, runs: Sequence[tuple[int, str, str]]) -> int:
    """Return the number of the run that a word means.

    Parameters
    ----------
    word
        An id, a name, ``latest``, or the beginning of an id or a name.
    runs
        The number, id and name of each.

    Raises
    ------
    LinregError
        None is meant, or more than one.
    """
    for number, *words in runs:
        if word in words:
            return number
    if word == LATEST and runs:
        return max(runs)[0]
    numbers = _beginning(word, runs)
    if len(numbers) == 1:
        return numbers[0]
    shown = shortened(repr(word))
    if numbers:
        raise LinregError(f"{len(numbers):,} runs begin with {shown}; give more of the name, or the id.")
    hint = nearest(word, [name for _, _, name in runs])
    raise LinregError(f"there is no run {shown}{hint}; linreg runs list shows all that there are.")


def named(word: str, runs: Sequence[tuple[int, str, str]]) -> int:
    """Return the number of the run that is called by a whole name or id, for whoever changes it: nothing is guessed.

    Raises
    ------
    LinregError
        There is none. The sentence has those that are near.
    """
    for number, *words in runs:
        if word in words:
            return number
    shown, beginning = shortened(repr(word)), _beginning(word, runs)
    near = [f"{shortened(name)} ({safe(run_id)})" for number, run_id, name in runs if number in beginning]
    if word == LATEST and runs:
        _, run_id, name = max(runs)
        near = [f"{shortened(name)} ({safe(run_id)})"]
    if near:
        more = f" and {len(near) - MOST_NEAR:,} more" if len(near) > MOST_NEAR else ""
        said = f"to change a run takes its whole name or id, as of {', '.join(near[:MOST_NEAR])}{more}"
        raise LinregError(f"there is no run called {shown}: {said}.")
    hint = nearest(word, [name for _, _, name in runs])
    raise LinregError(f"there is no run called {shown}{hint}; linreg runs list shows all that there are.")


def _beginning(word: str, runs: Sequence[tuple[int, str, str]]) -> list[int]:
    """Return the numbers of the runs whose name or id begins with a word."""
    return [number for number, *words in runs if word and any(each.startswith(word) for each in words)]
