"""The set-up screen under keys and mouse, against what the plain command makes of the same flags."""

import os
import threading
from asyncio import Event
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from textual.events import Paste
from textual.widget import Widget
from textual.widgets import Button, DirectoryTree, Input, OptionList, Static

from bad_paths import bad_paths
from linreg.cli.recipe_options import choose
from linreg.data import bundled
from linreg.recipe import Recipe
from linreg.text import safe
from linreg_tui.setup import screen as setup
from linreg_tui.setup.catalogue import Catalogue, catalogue
from linreg_tui.setup.choosers import ChoiceList, Fold, InlineSelect, ListSelect
from linreg_tui.setup.column_list import ColumnList
from linreg_tui.setup.data_chooser import DataChooser
from linreg_tui.setup.form_row import FormRow
from linreg_tui.setup.picker import PickerScreen, completed
from linreg_tui.setup.preview import Preview, preview
from linreg_tui.setup.screen import SetupScreen
from tui.runs.test_screen import until
from tui.setting_up import SIZES, Asked, Asking, asking, screen_text

STRANGE = "a,[red]b,[/],n\u202eame\x1b[31m,y\n1,2,3,4,5\n2,3,4,5,7\n"


@pytest.fixture
def strange(tmp_path: Path) -> Path:
    path = tmp_path / "[red]\u202e.csv"
    path.write_text(STRANGE, encoding="utf-8")
    return path


@pytest.mark.parametrize("key", ["f5", "ctrl+s"])
async def test_starting_at_once_by_either_key_gives_back_the_recipe(key: str) -> None:
    async with asking("houses") as asked:
        assert isinstance(asked.app.focused, OptionList)
        await asked.pilot.press(key)
        await asked.settle()
        assert asked.app.answers == [bundled.find("houses")]


@pytest.mark.parametrize("size", [SIZES[0], SIZES[-1]])
async def test_asked_for_the_optimizer_it_begins_there_and_escape_cancels(size: tuple[int, int]) -> None:
    async with asking("houses", "optimizer", size) as asked:
        editor = asked.row("optimizer").editor
        assert asked.app.focused is editor
        assert editor.region.intersection(asked.screen.query_one("#body").region) == editor.region
        await asked.pilot.press("enter")
        await asked.pilot.pause()
        assert isinstance(asked.app.focused, ChoiceList)
        await asked.pilot.press("escape")  # it closes the list alone
        await asked.pilot.pause()
        assert asked.app.answers == []
        assert asked.app.focused is editor
        await asked.pilot.press("escape")
        await asked.pilot.pause()
        assert asked.app.answers == [None]


async def test_a_bundled_set_is_picked_by_keys_or_the_mouse_and_fills_the_form() -> None:
    async with asking("exercise1") as asked:
        await asked.pilot.press("home", *["down"] * bundled.names().index("houses"), "enter")
        await asked.settle()
        assert [asked.row(key).text for key in ("data", "learning_rate", "epochs", "standardize", "target")] == [
            "houses",
            "0.1",
            "300",
            "yes",
            "price",
        ]
        await asked.pilot.click(OptionList, offset=(5, bundled.names().index("valley")))
        await asked.settle()
        assert asked.row("data").text == "valley"
        await asked.pilot.click("#start")
        await asked.settle()
        assert asked.app.answers == [bundled.find("valley")]


async def test_what_is_typed_makes_the_recipe_of_the_same_flags() -> None:
    async with asking("houses", size=(60, 20)) as asked:
        await asked.type("epochs", "50")
        await asked.type("until_cost", "1e-6")
        await asked.type("learning_rate", "auto")
        await asked.type("batch_size", "10")
        await asked.choose("criterion", "HuberLoss")
        await asked.choose("init", "normal")
        asked.row("bias").query_one(InlineSelect).focus()
        await asked.pilot.press("space")
        await asked.start()
        flags: dict[str, Any] = {"epochs": 50, "until_cost": 1e-6, "learning_rate": "auto", "batch_size": 10}
        flags |= {"criterion": "HuberLoss", "init": "normal", "bias": False}
        assert asked.app.answers == [choose("houses", **flags)]


