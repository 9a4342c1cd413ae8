"""A teacher's own file: what is read of it, and the one sentence, with file and line, where it cannot be used."""

import re
from pathlib import Path

import pytest

from linreg.cli.app import run_command_line
from linreg.errors import LinregError
from linreg.lessons.lesson import in_language
from linreg.lessons.positions import line_of
from linreg.lessons.reading import bundled_lessons, find_lesson, read_lesson
from linreg.lessons.rehearsal import rehearse

GOOD = """\
title = "Mine"
minutes = 3

[recipe]
data = "points.csv"
learning_rate = 0.01
standardize = false

[[steps]]
say = "The limit is {limit}."
numbers.limit = { of = "limit" }

[[steps]]
press = ["n", "+"]
[steps.say]
en = "What is w after one more epoch?"
ko = "한 에폭 뒤의 w 는?"
[steps.ask]
of = "parameter"
name = "w"
"""


@pytest.fixture
def lesson(tmp_path: Path) -> Path:
    (tmp_path / "points.csv").write_text("x,y\n0,0\n1,1\n1,2\n")
    path = tmp_path / "mine.toml"
    path.write_text(GOOD, encoding="utf-8")
    return path


def test_a_lesson_of_ones_own_is_read_beside_its_data(lesson: Path) -> None:
    read = read_lesson(lesson)
    assert read.name == "mine"
    assert read.minutes == 3
    assert [step.recipe.data for step in read.steps] == [str(lesson.parent / "points.csv")] * 2
    assert in_language(read.title, "ko") == "Mine"
    assert in_language(read.steps[1].say, "ko") == "한 에폭 뒤의 w 는?"
    _, last = rehearse(read)
    assert last.standing.epoch == 0
    assert last.truth is not None


BAD: dict[str, tuple[str, str, int, str]] = {
    # what is replaced, by what, on which line that is said, and what is said
    "no TOML": ('title = "Mine"', 'title = "Mine', 1, "not valid TOML"),
    "a key twice": ("minutes = 3", 'title = "Other"', 2, "not valid TOML"),
    "no title": ('title = "Mine"\n', "", 1, "title is missing"),
    "an empty title": ('"Mine"', '" "', 1, "a text that says something"),
    "a title that is a number": ('"Mine"', "3", 1, "title is missing: a text"),
    "a title in another language": ('title = "Mine"', 'title.fr = "Moi"', 1, "texts in en and ko"),
    "a key that no lesson has": ("minutes = 3", "minuts = 3", 2, "no key 'minuts' (did you mean 'minutes'?)"),
    "minutes that are text": ("minutes = 3", 'minutes = "3"', 2, "a whole number from 1"),
    "no minutes at all": ("minutes = 3", "minutes = 0", 2, "a whole number from 1"),
    "minutes that are a truth": ("minutes = 3", "minutes = true", 2, "a whole number from 1"),
    "a recipe that is text": ("[recipe]\n", 'recipe = "houses"\n[elsewhere]\n', 5, "no key 'elsewhere'"),
    "no data": ('data = "points.csv"\n', "", 4, "names no data"),
    "data that are not there": ("points.csv", "pionts.csv", 5, "neither a bundled data set nor a file"),
    "a bundled name misspelled": ("points.csv", "exercise2", 5, "did you mean 'exercise1'?"),
    "a key that no recipe has": ("learning_rate = 0.01", "lr = 0.01", 6, "a recipe has no key 'lr'"),
    "a rate below zero": ("learning_rate = 0.01", "learning_rate = -1", 6, "learning_rate takes a number above 0"),
    "a switch that is text": ("standardize = false", 'standardize = "no"', 7, "standardize takes true or false"),
    "no steps": ("[[steps]]", "[[stops]]", 9, "no key 'stops' (did you mean 'steps'?)"),
    "steps that are a table": ("[[steps]]\nsay", "[steps]\nsay", 13, "not valid TOML"),
    "a step that says nothing": ('say = "The limit is {limit}."\n', "", 9, "say is missing"),
    "a text that is empty": ('"The limit is {limit}."', '""', 10, "a text that says something"),
    "a brace that stands alone": ("{limit}.", "{limit.", 10, "a brace stands alone"),
    "a number that is not there": ("{limit}", "{limits}", 10, "numbers has no such name"),
    "a number that is not said": ("is {limit}", "is there", 11, "the words have no {limit}"),
    "a key that no step has": ("press = ", "presses = ", 14, "a step has no key 'presses'"),
    "a key of the keyboard that no step asks for": ('["n", "+"]', '["n", "q"]', 14, "a list of keys among n, N"),
    "keys that are a text": ('["n", "+"]', '"n"', 14, "a list of keys among n, N"),
    "a language that there is not": ("ko =", "fr =", 17, "texts in en and ko"),
    "a text that is a number": ('en = "What is w after one more epoch?"', "en = 3", 16, "a text that says something"),
    "nothing that is asked": ('of = "parameter"\n', "", 18, "a question is of one of"),
    "something that cannot be asked": ('of = "parameter"', 'of = "paramter"', 19, "did you mean 'parameter'?"),
    "a question that is text": ('[steps.ask]\nof = "parameter"\nname = "w"', 'ask = "w"', 18, "texts in en and ko"),
    "a parameter without a name": ('name = "w"\n', "", 18, "has a name"),
    "a name that is a number": ('name = "w"', "name = 3", 20, "name takes a parameter's name"),
    "a name that there is not": ('name = "w"', 'name = "z"', 18, "there is no parameter 'z': there are x, w, b"),
    "a key of another question": ('name = "w"', 'name = "w"\nto = 0.1', 21, "no key 'to'"),
    "epochs that are a fraction": ('name = "w"', 'name = "w"\nafter = 1.5', 21, "after takes a whole number from 0"),
    "epochs below zero": ('name = "w"', 'name = "w"\nafter = -1', 21, "after takes a whole number from 0"),
    "a tolerance of zero": ('name = "w"', 'name = "w"\nwithin = 0', 21, "within takes a number above 0"),
    "a tolerance that takes anything": ('name = "w"', 'name = "w"\nwithin = 90', 18, "give within a smaller number"),
    "a tolerance that takes nothing": ('name = "w"', 'name = "w"\nwithin = 1e-12', 18, "give within a larger number"),
    "an outcome of no rate": ('of = "parameter"\nname = "w"', 'of = "outcome"', 18, "has a learning_rate"),
    "a winner of nobody": ('of = "parameter"\nname = "w"', 'of = "winner"', 18, "has racers"),
    "a winner of one": (
        'of = "parameter"\nname = "w"',
        'of = "winner"\nracers = [{ seed = 1 }]',
        20,
        "two to six tables",
    ),
    "a winner who is no recipe": (
        'of = "parameter"\nname = "w"',
        'of = "winner"\nracers = [{ seed = 1 }, { rate = 2 }]',
        20,
        "a recipe has no key 'rate'",
    ),
    "another run with a wrong value": ("press = ", "run = { epochs = -1 }\npress = ", 14, "epochs takes"),
    "an optimizer that there is not": ("press = ", 'run = { optimizer = "Adm" }\npress = ', 14, "did you mean 'Adam'?"),
    "a target that the data have not": (
        "standardize = false",
        'target = "z"',
        7,
        "target names 'z', which is not a column",
    ),
    "a run that is text": ("press = ", 'run = "houses"\npress = ', 14, "run is a table of keys and values"),
    "a text too long for the strip": (
        "What is w",
        "What is w " * 30 + "w",
        18,
        "lines in en on a screen of 80 columns",
    ),
}


