"""How a file is written, said on the set-up screen: the columns follow, and the recipe has it."""

import asyncio
import threading
from pathlib import Path

import pytest
from textual.widgets import Input

from linreg.cli.recipe_options import choose
from linreg.data import bundled
from linreg.dialect import PLAIN, TextDialect
from linreg.recipe import Recipe
from linreg_tui.setup import screen as setup
from linreg_tui.setup.choosers import Fold
from linreg_tui.setup.column_list import ColumnList
from linreg_tui.setup.dialect_form import DialectForm
from linreg_tui.setup.preview import Preview, preview
from tui.setting_up import SIZES, Asked, asking, screen_text

GERMAN = "Bericht;;;\nstadt;größe;zimmer;preis\nUlm;71,5;3;210,5\nBonn;?;2;180\nKiel;99;4;300,25\n"


@pytest.fixture
def german(tmp_path: Path) -> Path:
    path = tmp_path / "german.csv"
    path.write_text(GERMAN, encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "PAUSE", 0.02)


async def turn(asked: Asked) -> None:
    asked.screen.query_one(Fold).focus()
    await asked.pilot.press("enter")


@pytest.mark.parametrize("size", SIZES[::2])
async def test_a_file_that_is_written_otherwise_is_read_once_that_is_said(german: Path, size: tuple[int, int]) -> None:
    async with asking("quiz1", size=size) as asked:
        assert not asked.row("written").is_on_screen
        await asked.type("data", str(german))
        await asked.pilot.press("enter")
        await asked.settle()
        assert "separator ; and decimal , reads them" in asked.problem("written")
        assert asked.problem("data") == ""
        await asked.start()
        assert asked.app.answers == []
        assert asked.app.focused is asked.row("separator").editor
        assert asked.problem("written") == ""
        assert "separator ; and decimal , reads them" in asked.problem("separator")
        await asked.pilot.press(";")
        await asked.settle()
        assert asked.problem("separator") == ""
        assert "skip lines 1 reads from there on" in asked.problem("skip_lines")
        await asked.start()
        assert asked.app.focused is asked.row("skip_lines").editor
        await asked.pilot.press("1")
        await asked.settle()
        assert asked.row("target").text == "preis"
        assert asked.screen.query_one(ColumnList)._features == {"größe", "zimmer"}  # not the words; numbers are to be
        assert "decimal , reads it" in asked.problem("decimal")
        await asked.choose("decimal", ",")
        assert "missing ? says that it means no value" in asked.problem("missing")
        await asked.type("missing", "?")
        await asked.settle()
        assert "a cell is missing" in asked.problem("drop_missing")
        await asked.choose("drop_missing", "yes")
        assert asked.heading() == "columns  4, all 3 rows"
        assert asked.written() == "separator ;  decimal ,  missing ?  skip lines 1"
        await asked.start()
        said = {"separator": ";", "decimal": ",", "missing": ["?"], "skip_lines": 1}
        assert asked.app.answers == [choose(str(german), drop_missing=True, exclude=["stadt"], **said)]


async def test_a_recipe_that_says_it_shows_it_and_keeps_it(german: Path) -> None:
    dialect = TextDialect(separator=";", decimal=",", missing=("?",), skip_lines=1)
    recipe = Recipe(data=str(german), dialect=dialect, target="größe", features=("zimmer",), drop_missing=True)
    async with asking(recipe) as asked:
        assert asked.written() == "separator ;  decimal ,  missing ?  skip lines 1"
        assert "separator ;  decimal ,  missing" in screen_text(asked)
        assert asked.heading() == "columns  4, all 3 rows"
        await turn(asked)
        assert [asked.row(key).text for key in ("separator", "decimal", "missing", "skip_lines")] == [
            ";",
            ",",
            "?",
            "1",
        ]
        await asked.type("skip_lines", "2")  # other names, and none of them those of the recipe
        await asked.settle()
        assert "header yes" in asked.problem("header")
        await asked.type("skip_lines", "1")
        await asked.settle()
        assert asked.row("target").text == "größe"
        await asked.start()
        assert asked.app.answers == [recipe]


async def test_a_bad_value_is_explained_and_refused_and_the_columns_are_gone(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("x,y\n1,2\n3,4\n", encoding="utf-8")
    async with asking(Recipe(data=str(path))) as asked:
        await turn(asked)
        await asked.type("skip_lines", "-1")
        await asked.settle()
        assert asked.problem("skip_lines") == "skip lines takes a whole number from 0, not '-1'."
        assert asked.heading() == "columns  "
        await turn(asked)
        assert not asked.screen.query_one(DialectForm).is_open
        assert asked.problem("written") == "skip lines takes a whole number from 0, not '-1'."
        await asked.start()
        assert asked.app.answers == []
        assert asked.app.focused is asked.row("skip_lines").editor
        await asked.type("skip_lines", "")
        await asked.choose("header", "no")
        assert asked.heading() == "columns  2, all 3 rows"
        assert "column 'c1': 'x' is not a number" in asked.features_problem()
        await asked.choose("header", "expected")
        await asked.start()
        assert asked.app.answers == [Recipe(data=str(path))]


async def test_the_file_is_read_once_after_the_last_key_and_the_screen_goes_on_meanwhile(
    german: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked_for: list[TextDialect] = []
    may_end = threading.Event()

    def look(data: str, dialect: TextDialect) -> Preview:
        asked_for.append(dialect)
        if dialect != PLAIN:
            may_end.wait(10)
        return preview(data, dialect)

    monkeypatch.setattr(setup, "preview", look)
    monkeypatch.setattr(setup, "PAUSE", 0.5)
    async with asking(Recipe(data=str(german))) as asked:
        await turn(asked)
        editor = asked.row("missing").query_one(Input)
        for end in range(1, 6):  # faster than a person
            editor.value = "-9999"[:end]
            await asyncio.sleep(0.01)
        while len(asked_for) < 2:
            await asked.pilot.pause(0.02)
        assert asked.heading() == "columns  reading …"
        await asked.type("epochs", "7")
        assert asked.row("epochs").text == "7"
        may_end.set()
        await asked.settle()
        assert asked_for == [PLAIN, TextDialect(missing=("-9999",))]


async def test_a_column_with_a_bad_cell_stays_chosen_and_short_rows_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text("x,z,word,y\n1,2,red,3\n2,oops,blue,5\n3,1\n4,4,red,8\n", encoding="utf-8")
    async with asking("quiz1") as asked:
        await asked.type("data", str(path))
        await asked.pilot.press("enter")
        await asked.settle()
        assert asked.screen.query_one(ColumnList)._features == {"x", "z"}
        assert asked.heading() == "columns  4, all 4 rows, 1 of them unread"
        assert "line 4: 2 cells where the header has 4" in asked.problem("data")
        assert asked.features_problem() == f"{path}, column 'z': 'oops' is not a number; correct it, or leave it out."
        await asked.start()
        assert asked.app.answers == []
        assert asked.app.focused is asked.row("data").editor


async def test_while_another_name_is_typed_the_columns_are_not_those_of_the_file_before() -> None:
    async with asking("houses") as asked:
        await asked.type("data", "house")
        assert asked.heading() == "columns  enter looks at them"
        assert asked.row("target").text == ""
        assert "price" not in screen_text(asked)
        await asked.type("data", "houses")
        assert asked.row("target").text == "price"
        assert asked.heading() == "columns  4, all 60 rows"
        await asked.type("data", "quiz1")
        await asked.start()
        assert asked.app.answers == [bundled.find("quiz1")]