async def test_an_optimizer_shows_its_own_options_and_keeps_the_rest() -> None:
    async with asking("houses", focus="optimizer") as asked:
        assert "option momentum" in asked.names()
        await asked.type("epochs", "50")
        asked.row("optimizer").editor.focus()
        await asked.pilot.press("enter", *"AdamW", "enter")
        await asked.settle()
        options = [key for key in asked.names() if key.startswith("option")]
        assert {"option betas", "option eps", "option amsgrad", "option weight_decay"} <= set(options)
        assert "option momentum" not in options
        assert asked.row("option betas").text == "0.9,0.999"
        assert asked.row("epochs").text == "50"
        assert "0.01 in torch" in str(asked.screen.query_one("#remark", Static).render())
        await asked.type("option betas", "0.8,0.99")
        await asked.start()
        assert asked.app.answers == [choose("houses", epochs=50, optimizer="AdamW", set_=["betas=0.8,0.99"])]


async def test_every_optimizer_can_be_chosen_and_its_defaults_are_right() -> None:
    async with asking("houses", focus="optimizer") as asked:
        offered = asked.row("optimizer").query_one(ListSelect).choices
        assert {"SGD", "Adam", "LBFGS", "Muon", "SparseAdam"} <= set(offered)
        for name in offered:
            await asked.choose("optimizer", name)
            assert {key: asked.problem(key) for key in asked.names() if asked.problem(key)} == {}


async def test_what_is_wrong_is_explained_at_once_and_start_goes_to_the_first_of_it() -> None:
    async with asking("houses") as asked:
        await asked.choose("engine", "spectral")
        await asked.type("batch_size", "10")
        assert asked.problem("engine").startswith("the spectral engine cannot serve this recipe: mini-batches")
        await asked.type("batch_size", "")
        assert asked.problem("engine") == ""
        asked.row("epochs").editor.focus()
        await asked.pilot.press("end", "ctrl+u", "7", "x")
        assert asked.problem("epochs") == "epochs takes a whole number from 0, or auto, not '7x'."
        await asked.type("seed", "-1")
        assert asked.problem("seed") == "seed takes a whole number from 0, not -1."
        assert asked.problem("every") == ""
        await asked.start()
        assert asked.app.focused is asked.row("epochs").editor
        await asked.pilot.press("backspace")
        assert asked.problem("epochs") == ""
        await asked.type("seed", "1")
        await asked.type("option momentum", "much")
        assert asked.problem("option momentum") == "SGD's option momentum takes a number, not 'much'."
        await asked.start()
        assert asked.app.answers == []
        assert asked.app.focused is asked.row("option momentum").editor
        await asked.type("option momentum", "0")
        await asked.start()
        assert asked.app.answers == [choose("houses", epochs=7, seed=1, engine="spectral")]


async def test_a_file_is_chosen_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "two_words.csv"
    path.write_text("x,colour,y\n1,red,2\n2,blue,3\n", encoding="utf-8")
    async with asking("quiz1") as asked:
        await asked.type("data", str(path))
        await asked.pilot.press("enter")
        await asked.settle()
        assert asked.row("standardize").text == "yes"
        await asked.start()
        assert asked.app.answers == [choose(str(path), exclude=["colour"])]  # text is left out from the start