@pytest.mark.parametrize("fault", BAD)
def test_what_is_wrong_in_a_file_is_one_sentence_with_its_line(
    fault: str, lesson: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old, new, line, said = BAD[fault]
    assert old in GOOD
    lesson.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    status = run_command_line(["learn", "--check", str(lesson)])
    told = capsys.readouterr().err
    assert status == 2
    assert told.count("\n") == 1, told
    assert said in told
    assert str(lesson) in told
    found = re.search(r"line (\d+)", told)
    assert found is not None, told
    assert int(found[1]) == line, told


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff\xfe", "not valid TOML"),
        (b"x = " + b"[" * 5000, "not valid TOML"),
        (b"#" * (2**20 + 1), "more than a mebibyte"),
    ],
)
def test_what_is_no_text_is_refused(content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "odd.toml"
    path.write_bytes(content)
    with pytest.raises(LinregError, match=said):
        read_lesson(path)


@pytest.mark.parametrize("word", ["one-stp", "nothing.toml", ".toml/x.toml", "a\0.toml"])
def test_a_lesson_that_is_not_there_is_refused(word: str) -> None:
    with pytest.raises(LinregError, match=r"\.$"):
        find_lesson(word)


def test_ten_lessons_come_along_and_each_is_found_by_its_name() -> None:
    lessons = bundled_lessons()
    assert len(lessons) == 10
    assert lessons[0].name == "one-step"
    for lesson in lessons:
        assert find_lesson(lesson.name) == lesson
        assert all(set(step.say) == {"en", "ko"} for step in lesson.steps)


def test_keys_in_texts_of_several_lines_are_no_keys() -> None:
    text = 'title = """\nsay = 1\n[[steps]]\n"""\n[[steps]]\nsay = "a"\n[[steps]]\n"say" = "b"\n'
    assert line_of(text, ("steps", 0, "say")) == 6
    assert line_of(text, ("steps", 1, "say")) == 8
    assert line_of(text, ("steps", 1, "ask", "of")) == 7
    assert line_of(text, ("minutes",)) == 1
