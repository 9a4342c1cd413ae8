"""A race typed in one line, word for word."""

from dataclasses import replace
from typing import Any

import pytest

from linreg import LinregError, Recipe
from linreg.data import bundled
from linreg.racing.entries import Choices, entries
from linreg_tui.race.race_input import FORM, read_choices, read_race, suggested_line


@pytest.mark.parametrize(
    ("line", "choices"),
    [
        ("SGD Adam", {"optimizers": ["SGD", "Adam"]}),
        ("0.1 1e-3 .5 auto", {"learning_rates": [0.1, 0.001, 0.5, "auto"]}),
        ("AUTO lr=0.1 rate=0.2 learning_rate=auto", {"learning_rates": ["auto", 0.1, 0.2, "auto"]}),
        ("momentum=0 momentum=0.9", {"settings": {"momentum": ["0", "0.9"]}}),
        ("betas=0.9,0.99", {"settings": {"betas": ["0.9,0.99"]}}),
        ("batch=50 batch=full batch_size=8", {"batch_sizes": [50, None, 8]}),
        ("init=normal seed=0 seed=7", {"inits": ["normal"], "seeds": [0, 7]}),
        ("SGD, 0.1, Adam;", {"optimizers": ["SGD", "Adam"], "learning_rates": [0.1]}),
        (
            "  momentum=0.9   SGD\t0.1 ",
            {"optimizers": ["SGD"], "learning_rates": [0.1], "settings": {"momentum": ["0.9"]}},
        ),
        ("", {}),
        (" , ", {}),
    ],
)
def test_every_word_finds_its_place(line: str, choices: dict[str, Any]) -> None:
    read = read_choices(line)
    expected = Choices(**choices)
    for name in ("optimizers", "learning_rates", "batch_sizes", "inits", "seeds"):
        assert list(getattr(read, name)) == list(getattr(expected, name)), name
    assert read.settings == expected.settings


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("SGD 0", "'0' is no learning rate: give a number above 0, or auto"),
        ("-0.1", "'-0.1' is no learning rate"),
        ("1e999", "is no learning rate"),
        ("0.1.2", "'0.1.2' is no learning rate"),
        ("lr=nan", "'nan' is no learning rate"),
        ("momentum=", "'momentum=' lacks a value"),
        ("=0.9", "'=0.9' lacks a name"),
        ("batch=0", "'batch=0' takes a whole number from 1, or full"),
        ("batch=some", "'batch=some' takes a whole number"),
        ("seed=-1", "'seed=-1' takes a whole number from 0"),
        ("SGD/Adam", "'SGD/Adam' is no optimizer, no rate and no KEY=VALUE"),
        ("\x1b[31mSGD", r"'\\x1b\[31mSGD' is no optimizer"),
    ],
)
def test_what_cannot_be_read_is_one_sentence_about_the_word(line: str, sentence: str) -> None:
    with pytest.raises(LinregError, match=sentence):
        read_choices(line)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("SGD Adamm", r"did you mean 'Adam'\?"),
        ("SGD 0.1 0.2 momentun=1", "SGD has no option 'momentun'"),
        ("0.1", "one racer alone"),
        ("", "one racer alone"),
        ("SGD sgd 0.1 0.10", "one racer alone"),
        ("0.1 0.2 init=ones", "init"),
    ],
)
def test_a_race_that_cannot_be_run_says_why(line: str, sentence: str) -> None:
    with pytest.raises(LinregError, match=sentence):
        read_race(line, Recipe())


def test_a_line_is_the_race_that_the_command_would_run() -> None:
    recipe = bundled.find("houses")
    typed = read_race("SGD Adam 0.1 0.01 momentum=0.9 batch=full batch=50", recipe)
    choices = Choices(
        optimizers=["SGD", "Adam"],
        learning_rates=["0.1", "0.01"],
        settings={"momentum": ["0.9"]},
        batch_sizes=[None, 50],
    )
    assert typed == entries(recipe, choices)


def test_the_form_that_is_shown_can_be_read() -> None:
    assert len(read_race(FORM, Recipe())) == 4


@pytest.mark.parametrize("data", bundled.names())
def test_a_suggestion_races_the_recipe_itself_against_others(data: str) -> None:
    recipe = bundled.find(data)
    entrants = read_race(suggested_line(recipe), recipe)
    assert 2 <= len(entrants) <= 8
    own = replace(recipe, options={})
    assert any(
        (each.recipe.optimizer.lower(), each.recipe.learning_rate) == (own.optimizer.lower(), own.learning_rate)
        for each in entrants
    )


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({}, "SGD Adam auto 0.1 momentum=0 momentum=0.9"),
        ({"learning_rate": 1e-5}, "SGD Adam 1e-05 auto momentum=0 momentum=0.9"),
        ({"optimizer": "adam", "learning_rate": 0.1}, "adam SGD 0.1 auto momentum=0 momentum=0.9"),
        ({"options": {"momentum": 0.5}}, "SGD Adam auto 0.1"),
        ({"batch_size": 8}, "SGD Adam auto 0.1 momentum=0 momentum=0.9 batch=8 batch=full"),
    ],
)
def test_suggestions(changes: dict[str, Any], line: str) -> None:
    assert suggested_line(replace(Recipe(), **changes)) == line
