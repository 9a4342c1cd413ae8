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


def export_line(run: Run) -> str:
    """Suggest a file in the current folder for a run's epochs."""
    stem = "".join(character if character.isalnum() or character in "-_." else "_" for character in safe(run.name))
    return f"{stem.lstrip('.-') or 'run'}.csv"


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


def delete_question(run: Run) -> tuple[str, str]:
    """Ask whether a run is to be deleted, and say what an answer does."""
    question = f"Delete the run {shortened(run.name, 100)}, with its epochs and checkpoints?"
    if run.is_alive is None:
        question += f" It may still be running on {shortened(run.owner.host)}."
    return question, "y deletes it for good, esc keeps it"


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
        case "replay" if run.epoch < 0:
            return f"no epoch of {name} is kept"
        case "delete" if run.is_alive:
            return f"{name} is still running; stop it before you delete it"
        case "export" if run.epoch < 0:
            return f"no epoch of {name} is kept, so there is nothing to write"
    return ""