async def test_a_recipe_file_brings_its_values(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('data = "houses"\nepochs = 3\noptimizer = "adam"\noptions = {eps = 1e-7}\n', encoding="utf-8")
    async with asking() as asked:
        await asked.type("data", str(path))
        await asked.pilot.press("enter")
        await asked.settle()
        assert (asked.row("epochs").text, asked.row("optimizer").text) == ("3", "Adam")
        assert asked.row("option eps").text == "1e-07"
        await asked.start()
        assert asked.app.answers == [choose(str(path)).changed(optimizer="Adam")]


async def test_data_that_are_not_there_are_explained_and_can_be_corrected(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("x,y\n1,2\n", encoding="utf-8")
    async with asking() as asked:
        for data in ("housse", "nowhere.csv", "-", ""):
            await asked.type("data", data)
            await asked.pilot.press("enter")
            await asked.settle()
            assert asked.problem("data").endswith(".")
            await asked.start()
            assert asked.app.answers == []
            assert asked.app.focused is asked.row("data").editor
        await asked.type("data", str(path))  # not confirmed: it is read before the start
        await asked.start()
        assert asked.app.answers == [Recipe(data=str(path))]


async def test_columns_are_chosen_by_keys_and_the_mouse_and_one_of_them_must_be() -> None:
    async with asking("houses") as asked:
        asked.screen.query_one(ColumnList).focus()
        await asked.pilot.press("n")
        await asked.start()
        assert asked.app.answers == []
        assert asked.app.focused is asked.screen.query_one(ColumnList)
        assert "no feature is left" in asked.features_problem()
        await asked.pilot.press("a", "down", "space")
        assert asked.screen.query_one(ColumnList)._features == {"area", "age"}
        await asked.pilot.click(ColumnList, offset=(3, 2))
        assert asked.screen.query_one(ColumnList)._features == {"area"}
        await asked.start()
        assert asked.app.answers == [choose("houses", feature=["area"])]


async def test_the_target_is_chosen_in_the_list_or_in_its_field() -> None:
    async with asking("houses") as asked:
        asked.screen.query_one(ColumnList).focus()
        await asked.pilot.press("t")
        assert asked.row("target").text == "area"
        assert asked.screen.query_one(ColumnList)._features == {"rooms", "age", "price"}
        await asked.choose("target", "price")
        assert asked.screen.query_one(ColumnList)._features == {"area", "rooms", "age"}
        await asked.choose("target", "area")
        await asked.start()
        assert asked.app.answers == [choose("houses", target="area")]


async def test_missing_cells_are_noted_until_their_rows_are_dropped(tmp_path: Path) -> None:
    path = tmp_path / "gaps.csv"
    path.write_text("x,y\n1,2\n,3\n4,5\n", encoding="utf-8")
    async with asking(Recipe(data=str(path))) as asked:
        assert "a cell is missing" in asked.problem("drop_missing")
        await asked.start()
        assert asked.app.focused is asked.row("drop_missing").editor
        await asked.pilot.press("space")
        await asked.start()
        assert asked.app.answers == [Recipe(data=str(path), drop_missing=True)]


def _is_within(body: Widget, widget: Widget) -> bool:
    return body.region.contains_region(widget.region)


async def test_the_keyboard_reaches_every_field_and_each_is_then_in_sight(strange: Path) -> None:
    async with asking(Recipe(data=str(strange))) as asked:
        asked.screen.query_one(Fold).focus()
        await asked.pilot.press("enter")
        for size in (SIZES[0], SIZES[-1]):  # either layout, where it has least room
            await asked.pilot.resize_terminal(*size)
            await asked.pilot.pause()
            reached: list[Widget] = []
            body = asked.screen.query_one("#body")
            while asked.app.focused not in reached:
                focused = asked.app.focused
                assert focused is not None
                reached.append(focused)
                if not isinstance(focused, Button | OptionList | ColumnList):
                    await until(asked.pilot, partial(_is_within, body, focused))
                asked.app.action_focus_next()
                await asked.pilot.pause()
            assert {row.editor for row in asked.screen.query(FormRow)} <= {*reached}
            assert asked.screen.query_one(ColumnList) in reached
            assert len(asked.screen.query(Button)) == sum(isinstance(widget, Button) for widget in reached)


async def test_strangers_names_are_shown_safe(strange: Path) -> None:
    async with asking(Recipe(data=str(strange))) as asked:
        assert asked.row("data").query_one(Input).value == safe(str(strange))
        for size in SIZES:
            await asked.pilot.resize_terminal(*size)
            asked.screen.query_one(ColumnList).focus()
            await asked.pilot.pause()
            lines = screen_text(asked)
            assert "[red]b" in lines
            assert "[/]" in lines
            asked.row("target").editor.focus()
            await asked.pilot.press("enter")
            await asked.pilot.pause()
            assert "n�ame�[31m" in screen_text(asked)
            await asked.pilot.press("home" if size == SIZES[-1] else "escape", "enter" if size == SIZES[-1] else "left")
            await asked.settle()
        await asked.start()
        assert asked.app.answers == [Recipe(data=str(strange), target="a")]


async def test_thousands_of_columns_are_drawn_a_screenful_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    path.write_text(",".join(f"c{i}" for i in range(5000)) + "\n" + ",".join(["1"] * 5000) + "\n", encoding="utf-8")
    async with asking(Recipe(data=str(path))) as asked:
        columns = asked.screen.query_one(ColumnList)
        assert len(list(columns.children)) == 0
        columns.focus()
        await asked.pilot.press("end", "up", "space")
        await asked.pilot.pause()
        assert "c4999" in screen_text(asked)
        await asked.start()
        assert asked.app.answers == [Recipe(data=str(path), exclude=("c4998",))]


async def test_a_list_that_is_open_when_torch_comes_has_what_torch_has(monkeypatch: pytest.MonkeyPatch) -> None:
    may_end = threading.Event()

    def slow() -> Catalogue:
        may_end.wait(10)
        return catalogue()

    monkeypatch.setattr(setup, "catalogue", slow)
    app = Asking(bundled.find("houses"), "optimizer")
    async with app.run_test(size=(80, 24)) as pilot:
        asked = Asked(pilot, app)
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
        [listed] = asked.screen.query(ChoiceList)
        assert listed.words == ("SGD",)
        may_end.set()
        await asked.settle()
        await pilot.press(*"adamw", "enter")
        await asked.settle()
        assert asked.row("optimizer").text == "AdamW"
        assert not asked.screen.query(ChoiceList)
        assert asked.app.focused is asked.row("optimizer").editor


async def test_until_torch_is_there_the_form_can_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    never = Event()

    async def slow(*_: object) -> None:
        await never.wait()

    monkeypatch.setattr(SetupScreen, "_load_catalogue", slow)
    app = Asking(bundled.find("valley").changed(options={"momentum": 0.5}), "optimizer")
    async with app.run_test(size=(120, 40)) as pilot:
        asked = Asked(pilot, app)
        await pilot.pause()
        assert "loading the optimizers" in str(asked.screen.query_one("#remark", Static).render())
        assert asked.row("option momentum").text == "0.5"
        await asked.type("epochs", "9")
        await pilot.press("ctrl+s")
        for _ in range(50):
            await pilot.pause(0.02)
        assert app.answers == [bundled.find("valley").changed(options={"momentum": 0.5}, epochs=9)]


async def test_a_later_choice_of_data_wins_over_one_that_is_still_being_read(monkeypatch: pytest.MonkeyPatch) -> None:
    crowd, may_end = bundled.find("crowd").data, threading.Event()

    def look(data: str, *_: object) -> Preview:
        if data == crowd:
            may_end.wait(10)
        return preview(data)

    monkeypatch.setattr(setup, "preview", look)
    async with asking("exercise1") as asked:
        await asked.pilot.press("home", "enter", "down", "down", "enter")
        while asked.row("target").text != "price":
            await asked.pilot.pause(0.01)
        may_end.set()
        await asked.pilot.pause(0.3)
        await asked.settle()
        assert asked.row("target").text == "price"
        await asked.start()
        assert asked.app.answers == [bundled.find("houses")]


async def test_what_is_pasted_is_made_safe_and_the_mouse_cancels() -> None:
    async with asking("houses") as asked:
        editor = asked.row("module").editor
        editor.focus()
        editor.post_message(Paste("a\x1b[31m\u202eb"))
        await asked.pilot.pause()
        assert asked.row("module").text == "a�[31m�b"
        screen_text(asked)
        await asked.pilot.click("#cancel")
        await asked.pilot.pause()
        assert asked.app.answers == [None]


# The file picker


async def browse(asked: Asked) -> PickerScreen:
    await asked.pilot.press("end", "enter")
    await asked.pilot.pause(0.2)
    assert isinstance(asked.app.screen, PickerScreen)
    return asked.app.screen


async def test_a_file_is_picked_from_the_tree_or_the_line_whatever_its_name(
    tmp_path: Path, strange: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [b"bad\xff.csv", b"two\nlines.csv", b" .csv", os.fsencode(strange.name)]
    for name in names[:-1]:
        (tmp_path / os.fsdecode(name)).write_text("x,y\n1,2\n3,4\n", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("no data", encoding="utf-8")
    (tmp_path / ".hidden.csv").write_text("x,y\n1,2\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    async with asking("houses") as asked:
        for name, key in zip(names, ("enter", "ctrl+s") * 2, strict=True):
            asked.screen.query_one(OptionList).focus()
            picker = await browse(asked)
            paths = [node.data.path for node in picker.query_one(DirectoryTree).root.children if node.data]
            assert {os.fsencode(path.name) for path in paths} == set(names)
            shown = [line.split("─ ")[-1].strip("│ ") for line in screen_text(asked).splitlines()]
            assert {"bad�.csv", "two�lines.csv", "[red]�.csv"} <= set(shown)
            n_lines = 1 + [path.name for path in paths].index(os.fsdecode(name))
            await asked.pilot.press(*["down"] * n_lines, key)
            await asked.pilot.pause(0.2)
            await asked.settle()
            path = tmp_path / os.fsdecode(name)
            assert asked.row("data").text == safe(str(path))
            assert asked.problem("data") == ""
            assert asked.screen._draft.recipe.data == str(path)
        await asked.start()
        assert asked.app.answers == [Recipe(data=str(strange))]


async def test_a_pattern_or_a_folder_is_taken_from_the_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for part in ("p1", "p2"):
        (tmp_path / f"{part}.csv").write_text("x,y\n1,2\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    async with asking("houses") as asked:
        for line, keys in ((str(tmp_path / "p*.csv"), ("enter",)), (str(tmp_path), ("ctrl+s",))):
            asked.screen.query_one(OptionList).focus()
            picker = await browse(asked)
            field = picker.query_one(Input)
            field.focus()
            field.value = line
            await asked.pilot.press(*keys)
            await asked.pilot.pause(0.2)
            await asked.settle()
            assert asked.problem("data") == ""
            assert asked.screen._draft.recipe == Recipe(data=line)
        await asked.start()
        assert asked.app.answers == [Recipe(data=line)]


async def test_a_folder_in_the_line_is_opened_and_the_one_above_is_a_key_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "deep.csv").write_text("x,y\n1,2\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    async with asking("houses") as asked:
        picker = await browse(asked)
        field = picker.query_one(Input)
        field.focus()
        field.value = str(inner)
        await asked.pilot.press("enter")
        await asked.pilot.pause(0.3)
        assert "deep.csv" in screen_text(asked)
        await asked.pilot.press("backspace")
        await asked.pilot.pause(0.3)
        assert Path(picker.query_one(DirectoryTree).path) == tmp_path
        await asked.pilot.press("escape")
        await asked.pilot.pause()
        assert asked.app.screen is asked.screen
        assert asked.row("data").text == "houses"


def test_a_path_is_completed_to_what_can_be_read(tmp_path: Path) -> None:
    for name in ("alpha.csv", "alphabet.txt", "beta.toml", ".dot.csv", "be\x1b.csv"):
        (tmp_path / name).write_text("", encoding="utf-8")
    (tmp_path / "alps").mkdir()
    start = f"{tmp_path}{os.sep}"
    assert completed(start + "al") == start + "alpha.csv"
    assert completed(start + "alp") == start + "alpha.csv"
    assert completed(start + "alps") == start + "alps" + os.sep
    assert completed(start + "b") == start + "beta.toml"
    assert completed(start + "z") is None
    assert completed(start + "\0") is None
    assert completed(str(tmp_path / "no" / "a")) is None


async def test_data_that_cannot_be_looked_at_are_a_sentence_and_can_be_browsed_from(tmp_path: Path) -> None:
    async with asking() as asked:
        for path in bad_paths(tmp_path, ".csv")[:5:2]:
            asked.screen.query_one(DataChooser).post_message(DataChooser.Asked(path))
            await asked.settle()
            picker = await browse(asked)
            picker.query_one(Input).focus().value = path
            await asked.pilot.press("enter")
            await asked.settle()
            assert isinstance(asked.app.screen, SetupScreen)
