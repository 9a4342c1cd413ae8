"""How far each lesson has been taken, in a small file of the home: one that is left is taken up where it was."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from linreg.errors import LinregError
from linreg.files.atomic import write_atomically
from linreg.files.home import open_home
from linreg.lessons.lesson import Lesson

FILE = "lessons.json"
MOST_BYTES = 2**20


@dataclass(frozen=True, slots=True)
class Progress:
    """The step that was shown last, from 0, and whether the lesson was ever taken to its end."""

    step: int = 0
    is_done: bool = False


def load_progress(home: Path | None = None) -> dict[str, Progress]:
    """Return how far each lesson has been taken; a file that is damaged, or cannot be read, is as good as none."""
    try:
        with open((open_home(to_read=True) if home is None else home) / FILE, "rb") as file:
            found = json.loads(file.read(MOST_BYTES))
    except (OSError, ValueError, RecursionError, LinregError):
        return {}
    entries = found.items() if isinstance(found, dict) else ()
    return {name: progress for name, entry in entries if (progress := _read(entry)) is not None}


def _read(entry: Any) -> Progress | None:
    if not isinstance(entry, Mapping):
        return None
    step, is_done = entry.get("step"), entry.get("done")
    if isinstance(step, bool) or not isinstance(step, int) or step < 0 or not isinstance(is_done, bool):
        return None
    return Progress(step, is_done)


def progress_of(lesson: Lesson, kept: Mapping[str, Progress]) -> Progress:
    """Return how far a lesson has been taken; one that is shorter now is begun again."""
    progress = kept.get(_key(lesson), Progress())
    return progress if progress.step < len(lesson.steps) else Progress(0, progress.is_done)


def keep_progress(lesson: Lesson, progress: Progress, home: Path | None = None) -> None:
    """Write down how far a lesson has been taken.

    Raises
    ------
    LinregError
        The home cannot be written to.
    """
    folder = open_home() if home is None else home
    kept = load_progress(folder) | {_key(lesson): progress}
    content = json.dumps({name: {"step": each.step, "done": each.is_done} for name, each in sorted(kept.items())})
    write_atomically(folder / FILE, lambda file: file.write(content.encode()))


def _key(lesson: Lesson) -> str:
    """Tell a lesson by its name where it came along, and by its file where it is one's own."""
    own = Path(lesson.origin).resolve()
    return lesson.name if own.parent == Path(__file__).parent / "texts" else str(own)
