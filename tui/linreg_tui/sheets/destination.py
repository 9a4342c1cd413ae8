"""What may be typed where a file to write is asked for, and whether one that is there may be written over."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from textual.app import App

from linreg.errors import LinregError
from linreg.files.atomic import check_destination, is_stream
from linreg.files.paths import typed_path
from linreg.recipe import Recipe
from linreg.text import safe, shortened, shown
from linreg_tui.sheets.confirmation import Confirmation
from linreg_tui.sheets.question import Question


def ask_where(app: App[Any], question: Question[Path], write: Callable[[Path, bool], None]) -> None:
    """Ask for a file, and ask again where there is one already; then write, over that one where it says so."""

    def chosen(path: Path | None) -> None:
        if path is not None:
            _over_what_is_there(app, (path,), lambda replaces: write(path, replaces))

    app.push_screen(question, chosen)


def ask_where_all(
    app: App[Any], question: Question[tuple[Path, ...]], write: Callable[[tuple[Path, ...], bool], None]
) -> None:
    """Ask for several files, as `ask_where` for one."""

    def chosen(paths: tuple[Path, ...] | None) -> None:
        if paths is not None:
            _over_what_is_there(app, paths, lambda replaces: write(paths, replaces))

    app.push_screen(question, chosen)


def _over_what_is_there(app: App[Any], paths: tuple[Path, ...], write: Callable[[bool], None]) -> None:
    """Write, once it is clear whether over the files that are there."""
    there = [path for path in paths if path.exists() and not is_stream(path)]
    if not there:
        write(False)
        return
    one = f"{shortened(str(there[0]), 100)} exists."
    several = f"{len(there)} of these files exist, {shortened(there[0].name, 60)} first."
    words = (
        (one, "y overwrites it, esc keeps it") if len(there) == 1 else (several, "y overwrites them, esc keeps them")
    )
    app.push_screen(Confirmation(*words), lambda yes: write(True) if yes else None)


def export_name(recipe: Recipe, ending: str) -> str:
    """Suggest a file's name in the current folder."""
    stem = Path(recipe.data).name.partition(".")[0] if recipe.data != "-" else "stdin"
    return f"{safe(stem)}{ending}"


def read_destination(text: str) -> Path:
    """Read the path of a file that can be written.

    Raises
    ------
    LinregError
        There is no path, or it cannot be looked at, or it is a folder, a device, or in a folder that cannot be written.
    """
    if not text.strip():
        raise LinregError("give a file's name.")
    path = typed_path(text)
    check_destination(path)
    return path


def read_model_destination(text: str) -> Path:
    """Read the path of a ``.safetensors`` file that can be written: nothing else is ever replaced by a model.

    Raises
    ------
    LinregError
        As `read_destination` does, or the name ends otherwise.
    """
    path = read_destination(text)
    if path.suffix.lower() != ".safetensors":
        raise LinregError(f"{shown(path.name)} does not end in .safetensors; give a name that does.")
    return path
