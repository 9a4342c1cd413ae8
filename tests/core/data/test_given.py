"""What may be given to Python's functions: rows, or what names them."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from linreg.data import bundled
from linreg.data.given import recipe_named, recipe_of_rows, table_given
from linreg.errors import LinregError
from linreg.recipe import Recipe

X, Y = np.arange(6, dtype=np.float32).reshape(3, 2), [1, 2, 3]
HOUSES = bundled.find("houses").data


def refusal(function: Any, *arguments: Any) -> str:
    with pytest.raises(LinregError) as caught:
        function(*arguments)
    return str(caught.value)


@pytest.mark.parametrize(("who", "dtype"), [("train", np.float32), ("fit", np.float64)])
def test_rows_are_taken_as_they_are_where_they_are_trained_on(who: str, dtype: type) -> None:
    table = table_given(who, X, Y)
    assert table is not None
    assert table.X.dtype == dtype
    assert table.X.tolist() == X.tolist()
    assert table.y.tolist() == Y


@pytest.mark.parametrize("data", [Recipe(data="a.csv"), "a.csv", Path("a.csv")])
def test_what_names_rows_has_no_target_beside_it(data: Any) -> None:
    assert table_given("train", data, None) is None
    said = "train takes no y beside a recipe or a file: the target is a column, which target= names."
    assert refusal(table_given, "train", data, Y) == said


@pytest.mark.parametrize("data", [X, X.tolist(), tuple(X.tolist())])
def test_rows_alone_lack_a_target(data: Any) -> None:
    assert refusal(table_given, "fit", data, None) == "fit needs y beside X: the target of every row."


@pytest.mark.parametrize(("data", "kind"), [(3, "int"), (None, "NoneType"), ({}, "dict")])
def test_what_is_neither_rows_nor_a_name_is_refused(data: Any, kind: str) -> None:
    said = f"fit takes a recipe, a path, a bundled data set's name, or X and y, not {kind}."
    assert refusal(table_given, "fit", data, None) == said


def test_rows_are_the_data_themselves() -> None:
    recipe = recipe_of_rows("fit", {"optimizer": "Adam", "epochs": 7})
    assert (recipe.data, recipe.optimizer, recipe.last_epoch) == ("arrays", "Adam", 7)
    for name in ("data", "target", "features", "exclude", "weights", "dialect", "separator", "header"):
        assert refusal(recipe_of_rows, "fit", {"epochs": 7, name: "x"}) == (
            f"fit takes no {name}: X and y are the data; choose rows and columns there, or give a file to train."
        )


@pytest.mark.parametrize("as_path", [False, True])
def test_a_bundled_name_means_its_rows_wherever_it_is_said(as_path: bool) -> None:
    name = Path("houses") if as_path else "houses"
    assert recipe_named("train", "exercise1", {"data": name}).data == HOUSES
    assert recipe_named("train", name, {"epochs": 7}) == bundled.find("houses").changed(epochs=7)
    assert recipe_named("train", Recipe(data="houses"), {}).data == HOUSES
    assert recipe_named("train", Recipe(data="a.csv"), {"data": name}).data == HOUSES
    assert recipe_named("train", "a.csv", {"data": "b.csv"}).data == "b.csv"


def test_what_was_said_of_how_a_table_is_written_goes_into_its_dialect() -> None:
    recipe = recipe_named("train", "a.csv", {"separator": ";", "skip_lines": 2, "epochs": 7})
    assert (recipe.dialect.separator, recipe.dialect.skip_lines, recipe.last_epoch) == (";", 2, 7)


@pytest.mark.parametrize(
    ("data", "choices", "words"),
    [
        (b"a.csv", {}, "train takes a path of text, not of bytes."),
        ("a.csv", {"data": "mine.toml"}, "mine.toml is a recipe, not data; give it to train itself,"),
        (Recipe(data="Mine.TOML"), {}, "Mine.TOML is a recipe, not data;"),
        (
            "a.csv",
            {"lr": 1},
            "a recipe has no field 'lr' (did you mean 'learning_rate'?); the fields are batch_size,",
        ),
        ("a.csv", {"epochs": 7, "epoch": 1}, "a recipe has no field 'epoch' (did you mean 'epochs'?); the fields"),
        ("a.csv", {"dialekt": 1}, "a recipe has no field 'dialekt'"),
    ],
)
def test_what_is_no_recipe_is_refused(data: Any, choices: dict[str, Any], words: str) -> None:
    said = refusal(recipe_named, "train", data, choices)
    assert said.startswith(words)
    assert "dialect" not in said
