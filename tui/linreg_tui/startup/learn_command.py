"""``linreg-tui learn``: lessons on the monitor. Thin, as `command` is."""

import os
from contextlib import nullcontext
from typing import Annotated

import typer

from linreg.cli.app import answer
from linreg.cli.commands.learn import Language
from linreg.errors import LinregError
from linreg_tui.startup.options import Ascii, Speed, ThemeName, draws_ascii, read_speed, read_theme
from linreg_tui.startup.splash import opening

app = typer.Typer(
    name="linreg-tui learn",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.command()
def learn(
    lesson: Annotated[
        str | None,
        typer.Argument(metavar="[LESSON]", help="A lesson's name, as linreg learn has it, or a file of your own."),
    ] = None,
    lang: Language = None,
    over: Annotated[
        bool, typer.Option("--over", help="Start over; else a lesson is taken up where it was left.")
    ] = False,
    speed: Speed = None,
    ascii_: Ascii = None,
    theme: ThemeName = None,
) -> int:
    """Learn gradient descent by foretelling what the run beside you will do.

    A lesson is the monitor with a strip of words on top. It asks before it shows, and
    knows the answer because it runs the epochs. All keys of the monitor work.

    Exit status: 0, 2 bad usage or input, or no terminal, 70 internal error, 128+N ended by signal N.
    """
    if os.name != "posix":
        raise LinregError("linreg-tui runs on Linux, macOS and in WSL; linreg learn lists the lessons here too.")
    from linreg.lessons.language import language_of
    from linreg.lessons.progress import load_progress, progress_of
    from linreg.lessons.reading import bundled_lessons, find_lesson
    from linreg_tui.term import terminal

    pace, theme, plain = read_speed(speed), read_theme(theme), draws_ascii(ascii_, os.environ)
    language, kept = language_of(lang, os.environ, ascii_only=plain), load_progress()
    lessons = bundled_lessons()
    first = next((each for each in lessons if not progress_of(each, kept).is_done), lessons[0])
    chosen = first if lesson is None else find_lesson(lesson)
    index = 0 if over else progress_of(chosen, kept).step
    recipe = chosen.steps[index].recipe
    if not terminal.is_served():
        terminal.require_terminal()
    with nullcontext() if terminal.is_served() else opening(recipe, ascii_only=plain):
        from linreg_tui.learn.course import Course
        from linreg_tui.startup.terminal_monitor import show
    return show(
        recipe,
        course=Course(chosen, language, index),
        lists_lessons=lesson is None,
        speed=pace,
        paused=True,
        ascii_only=plain,
        over_ssh="SSH_CONNECTION" in os.environ,
        theme=theme,
    )


def run_learn_command(arguments: list[str]) -> int:
    """Run the command with its arguments, those after ``learn``, and return the exit status."""
    return answer(app, arguments, "linreg-tui learn")
