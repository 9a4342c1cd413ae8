"""What the monitor writes where its user says: the model, the rows, the epochs, and the line that comes to them."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from textual.app import App

from linreg.errors import LinregError
from linreg.export.epochs import check_epochs_file, write_epochs
from linreg.live.control import ChangesRows, Control
from linreg.live.reproduction import command_of
from linreg.recipe import Recipe
from linreg.text import shown
from linreg_tui.monitor.view import View
from linreg_tui.sheets.command import CommandSheet
from linreg_tui.sheets.destination import ask_where, export_name, read_destination, read_model_destination
from linreg_tui.sheets.question import Question


class Say(Protocol):
    """Shows a sentence."""

    def __call__(self, text: str, *, is_error: bool = False) -> None:
        """Show it."""


def ask_to_save(app: App[Any], control: Control, asked: Callable[[], None]) -> None:
    """Ask for a file, and have the run write its model there; `asked` hears of it."""
    name = export_name(control.recipe, ".safetensors")
    question = Question("save the model", "a .safetensors file", read_model_destination, name)

    def save(path: Path, replaces: bool) -> None:
        if replaces:
            control.save(path, replaces=True)
        else:
            control.save(path)
        asked()

    ask_where(app, question, save)


def ask_to_write_rows(app: App[Any], recipe: Recipe, control: ChangesRows, asked: Callable[[], None]) -> None:
    """Ask for a file, and have the run write its rows there; `asked` hears of it."""
    question = Question("write the rows", "a .csv file", _read_rows_file, export_name(recipe, "-rows.csv"))

    def write(path: Path, replaces: bool) -> None:
        control.save_rows(path, replaces=replaces)
        asked()

    ask_where(app, question, write)


def show_command(app: App[Any], view: View, say: Say) -> None:
    """Show the line for a shell that comes to the same numbers, and hand it to the terminal's clipboard."""
    try:
        command = command_of(view.facts, view.state)
    except LinregError as problem:
        say(str(problem), is_error=True)
        return
    app.copy_to_clipboard(command)
    app.push_screen(CommandSheet(command))


def ask_to_export(app: App[Any], view: View, say: Say) -> None:
    """Ask for a file, and write all epochs that are kept, wherever somebody looks; say how many of how many."""
    until, unit = (view.now or view.state).epoch, view.state.unit
    if until < 0:
        say(f"no {unit} has run yet: there is nothing to write", is_error=True)
        return
    question = Question(
        "export the epochs",
        "a .csv or .jsonl file",
        partial(_read_epochs_file, data=view.facts.recipe.read_from),
        export_name(view.facts.recipe, "-epochs.csv"),
    )

    def export(path: Path, replaces: bool) -> None:
        try:
            n_epochs = write_epochs(path, view.facts, view.history, until, replaces=replaces)
        except LinregError as problem:
            say(str(problem), is_error=True)
        else:
            how_many = f"all {n_epochs:,}" if n_epochs == until + 1 else f"{n_epochs:,} of {until + 1:,}"
            say(f"{how_many} {unit}{'s' * (until > 0)} written to {path}")

    ask_where(app, question, export)


def _read_rows_file(text: str) -> Path:
    """Read the path of a CSV file that rows can be written to."""
    path = read_destination(text)
    if path.suffix.lower() != ".csv":
        raise LinregError(f"{shown(path.name)} does not end in .csv; give a name that does.")
    return path


def _read_epochs_file(text: str, data: tuple[str, ...]) -> Path:
    """Read the path of a file that epochs can be written to."""
    path = read_destination(text)
    check_epochs_file(path, *data)
    return path
