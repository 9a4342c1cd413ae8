"""What may be typed where a file to write is asked for."""

from pathlib import Path

from linreg.errors import LinregError
from linreg.files.atomic import check_destination
from linreg.files.paths import typed_path
from linreg.recipe import Recipe
from linreg.text import safe, shown


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
