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
        if path is None:
            return
        if not path.exists() or is_stream(path):
            write(path, False)
            return
        words = f"{shortened(str(path), 100)} exists.", "y overwrites it, esc keeps it"
        app.push_screen(Confirmation(*words), lambda yes: write(path, True) if yes else None)

    app.push_screen(question, chosen)


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
