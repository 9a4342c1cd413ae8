"""The first rows on the set-up screen: those of the file that is chosen, by role, and of no other."""

from pathlib import Path

import pytest
from rich.cells import cell_len

from linreg_tui.setup.column_list import ColumnList
from linreg_tui.setup.rows_preview import RowsPreview
from tui.setting_up import Asked, asking


def lines_of(asked: Asked) -> list[str]:
    return asked.screen.query_one(RowsPreview).text.splitlines()


async def test_the_first_rows_are_shown_with_the_target_first_and_what_is_left_out_last() -> None:
    async with asking("houses") as asked:
        heading, names, *rows = lines_of(asked)
        assert heading.startswith("first rows")
        assert names.split() == ["→", "price", "✓", "area", "✓", "rooms", "✓", "age"]
        table = Path(asked.app.recipe.data).read_text().splitlines()[1:]
        assert len(rows) >= 10
        for row, line in zip(rows, table, strict=False):
            area, rooms, age, price = line.split(",")
            assert row.split() == [price, area, rooms, age]
        asked.screen.query_one(ColumnList).focus()
        await asked.pilot.press("home", "space")
        await asked.settle()
        assert lines_of(asked)[1].split() == ["→", "price", "✓", "rooms", "✓", "age", "·", "area"]


async def test_while_another_file_is_typed_and_where_it_cannot_be_read_no_rows_are_shown() -> None:
    async with asking("houses") as asked:
        assert lines_of(asked)
        await asked.type("data", "/nowhere/there is no such file.csv")
        assert lines_of(asked) == []
        await asked.pilot.press("enter")
        await asked.settle()
        assert asked.problem("data")
        assert lines_of(asked) == []
        await asked.type("data", "quiz1")
        await asked.pilot.press("enter")
        await asked.settle()
        assert lines_of(asked)[1].split()[:2] == ["→", "y"]


async def test_while_other_data_are_read_those_before_are_not_shown_as_if_they_were_theirs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with asking("houses") as asked:
        asked.screen._chooser.show_data("crowd")
        assert lines_of(asked) == []
        assert asked.row("target").text == ""


async def test_text_missing_cells_and_strangers_names_are_shown_as_they_are_and_nothing_more(tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    path.write_text("[red]\x1b[2J,a long name that goes on and on,y\nx,,1\nyellow\x1b,2,3\n", encoding="utf-8")
    async with asking("houses") as asked:
        await asked.type("data", str(path))
        await asked.pilot.press("enter")
        await asked.settle()
        _, names, *rows = lines_of(asked)
        assert "\x1b" not in "".join((names, *rows))
        assert "[red]" in names
        assert rows[0].split() == ["1", "–", "x"]
        assert {cell_len(line.rstrip()) <= 56 for line in (names, *rows)} == {True}


@pytest.mark.parametrize("size", [(200, 60), (120, 40), (80, 24)])
async def test_of_many_columns_those_that_fit_are_shown_and_the_others_counted(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    path = tmp_path / "wide.csv"
    path.write_text(",".join(f"c{i}" for i in range(300)) + "\n" + ",".join(map(str, range(300))) + "\n")
    async with asking("houses", size=size) as asked:
        await asked.type("data", str(path))
        await asked.pilot.press("enter")
        await asked.settle()
        lines = lines_of(asked)
        shown = len(lines[1].split()) // 2
        assert lines[0] == f"first rows  {300 - shown} more columns to the right"
        assert lines[2].split() == ["299", *map(str, range(shown - 1))]
