"""``linreg learn``: which lessons there are, and whether one of your own holds; they are taken in linreg-tui learn."""

import os
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from linreg.errors import LinregError

Language = Annotated[str | None, typer.Option("--lang", metavar="en|ko", help="The language; else the locale's.")]


def learn(
    check: Annotated[
        Path | None, typer.Option("--check", metavar="FILE.toml", help="Run a lesson of your own through, and say how.")
    ] = None,
    format_: Annotated[
        Literal["table", "json"], typer.Option("--format", metavar="table|json", help="How to print it.")
    ] = "table",
    lang: Language = None,
) -> None:
    """List the lessons on gradient descent; linreg-tui learn NAME takes one.

    With --check a lesson is run through without a screen: each of its questions is
    answered rightly and wrongly from where its keys lead, and what is wrong in the
    file is named by its line.
    """
    from linreg.lessons.language import language_of

    language = language_of(lang, os.environ)
    if check is None:
        _list(format_, language)
    else:
        _rehearse(check, format_, language)


def _list(format_: str, language: str) -> None:
    from linreg.cli.printing.tables import print_table
    from linreg.files.json_lines import to_json
    from linreg.lessons.lesson import in_language
    from linreg.lessons.progress import load_progress, progress_of
    from linreg.lessons.reading import bundled_lessons
    from linreg.lessons.words import reached

    kept = load_progress()
    lessons = [(each, in_language(each.title, language), progress_of(each, kept)) for each in bundled_lessons()]
    if format_ == "json":
        for lesson, title, progress in lessons:
            record = {"lesson": lesson.name, "title": title, "steps": len(lesson.steps), "minutes": lesson.minutes}
            sys.stdout.write(to_json(record | {"step": progress.step + 1, "done": progress.is_done}) + "\n")
        return
    rows = [
        [lesson.name, title, str(lesson.minutes), str(len(lesson.steps)), reached(progress, lesson)[language]]
        for lesson, title, progress in lessons
    ]
    print_table(sys.stdout, ["lesson", "title", "minutes", "steps", "taken"], rows, (2, 3))


def _rehearse(path: Path, format_: str, language: str) -> None:
    from linreg.files.json_lines import to_json
    from linreg.lessons.reading import read_lesson
    from linreg.lessons.rehearsal import rehearse

    lesson = read_lesson(path)
    for each in rehearse(lesson):
        truth = each.truth
        why = None if truth is None else truth.why[language]
        if format_ == "json":
            record = {
                "step": each.number,
                "epoch": each.standing.epoch,
                "answer": None if truth is None else truth.value,
            }
            sys.stdout.write(to_json(record | {"why": why}) + "\n")
        else:
            sys.stdout.write(f"step {each.number:2}, epoch {each.standing.epoch:6,}: {why or 'nothing is asked'}\n")
    if not any(step.question for step in lesson.steps):
        raise LinregError(f"{path}: a lesson asks something; give a step a question, ask = {{ of = ... }}.")
