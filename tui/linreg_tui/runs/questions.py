"""What is asked before a run is renamed, exported or deleted, and what the answers mean."""

from collections.abc import Sequence
from pathlib import Path

from linreg.errors import LinregError
from linreg.export.export import WRITTEN
from linreg.store.names import checked_name
from linreg.store.run import Run
from linreg.text import safe, shortened, shown
from linreg_tui.sheets.destination import read_destination


def read_name(text: str, run: Run, runs: Sequence[Run]) -> str:
    """Read another name for a run, that no other of these runs has.

    Raises
    ------
    LinregError
        It can be no run's name, or is another's.
    """
    name = checked_name(text)
    if any(other.name == name and other.id != run.id for other in runs):
        raise LinregError(f"there is a run {shortened(name)} already; choose another name.")
    return name


NAME = "{name}"
"""Stands for the name of each of several runs, in the name of a file."""


def export_line(runs: Sequence[Run]) -> str:
    """Suggest files in the current folder for the epochs of runs."""
    return f"{_stem(runs[0])}.csv" if len(runs) == 1 else f"{NAME}.csv"


def _stem(run: Run) -> str:
    """Return a run's name as that of a file."""
    stem = "".join(character if character.isalnum() or character in "-_." else "_" for character in safe(run.name))
    return stem.lstrip(".-") or "run"


def read_export(text: str) -> Path:
    """Read the path of a file that a run can be written to.

    Raises
    ------
    LinregError
        It ends otherwise, or cannot be written.
    """
    path = read_destination(text)
    if path.suffix.lower() not in WRITTEN:
        raise LinregError(f"{shown(path.name)} has another ending; give a name with one of {' '.join(WRITTEN)}.")
    return path


def read_exports(text: str, runs: Sequence[Run]) -> tuple[Path, ...]:
    """Read the path of a file for each of several runs, whose name stands in it in the place of ``{name}``.

    Raises
    ------
    LinregError
        A path cannot be written, or two runs would have the same.
    """
    if len(runs) > 1 and NAME not in text:
        raise LinregError(f"{len(runs)} runs are marked: put {NAME} where the name of each is to stand.")
    paths = tuple(read_export(text.replace(NAME, _stem(run)) if len(runs) > 1 else text) for run in runs)
    for number, path in enumerate(paths):
        if path in paths[:number]:
            raise LinregError(f"two of these runs would be written to {shown(path)}; write them one by one.")
    return paths


def delete_question(runs: Sequence[Run]) -> tuple[str, str]:
    """Ask whether runs are to be deleted, and say what an answer does."""
    names, them = named_in_words(runs), "it" if len(runs) == 1 else "them"
    what = "the run" if len(runs) == 1 else f"the {len(runs)} marked runs"
    question = f"Delete {what} {names}, with {'its' if len(runs) == 1 else 'their'} epochs and checkpoints?"
    for run in runs:
        if run.is_alive is None:
            which = "It" if len(runs) == 1 else shortened(run.name)
            question += f" {which} may still be running on {shortened(run.owner.host)}."
    return question, f"y deletes {them} for good, esc keeps {them}"


def named_in_words(runs: Sequence[Run]) -> str:
    """Name runs: all of a few, of many the first and how many more."""
    if len(runs) == 1:
        return shortened(runs[0].name, 100)
    names = [shortened(run.name, 24) for run in runs[:_MOST_NAMED]]
    more = [f"{len(runs) - _MOST_NAMED} more"] if len(runs) > _MOST_NAMED else []
    *first, last = [*names, *more]
    return f"{', '.join(first)} and {last}"


def refusal(run: Run, action: str) -> str:
    """Say why this cannot be done with a run, and what can be; empty where it can."""
    name = shortened(run.name)
    match action:
        case "attach" if run.is_alive is None:
            return f"{name} may be running on {shortened(run.owner.host)}: attach to it there; p replays what is kept"
        case "attach" if not run.is_alive:
            return f"{name} is not running: {'c continues' if run.is_resumable else 'p replays'} it"
        case "resume" if run.is_alive:
            return f"{name} is still running: a attaches to it"
        case "resume" if not run.is_resumable:
            return f"{name} has {run.status}, and nothing is left to continue: p replays it"
        case "replay" | "lay over" if run.epoch < 0:
            return f"no epoch of {name} is kept"
        case "delete" if run.is_alive:
            return f"{name} is still running; stop it before you delete it"
        case "export" if run.epoch < 0:
            return f"no epoch of {name} is kept, so there is nothing to write"
    return ""


_MOST_NAMED = 8
"""Runs that are named in a question."""
