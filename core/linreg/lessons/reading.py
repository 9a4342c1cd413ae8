"""Lessons read from TOML: those that come along, and a teacher's own; what is wrong in one is named by its line."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import cache, partial
from pathlib import Path
from string import Formatter
from typing import Any, NoReturn

from linreg.checks import option_name
from linreg.data import bundled
from linreg.errors import LinregError, nearest
from linreg.files.paths import in_words
from linreg.lessons.lesson import CHOICES, KEYS, LANGUAGES, MEASURES, NAMED, Lesson, Question, Step, Text
from linreg.lessons.positions import Place, line_of
from linreg.recipe import Recipe
from linreg.text import safe, shortened, shown

_LESSON = ("title", "minutes", "recipe", "steps")
_STEP = ("say", "run", "numbers", "press", "ask")
RECIPE_KEYS = tuple(each.name for each in fields(Recipe) if each.name != "dialect")
MOST_BYTES, MOST_STEPS = 2**20, 99


@cache
def bundled_lessons() -> tuple[Lesson, ...]:
    """Read the lessons that come along, in the order in which they are meant to be taken."""
    return tuple(read_lesson(path) for path in sorted((Path(__file__).parent / "texts").glob("*.toml")))


def find_lesson(word: str) -> Lesson:
    """Return the lesson of this name, or read it from a file of one's own.

    Raises
    ------
    LinregError
        There is none, or it cannot be used.
    """
    lessons = {lesson.name: lesson for lesson in bundled_lessons()}
    if word in lessons:
        return lessons[word]
    if Path(word).suffix.lower() == ".toml":
        return read_lesson(Path(word))
    raise LinregError(
        f"there is no lesson {shortened(word)!r}{nearest(word, list(lessons))}; linreg learn lists them, and one of "
        "your own is a .toml file."
    )


def read_lesson(path: Path) -> Lesson:
    """Read a lesson; data that it names are relative to its own folder.

    Raises
    ------
    LinregError
        The file cannot be read, is not TOML, or something in it is not a lesson's; the sentence has file and line.
    """
    where = shown(path)
    with in_words("read the lesson", path), path.open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise LinregError(f"cannot read the lesson {where}: it has more than a mebibyte, and is a text of a few pages.")
    try:
        text = content.decode("utf-8-sig")
        values = tomllib.loads(text)
    except (ValueError, RecursionError) as problem:
        raise LinregError(f"cannot read the lesson {where}: it is not valid TOML: {safe(str(problem))}.") from None
    return _Reader(path, text).lesson(values)


class _Reader:
    """One file, as it is read: it knows where each thing stands, for the sentence that refuses it."""

    def __init__(self, path: Path, text: str) -> None:
        self._path, self._text = path, text

    def lesson(self, values: dict[str, Any]) -> Lesson:
        self._keys(values, _LESSON, (), "a lesson")
        title = self._words(values, "title", ())
        minutes = self._whole(values.get("minutes", 5), ("minutes",), "minutes", 1)
        recipe = self._recipe(values)
        steps = values.get("steps")
        if not isinstance(steps, list) or not steps:
            self._refuse(("steps",), "a lesson has steps; begin each with a line [[steps]]")
        if len(steps) > MOST_STEPS:
            self._refuse(("steps", MOST_STEPS), f"a lesson has at most {MOST_STEPS} steps")
        read: list[Step] = []
        for index, step in enumerate(steps):
            read.append(self._step(step, ("steps", index), recipe, read[-1].recipe if read else recipe))
        name = self._path.stem.partition("-")[2] if self._path.stem[:1].isdigit() else self._path.stem
        return Lesson(name=name, title=title, minutes=minutes, steps=tuple(read), origin=str(self._path))

    def _recipe(self, values: dict[str, Any]) -> Recipe:
        recipe = self._table(values.get("recipe", {"data": "exercise1"}), ("recipe",), "recipe")
        data = recipe.get("data")
        if not isinstance(data, str) or not data:
            self._refuse(("recipe",), 'the recipe names no data; add a line like data = "exercise1"')
        base = self._said(("recipe", "data"), partial(self._base, data))
        return self._changed(base, {key: each for key, each in recipe.items() if key != "data"}, ("recipe",))

    def _base(self, data: str) -> Recipe:
        """Return the recipe of a bundled set, or the defaults for a file beside the lesson."""
        file = self._path.parent / data
        if data in bundled.names() and not file.exists():
            return bundled.find(data)
        if not file.is_file():
            near = nearest(data, bundled.names())
            raise LinregError(f"{shortened(data)!r} is neither a bundled data set nor a file beside the lesson{near}")
        return Recipe(data=str(file))

    def _changed(self, recipe: Recipe, choices: dict[str, Any], place: Place) -> Recipe:
        for key, value in choices.items():
            self._key(key, [each for each in RECIPE_KEYS if each != "data"], place, "a recipe")
            recipe = self._said((*place, key), partial(recipe.changed, **{key: value}))
        return recipe

    def _step(self, values: Any, place: Place, first: Recipe, before: Recipe) -> Step:
        values = self._table(values, place, "a step")
        self._keys(values, _STEP, place, "a step")
        say = self._words(values, "say", place)
        run = values.get("run")
        recipe = before
        if run is not None:
            recipe = self._changed(first, self._table(run, (*place, "run"), "run"), (*place, "run"))
        asked = self._table(values.get("numbers", {}), (*place, "numbers"), "numbers")
        numbers = {
            name: self._question(each, (*place, "numbers", name), recipe, only_numbers=True)
            for name, each in asked.items()
        }
        self._placeholders(say, numbers, place)
        press = values.get("press", [])
        if not isinstance(press, list) or not all(isinstance(key, str) and key in KEYS for key in press):
            self._refuse((*place, "press"), f"press takes a list of keys among {', '.join(KEYS)}")
        question = None if "ask" not in values else self._question(values["ask"], (*place, "ask"), recipe)
        return Step(
            say=say, recipe=recipe, is_anew=run is not None, numbers=numbers, press=tuple(press), question=question
        )

    def _question(self, values: Any, place: Place, recipe: Recipe, *, only_numbers: bool = False) -> Question:
        values = dict(self._table(values, place, "a question"))
        of = values.pop("of", None)
        measures = sorted(set(MEASURES) - (CHOICES if only_numbers else frozenset()))
        if not isinstance(of, str) or of not in measures:
            suggestion = nearest(of, measures) if isinstance(of, str) else ""
            self._refuse((*place, "of"), f"a question is of one of {', '.join(measures)}{suggestion}")
        self._keys(values, sorted(MEASURES[of]), place, f"a question of {of}")
        if (of in NAMED) != ("name" in values):
            self._refuse(place, f"a question of {of} has a name: a feature's, w or b")
        read: dict[str, Any] = {}
        for key, value in values.items():
            at = (*place, key)
            if key == "name":
                read[key] = value if isinstance(value, str) else self._refuse(at, "name takes a parameter's name")
            elif key == "after":
                read[key] = self._whole(value, at, "after", 0)
            elif key == "racers":
                read[key] = self._racers(value, at, recipe)
            else:
                read[key] = self._positive(value, at, key)
        if of == "winner" and "racers" not in read:
            self._refuse(place, "a question of winner has racers: a list of what each changes in the recipe")
        if of == "outcome" and "learning_rate" not in read:
            self._refuse(place, "a question of outcome has a learning_rate")
        return Question(of=of, **read)

    def _racers(self, value: Any, place: Place, recipe: Recipe) -> tuple[dict[str, Any], ...]:
        if not isinstance(value, list) or not 2 <= len(value) <= 6:
            self._refuse(place, "racers takes a list of two to six tables")
        for each in value:
            self._changed(recipe, self._table(each, place, "a racer"), place)
        return tuple(value)

    def _placeholders(self, say: Text, numbers: Mapping[str, Question], place: Place) -> None:
        for language, words in say.items():
            at = (*place, "say", language) if language else (*place, "say")
            try:
                named = {name for _, name, _, _ in Formatter().parse(words) if name is not None}
            except ValueError:
                self._refuse(at, "a brace stands alone; write {{ or }} for one that is meant")
            for name in sorted(named - set(numbers)):
                self._refuse(at, f"the words have {{{shortened(name)}}}, and numbers has no such name")
            for name in sorted(set(numbers) - named):
                self._refuse((*place, "numbers", name), f"the words have no {{{shortened(name)}}}")

    def _words(self, values: dict[str, Any], key: str, place: Place) -> Text:
        value, at = values.get(key), (*place, key)
        if isinstance(value, str):
            value = {"": value}
        if not isinstance(value, dict) or not value:
            self._refuse(at if key in values else place, f"{key} is missing: a text, or one for each language")
        for language, words in value.items():
            if language not in ("", *LANGUAGES):
                self._refuse((*at, language), f"{key} takes texts in {' and '.join(LANGUAGES)}")
            if not isinstance(words, str) or not words.strip():
                self._refuse((*at, language) if language else at, f"{key} is a text that says something")
        return {language: safe(" ".join(words.split())) for language, words in value.items()}

    def _keys(self, values: dict[str, Any], known: tuple[str, ...] | list[str], place: Place, whose: str) -> None:
        for key in values:
            self._key(key, list(known), place, whose)

    def _key(self, key: str, known: list[str], place: Place, whose: str) -> None:
        if key not in known:
            said = f"{whose} has no key {shortened(key)!r}{nearest(key, known)}; the keys are {', '.join(known)}"
            self._refuse((*place, key), said)

    def _table(self, value: Any, place: Place, whose: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            self._refuse(place, f"{whose} is a table of keys and values")
        return value

    def _whole(self, value: Any, place: Place, name: str, least: int) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= 10**6:
            self._refuse(place, f"{name} takes a whole number from {least} to 1,000,000")
        return value

    def _positive(self, value: Any, place: Place, name: str) -> float:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not 0 < value < float("inf"):
            self._refuse(place, f"{name} takes a number above 0")
        return float(value)

    def _said(self, place: Place, make: "Callable[[], Recipe]") -> Recipe:
        try:
            return make()
        except LinregError as problem:
            words = str(problem).removesuffix(".")
            key = str(place[-1])
            self._refuse(place, words.replace(option_name(key), key))

    def _refuse(self, place: Place, sentence: str) -> NoReturn:
        raise LinregError(f"{shown(self._path)}, line {line_of(self._text, place)}: {sentence}.")
